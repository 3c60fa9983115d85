using System.Globalization;
using Wage.Observation;
using Wage.Simulation.Conversion;

namespace Wage.Simulation.Quantization;

/// <summary>The lines of the quantization report.</summary>
internal static class QuantizerReport
{
    /// <summary>Activations, by their moving range.</summary>
    public static QuantizerRow Of(FakeActivations fake)
    {
        if (!fake.Range.IsKnown)
            return new QuantizerRow(fake.Name, "activations", fake.Bits, "", "", "", "no range yet: no training step has measured it");
        var (least, greatest) = fake.Range.Ends;
        return Of(fake.Name, "activations", fake.Bits, [fake.Range.Grid(fake.Bits)], "moving range", Ends(least, greatest));
    }

    /// <summary>Weights, as they were used last.</summary>
    public static QuantizerRow Of(string layer, WeightQuantizer quantizer)
    {
        var rule = quantizer.Rule;
        var note = $"{(rule.IsSymmetric ? "symmetric" : "with a zero point")}, {(rule.PerChannel ? "each channel by its own" : "one scale for all")}";
        return quantizer.IsKnown
            ? Of(layer, "weights", rule.Bits, quantizer.Grids, note) : new QuantizerRow(layer, "weights", rule.Bits, "", "", "", note);
    }

    /// <summary>Codes of these grids.</summary>
    public static QuantizerRow Of(
        string tensor, string part, int bits, ReadOnlySpan<AffineGrid> grids, string note, string? range = null)
    {
        double least = double.PositiveInfinity, greatest = double.NegativeInfinity;
        var (small, large) = (float.PositiveInfinity, float.NegativeInfinity);
        var (first, isOne) = (grids[0].ZeroPoint, true);
        foreach (var grid in grids)
        {
            (least, greatest) = (Math.Min(least, grid.Least), Math.Max(greatest, grid.Greatest));
            (small, large) = (Math.Min(small, grid.Scale), Math.Max(large, grid.Scale));
            isOne &= grid.ZeroPoint == first;
        }

        return new QuantizerRow(
            tensor, part, bits, range ?? Ends(least, greatest),
            small == large ? Number(small) : $"{Number(small)}..{Number(large)}",
            isOne ? first.ToString(CultureInfo.InvariantCulture) : "of each", note);
    }

    /// <summary>What has no codes of its own, and why.</summary>
    public static QuantizerRow None(string tensor, string part, string why) => new(tensor, part, 0, "", "", "", why);

    /// <summary>"[-0.31, 2.9]".</summary>
    public static string Ends(double least, double greatest) => $"[{Number(least)}, {Number(greatest)}]";

    private static string Number(double value) => value == 0 ? "0" : Math.Abs(value) is > 1e-4 and < 1e5
        ? value.ToString(Math.Abs(value) < 0.1 ? "0.######" : "0.####", CultureInfo.InvariantCulture)
        : value.ToString("0.####e0", CultureInfo.InvariantCulture);
}
