using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>From the sums of <see cref="WinogradGradient"/>'s places to a gradient, in 64 bits.</summary>
internal static unsafe class WinogradSums
{
    /// <summary>sums[ky][kx][channel][filter] += (2 G)' M (2 G) / 4 of M[point][channel][filter as it lies in a panel].</summary>
    /// <param name="m">M, whose last line and column have the other sign.</param>
    /// <param name="point">Elements from one place to the next.</param>
    /// <param name="g">The extents.</param>
    /// <param name="sums">Int32, where the gradient is proved to fit it, or int64.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<TSum>(int* m, nint point, in ConvGeometry g, TSum* sums)
        where TSum : unmanaged
    {
        var tap = (nint)g.Channels * g.Filters;
        var kept = stackalloc long[3 * 4 * Vector256<long>.Count];
        for (var i = 0; i < g.Channels * g.Filters; i += Vector256<long>.Count)
        {
            var filter = i % g.Filters;
            var to = sums + (i - filter) + (filter & ~15) + WinogradSpread.Place(filter & 15);
            for (var x = 0; x < 4; x++)
            {
                var from = m + (x * point) + i;
                Three(
                    Load(from), Load(from + (4 * point)), Load(from + (8 * point)), Load(from + (12 * point)), out var upper, out var middle,
                    out var lower);
                upper.Store(kept + (4 * x));
                middle.Store(kept + 16 + (4 * x));
                lower.Store(kept + 32 + (4 * x));
            }

            for (var y = 0; y < 3; y++)
            {
                var line = kept + (16 * y);
                Three(
                    Vector256.Load(line), Vector256.Load(line + 4), Vector256.Load(line + 8), Vector256.Load(line + 12), out var left,
                    out var middle, out var right);
                AddTo(to + (3 * y * tap), left >> 2);
                AddTo(to + (((3 * y) + 1) * tap), middle >> 2);
                AddTo(to + (((3 * y) + 2) * tap), right >> 2);
            }
        }
    }

    /// <summary>(2 G)' m, the last of m negated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Three(
        Vector256<long> m0, Vector256<long> m1, Vector256<long> m2, Vector256<long> m3, out Vector256<long> first, out Vector256<long> second,
        out Vector256<long> third)
    {
        var sum = m1 + m2;
        first = m0 + m0 + sum;
        second = m1 - m2;
        third = sum - m3 - m3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<long> Load(int* from) => Avx2.ConvertToVector256Int64(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo<TSum>(TSum* to, Vector256<long> values)
        where TSum : unmanaged
    {
        if (typeof(TSum) == typeof(long))
        {
            (Vector256.Load((long*)to) + values).Store((long*)to);
            return;
        }

        var narrow = Avx2.PermuteVar8x32(values.AsInt32(), Vector256.Create(0, 2, 4, 6, 0, 2, 4, 6)).GetLower();
        (Vector128.Load((int*)to) + narrow).Store((int*)to);
    }
}
