using System.Numerics;
using System.Runtime.CompilerServices;

namespace Wage.Numbers;

/// <summary>
/// saturate(round(x / 2^shift), limit): every place that drops bits of a tensor, over lanes. floor and carry, so that nothing is added before the
/// shift: q = floor(x / 2^shift) + up, up of the dropped bits r = x mod 2^shift. A negative shift multiplies what has been saturated before: beyond
/// the limit the result saturates whatever the shift.
/// </summary>
/// <typeparam name="T">The lanes.</typeparam>
public readonly struct ShiftRounding<T>
    where T : struct, ILanes<T>
{
    private readonly int right;
    private readonly int left;
    private readonly Rounding rounding;
    private readonly T mask;
    private readonly T half;
    private readonly T lowerHalf;
    private readonly T limit;
    private readonly T least;

    /// <summary>The rule of a shift that <see cref="Fits"/>.</summary>
    public ShiftRounding(int shift, long limit, Rounding rounding)
    {
        right = Math.Max(shift, 0);
        left = Math.Min(Math.Max(checked(-shift), 0), MostLeft(limit));
        this.rounding = rounding;
        mask = T.Of(checked((1L << right) - 1));
        half = T.Of(right == 0 ? 1 : 1L << checked(right - 1));             // nothing is dropped: r is 0 and never reaches it
        lowerHalf = T.Of(checked((1L << (right >> 1)) - 1));
        this.limit = T.Of(limit);
        least = T.Of(checked(-limit));
    }

    /// <summary>True where these lanes hold the whole computation for every x that they hold.</summary>
    public static bool Fits(int shift, long limit) => shift <= Math.Min(T.ValueBits, 62) && 2 * Bits(limit) <= T.ValueBits;

    /// <summary>The result for x.</summary>
    /// <param name="x">The values.</param>
    /// <param name="random">Uniform bits, of which the lowest as many as are dropped are used, by the stochastic rounding alone.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of(T x, T random) => left > 0 ? Limited(T.ShiftLeft(Limited(x), left)) : Limited(Quotient(x, random));

    /// <summary>The same of <see cref="Rounding.Stochastic"/>, where that is known: a loop need not ask in every turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T Stochastic(T x, T random) =>
        left > 0 ? Limited(T.ShiftLeft(Limited(x), left)) : Limited(T.ShiftRight(x, right) - T.Greater(x & mask, random & mask));

    /// <summary>The same rounded down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T Floor(T x) => left > 0 ? Limited(T.ShiftLeft(Limited(x), left)) : Limited(T.ShiftRight(x, right));

    /// <summary>The same of a shift that is not negative, without a limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Quotient(T x, T random)
    {
        var floor = T.ShiftRight(x, right);
        var r = x & mask;
        if (rounding == Rounding.HalfEven)
            return floor - (T.Greater(r, half) | (T.Same(r, half) & T.Same(floor & T.Of(1), T.Of(1))));
        if (rounding == Rounding.HalfAway)
            return floor - (T.Greater(r, half) | (T.Same(r, half) & T.Greater(x, T.Of(0))));
        if (rounding == Rounding.Stochastic)
            return floor - T.Greater(r, random & mask);
        if (rounding == Rounding.TowardZero)
            return floor - (T.Greater(T.Of(0), x) & T.Greater(r, T.Of(0)));
        return PseudoStochastic(x);
    }

    /// <summary>Requires |x| to fit. A call would ask for the address of what else is in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T PseudoStochastic(T x)
    {
        var magnitude = T.Max(x, T.Of(0) - x);
        var r = magnitude & mask;
        var (upper, lower) = (T.ShiftRight(r, right >> 1), r & lowerHalf);
        if ((right & 1) != 0) lower += lower;
        var rounded = T.ShiftRight(magnitude, right) - T.Greater(upper, lower);
        var negative = T.Greater(T.Of(0), x);
        return (rounded & (T.Of(-1) - negative)) | ((T.Of(0) - rounded) & negative);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Limited(T x) => T.Max(T.Min(x, limit), least);

    /// <summary>A shift by which the limit still fits, and by which 1 reaches it.</summary>
    private static int MostLeft(long limit) => checked(T.ValueBits - Bits(limit));

    private static int Bits(long value) => checked(64 - BitOperations.LeadingZeroCount(unchecked((ulong)value)));
}
