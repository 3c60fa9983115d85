using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Wage.Numbers;

namespace Wage.Backends.Host;

/// <summary>Philox blocks side by side: the words of RandomBits.Block, 32 at a time.</summary>
internal static unsafe class PhiloxBlocks
{
    /// <summary>Words of eight blocks.</summary>
    public const int Words = 32;

    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>words[4 i + j] = word j of block first + i, i below 8. Requires first + 7 below 2^32.</summary>
    public static void Fill(in RandomKey key, uint first, uint* words) => Fill(key, first, words, Words);

    /// <summary>
    /// As many words as <see cref="Words"/> divides, at least <paramref name="count"/>: 4 of each block from block <paramref name="first"/> on.
    /// </summary>
    public static void Fill(in RandomKey key, uint first, uint* words, int count)
    {
        var whole = (count + Words - 1) & -Words;
        var done = EightBlocks.IsSupported ? Fill<EightBlocks>(key, first, words, whole) : 0;
        if (FourBlocks.IsSupported) done += FillByTwo(key, first + ((uint)done >> 2), words + done, whole - done);
        for (; done < whole; done += 4)
            (words[done], words[done + 1], words[done + 2], words[done + 3]) = RandomBits.Block(key, first + ((uint)done >> 2));
    }

    /// <summary>
    /// The same of whole runs, four vectors of 512 bits or two of 256; how many words. A word is the lower half of a lane of 64 bits, so that a
    /// product needs neither halves brought together nor shuffles: the next product reads no upper half. Of the first two rounds, one product each is
    /// the same for all blocks.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Fill<T>(in RandomKey key, uint first, uint* words, int count)
        where T : struct, IBlockLanes<T>
    {
        var (k0, k1) = ((uint)key.Seed, (uint)(key.Seed >> 32));
        var (step, factor0, factor1) = ((ulong)M1 * key.Step, T.Of(M0), T.Of(M1));
        var c0 = (uint)(step >> 32) ^ k0;
        var same = (ulong)M0 * c0;
        var (second, third) = (T.Of(key.Stream ^ k1), T.Of((same >> 32) ^ (k1 + W1)));
        var (fourth, lower) = (T.Of((uint)step ^ (k0 + W0)), T.Of(same));
        var (vector, done) = (4 * T.Count, 0);
        var run = vector * T.AtOnce;
        for (; done + run <= count; done += run, words += run, first += (uint)run / 4)
        {
            var a = new Blocks<T>(T.From(first), second, third, fourth, lower, factor0, factor1);
            var b = new Blocks<T>(T.From(first + (uint)T.Count), second, third, fourth, lower, factor0, factor1);
            var (c, d) = (default(Blocks<T>), default(Blocks<T>));
            if (T.AtOnce == 4)
            {
                c = new Blocks<T>(T.From(first + (uint)(2 * T.Count)), second, third, fourth, lower, factor0, factor1);
                d = new Blocks<T>(T.From(first + (uint)(3 * T.Count)), second, third, fourth, lower, factor0, factor1);
            }

            var (key0, key1) = (k0 + W0, k1 + W1);
            for (var round = 2; round < 10; round++)
            {
                key0 += W0;
                key1 += W1;
                var (x, y) = (T.Of(key0), T.Of(key1));
                a.Round(factor0, factor1, x, y);
                b.Round(factor0, factor1, x, y);
                if (T.AtOnce != 4) continue;
                c.Round(factor0, factor1, x, y);
                d.Round(factor0, factor1, x, y);
            }

            a.Store(words);
            b.Store(words + vector);
            if (T.AtOnce != 4) continue;
            c.Store(words + (2 * vector));
            d.Store(words + (3 * vector));
        }

        return done;
    }

    /// <summary>
    /// The same of two vectors of 256 bits, whose rounds would be a quarter longer by the keys alone: those are in memory, where an instruction finds
    /// them as one of its operands.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int FillByTwo(in RandomKey key, uint first, uint* words, int count)
    {
        const int lanes = 4, vector = 4 * lanes;
        var keys = stackalloc ulong[2 * 8 * lanes];
        var (k0, k1) = ((uint)key.Seed, (uint)(key.Seed >> 32));
        for (var round = 2; round < 10; round++)
        {
            Vector256.Create((ulong)(k0 + ((uint)round * W0))).Store(keys + (2 * (round - 2) * lanes));
            Vector256.Create((ulong)(k1 + ((uint)round * W1))).Store(keys + (((2 * (round - 2)) + 1) * lanes));
        }

        var (step, factor0, factor1) = ((ulong)M1 * key.Step, FourBlocks.Of(M0), FourBlocks.Of(M1));
        var same = (ulong)M0 * ((uint)(step >> 32) ^ k0);
        var (second, third) = (FourBlocks.Of(key.Stream ^ k1), FourBlocks.Of((same >> 32) ^ (k1 + W1)));
        var (fourth, lower) = (FourBlocks.Of((uint)step ^ (k0 + W0)), FourBlocks.Of(same));
        var done = 0;
        for (; done + (2 * vector) <= count; done += 2 * vector, words += 2 * vector, first += 2 * lanes)
        {
            var a = new Blocks<FourBlocks>(FourBlocks.From(first), second, third, fourth, lower, factor0, factor1);
            var b = new Blocks<FourBlocks>(FourBlocks.From(first + lanes), second, third, fourth, lower, factor0, factor1);
            for (var at = keys; at < keys + (2 * 8 * lanes); at += 2 * lanes)
            {
                var (x, y) = (FourBlocks.Load(at), FourBlocks.Load(at + lanes));
                a.Round(factor0, factor1, x, y);
                b.Round(factor0, factor1, x, y);
            }

            a.Store(words);
            b.Store(words + vector);
        }

        return done;
    }

