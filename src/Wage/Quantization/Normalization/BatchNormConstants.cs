using System.Numerics;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// The constants of the way forward. Of S1 and S2, the sums of y and y^2 over M positions: mean = S1 / M, half away; V = S2 - 2 mean S1 + M mean^2;
/// v = max(16, floor(2^8 V / M)); j the least with 2^(2j) v >= 2^60; ri = floor(2^44 / floor(sqrt(2^(2j) v))), 14 bits; sh = 28 - j.
/// Read: the sums [2, C]; gamma and beta [C] in units of 2^-24; the shortcut's exponent [1]. Written: the constants [6, C]; mean and v [2, C].
/// </summary>
/// <param name="Count">M, at most 2^24.</param>
public readonly record struct BatchNormConstants(long Count) : IColumnFormula
{
    internal const int LeastVariance = 16;

    private const int InverseBits = 44;

    /// <inheritdoc/>
    public void Of<TC>(in TC c)
        where TC : struct, IColumnNumbers
    {
        var (sum, squares) = (c.Get(0, 0, c.Column), c.Get(0, 1, c.Column));
        var mean = FixedPoint.Divide(sum, Count, Rounding.HalfAway);
        var variance = checked(squares - (2 * mean * sum) + (Count * mean * mean));
        Write(c, mean, Math.Max(LeastVariance, checked((variance << 8) / Count)));
    }

    internal static void Write<TC>(in TC c, long mean, long variance)
        where TC : struct, IColumnNumbers
    {
        var spare = checked(60 - (63 - BitOperations.LeadingZeroCount((ulong)variance)));
        var j = spare <= 0 ? 0 : checked(spare + 1) >> 1;
        c.Set(0, NormalizationRow.Mean, mean);
        c.Set(0, NormalizationRow.Inverse, (1L << InverseBits) / IntegerMath.SquareRoot(variance << checked(2 * j)));
        c.Set(0, NormalizationRow.Shift, checked(28 - j));
        c.Set(0, NormalizationRow.Scale, checked(c.Get(1, 0, c.Column) + (1 << 11)) >> 12);
        c.Set(0, NormalizationRow.Offset, c.Get(2, 0, c.Column));
        c.Set(0, NormalizationRow.Shortcut, NormalizationRow.ShortcutLeft(c.Get(3, 0, c.Column)));
        c.Set(1, 0, mean);
        c.Set(1, 1, variance);
    }
}

/// <summary>
/// The same of a mean and a v that are known. Read: mean and v [2, C]; gamma, beta and the shortcut's exponent as above. Written: the constants
/// [6, C]; mean and v.
/// </summary>
public readonly record struct KnownConstants : IColumnFormula
{
    /// <inheritdoc/>
    public void Of<TC>(in TC c)
        where TC : struct, IColumnNumbers => BatchNormConstants.Write(c, c.Get(0, 0, c.Column), c.Get(0, 1, c.Column));
}

/// <summary>
/// What runs, in the units of y: its mean, saturated where y is, and v = max(16, 2^8 variance), ties up. Read: what runs [2, C]; y's exponent [1].
/// Written: mean and v [2, C], v at most 2^60.
/// </summary>
public readonly record struct RunMoments : IColumnFormula
{
    /// <inheritdoc/>
    public void Of<TC>(in TC c)
        where TC : struct, IColumnNumbers
    {
        var exponent = c.Get(1, 0, c.Column);
        var mean = RunningStatistics.Moved(c.Get(0, 0, c.Column), checked(-24 - exponent));
        c.Set(0, 0, FixedPoint.Saturate(mean, short.MaxValue));
        var variance = RunningStatistics.Moved(c.Get(0, 1, c.Column), checked(-16 - (2 * exponent)));
        c.Set(0, 1, Math.Max(BatchNormConstants.LeastVariance, variance));
    }
}

/// <summary>
/// The running mean and variance in units of 2^-24: r = r + floor((new - r + 4) / 8). Read: mean and v [2, C], y's exponent [1], what runs [2, C].
/// Written: what runs.
/// </summary>
public readonly record struct RunningStatistics : IColumnFormula
{
    /// <summary>The greatest magnitude of what runs.</summary>
    internal const long Most = 1L << 60;

    /// <inheritdoc/>
    public void Of<TC>(in TC c)
        where TC : struct, IColumnNumbers
    {
        var exponent = c.Get(1, 0, c.Column);
        Move(c, 0, checked(exponent + 24));
        Move(c, 1, checked((2 * exponent) + 16));
    }

    private static void Move<TC>(in TC c, int row, long left)
        where TC : struct, IColumnNumbers
    {
        var (next, running) = (Moved(c.Get(0, row, c.Column), left), c.Get(2, row, c.Column));
        c.Set(0, row, checked(running + ((next - running + 4) >> 3)));
    }

    /// <summary>x 2^left, ties up, saturated at <see cref="Most"/>.</summary>
    internal static long Moved(long x, long left)
    {
        var right = (int)Math.Max(Math.Min(checked(-left), 62), -60);
        if (right > 0) return checked((x >> checked(right - 1)) + 1) >> 1;
        var most = Most >> checked(-right);
        return FixedPoint.Saturate(x, most) << checked(-right);
    }
}
