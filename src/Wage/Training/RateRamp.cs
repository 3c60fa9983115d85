using System.Numerics;
using Wage.Numbers;

namespace Wage.Training;

/// <summary>
/// eta as a function of x, the share of the run that is done: from 0 to the first rate along a line while x is less than w, then to the other rate
/// along a line or half a cosine.
/// </summary>
/// <param name="From">The rate at w.</param>
/// <param name="To">The rate at 1; null: 0.</param>
/// <param name="Epochs">The run's.</param>
/// <param name="WarmUp">w, below 1; null: 0.</param>
/// <param name="IsCosine">Half a cosine.</param>
internal sealed record RateRamp(Ratio From, Ratio? To, int Epochs, Ratio? WarmUp, bool IsCosine)
{
    /// <summary>The rate of a step, which is that in its middle, x = (2 step + 1) / (2 steps).</summary>
    /// <param name="step">Below <paramref name="steps"/>.</param>
    /// <param name="steps">The run's, at most 2^32.</param>
    public (BigInteger Numerator, BigInteger Denominator) At(long step, long steps)
    {
        BigInteger p = (2 * step) + 1, q = 2 * steps;
        var (wn, wd) = WarmUp is { } share ? (share.Numerator, share.Denominator) : (0, 1);
        var (k, n) = ((p * wd) - (q * wn), q * (wd - wn));
        if (k < 0) return (From.Numerator * p * wd, From.Denominator * q * wn);
        if (IsCosine) (k, n) = (CosineRamp.At(k, n), BigInteger.One << CosineRamp.FractionBits);
        var (tn, td) = To is { } end ? (end.Numerator, end.Denominator) : (0, 1);
        return ((From.Numerator * td * (n - k)) + (tn * From.Denominator * k), (BigInteger)From.Denominator * td * n);
    }
}
