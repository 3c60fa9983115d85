using Wage.Schemes;

namespace Wage.Simulation.Stochastic;

/// <summary>
/// The scheme "sq" as recipes name it: binary or ternary weights, of which a step quantizes a share that grows. Dong et al. 2017; with the ratio 1
/// alone plain binary weights (Rastegari et al. 2016) or ternary weights (Li et al. 2016).
/// </summary>
internal static class SqKind
{
    /// <summary>The name and its options.</summary>
    public static SchemeKind Kind { get; } = new(
        "sq", "sq: binary or ternary weights, stochastically quantized; activations, errors and gradients float32",
        [
            new("weights", OptionValues.Words("binary", "ternary"), "binary", "alpha sign(w), or alpha times -1, 0 and 1, alpha of each filter")
            { Parts = LayerParts.Weights },
            new("ratio", OptionValues.Shares, "1/2, 3/4, 7/8, 1", "the share of the units that a step quantizes; 1 alone: all, from the start"),
            new("schedule", OptionValues.Words("stages", "stepped", "epoch"), "stages",
                "a whole schedule of epochs and rates for each ratio; or one, by steps; or one, from the first ratio to the last along a line"),
            new("units", OptionValues.Words("channel", "element"), "channel", "what is quantized or not: a filter, or a weight")
            { Parts = LayerParts.Weights },
            new("probability", OptionValues.Words("linear", "constant", "softmax", "sigmoid"), "linear",
                "of a unit with the error e, f = 1 / e: f, 1, exp f or 1 / (1 + exp -f), divided by their sum") { Parts = LayerParts.Weights },
            new("variant", OptionValues.Words("paper", "program"), "paper",
                "program: what the authors published; ternary with one threshold of |w - mean w|, float32 units drawn by e"),
            new("twnThreshold", OptionValues.Words("filter", "layer"), "filter", "ternary: the threshold is 0.7 mean |w| of each")
            { Parts = LayerParts.Weights },
            new("twnAlpha", OptionValues.Words("filter", "layer"), "filter", "ternary: alpha is the mean of |w| beyond the threshold of each")
            { Parts = LayerParts.Weights },
            new("quantize", OptionValues.Flag, "true", "weights have codes; false: float32") { Parts = LayerParts.Weights },
            new("averagedBatches", OptionValues.Whole(0, 100_000), "0",
                "a further score, with averages of batch norm of so many training batches under quantized weights; 0: none") { IsOfScores = true },
            .. FloatOptions.Options,
        ],
        (settings, request) => FloatOptions.Build(settings, request, new SqScheme(settings, request.LayerSettings)))
    {
        CalibratedAs = [("kW", "2"), ("granularity", "channel")],
        Schedule = settings => SqScheme.ScheduleOf(settings).Plan,
    };
}
