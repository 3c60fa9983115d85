using System.Globalization;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Wage.Experiments.Sweeps;

/// <summary>
/// Welch's t-test, 1947: whether two samples of normally distributed values, whose variances may differ, have one mean. t = (m1 - m2) / s with
/// s^2 = v1 / n1 + v2 / n2, and s^4 / ((v1 / n1)^2 / (n1 - 1) + (v2 / n2)^2 / (n2 - 1)) degrees of freedom.
/// </summary>
/// <param name="Difference">The first mean less the second.</param>
/// <param name="T">t; 0 where nothing differs, infinite where the means alone do.</param>
/// <param name="Degrees">The degrees of freedom.</param>
/// <param name="P">The probability of so great a |t|, of both signs, where the means are equal.</param>
/// <param name="HalfWidth">Half of the 95 % confidence interval of the difference.</param>
internal readonly record struct WelchTest(double Difference, double T, double Degrees, double P, double HalfWidth)
{
    /// <summary>Of these values, two or more of each.</summary>
    public static WelchTest Of(IReadOnlyCollection<double> values, IReadOnlyCollection<double> others)
    {
        var ((mean, variance), (other, otherVariance)) = (values.MeanVariance(), others.MeanVariance());
        var (part, otherPart, difference) = (variance / values.Count, otherVariance / others.Count, mean - other);
        if (part + otherPart == 0)
            return new WelchTest(
                difference, difference == 0 ? 0 : double.CopySign(double.PositiveInfinity, difference), values.Count + others.Count - 2,
                difference == 0 ? 1 : 0, 0);
        var (error, t) = (Math.Sqrt(part + otherPart), difference / Math.Sqrt(part + otherPart));
        var degrees = Math.Pow(part + otherPart, 2)
            / ((Math.Pow(part, 2) / (values.Count - 1)) + (Math.Pow(otherPart, 2) / (others.Count - 1)));
        return new WelchTest(
            difference, t, degrees, 2 * StudentT.CDF(0, 1, degrees, -Math.Abs(t)), error * StudentT.InvCDF(0, 1, degrees, 0.975));
    }

    /// <summary>In words, of percentages: "0.31 more (-1.10 to 1.72 with 95 %), t = 0.61 with 3.9 degrees of freedom, p = 0.58".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Math.Abs(Difference):0.00} {(Difference < 0 ? "less" : "more")} " +
        $"({Difference - HalfWidth:0.00} to {Difference + HalfWidth:0.00} with 95 %), t = {T:0.00} with {Degrees:0.0} degrees of freedom, " +
        $"p = {P:0.000}: {(P < 0.05 ? "beyond" : "within")} seed noise");
}
