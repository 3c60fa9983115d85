using System.Numerics;

namespace Wage.Numbers;

/// <summary>
/// Weights of few bits, packed as <see cref="BitPacking"/> has it: of 1 bit -1 (0) and 1 (1); of 2 or 4 bits two's complement, -2 to 1 and -8 to 7.
/// No code lies in two bytes.
/// </summary>
internal static class SignedCodes
{
    /// <summary>The bits of a code that is a byte of its own.</summary>
    public const int Unpacked = 8;

    /// <summary>
    /// The fewest of 1, 2, 4 or 8 bits that hold every value divided by the greatest power of two that divides all, and its logarithm; 0 with 8 bits.
    /// </summary>
    public static (int Bits, int Shift) Fewest(ReadOnlySpan<sbyte> values)
    {
        var (all, least, most) = (0, 0, 0);
        foreach (var value in values) (all, least, most) = (all | (byte)value, Math.Min(least, value), Math.Max(most, value));
        if (all == 0) return (2, 0);
        foreach (var bits in (int[])[1, 2, 4])
        {
            var shift = Math.Min(BitOperations.TrailingZeroCount(all), MostShift(bits));
            var (low, high) = bits == 1 ? (-1, 1) : (-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
            if (least >> shift >= low && most >> shift <= high && (bits > 1 || !values.Contains((sbyte)0))) return (bits, shift);
        }

        return (Unpacked, 0);
    }

    /// <summary>The greatest shift with which an Int8 holds every value of so many bits.</summary>
    public static int MostShift(int bits) => bits == 1 ? 6 : Unpacked - bits;

    /// <summary>The values, divided by 2^shift, in <see cref="BitPacking.Bytes"/> bytes; see <see cref="Fewest"/>.</summary>
    public static byte[] Pack(ReadOnlySpan<sbyte> values, int bits, int shift = 0)
    {
        var (codes, packed) = (new byte[values.Length], new byte[BitPacking.Bytes(values.Length, bits)]);
        for (var i = 0; i < codes.Length; i++)
        {
            var value = values[i] >> shift;
            codes[i] = (byte)((bits == 1 ? (value + 1) / 2 : value) & ((1 << bits) - 1));
        }

        BitPacking.Pack(codes, bits, packed);
        return packed;
    }

    /// <summary>The value that begins at a bit of a byte of packed codes. Kernels run it: nothing in it wraps.</summary>
    /// <param name="packed">The byte.</param>
    /// <param name="bits">1, 2 or 4.</param>
    /// <param name="first">Its lowest bit, a multiple of the bits from 0 on.</param>
    public static int Of(int packed, int bits, int first)
    {
        checked
        {
            var code = (packed >> first) & ((1 << bits) - 1);
            return bits == 1 ? (2 * code) - 1 : code - ((code >> (bits - 1)) << bits);
        }
    }

    /// <summary>Unpacks as many values as there are places.</summary>
    /// <param name="packed">From the byte on in which the first value lies.</param>
    /// <param name="bits">1, 2 or 4.</param>
    /// <param name="values">Where they go; the first is the lowest of its byte.</param>
    /// <param name="shift">Values are multiplied by 2^shift.</param>
    public static void Unpack(ReadOnlySpan<byte> packed, int bits, Span<sbyte> values, int shift = 0)
    {
        var each = 8 / bits;
        for (var i = 0; i < values.Length; i++) values[i] = (sbyte)(Of(packed[i / each], bits, i % each * bits) << shift);
    }
}
