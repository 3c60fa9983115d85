using MathNet.Numerics.Distributions;

namespace Wage.Tests.Quantization;

/// <summary>
/// Integers that were rounded down or up, beside the probability of up that their dropped bits say: chi-square over bins of that probability, at the
/// level 0.001 on both sides, and the mean error, at the same level.
/// </summary>
internal sealed class RoundingLaw
{
    private const int Bins = 16;
    private const double Level = 0.001;
    private readonly double[] excess = new double[Bins];
    private readonly double[] variance = new double[Bins];
    private double error;
    private double errorVariance;

    /// <summary>The elements that could be rounded down or up.</summary>
    public int Count { get; private set; }

    /// <summary>Adds q, x / 2^dropped rounded and saturated at the limit; where saturation hides the rounding it tells nothing.</summary>
    public void Add(long x, int dropped, int limit, long q)
    {
        if (dropped <= 0) return;
        var (floor, unit) = (x >> dropped, (double)(1L << dropped));
        if (floor >= limit || floor < -limit) return;
        var p = (x - (floor << dropped)) / unit;
        if (q != floor && (q != floor + 1 || p == 0)) Assert.Fail($"{x} / 2^{dropped} became {q}");
        if (p == 0) return;
        var bin = (int)(p * Bins);
        excess[bin] += q - floor - p;
        variance[bin] += p * (1 - p);
        error += (q * unit) - x;
        errorVariance += unit * unit * p * (1 - p);
        Count++;
    }

    /// <summary>What contradicts the law, or null.</summary>
    public string? Violation()
    {
        var (chiSquare, freedom) = (0.0, 0);
        for (var bin = 0; bin < Bins; bin++)
        {
            if (variance[bin] < 5) continue;
            chiSquare += excess[bin] * excess[bin] / variance[bin];
            freedom++;
        }

        if (freedom == 0) return "too few";
        if (ChiSquared.CDF(freedom, chiSquare) is < Level or > 1 - Level) return $"chi-square {chiSquare} with {freedom} degrees of freedom";
        var z = error / Math.Sqrt(errorVariance);
        return Math.Abs(z) > Normal.InvCDF(0, 1, 1 - (Level / 2)) ? $"the mean error is {z} standard deviations" : null;
    }
}
