using System.Globalization;
using Wage.Observation;
using Wage.Quantization;

namespace Wage.Simulation.Stochastic;

/// <summary>The line of a layer's weights in the quantization report.</summary>
internal static class SqReport
{
    /// <summary>alpha, Delta, zeros and errors of the weights as they were used last.</summary>
    public static QuantizerRow Of(string layer, StochasticWeights weights)
    {
        var (quantizer, rule) = (weights.Quantizer, weights.Quantizer.Rule);
        var bits = rule.IsTernary ? 2 : 1;
        var form = $"{rule.Name}{Sides(rule)}{Selection(weights)}";
        if (!quantizer.IsKnown) return new QuantizerRow(layer, "weights", bits, "", "", "", form);
        double[] alpha = [.. quantizer.Alpha.ToArray().Select(value => (double)value)];
        double[] errors = [.. Enumerable.Range(0, alpha.Length).Select(quantizer.ErrorOf)];
        var zeros = 1 - (quantizer.NonZeros / weights.Parameter.Value.Shape.Length);
        var threshold = rule.IsTernary ? $", Delta {Ends(quantizer.Thresholds)}, {100 * zeros:0.0} % zeros" : string.Empty;
        return new QuantizerRow(
            layer, "weights", bits, $"[-{Number(alpha.Max())}, {Number(alpha.Max())}]", Ends(alpha), "0",
            string.Create(CultureInfo.InvariantCulture, $"{form}{threshold}, e {Ends(errors)}"));
    }

    private static string Sides(LowBitRule rule)
    {
        if (!rule.IsTernary) return ", alpha of each filter";
        var isOne = rule.ThresholdOfLayer || rule.Variant == SqVariant.Program;
        var center = rule.Variant == SqVariant.Program ? " of |w - mean w|" : string.Empty;
        return $", Delta{center} of {(isOne ? "the layer" : "each filter")}, alpha of {(rule.AlphaOfLayer ? "the layer" : "each filter")}";
    }

    private static string Selection(StochasticWeights weights)
    {
        if (weights.Settings.Schedule.IsWhole) return string.Empty;
        var count = RatioSchedule.Quantized(weights.Ratio, weights.Units);
        var law = weights.Settings.Rule.Variant == SqVariant.Program
            ? "the authors' program" : $"the paper, {weights.Settings.Probability.ToString().ToLowerInvariant()}";
        var units = weights.Settings.ByElement ? "weights" : "filters";
        return string.Create(CultureInfo.InvariantCulture, $", r {weights.Ratio}: {count} of {weights.Units} {units} ({law})");
    }

    private static string Ends(ReadOnlySpan<double> values)
    {
        var (least, greatest) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values) (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
        return Number(least) == Number(greatest) ? Number(least) : $"{Number(least)}..{Number(greatest)}";
    }

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
