namespace Wage.Numbers;

/// <summary>
/// Weights of few bits, packed as <see cref="BitPacking"/> has it: of 1 bit -1 (0) and 1 (1); of 2 or 4 bits two's complement, -2 to 1 and -8 to 7.
/// No code lies in two bytes.
/// </summary>
internal static class SignedCodes
{
    /// <summary>The bits of a code that is a byte of its own.</summary>
    public const int Unpacked = 8;

    /// <summary>The fewest of 1, 2, 4 or 8 bits that hold every value.</summary>
    public static int FewestBits(ReadOnlySpan<sbyte> values)
    {
        if (!values.ContainsAnyExcept((sbyte)-1, (sbyte)1)) return 1;
        return !values.ContainsAnyExceptInRange((sbyte)-2, (sbyte)1) ? 2 : !values.ContainsAnyExceptInRange((sbyte)-8, (sbyte)7) ? 4 : Unpacked;
    }

    /// <summary>The values that <see cref="FewestBits"/> bits hold, in <see cref="BitPacking.Bytes"/> bytes.</summary>
    public static byte[] Pack(ReadOnlySpan<sbyte> values, int bits)
    {
        var (codes, packed) = (new byte[values.Length], new byte[BitPacking.Bytes(values.Length, bits)]);
        for (var i = 0; i < codes.Length; i++) codes[i] = (byte)((bits == 1 ? (values[i] + 1) / 2 : values[i]) & ((1 << bits) - 1));
        BitPacking.Pack(codes, bits, packed);
        return packed;
    }

    /// <summary>Value i of a byte of packed codes.</summary>
    /// <param name="packed">The byte.</param>
    /// <param name="bits">1, 2 or 4.</param>
    /// <param name="i">From 0 at the lowest bits to 8 / bits - 1.</param>
    public static int Of(int packed, int bits, int i)
    {
        var code = (packed >> (i * bits)) & ((1 << bits) - 1);
        return bits == 1 ? (2 * code) - 1 : code - ((code >> (bits - 1)) << bits);
    }

    /// <summary>Unpacks as many values as there are places.</summary>
    /// <param name="packed">From the byte on in which the first value lies.</param>
    /// <param name="bits">1, 2, 4 or 8.</param>
    /// <param name="values">Of 1, 2 and 4 bits, the first is the lowest of its byte.</param>
    public static void Unpack(ReadOnlySpan<byte> packed, int bits, Span<sbyte> values)
    {
        if (bits == Unpacked)
        {
            for (var i = 0; i < values.Length; i++) values[i] = (sbyte)packed[i];
            return;
        }

        var each = 8 / bits;
        for (var i = 0; i < values.Length; i++) values[i] = (sbyte)Of(packed[i / each], bits, i % each);
    }
}
