using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Simulation.Products;

namespace Wage.Experiments.Benchmarks;

/// <summary>The most fused multiply-adds per second that the threads reach in a bare loop over registers, just now.</summary>
internal static class FloatPeak
{
    private const int Steps = 100_000, Chains = 16, Runs = 20;

    /// <summary>Multiply-adds per second of all threads, of the fastest of some runs.</summary>
    public static double Measure(FloatEngine engine)
    {
        var sums = new float[engine.Workers];
        var least = TimeSpan.MaxValue;
        for (var run = 0; run < Runs; run++)
        {
            var clock = Stopwatch.StartNew();
            engine.Run(engine.Workers, (sums, engine.Lanes), static (in s, item, _) =>
                s.sums[item] = s.Lanes >= 16 ? Wide(Steps) : s.Lanes >= 8 ? Middle(Steps) : Narrow(Steps));
            if (clock.Elapsed < least) least = clock.Elapsed;
        }

        return (double)engine.Workers * Steps * Chains * Math.Max(4, engine.Lanes) / least.TotalSeconds;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Wide(int steps)
    {
        Vector512<float> x = Vector512.Create(1f + steps), a = x + x, b = a + x, c = b + x, d = c + x, e = d + x, f = e + x, g = f + x, h = g + x;
        Vector512<float> i = h + x, j = i + x, k = j + x, l = k + x, m = l + x, n = m + x, o = n + x, p = o + x;
        for (; steps > 0; steps--)
        {
            (a, b, c, d) = (Add(x, a), Add(x, b), Add(x, c), Add(x, d));
            (e, f, g, h) = (Add(x, e), Add(x, f), Add(x, g), Add(x, h));
            (i, j, k, l) = (Add(x, i), Add(x, j), Add(x, k), Add(x, l));
            (m, n, o, p) = (Add(x, m), Add(x, n), Add(x, o), Add(x, p));
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<float> Add(Vector512<float> x, Vector512<float> sum) => Vector512.FusedMultiplyAdd(x, x, sum);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Middle(int steps)
    {
        Vector256<float> x = Vector256.Create(1f + steps), a = x + x, b = a + x, c = b + x, d = c + x, e = d + x, f = e + x, g = f + x, h = g + x;
        for (steps *= 2; steps > 0; steps--)
        {
            (a, b, c, d) = (Add(x, a), Add(x, b), Add(x, c), Add(x, d));
            (e, f, g, h) = (Add(x, e), Add(x, f), Add(x, g), Add(x, h));
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<float> Add(Vector256<float> x, Vector256<float> sum) => Vector256.FusedMultiplyAdd(x, x, sum);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Narrow(int steps)
    {
        Vector128<float> x = Vector128.Create(1f + steps), a = x + x, b = a + x, c = b + x, d = c + x, e = d + x, f = e + x, g = f + x, h = g + x;
        for (steps *= 2; steps > 0; steps--)
        {
            (a, b, c, d) = (Add(x, a), Add(x, b), Add(x, c), Add(x, d));
            (e, f, g, h) = (Add(x, e), Add(x, f), Add(x, g), Add(x, h));
        }

        return Vector128.Sum(a + b + c + d + e + f + g + h);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector128<float> Add(Vector128<float> x, Vector128<float> sum) => Vector128.FusedMultiplyAdd(x, x, sum);
    }
}
