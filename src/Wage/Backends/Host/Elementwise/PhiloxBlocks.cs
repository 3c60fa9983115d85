using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Wage.Numbers;

namespace Wage.Backends.Host;

/// <summary>Eight Philox blocks side by side: the words of RandomBits.Block, 32 at a time.</summary>
internal static unsafe class PhiloxBlocks
{
    /// <summary>Words of eight blocks.</summary>
    public const int Words = 32;

    /// <summary>Words of sixteen blocks.</summary>
    private const int WideWords = 64;

    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>words[4 i + j] = word j of block first + i, i below 8. Requires first + 7 below 2^32.</summary>
    public static void Fill(in RandomKey key, uint first, uint* words)
    {
        if (!Avx2.IsSupported)
        {
            for (var i = 0; i < Words; i += 4)
                (words[i], words[i + 1], words[i + 2], words[i + 3]) = RandomBits.Block(key, first + ((uint)i / 4));
            return;
        }

        var c0 = Vector256.Create(first) + Vector256<uint>.Indices;
        var c1 = Vector256<uint>.Zero;
        var c2 = Vector256.Create(key.Step);
        var c3 = Vector256.Create(key.Stream);
        uint k0 = (uint)key.Seed, k1 = (uint)(key.Seed >> 32);
        for (var round = 0; round < 10; round++)
        {
            var (high0, low0) = Product(c0, Vector256.Create(M0));
            var (high1, low1) = Product(c2, Vector256.Create(M1));
            c0 = high1 ^ c1 ^ Vector256.Create(k0);
            c1 = low1;
            c2 = high0 ^ c3 ^ Vector256.Create(k1);
            c3 = low0;
            k0 += W0;
            k1 += W1;
        }

        var low01 = Avx2.UnpackLow(c0, c1).AsUInt64();
        var low23 = Avx2.UnpackLow(c2, c3).AsUInt64();
        var high01 = Avx2.UnpackHigh(c0, c1).AsUInt64();
        var high23 = Avx2.UnpackHigh(c2, c3).AsUInt64();
        Store(Avx2.UnpackLow(low01, low23), words);
        Store(Avx2.UnpackHigh(low01, low23), words + 4);
        Store(Avx2.UnpackLow(high01, high23), words + 8);
        Store(Avx2.UnpackHigh(high01, high23), words + 12);
    }

    /// <summary>
    /// As many words as <see cref="Words"/> divides, at least <paramref name="count"/>: 4 of each block from block <paramref name="first"/> on.
    /// </summary>
    public static void Fill(in RandomKey key, uint first, uint* words, int count)
    {
        var done = 0;
        for (; Avx512F.IsSupported && done + WideWords <= count; done += WideWords) FillWide(key, first + ((uint)done >> 2), words + done);
        for (; done < count; done += Words) Fill(key, first + ((uint)done >> 2), words + done);
    }

    /// <summary>As <see cref="Fill(in RandomKey, uint, uint*)"/>, sixteen blocks.</summary>
    private static void FillWide(in RandomKey key, uint first, uint* words)
    {
        var c0 = Vector512.Create(first) + Vector512<uint>.Indices;
        var c1 = Vector512<uint>.Zero;
        var c2 = Vector512.Create(key.Step);
        var c3 = Vector512.Create(key.Stream);
        uint k0 = (uint)key.Seed, k1 = (uint)(key.Seed >> 32);
        for (var round = 0; round < 10; round++)
        {
            var (high0, low0) = Product(c0, Vector512.Create(M0));
            var (high1, low1) = Product(c2, Vector512.Create(M1));
            c0 = high1 ^ c1 ^ Vector512.Create(k0);
            c1 = low1;
            c2 = high0 ^ c3 ^ Vector512.Create(k1);
            c3 = low0;
            k0 += W0;
            k1 += W1;
        }

        var low01 = Avx512F.UnpackLow(c0, c1).AsUInt64();
        var low23 = Avx512F.UnpackLow(c2, c3).AsUInt64();
        var high01 = Avx512F.UnpackHigh(c0, c1).AsUInt64();
        var high23 = Avx512F.UnpackHigh(c2, c3).AsUInt64();
        Store(Avx512F.UnpackLow(low01, low23), words);
        Store(Avx512F.UnpackHigh(low01, low23), words + 4);
        Store(Avx512F.UnpackLow(high01, high23), words + 8);
        Store(Avx512F.UnpackHigh(high01, high23), words + 12);
    }

    /// <summary>Blocks i, i + 4, i + 8 and i + 12, a quarter each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<ulong> blocks, uint* to)
    {
        Store(blocks.GetLower(), to);
        Store(blocks.GetUpper(), to + 32);
    }

    /// <summary>The high and the low words of sixteen 32 x 32 bit products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<uint> High, Vector512<uint> Low) Product(Vector512<uint> x, Vector512<uint> factor)
    {
        var lower = Vector512.Create(0xFFFFFFFFUL);
        var even = Avx512F.Multiply(x, factor);
        var odd = Avx512F.Multiply((x.AsUInt64() >>> 32).AsUInt32(), factor);
        return (Vector512.ConditionalSelect(lower, even >>> 32, odd).AsUInt32(), Vector512.ConditionalSelect(lower, even, odd << 32).AsUInt32());
    }

    /// <summary>Block i in the lower half, block i + 4 in the upper.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<ulong> blocks, uint* to)
    {
        blocks.GetLower().AsUInt32().Store(to);
        blocks.GetUpper().AsUInt32().Store(to + 16);
    }

    /// <summary>The high and the low words of eight 32 x 32 bit products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<uint> High, Vector256<uint> Low) Product(Vector256<uint> x, Vector256<uint> factor)
    {
        var even = Avx2.Multiply(x, factor);
        var odd = Avx2.Multiply((x.AsUInt64() >>> 32).AsUInt32(), factor);
        return (
            Avx2.Blend((even >>> 32).AsUInt32(), odd.AsUInt32(), 0b10101010),
            Avx2.Blend(even.AsUInt32(), (odd << 32).AsUInt32(), 0b10101010));
    }
}
