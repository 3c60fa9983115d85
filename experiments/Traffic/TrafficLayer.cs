using System.Globalization;
using Wage.Backends;
using Wage.Diagnostics;
using Wage.Experiments.Runs;
using Wage.Models;

namespace Wage.Experiments.Traffic;

/// <summary>A product whose bytes are counted.</summary>
/// <param name="Name">"conv1".</param>
/// <param name="Geometry">The extents, of the batch that is counted.</param>
/// <param name="Published">What a paper prints of it: static KB, dynamic KB, ratio; null: nothing.</param>
internal sealed record TrafficLayer(string Name, ConvGeometry Geometry, (string Static, string Dynamic, string Ratio)? Published = null)
{
    /// <summary>The bytes by the formula.</summary>
    public LayerTraffic Bytes => LayerTraffic.Of(Geometry);

    /// <summary>The rows that Fournarakis and Nagel 2021 print: layers of ResNet-18 and MobileNetV2 for one image of 224x224.</summary>
    public static IReadOnlyList<TrafficLayer> Paper { get; } =
    [
        Of("3x3 64 to 64", 56, 64, 64, 3, 1, ("428", "1996", "4.66")), Of("3x3 256 to 256", 14, 256, 256, 3, 1, ("674", "1066", "1.58")),
        Of("1x1 16 to 96", 112, 16, 96, 1, 1, ("1373.5", "10781.5", "7.85")),
        Of("3x3 96 depthwise", 112, 96, 96, 3, 96, ("2352.8", "11760.8", "5.00")),
    ];

    /// <summary>The products of a model.</summary>
    /// <param name="target">A recipe, a run, a checkpoint or a model's file.</param>
    /// <param name="settings">Keys of a recipe.</param>
    /// <exception cref="WageException">There is no such recipe or file, or keys are given for a file.</exception>
    public static (string Name, IReadOnlyList<TrafficLayer> Layers) Open(string target, string[] settings)
    {
        if (ModelPlanFile.Begins(target))
        {
            if (settings.Length > 0) throw new WageException("--set: is for recipes; a model is what it is.");
            var nodes = SavedPlan.Open(target).File.Plan.Nodes;
            return (Path.GetFileName(target),
            [
                .. nodes.Where(node => node.Operation is ProductOperation)
                    .Select(node => new TrafficLayer(node.Name, ((ProductOperation)node.Operation).Geometry)),
            ]);
        }

        var given = GivenNetwork.Open(target, settings);
        using var network = RunBuilder.PlanNetwork(given.Recipe, given.ShapeOfData());
        return (given.Recipe.Name,
            [.. network.Table.Where(row => row.Product is not null).Select(row => new TrafficLayer(row.Name, row.Product!.Value))]);
    }

    private static TrafficLayer Of(string name, int size, int channels, int filters, int kernel, int groups, (string, string, string) published) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{name}, {size}x{size}"), new ConvGeometry(
            1, size, size, channels, filters, kernel, kernel, 1, Padding.Same(size, size, kernel, kernel, 1), groups), published);
}
