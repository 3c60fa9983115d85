using MathNet.Numerics.Statistics;

namespace Wage.Experiments.Pictures;

/// <summary>
/// What a box plot shows of several values (Tukey 1977): the quartiles, whiskers to the last values within 1.5 interquartile ranges of the box, and
/// the values beyond. Quantiles are median-unbiased (Hyndman and Fan's eighth definition, 1996).
/// </summary>
internal sealed record BoxSummary(
    double LowerWhisker, double LowerQuartile, double Median, double UpperQuartile, double UpperWhisker, IReadOnlyList<double> Outliers)
{
    private const double Reach = 1.5;

    /// <summary>The summary of one value or more.</summary>
    public static BoxSummary Of(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToArray();
        double Quantile(double tau) => SortedArrayStatistics.QuantileCustom(sorted, tau, QuantileDefinition.R8);
        var (lower, upper) = (Quantile(0.25), Quantile(0.75));
        var (low, high) = (lower - (Reach * (upper - lower)), upper + (Reach * (upper - lower)));
        var near = sorted.Where(value => value >= low && value <= high).ToList();
        return new BoxSummary(near[0], lower, Quantile(0.5), upper, near[^1], [.. sorted.Where(value => value < low || value > high)]);
    }
}
