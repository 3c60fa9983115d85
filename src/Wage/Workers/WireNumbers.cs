using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Wage.Workers;

/// <summary>Integers on the wire: two's complement, little-endian, in as few bytes as a bound allows.</summary>
internal static class WireNumbers
{
    /// <summary>Integers of 32 bits that are packed and unpacked together.</summary>
    private const int Lanes = 4;

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

        // Words of 16 and of 8 bytes that the next one overwrites in part, as long as there is room for one.
        var (first, whole) = (0, Whole(values.Length, bytes));
        ref var target = ref MemoryMarshal.GetReference(to);
        if (typeof(T) == typeof(int) && bytes < sizeof(int))
        {
            var lowBytes = LowBytes(bytes);
            for (; ((first * bytes) + Vector128<byte>.Count) <= to.Length && first + Lanes <= values.Length; first += Lanes)
            {
                var four = Vector128.LoadUnsafe(ref Unsafe.As<T, int>(ref MemoryMarshal.GetReference(values)), (nuint)first);
                Vector128.Shuffle(four.AsByte(), lowBytes).StoreUnsafe(ref target, (nuint)first * (nuint)bytes);
            }
        }

        for (var i = first; i < whole; i++) Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, (nint)i * bytes), long.CreateTruncating(values[i]));
        Span<byte> word = stackalloc byte[sizeof(long)];
        for (var i = Math.Max(first, whole); i < values.Length; i++)
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

        var (first, whole, drop) = (0, Whole(values.Length, bytes), 64 - (8 * bytes));
        ref var source = ref MemoryMarshal.GetReference(from);
        if (typeof(T) == typeof(int) && bytes <= sizeof(int))
        {
            ref var numbers = ref Unsafe.As<T, int>(ref MemoryMarshal.GetReference(values));
            var (highBytes, unused) = (HighBytes(bytes), 32 - (8 * bytes));
            for (; ((first * bytes) + Vector128<byte>.Count) <= from.Length && first + Lanes <= values.Length; first += Lanes)
            {
                var four = Vector128.Shuffle(Vector128.LoadUnsafe(ref source, (nuint)first * (nuint)bytes), highBytes).AsInt32() >> unused;
                if (adds) four += Vector128.LoadUnsafe(ref numbers, (nuint)first);
                four.StoreUnsafe(ref numbers, (nuint)first);
            }
        }

        for (var i = first; i < whole; i++)
        {
            var value = Unsafe.ReadUnaligned<long>(ref Unsafe.Add(ref source, (nint)i * bytes)) << drop >> drop;
            values[i] = adds ? values[i] + T.CreateTruncating(value) : T.CreateTruncating(value);
        }

        Span<byte> word = stackalloc byte[sizeof(long)];
        for (var i = Math.Max(first, whole); i < values.Length; i++)
        {
            from.Slice(i * bytes, bytes).CopyTo(word);
            var value = BinaryPrimitives.ReadInt64LittleEndian(word) << drop >> drop;
            values[i] = adds ? values[i] + T.CreateTruncating(value) : T.CreateTruncating(value);
        }
    }

    /// <summary>Where the low bytes of four integers are, one behind the other.</summary>
    private static Vector128<byte> LowBytes(int bytes)
    {
        Span<byte> places = stackalloc byte[Vector128<byte>.Count];
        places.Fill(byte.MaxValue);
        for (var i = 0; i < Lanes * bytes; i++) places[i] = (byte)((i / bytes * sizeof(int)) + (i % bytes));
        return Vector128.Create<byte>(places);
    }

    /// <summary>Where the bytes of four integers are that lie one behind the other, at the upper end of each.</summary>
    private static Vector128<byte> HighBytes(int bytes)
    {
        Span<byte> places = stackalloc byte[Vector128<byte>.Count];
        places.Fill(byte.MaxValue);
        for (var i = 0; i < Lanes * bytes; i++) places[(((i / bytes) + 1) * sizeof(int)) - bytes + (i % bytes)] = (byte)i;
        return Vector128.Create<byte>(places);
    }

    /// <summary>How many of the first values begin at least 8 bytes before the end.</summary>
    private static int Whole(int count, int bytes)
    {
        var last = ((long)count * bytes) - sizeof(long);
        return last < 0 ? 0 : (int)(last / bytes) + 1;
    }
}
