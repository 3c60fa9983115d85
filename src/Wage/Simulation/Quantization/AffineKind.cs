using Wage.Schemes;

namespace Wage.Simulation.Quantization;

/// <summary>
/// The scheme "affine" as recipes name it: training in float32 with fake quantization, as integer-only inference will compute. Jacob et al. 2018.
/// </summary>
internal static class AffineKind
{
    /// <summary>The name and its options.</summary>
    public static SchemeKind Kind { get; } = new(
        "affine", "affine: trained in float32 with fake quantization, converted to integers r = S (q - Z)",
        [
            new("kW", OptionValues.Whole(2, 8), "8", "bits of the weights") { Parts = LayerParts.Weights },
            new("kA", OptionValues.Whole(2, 8), "8", "bits of activations") { Parts = LayerParts.Activations },
            new("granularity", OptionValues.Words("channel", "tensor"), "channel", "a scale of weights for each output channel, or one for all")
            { Parts = LayerParts.Weights },
            new("weights", OptionValues.Words("symmetric", "asymmetric"), "symmetric", "codes of weights: Z = 0, or with a zero point")
            { Parts = LayerParts.Weights },
            new("quantize", OptionValues.Flag, "true", "weights and activations have codes; false: float32, which no integers replace")
            { Parts = LayerParts.Weights | LayerParts.Activations },
            new("decay", OptionValues.Fraction, "999/1000", "d of the moving ranges: v = d v + (1 - d) x"),
            new("firstBatches", OptionValues.Words("unbiased", "first"), "unbiased", "moving ranges: without bias, or from the first batch on"),
            new("delay", OptionValues.Whole(0, 1_000_000_000), "0", "the first step that quantizes; ranges move before it too"),
            new("delayOf", OptionValues.Words("all", "activations"), "all", "what the delay holds back; weights then have codes from the start"),
            new("freezeBatchNorm", OptionValues.Whole(0, 1_000_000_000), "0", "the first step that uses the averages of batch norm; 0: none"),
            new("multiplierRounding", OptionValues.Words("double", "single"), "double", "how the converted model drops bits"),
            .. FloatOptions.Options,
        ],
        (settings, request) => FloatOptions.Build(settings, request, new AffineScheme(settings, request.LayerSettings, request.Input)));
}
