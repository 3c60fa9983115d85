using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Schemes;

/// <summary>What a network is built from, besides its scheme.</summary>
/// <param name="Layers">From the image to the scores.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Images">[images,H,W,C]: the batch, or a worker's images of it.</param>
/// <param name="Backend">Where it computes.</param>
/// <param name="Accumulator">The accumulators allowed, for integers.</param>
/// <param name="Input">What a pixel means.</param>
/// <param name="LayerSettings">The values of the scheme's options for single layers, by the names in the table.</param>
/// <param name="Frozen">Layers whose weights stay as they start, by the names in the table.</param>
public sealed record NetworkRequest(
    SpecList<LayerSpec> Layers, Loss Loss, Shape Images, IBackend Backend, AccumulatorWidth Accumulator = AccumulatorWidth.Auto,
    InputRange Input = InputRange.Symmetric, IReadOnlyDictionary<string, SchemeSettings>? LayerSettings = null, IReadOnlySet<string>? Frozen = null)
{
    /// <summary>Which images of a batch <see cref="Images"/> are; null: all.</summary>
    public BatchSlice? Slice { get; init; }

    /// <summary>New layers of integers.</summary>
    /// <param name="kind">The scheme that builds them.</param>
    /// <exception cref="WageException">It has no such layer; it is named.</exception>
    internal IReadOnlyList<Layer> ToLayers(SchemeKind kind)
    {
        Require(Layers, new LayerNaming(), kind);
        return [.. Layers.Select(layer => layer.ToLayer())];
    }

    private static void Require(IEnumerable<LayerSpec> layers, LayerNaming naming, SchemeKind kind)
    {
        foreach (var layer in layers)
        {
            if (layer is SchemeLayerSpec other && !kind.HasLayer(other)) throw other.Refusal(naming.Next(other.Prefix), $"scheme {kind.Name}");
            if (layer is ReluSpec) naming.Next(Relu.NamePrefix);
            if (layer is ResidualSpec residual) Require([.. residual.Branch, .. residual.Shortcut], naming, kind);
        }
    }
}
