namespace Wage.Numbers;

/// <summary>Codes of k bits, one after the other from the lowest bit of the first byte on; bits that are left over in the last are 0.</summary>
internal static class BitPacking
{
    /// <summary>The bytes of so many codes.</summary>
    public static long Bytes(long codes, int bits) => ((codes * bits) + 7) / 8;

    /// <summary>Packs codes below 2^k, from 1 to 8 bits.</summary>
    public static void Pack(ReadOnlySpan<byte> codes, int bits, Span<byte> packed)
    {
        var (held, count, at) = (0, 0, 0);
        foreach (var code in codes)
        {
            held |= code << count;
            for (count += bits; count >= 8; count -= 8, held >>= 8) packed[at++] = (byte)held;
        }

        if (count > 0) packed[at] = (byte)held;
    }

    /// <summary>Unpacks as many codes as there are places.</summary>
    public static void Unpack(ReadOnlySpan<byte> packed, int bits, Span<byte> codes)
    {
        var (held, count, at, mask) = (0, 0, 0, (1 << bits) - 1);
        for (var i = 0; i < codes.Length; i++)
        {
            if (count < bits)
            {
                held |= packed[at++] << count;
                count += 8;
            }

            codes[i] = (byte)(held & mask);
            held >>= bits;
            count -= bits;
        }
    }
}
