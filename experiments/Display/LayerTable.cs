using System.Globalization;
using Wage.Layers;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Experiments.Display;

/// <summary>The model table: a row for each layer with an output of its own.</summary>
internal static class LayerTable
{
    public static IReadOnlyList<string> Titles { get; } =
        ["layer", "kind", "output", "kW-kA-kG-kE", "log2 alpha", "weights", "MACs", "forward bound", "error bound", "gradient bound"];

    /// <summary>The columns that hold numbers.</summary>
    public static IReadOnlyList<int> Numbers { get; } = [4, 5, 6, 7, 8, 9];

    /// <summary>A cell for each title.</summary>
    public static IEnumerable<string[]> Rows(ITrainable network)
    {
        foreach (var row in network.Table)
        {
            var hasWeights = row.Parameters > 0;
            yield return
            [
                row.Name, row.Kind, string.Join('x', Enumerable.Range(1, row.Output.Rank - 1).Select(i => row.Output[i])),
                row.Scheme?.Replace("wage ", string.Empty, StringComparison.Ordinal) ?? "-",
                row.Log2Alpha?.ToString(CultureInfo.InvariantCulture) ?? "-",
                hasWeights ? Format.Count(row.Parameters) : "-", hasWeights ? Format.Count(row.Macs) : "-",
                Bound(row.Forward, row.Accumulators.Forward), Bound(row.Error, row.Accumulators.Error),
                Bound(row.Gradient, row.Accumulators.Gradient),
            ];
        }
    }

    private static string Bound(AccumulatorBound? bound, ElementType? type) =>
        bound is { } known && type is { } chosen
            ? $"{known.Value.ToString("#,0", CultureInfo.InvariantCulture)} {chosen.ToString().ToLowerInvariant()}" : "-";
}
