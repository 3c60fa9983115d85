using System.Numerics;
using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>The sums of D and D xhat, of errors D of 8 or 16 bits and y: the gradients of beta and gamma.</summary>
public readonly record struct BatchNormErrorSums : IColumnStatistic
{
    /// <inheritdoc/>
    public static int Results => 2;

    /// <inheritdoc/>
    public static int Constants => NormalizationRow.Forward;

    /// <inheritdoc/>
    public static bool Adds => true;

    /// <inheritdoc/>
    public bool FitsInt32 => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T, TC>(T x, T y, in TC c, int result)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T> => result == 0 ? x : x * Normalized.Of<T, TC>(y, c);
}

/// <summary>
/// The constants of the way back. Of S1 and S2, the sums of D and D xhat over M positions: md = 2^g S1 / M and mx = round(2^g S2 / M / 2^12),
/// divisions half away: of |D| below 2^(15 - g) mx stays below 2^15, for the mean of |xhat| is at most about 1; kr = gamma ri with the exponent
/// ke = -24 - sh; eK = max over the channels of (ke + bits of kr) - 11; K = kr 2^(ke - eK).
/// Read: the sums [2, C]; the constants of the way forward [6, C]; the exponents of D and of y, [1]. Written: the constants [6, C]; the exponent of
/// what they make of D, eK + eD - eY - g, [1].
/// </summary>
/// <param name="Count">M, at most 2^24.</param>
/// <param name="MoreBits">g, from 0 to 7: |D| is below 2^(15 - g).</param>
public readonly record struct BatchNormErrorConstants(long Count, int MoreBits) : IColumnFormula
{
    private const int SlopeBits = 11;

    /// <summary>g of errors of at most this magnitude: 7 up to 8 bits, so that what is subtracted from D is not rounded away; 0 of 16.</summary>
    internal static int MoreBitsOf(long bound) => bound <= sbyte.MaxValue ? 7 : 0;

    /// <inheritdoc/>
    public void Of<TC>(in TC c)
        where TC : struct, IColumnNumbers
    {
        var exponent = long.MinValue;
        for (var i = 0; i < c.Columns; i = checked(i + 1)) exponent = Math.Max(exponent, checked(Exponent(c, i) + Bits(Slope(c, i)) - SlopeBits));
        for (var row = 0; row <= NormalizationRow.Shift; row = checked(row + 1)) c.Set(0, row, c.Get(1, row, c.Column));
        c.Set(0, NormalizationRow.MeanError, FixedPoint.Divide(c.Get(0, 0, c.Column) << MoreBits, Count, Rounding.HalfAway));
        c.Set(0, NormalizationRow.MeanProduct, FixedPoint.Saturate(MeanProduct(c.Get(0, 1, c.Column)), short.MaxValue));
        c.Set(0, NormalizationRow.Slope, Moved(Slope(c, c.Column), checked(exponent - Exponent(c, c.Column))));
        c.Set(1, 0, checked(exponent + c.Get(2, 0, c.Column) - c.Get(3, 0, c.Column) - MoreBits));
    }

    /// <summary>mx of S2.</summary>
    internal long MeanProduct(long sum) => checked(FixedPoint.Divide(sum << MoreBits, Count, Rounding.HalfAway) + (1 << 11)) >> 12;

    private static long Slope<TC>(in TC c, int column)
        where TC : struct, IColumnNumbers =>
        checked(c.Get(1, NormalizationRow.Scale, column) * c.Get(1, NormalizationRow.Inverse, column));

    private static long Exponent<TC>(in TC c, int column)
        where TC : struct, IColumnNumbers => checked(-24 - c.Get(1, NormalizationRow.Shift, column));

    private static int Bits(long x) => checked(64 - BitOperations.LeadingZeroCount(Wrapping.Magnitude(x)));

    /// <summary>x / 2^right, ties up; of a negative right, x of few bits, x 2^-right.</summary>
    private static long Moved(long x, long right) =>
        right <= 0 ? x << (int)checked(-right) : checked((x >> (int)Math.Min(checked(right - 1), 62)) + 1) >> 1;
}

/// <summary>
/// The error of y, of D and y: (2^g D - md - round(xhat mx / 2^12)) K, ties up, |D| below 2^(15 - g). 20 bits times 12: 32 hold it.
/// </summary>
/// <param name="MoreBits">g, as in <see cref="BatchNormErrorConstants"/>.</param>
public readonly record struct BatchNormBackward(int MoreBits) : IColumnFunction
{
    /// <inheritdoc/>
    public static int Constants => NormalizationRow.Backward;

    /// <inheritdoc/>
    public bool FitsInt32 => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T, TC>(T x, T y, in TC c)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T>
    {
        var floor = T.ShiftRight(Normalized.Of<T, TC>(y, c) * c.At(NormalizationRow.MeanProduct), 11);
        return (T.ShiftLeft(x, MoreBits) - c.At(NormalizationRow.MeanError) - (floor - T.ShiftRight(floor, 1))) * c.At(NormalizationRow.Slope);
    }
}

/// <summary>The rows of [2, C] as two tensors [C].</summary>
public readonly record struct SplitRows : IColumnFormula
{
    /// <inheritdoc/>
    public void Of<TC>(in TC c)
        where TC : struct, IColumnNumbers
    {
        c.Set(0, 0, c.Get(0, 0, c.Column));
        c.Set(1, 0, c.Get(0, 1, c.Column));
    }
}
