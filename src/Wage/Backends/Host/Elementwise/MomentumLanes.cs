using System.Runtime.CompilerServices;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>The functions of <see cref="MomentumUpdate"/> in lanes of 64 bits, which hold them of any weight and velocity of 32.</summary>
internal static unsafe class MomentumLanes
{
    /// <summary>x[i] = function.Of(x[i], y[i]) of whole vectors of n numbers, where it is one of these functions; how many.</summary>
    public static int Run<F>(long* x, long* y, in F function, int n)
        where F : unmanaged, IPairFunction =>
        Int64x8.IsSupported ? Run<Int64x8, F>(x, y, function, n) : Int64x4.IsSupported ? Run<Int64x4, F>(x, y, function, n) : 0;

    private static int Run<T, F>(long* x, long* y, in F function, int n)
        where T : struct, IVectorLanes<T>
        where F : unmanaged, IPairFunction
    {
        if (typeof(F) == typeof(Decayed)) return Decay<T>(x, y, Unsafe.As<F, Decayed>(ref Unsafe.AsRef(in function)), n);
        if (typeof(F) == typeof(AddGradient)) return Add<T>(x, y, Unsafe.As<F, AddGradient>(ref Unsafe.AsRef(in function)), n);
        return typeof(F) == typeof(RateStep) ? Step<T>(x, y, Unsafe.As<F, RateStep>(ref Unsafe.AsRef(in function)), n) : 0;
    }

    private static int Decay<T>(long* x, long* y, in Decayed f, int n)
        where T : struct, IVectorLanes<T>
    {
        var (momentum, decay, i) = (T.Of(f.Momentum), T.Of(f.Decay), 0);
        for (; i + T.Count <= n; i += T.Count)
            ((T.Load(x + i) * momentum) + T.ShiftRight(T.Load(y + i) * decay, 10)).Store(x + i);
        return i;
    }

    private static int Add<T>(long* x, long* y, in AddGradient f, int n)
        where T : struct, IVectorLanes<T>
    {
        var (share, half, dropped, i) = (T.Of(f.Share), T.Of(1L << 15), f.Dropped, 0);
        var (added, limit, least) = (T.Of((1L << dropped) >> 1), T.Of(int.MaxValue), T.Of(-int.MaxValue));
        for (; i + T.Count <= n; i += T.Count)
        {
            var sum = T.Load(x + i) + T.ShiftRight((T.Load(y + i) * share) + half, 16);
            if (dropped > 0) sum = T.Max(T.Min(T.ShiftRight(sum + added, dropped), limit), least);
            sum.Store(x + i);
        }

        return i;
    }

    private static int Step<T>(long* x, long* y, in RateStep f, int n)
        where T : struct, IVectorLanes<T>
    {
        var (rate, half, i) = (T.Of(f.Rate), T.Of(1L << 15), 0);
        var (limit, least) = (T.Of(f.Limit), T.Of(-(long)f.Limit));
        for (; i + T.Count <= n; i += T.Count)
        {
            var moved = T.Load(x + i) - T.ShiftRight((T.Load(y + i) * rate) + half, 16);
            T.Max(T.Min(moved, limit), least).Store(x + i);
        }

        return i;
    }
}
