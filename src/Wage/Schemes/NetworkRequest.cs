using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Tensors;

namespace Wage.Schemes;

/// <summary>What a network is built from, besides its scheme.</summary>
/// <param name="Layers">From the image to the scores.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Images">[batch,H,W,C].</param>
/// <param name="Backend">Where it computes.</param>
/// <param name="Accumulator">The accumulators allowed, for integers.</param>
/// <param name="Input">What a pixel means.</param>
/// <param name="LayerSchemes">Schemes of single layers, by the names in the table.</param>
/// <param name="Frozen">Layers whose weights stay as they start, by the names in the table.</param>
public sealed record NetworkRequest(
    IReadOnlyList<Layer> Layers, Loss Loss, Shape Images, IBackend Backend, AccumulatorWidth Accumulator = AccumulatorWidth.Auto,
    InputRange Input = InputRange.Symmetric, IReadOnlyDictionary<string, Scheme>? LayerSchemes = null, IReadOnlySet<string>? Frozen = null);
