using Wage.Numbers;

namespace Wage.Backends.Host;

/// <summary>
/// The values that each byte of packed codes holds, 8 bytes an entry with the first values lowest: what is written for a byte is read at one place.
/// </summary>
internal static unsafe class CodeTables
{
    private static readonly ulong[][] Tables = [Make(1), Make(2), Make(4)];

    /// <summary>Unpacks values of codes of 1, 2 or 4 bits; the first is the lowest of its byte.</summary>
    public static void Unpack(byte* packed, int bits, sbyte* values, int count)
    {
        var (each, table, done) = (8 / bits, Tables[bits / 2], 0);
        fixed (ulong* entries = table)
        {
            for (; done + sizeof(ulong) <= count; done += each) *(ulong*)(values + done) = entries[packed[done / each]];
        }

        var rest = count - done;
        SignedCodes.Unpack(new ReadOnlySpan<byte>(packed + (done / each), (rest + each - 1) / each), bits, new Span<sbyte>(values + done, rest));
    }

    private static ulong[] Make(int bits)
    {
        var table = new ulong[256];
        for (var packed = 0; packed < table.Length; packed++)
        {
            for (var i = 0; i < 8 / bits; i++) table[packed] |= (ulong)(byte)SignedCodes.Of(packed, bits, i) << (8 * i);
        }

        return table;
    }
}
