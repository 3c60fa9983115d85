using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Schemes;

/// <summary>What a network is built from, besides its scheme.</summary>
/// <param name="Layers">From the image to the scores.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Images">[batch,H,W,C].</param>
/// <param name="Backend">Where it computes.</param>
/// <param name="Accumulator">The accumulators allowed, for integers.</param>
/// <param name="Input">What a pixel means.</param>
/// <param name="LayerSettings">The values of the scheme's options for single layers, by the names in the table.</param>
/// <param name="Frozen">Layers whose weights stay as they start, by the names in the table.</param>
public sealed record NetworkRequest(
    SpecList<LayerSpec> Layers, Loss Loss, Shape Images, IBackend Backend, AccumulatorWidth Accumulator = AccumulatorWidth.Auto,
    InputRange Input = InputRange.Symmetric, IReadOnlyDictionary<string, SchemeSettings>? LayerSettings = null, IReadOnlySet<string>? Frozen = null)
{
    /// <summary>New layers of integers.</summary>
    /// <param name="scheme">Whose, for the message.</param>
    /// <exception cref="WageException">One is none of integers; it is named.</exception>
    internal IReadOnlyList<Layer> ToLayers(string scheme)
    {
        Require(Layers, new LayerNaming(), scheme);
        return [.. Layers.Select(layer => layer.ToLayer())];
    }

    private static void Require(IEnumerable<LayerSpec> layers, LayerNaming naming, string scheme)
    {
        foreach (var layer in layers)
        {
            if (layer is SchemeLayerSpec other) throw other.Refusal(naming.Next(other.Prefix), $"scheme {scheme}");
            if (layer is ReluSpec) naming.Next(Relu.NamePrefix);
            if (layer is ResidualSpec residual) Require([.. residual.Branch, .. residual.Shortcut], naming, scheme);
        }
    }
}
