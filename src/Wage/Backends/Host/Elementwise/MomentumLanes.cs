using System.Runtime.CompilerServices;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>The functions of <see cref="MomentumUpdate"/> in lanes of 64 bits, which hold them of any weight and velocity of 32.</summary>
internal static unsafe class MomentumLanes
{
    /// <summary>x[i] = function.Of(x[i], y[i]) of whole vectors of n numbers, where it is one of these functions; how many.</summary>
    public static int Run<F>(long* x, long* y, in F function, int n)
        where F : unmanaged, IPairFunction
    {
        if (!Int64x8.IsSupported) return 0;
        if (typeof(F) == typeof(Decayed)) return Decay(x, y, Unsafe.As<F, Decayed>(ref Unsafe.AsRef(in function)), n);
        if (typeof(F) == typeof(AddGradient)) return Add(x, y, Unsafe.As<F, AddGradient>(ref Unsafe.AsRef(in function)), n);
        return typeof(F) == typeof(RateStep) ? Step(x, y, Unsafe.As<F, RateStep>(ref Unsafe.AsRef(in function)), n) : 0;
    }

    private static int Decay(long* x, long* y, in Decayed f, int n)
    {
        var (momentum, decay, i) = (Int64x8.Of(f.Momentum), Int64x8.Of(f.Decay), 0);
        for (; i + Int64x8.Count <= n; i += Int64x8.Count)
            ((Int64x8.Load(x + i) * momentum) + Int64x8.ShiftRight(Int64x8.Load(y + i) * decay, 10)).Store(x + i);
        return i;
    }

    private static int Add(long* x, long* y, in AddGradient f, int n)
    {
        var (share, half, dropped, i) = (Int64x8.Of(f.Share), Int64x8.Of(1L << 15), f.Dropped, 0);
        var (added, limit, least) = (Int64x8.Of((1L << dropped) >> 1), Int64x8.Of(int.MaxValue), Int64x8.Of(-int.MaxValue));
        for (; i + Int64x8.Count <= n; i += Int64x8.Count)
        {
            var sum = Int64x8.Load(x + i) + Int64x8.ShiftRight((Int64x8.Load(y + i) * share) + half, 16);
            if (dropped > 0) sum = Int64x8.Max(Int64x8.Min(Int64x8.ShiftRight(sum + added, dropped), limit), least);
            sum.Store(x + i);
        }

        return i;
    }

    private static int Step(long* x, long* y, in RateStep f, int n)
    {
        var (rate, half, i) = (Int64x8.Of(f.Rate), Int64x8.Of(1L << 15), 0);
        var (limit, least) = (Int64x8.Of(f.Limit), Int64x8.Of(-(long)f.Limit));
        for (; i + Int64x8.Count <= n; i += Int64x8.Count)
        {
            var moved = Int64x8.Load(x + i) - Int64x8.ShiftRight((Int64x8.Load(y + i) * rate) + half, 16);
            Int64x8.Max(Int64x8.Min(moved, limit), least).Store(x + i);
        }

        return i;
    }
}
