using Wage.Numbers;

namespace Wage.Backends.Host;

/// <summary>
/// The values that each byte of packed codes holds, times a power of two, 8 bytes an entry with the first values lowest: what is written for a byte
/// is read at one place.
/// </summary>
internal static unsafe class CodeTables
{
    private const int Shifts = 8;
    private static readonly ulong[]?[] Made = new ulong[3 * Shifts][];

    /// <summary>The table of codes of 1, 2 or 4 bits.</summary>
    public static ulong[] Of(int bits, int shift) => Made[((bits / 2) * Shifts) + shift] ??= Make(bits, shift);

    /// <summary>Unpacks so many values; the first is the lowest of its byte.</summary>
    /// <param name="packed">The bytes.</param>
    /// <param name="table">See <see cref="Of"/>.</param>
    /// <param name="each">Values of a byte.</param>
    /// <param name="values">Where they go.</param>
    /// <param name="count">How many.</param>
    public static void Unpack(byte* packed, ulong[] table, int each, sbyte* values, int count)
    {
        var done = 0;
        for (; done + sizeof(ulong) <= count; done += each) *(ulong*)(values + done) = table[packed[done / each]];
        for (; done < count; done++) values[done] = (sbyte)(byte)((table[packed[done / each]] >> (8 * (done % each))) & 0xFF);
    }

    private static ulong[] Make(int bits, int shift)
    {
        var table = new ulong[256];
        for (var packed = 0; packed < table.Length; packed++)
        {
            for (var i = 0; i < 8 / bits; i++) table[packed] |= (ulong)(byte)((SignedCodes.Of(packed, bits, i * bits) << shift) & 0xFF) << (8 * i);
        }

        return table;
    }
}
