using System.Globalization;
using Wage.Observation;
using Wage.Simulation.Quantization;

namespace Wage.Simulation.Ranges;

/// <summary>The lines of the quantization report for tensors with estimated ranges.</summary>
internal static class RangeReport
{
    /// <summary>A tensor: its estimator, and what became of the values of the last training step.</summary>
    public static QuantizerRow Of(string layer, string part, RangedTensor tensor, string rounding)
    {
        var (state, words) = (tensor.State, rounding + tensor.Estimator.Words);
        if (!state.IsKnown) return new QuantizerRow(layer, part, tensor.Bits, "", "", "", $"{words}; no range yet: no training step has measured it");
        var skipped = state.Skipped == 0 ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $"; {state.Skipped} tensors skipped, which were not finite");
        var note = $"{words}; in the last step {Percent(state.Saturated)} saturated, {Percent(state.Underflowed)} became 0{skipped}";
        return QuantizerReport.Of(layer, part, tensor.Bits, [tensor.Grid], note, QuantizerReport.Ends(state.Range.Least, state.Range.Greatest));
    }

    /// <summary>Weights, as they were used last.</summary>
    public static QuantizerRow Of(string layer, UniformWeights weights) => weights.Used is { } grid
        ? QuantizerReport.Of(layer, "weights", weights.Bits, [grid], "current min-max")
        : new QuantizerRow(layer, "weights", weights.Bits, "", "", "", "current min-max");

    private static string Percent(float share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##} %");
}
