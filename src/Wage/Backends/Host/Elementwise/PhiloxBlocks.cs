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

    /// <summary>Words of 32 blocks.</summary>
    private const int WideWords = 128;

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
        if (Avx512F.IsSupported && Vector512.IsHardwareAccelerated) done = FillWide(key, first, words, count);
        for (; done < count; done += Words) Fill(key, first + ((uint)done >> 2), words + done);
    }

    /// <summary>
    /// The same of whole runs of 32 blocks, four times eight; how many words. A word is the lower half of a lane of 64 bits, so that a product needs
    /// neither halves brought together nor shuffles: the next product reads no upper half. Of the first two rounds, one product each is the same for
    /// all blocks.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int FillWide(in RandomKey key, uint first, uint* words, int count)
    {
        var (k0, k1) = ((uint)key.Seed, (uint)(key.Seed >> 32));
        var (step, factor0, factor1) = ((ulong)M1 * key.Step, Vector512.Create((ulong)M0).AsUInt32(), Vector512.Create((ulong)M1).AsUInt32());
        var c0 = (uint)(step >> 32) ^ k0;
        var same = (ulong)M0 * c0;
        var (second, third) = (Vector512.Create((ulong)(key.Stream ^ k1)), Vector512.Create((same >> 32) ^ (k1 + W1)));
        var (fourth, lower) = (Vector512.Create((ulong)((uint)step ^ (k0 + W0))), Vector512.Create(same));
        var order = Vector512.Create(0UL, 4, 1, 5, 2, 6, 3, 7);
        var done = 0;
        for (; done + WideWords <= count; done += WideWords, words += WideWords, first += WideWords / 4)
        {
            var a = new Eight(order + Vector512.Create((ulong)first), second, third, fourth, lower, factor0, factor1);
            var b = new Eight(order + Vector512.Create((ulong)first + 8), second, third, fourth, lower, factor0, factor1);
            var c = new Eight(order + Vector512.Create((ulong)first + 16), second, third, fourth, lower, factor0, factor1);
            var d = new Eight(order + Vector512.Create((ulong)first + 24), second, third, fourth, lower, factor0, factor1);
            var (key0, key1) = (k0 + W0, k1 + W1);
            for (var round = 2; round < 10; round++)
            {
                key0 += W0;
                key1 += W1;
                var (x, y) = (Vector512.Create((ulong)key0), Vector512.Create((ulong)key1));
                a.Round(factor0, factor1, x, y);
                b.Round(factor0, factor1, x, y);
                c.Round(factor0, factor1, x, y);
                d.Round(factor0, factor1, x, y);
            }

            a.Store(words);
            b.Store(words + Words);
            c.Store(words + (2 * Words));
            d.Store(words + (3 * Words));
        }

        return done;
    }

    /// <summary>Eight blocks: in lane order 0, 4, 1, 5, 2, 6, 3, 7, which stores bring into theirs. Only lower halves count.</summary>
    private struct Eight
    {
        private Vector512<ulong> c0;
        private Vector512<ulong> c1;
        private Vector512<ulong> c2;
        private Vector512<ulong> c3;

        /// <summary>After two rounds; what is not of the block's number is given.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Eight(
            Vector512<ulong> block, Vector512<ulong> second, Vector512<ulong> third, Vector512<ulong> fourth, Vector512<ulong> lower,
            Vector512<uint> factor0, Vector512<uint> factor1)
        {
            var p0 = Avx512F.Multiply(block.AsUInt32(), factor0);
            var p1 = Avx512F.Multiply(((p0 >>> 32) ^ second).AsUInt32(), factor1);
            (c0, c1, c2, c3) = ((p1 >>> 32) ^ fourth, p1, p0 ^ third, lower);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Round(Vector512<uint> factor0, Vector512<uint> factor1, Vector512<ulong> k0, Vector512<ulong> k1)
        {
            var (p0, p1) = (Avx512F.Multiply(c0.AsUInt32(), factor0), Avx512F.Multiply(c2.AsUInt32(), factor1));
            c0 = Avx512F.TernaryLogic(p1 >>> 32, c1, k0, 0x96);     // exclusive or of three
            c2 = Avx512F.TernaryLogic(p0 >>> 32, c3, k1, 0x96);
            c1 = p1;
            c3 = p0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(uint* words)
        {
            var half = Vector512.Create(0xFFFFFFFFUL);
            var (w01, w23) = (Vector512.ConditionalSelect(half, c0, c1 << 32), Vector512.ConditionalSelect(half, c2, c3 << 32));
            Avx512F.UnpackLow(w01, w23).AsUInt32().Store(words);
            Avx512F.UnpackHigh(w01, w23).AsUInt32().Store(words + 16);
        }
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
