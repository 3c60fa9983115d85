using System.Runtime.CompilerServices;

namespace Wage.Numbers;

/// <summary>How <see cref="FixedMultiply.Scale"/> drops bits.</summary>
public enum MultiplierRounding
{
    /// <summary>
    /// Twice: the doubled high product to the nearest, ties up, then the shift, ties away from zero. gemmlowp, and TensorFlow Lite's default.
    /// </summary>
    Double,

    /// <summary>Once, to the nearest, ties up.</summary>
    Single,
}

/// <summary>
/// The multiplication of integer-only inference: x M0 2^(shift - 31), M0 in [2^30, 2^31). Jacob et al. 2018, section 2.2; gemmlowp's fixedpoint.h.
/// Values of 32 bits, whatever the lanes.
/// </summary>
public static class FixedMultiply
{
    /// <summary>round(x y / 2^31), ties up; 2^31 - 1 where both are -2^31. gemmlowp: SaturatingRoundingDoublingHighMul.</summary>
    public static T DoublingHigh<T>(T x, T y)
        where T : struct, ILanes<T>
    {
        var least = T.Of(int.MinValue);
        return T.MultiplyHigh(x, y - (T.Same(x, least) & T.Same(y, least)), T.Of(1 << 30));
    }

    /// <summary>round(x / 2^n), ties away from zero, n from 0 to 31. gemmlowp: RoundingDivideByPOT.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T DivideByPowerOfTwo<T>(T x, T n)
        where T : struct, ILanes<T> => Quotient(x, n, MultiplierRounding.Double);

    /// <summary>
    /// x M0 2^(shift - 31), shift from -31 to 30, M0 from 0 on. Double: <see cref="DivideByPowerOfTwo"/>(<see cref="DoublingHigh"/>(x 2^left, M0),
    /// right), left = max(shift, 0), right = max(-shift, 0). Single: floor((x M0 + 2^(t-1)) / 2^t), t = 31 - shift. Of either, x saturates where
    /// x 2^left leaves 32 bits: the result then has 30 bits or more.
    /// TensorFlow Lite: MultiplyByQuantizedMultiplier.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Scale<T>(T x, T multiplier, T shift, MultiplierRounding rounding)
        where T : struct, ILanes<T>
    {
        var (zero, half) = (T.Of(0), T.Of(1 << 30));
        var left = T.Max(shift, zero);
        var right = left - shift;
        var held = T.Max(T.Min(x, T.ShiftRight(T.Of(int.MaxValue), left)), T.ShiftRight(T.Of(int.MinValue), left));
        // Single: floors of floors are floors of the whole, so that bits are dropped with a carry at the end alone.
        var add = rounding == MultiplierRounding.Single ? T.Same(right, zero) & half : half;
        return Quotient(T.MultiplyHigh(T.ShiftLeft(held, left), multiplier, add), right, rounding);
    }

    /// <summary><see cref="Scale"/> by less than a half, a shift of at most -1, as products mostly are: with half the instructions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T ScaleDown<T>(T x, T multiplier, T shift, MultiplierRounding rounding)
        where T : struct, ILanes<T>
    {
        // All bits but the last that is dropped, and then half of it, up: floors of floors are floors of the whole.
        var dropped = T.Of(-1) - shift;
        if (rounding == MultiplierRounding.Single) return HalfUp(T.ShiftRight(T.MultiplyHigh(x, multiplier, T.Of(0)), dropped));
        var high = T.MultiplyHigh(x, multiplier, T.Of(1 << 30));
        return HalfUp(T.ShiftRight(high + T.ShiftRight(high, 31), dropped));
    }

    /// <summary>round(x / 2), ties up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T HalfUp<T>(T x)
        where T : struct, ILanes<T> => x - T.ShiftRight(x, 1);

    /// <summary>round(x / 2^n), ties away from zero, or, single, up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Quotient<T>(T x, T n, MultiplierRounding rounding)
        where T : struct, ILanes<T>
    {
        var all = T.Of(-1);
        var mask = all - T.ShiftLeft(all, n);
        var most = T.ShiftRight(mask, 1);
        if (rounding == MultiplierRounding.Double) most -= T.Greater(T.Of(0), x);
        return T.ShiftRight(x, n) - T.Greater(x & mask, most);
    }
}
