using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Wage.Experiments.Sweeps;

/// <summary>What several seeds tell of one quantity.</summary>
/// <param name="Count">The values, at least 1.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their standard deviation with n - 1; null for one value.</param>
/// <param name="HalfWidth">
/// Half of the 95 % confidence interval of the mean, t(0.975, n - 1) s / sqrt(n): the values are taken as normally distributed; null for one value.
/// </param>
internal readonly record struct SampleStatistics(int Count, double Mean, double? Deviation, double? HalfWidth)
{
    /// <summary>The statistics of these values.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static SampleStatistics Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) throw new ArgumentException("no values", nameof(values));
        if (values.Count == 1) return new SampleStatistics(1, values.First(), null, null);
        var (mean, deviation) = values.MeanStandardDeviation();
        var quantile = StudentT.InvCDF(0, 1, values.Count - 1, 0.975);
        return new SampleStatistics(values.Count, mean, deviation, quantile * deviation / Math.Sqrt(values.Count));
    }

    /// <summary>The interval's ends, or null for one value.</summary>
    public (double Low, double High)? Interval => HalfWidth is { } half ? (Mean - half, Mean + half) : null;
}
