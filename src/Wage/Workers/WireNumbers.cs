using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Wage.Workers;

/// <summary>Integers on the wire: two's complement, little-endian, in as few bytes as a bound allows.</summary>
internal static class WireNumbers
{
    /// <summary>The bytes of an integer of at most this magnitude: 1 to 8.</summary>
    public static int Bytes(long bound)
    {
        var bytes = 1;
        while (bytes < sizeof(long) && bound > (1L << ((8 * bytes) - 1)) - 1) bytes++;
        return bytes;
    }

    /// <summary>The low bytes of each value, which its magnitude was proved to fit.</summary>
    public static void Pack<T>(ReadOnlySpan<T> values, int bytes, Span<byte> to)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (bytes == Unsafe.SizeOf<T>())
        {
            MemoryMarshal.AsBytes(values).CopyTo(to);
            return;
        }

        // Words of 8 bytes that the next one overwrites in part, as long as there is room for one.
        var whole = Whole(values.Length, bytes);
        ref var target = ref MemoryMarshal.GetReference(to);
        for (var i = 0; i < whole; i++) Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, (nint)i * bytes), long.CreateTruncating(values[i]));
        Span<byte> word = stackalloc byte[sizeof(long)];
        for (var i = whole; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(word, long.CreateTruncating(values[i]));
            word[..bytes].CopyTo(to[(i * bytes)..]);
        }
    }

    /// <summary>values = those on the wire, or values + those; a sum was proved to fit.</summary>
    public static void Unpack<T>(ReadOnlySpan<byte> from, int bytes, Span<T> values, bool adds)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (!adds && bytes == Unsafe.SizeOf<T>())
        {
            from.CopyTo(MemoryMarshal.AsBytes(values));
            return;
        }

        var (whole, drop) = (Whole(values.Length, bytes), 64 - (8 * bytes));
        ref var source = ref MemoryMarshal.GetReference(from);
        for (var i = 0; i < whole; i++)
        {
            var value = Unsafe.ReadUnaligned<long>(ref Unsafe.Add(ref source, (nint)i * bytes)) << drop >> drop;
            values[i] = adds ? values[i] + T.CreateTruncating(value) : T.CreateTruncating(value);
        }

        Span<byte> word = stackalloc byte[sizeof(long)];
        for (var i = whole; i < values.Length; i++)
        {
            from.Slice(i * bytes, bytes).CopyTo(word);
            var value = BinaryPrimitives.ReadInt64LittleEndian(word) << drop >> drop;
            values[i] = adds ? values[i] + T.CreateTruncating(value) : T.CreateTruncating(value);
        }
    }

    /// <summary>How many of the first values begin at least 8 bytes before the end.</summary>
    private static int Whole(int count, int bytes)
    {
        var last = ((long)count * bytes) - sizeof(long);
        return last < 0 ? 0 : (int)(last / bytes) + 1;
    }
}
