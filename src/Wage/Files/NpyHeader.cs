using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Wage.Files;

/// <summary>What NumPy's .npy files, versions 1 to 3, say before their elements, which lie row by row.</summary>
/// <param name="Type">"&lt;f4": order, kind and bytes of an element, as NumPy names them; nothing is checked of it.</param>
/// <param name="Shape">The extents, from 0 on; none of a single number.</param>
internal readonly record struct NpyHeader(string Type, int[] Shape)
{
    private const int MostHeaderBytes = 1 << 14;
    private const int MostRank = 8;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads it; the stream then stands at the elements.</summary>
    /// <param name="stream">Read from its beginning.</param>
    /// <param name="owner">What it is, for messages: "data.npz: x_train".</param>
    /// <exception cref="WageException">It is no such header, or the elements lie column by column.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static NpyHeader Read(Stream stream, string owner)
    {
        Span<byte> start = stackalloc byte[12];
        Fill(start[..8]);
        if (!start.StartsWith(Magic) || start[6] is < 1 or > 3)
            throw new WageException($"{owner}: is no array of NumPy (.npy, versions 1 to 3): its first bytes are another mark.");
        var bytes = start[6] == 1 ? 2 : 4;
        Fill(start.Slice(8, bytes));
        var length = bytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (length > MostHeaderBytes) throw new WageException($"{owner}: its header declares {length} bytes; at most {MostHeaderBytes} are read.");
        var text = new byte[length];
        Fill(text);
        return Of(Encoding.Latin1.GetString(text), owner);

        void Fill(Span<byte> part)
        {
            if (stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false) < part.Length)
                throw new WageException($"{owner}: is truncated: it ends inside its header.");
        }
    }

    private static NpyHeader Of(string text, string owner)
    {
        if (Between(text, "'descr':", "'", "'") is not { } type || Between(text, "'fortran_order':", "", ",") is not { } order
            || Between(text, "'shape':", "(", ")") is not { } shape || order is not ("True" or "False"))
            throw new WageException($"{owner}: has the header '{OneLine.Quote(text)}', which is not one of NumPy's.");
        if (order == "True")
            throw new WageException($"{owner}: is stored column by column (fortran_order).", "np.ascontiguousarray(x) makes it row by row.");
        var parts = shape.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var extents = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (i == MostRank || !int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out extents[i]))
                throw new WageException($"{owner}: has the shape ({OneLine.Quote(shape)}), which is not read.");
        }

        return new NpyHeader(type, extents);
    }

    /// <summary>What stands behind a key between two marks, or null where it does not.</summary>
    private static string? Between(string text, string key, string begin, string end)
    {
        var at = text.IndexOf(key, StringComparison.Ordinal);
        if (at < 0) return null;
        var value = text[(at + key.Length)..].TrimStart();
        if (!value.StartsWith(begin, StringComparison.Ordinal)) return null;
        var to = value.IndexOf(end, begin.Length, StringComparison.Ordinal);
        return to < 0 ? null : value[begin.Length..to].Trim();
    }
}
