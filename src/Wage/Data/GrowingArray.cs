namespace Wage.Data;

/// <summary>An array that grows as its content arrives, so that a short stream cannot make a declared size cost memory.</summary>
internal static class GrowingArray
{
    private const int OnePiece = 1 << 20;

    /// <summary>Reads what is declared.</summary>
    /// <param name="size">The bytes declared.</param>
    /// <param name="likely">The bytes to take at once: what such a file usually holds.</param>
    /// <param name="fill">Fills a span; gives the bytes that came, fewer only at the end.</param>
    /// <returns>As many bytes, or the fewer that came.</returns>
    public static byte[] Read(int size, long likely, Func<Span<byte>, int> fill)
    {
        var bytes = new byte[Math.Min(size, Math.Max(likely, OnePiece))];
        for (var done = 0; ;)
        {
            done += fill(bytes.AsSpan(done));
            if (done < bytes.Length) return bytes[..done];
            if (done == size) return bytes;
            Array.Resize(ref bytes, (int)Math.Min(size, 2L * bytes.Length));
        }
    }
}
