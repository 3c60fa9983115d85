using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Numbers;

namespace Wage.Backends.Host;

/// <summary>Stochastic rounding of int32 gradients by a power of two, exact: eight Philox blocks side by side give the words of 32 elements.</summary>
internal static unsafe class GradientRounding
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>Elements that eight blocks serve.</summary>
    private const int Span = 32;

    /// <summary>
    /// update[i] = sgn(g) min((|g| >> dropped) + [|g| mod 2^dropped > random mod 2^dropped], 32767) for the first elements of a range that starts at
    /// a multiple of 32; returns how many it did. Requires dropped in [1, 31].
    /// </summary>
    public static int Run(int* g, int start, int n, int dropped, in RandomKey key, short* update)
    {
        if (!Vector256.IsHardwareAccelerated || start % Span != 0) return 0;
        var mask = Vector256.Create(int.MaxValue >> (31 - dropped));
        var words = stackalloc uint[Span];
        var done = 0;
        for (; done + Span <= n; done += Span)
        {
            Words(key, (uint)(start + done) / 4, words);
            for (var i = 0; i < Span; i += 16)
            {
                var low = Step(Vector256.Load(g + done + i), Vector256.Load((int*)words + i), dropped, mask);
                var high = Step(Vector256.Load(g + done + i + 8), Vector256.Load((int*)words + i + 8), dropped, mask);
                Vector256.Narrow(low, high).Store(update + done + i);
            }
        }

        return done;
    }

    /// <summary>|g| of the least int is 2^31: the shift is logical, and the masked bits are the same either way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Step(Vector256<int> g, Vector256<int> random, int dropped, Vector256<int> mask)
    {
        var sign = g >> 31;
        var magnitude = (g ^ sign) - sign;
        var up = Vector256.GreaterThan(magnitude & mask, random & mask);
        var step = Vector256.Min((magnitude >>> dropped) - up, Vector256.Create((int)short.MaxValue));
        return (step ^ sign) - sign;
    }

    /// <summary>The words of blocks first .. first + 7 in element order: RandomBits.Block, eight counters at a time.</summary>
    private static void Words(in RandomKey key, uint first, uint* words)
    {
        var c0 = Vector256.Create(first) + Vector256<uint>.Indices;
        var c1 = Vector256<uint>.Zero;
        var c2 = Vector256.Create(key.Step);
        var c3 = Vector256.Create(key.Stream);
        uint k0 = (uint)key.Seed, k1 = (uint)(key.Seed >> 32);
        for (var round = 0; round < 10; round++)
        {
            var (high0, low0) = Product(c0, M0);
            var (high1, low1) = Product(c2, M1);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ Vector256.Create(k0), low1, high0 ^ c3 ^ Vector256.Create(k1), low0);
            k0 += W0;
            k1 += W1;
        }

        Transpose(c0, c1, c2, c3, words);
    }

    /// <summary>The high and low words of eight 32 x 32 bit products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<uint> High, Vector256<uint> Low) Product(Vector256<uint> x, uint factor)
    {
        var m = Vector256.Create((ulong)factor);
        var even = Multiply(x.AsUInt64() & Vector256.Create(0xFFFFFFFFUL), m);
        var odd = Multiply(x.AsUInt64() >>> 32, m);
        var upper = Vector256.Create(0xFFFFFFFF00000000UL);
        return (((even >>> 32) | (odd & upper)).AsUInt32(), ((even & ~upper) | (odd << 32)).AsUInt32());
    }

    /// <summary>Products of 64-bit lanes below 2^32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Multiply(Vector256<ulong> x, Vector256<ulong> y) =>
        System.Runtime.Intrinsics.X86.Avx2.IsSupported ? System.Runtime.Intrinsics.X86.Avx2.Multiply(x.AsUInt32(), y.AsUInt32()) : x * y;

    /// <summary>words[4 block + word] from one vector per word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(Vector256<uint> x0, Vector256<uint> x1, Vector256<uint> x2, Vector256<uint> x3, uint* words)
    {
        var lanes = stackalloc uint[32];
        x0.Store(lanes);
        x1.Store(lanes + 8);
        x2.Store(lanes + 16);
        x3.Store(lanes + 24);
        for (var block = 0; block < 8; block++)
            for (var word = 0; word < 4; word++) words[(4 * block) + word] = lanes[(8 * word) + block];
    }
}