    /// <summary>The four words of as many blocks as there are lanes. Only lower halves count.</summary>
    private struct Blocks<T>
        where T : struct, IBlockLanes<T>
    {
        private T c0;
        private T c1;
        private T c2;
        private T c3;

        /// <summary>After two rounds; what is not of the block's number is given.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Blocks(T block, T second, T third, T fourth, T lower, T factor0, T factor1)
        {
            var p0 = T.Multiply(block, factor0);
            var p1 = T.Multiply(T.High(p0) ^ second, factor1);
            (c0, c1, c2, c3) = (T.High(p1) ^ fourth, p1, p0 ^ third, lower);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Round(T factor0, T factor1, T k0, T k1)
        {
            var (p0, p1) = (T.Multiply(c0, factor0), T.Multiply(c2, factor1));
            c0 = T.Xor(T.High(p1), c1, k0);
            c2 = T.Xor(T.High(p0), c3, k1);
            c1 = p1;
            c3 = p0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(uint* words) => T.Store(c0, c1, c2, c3, words);
    }

    /// <summary>Lanes of 64 bits, one for each block.</summary>
    private interface IBlockLanes<T>
        where T : struct, IBlockLanes<T>
    {
        /// <summary>Blocks.</summary>
        static abstract int Count { get; }

        /// <summary>Vectors whose words are in registers together: 2 or 4.</summary>
        static abstract int AtOnce { get; }

        static abstract T Of(ulong value);

        /// <summary>The numbers of the blocks from this one on, in the order that <see cref="Store"/> undoes.</summary>
        static abstract T From(uint first);

        /// <summary>Of lower halves.</summary>
        static abstract T Multiply(T x, T y);

        /// <summary>x / 2^32.</summary>
        static abstract T High(T x);

        static abstract T operator ^(T x, T y);

        static abstract T Xor(T x, T y, T z);

        /// <summary>The lower halves, word by word, block by block.</summary>
        static abstract void Store(T c0, T c1, T c2, T c3, uint* words);
    }

    private readonly struct EightBlocks(Vector512<ulong> value) : IBlockLanes<EightBlocks>
    {
        private readonly Vector512<ulong> value = value;

        public static bool IsSupported => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

        public static int Count => 8;

        public static int AtOnce => 4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static EightBlocks Of(ulong value) => new(Vector512.Create(value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static EightBlocks From(uint first) => new(Vector512.Create(0UL, 4, 1, 5, 2, 6, 3, 7) + Vector512.Create((ulong)first));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static EightBlocks Multiply(EightBlocks x, EightBlocks y) => new(Avx512F.Multiply(x.value.AsUInt32(), y.value.AsUInt32()));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static EightBlocks High(EightBlocks x) => new(x.value >>> 32);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static EightBlocks operator ^(EightBlocks x, EightBlocks y) => new(x.value ^ y.value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static EightBlocks Xor(EightBlocks x, EightBlocks y, EightBlocks z) =>
            new(Avx512F.TernaryLogic(x.value, y.value, z.value, 0x96));     // exclusive or of three

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(EightBlocks c0, EightBlocks c1, EightBlocks c2, EightBlocks c3, uint* words)
        {
            var half = Vector512.Create(0xFFFFFFFFUL);
            var w01 = Vector512.ConditionalSelect(half, c0.value, c1.value << 32);
            var w23 = Vector512.ConditionalSelect(half, c2.value, c3.value << 32);
            Avx512F.UnpackLow(w01, w23).AsUInt32().Store(words);
            Avx512F.UnpackHigh(w01, w23).AsUInt32().Store(words + 16);
        }
    }

    private readonly struct FourBlocks(Vector256<ulong> value) : IBlockLanes<FourBlocks>
    {
        private readonly Vector256<ulong> value = value;

        public static bool IsSupported => Avx2.IsSupported;

        public static int Count => 4;

        public static int AtOnce => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static FourBlocks Of(ulong value) => new(Vector256.Create(value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static FourBlocks Load(ulong* from) => new(Vector256.Load(from));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static FourBlocks From(uint first) => new(Vector256.Create(0UL, 2, 1, 3) + Vector256.Create((ulong)first));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static FourBlocks Multiply(FourBlocks x, FourBlocks y) => new(Avx2.Multiply(x.value.AsUInt32(), y.value.AsUInt32()));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static FourBlocks High(FourBlocks x) => new(x.value >>> 32);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static FourBlocks operator ^(FourBlocks x, FourBlocks y) => new(x.value ^ y.value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static FourBlocks Xor(FourBlocks x, FourBlocks y, FourBlocks z) => new(x.value ^ (y.value ^ z.value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(FourBlocks c0, FourBlocks c1, FourBlocks c2, FourBlocks c3, uint* words)
        {
            var w01 = Avx2.Blend(c0.value.AsUInt32(), (c1.value << 32).AsUInt32(), 0b1010_1010).AsUInt64();
            var w23 = Avx2.Blend(c2.value.AsUInt32(), (c3.value << 32).AsUInt32(), 0b1010_1010).AsUInt64();
            Avx2.UnpackLow(w01, w23).AsUInt32().Store(words);
            Avx2.UnpackHigh(w01, w23).AsUInt32().Store(words + 8);
        }
    }
}
