using Wage.Backends;
using Wage.Diagnostics;
using Wage.Experiments.Recipes;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Experiments.Trust;

/// <summary>
/// The cases that compare a device with the reference on the operations of one model: its own products, and of the others the self-test's.
/// </summary>
internal static class CheckCases
{
    /// <summary>What the reference's scalar loops do in milliseconds.</summary>
    private const int MostBatch = 2, MostSide = 6, MostFilters = 128;

    /// <summary>The cases in turns: the first of every operation, the second of every one, ...</summary>
    /// <param name="operations">What a training step calls.</param>
    /// <param name="bits">The widths of the model's numbers, of every layer that has its own.</param>
    public static IEnumerable<(BackendCase Case, bool IsFirst)> Of(IEnumerable<Operation> operations, IEnumerable<SchemeBits> bits)
    {
        var widths = bits.Select(one => (Errors: ElementTypes.ForBits(one.E), Weights: BitWidths.Limit(one.W))).Distinct().ToList();
        var table = CaseTable.All.ToLookup(one => one.Operation);
        var lists = operations.GroupBy(operation => operation.Name)
            .Select(group => group.SelectMany(one => one.Geometry is { } g ? Products(one.Name, Reduced(g), widths) : table[one.Name]).ToList())
            .ToList();
        for (var i = 0; i < lists.Max(list => list.Count); i++)
            foreach (var list in lists.Where(list => i < list.Count)) yield return (list[i], i == 0);
    }

    /// <summary>The same kernel, stride, padding and channels of a filter on few pixels, with few images, groups and filters.</summary>
    public static ConvGeometry Reduced(in ConvGeometry g)
    {
        var filters = Math.Min(g.GroupFilters, MostFilters);
        var groups = Math.Clamp(MostFilters / filters, 1, g.Groups);
        return g with
        {
            Batch = Math.Min(g.Batch, MostBatch),
            Height = Math.Min(g.Height, Math.Max(MostSide, g.KernelHeight)),
            Width = Math.Min(g.Width, Math.Max(MostSide, g.KernelWidth)),
            Channels = groups * g.GroupChannels,
            Filters = groups * filters,
            Groups = groups,
        };
    }

    private static IEnumerable<BackendCase> Products(
        string operation, ConvGeometry g, List<(ElementType Errors, int Weights)> widths) => operation switch
        {
            _ when operation == StageName<ActivationStage>.Convolve => StageCases.Of(g, seed: 1),
            _ when operation == StageName<ErrorStage>.ConvolveError => RangeCases.Of(g, seed: 1),
            _ => widths.SelectMany(one => ProductCases.Of(operation, g, one.Errors, one.Weights, seed: 1)),
        };
}
