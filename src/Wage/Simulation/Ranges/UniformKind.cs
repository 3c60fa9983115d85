using Wage.Schemes;

namespace Wage.Simulation.Ranges;

/// <summary>
/// The scheme "uniform" as recipes name it: weights, activations and errors of few bits, simulated in float32, with every estimator of ranges.
/// Fournarakis and Nagel 2021.
/// </summary>
internal static class UniformKind
{
    private static readonly OptionValues Estimators = OptionValues.Words("current", "running", "in-hindsight", "dsgc", "fixed", "none");

    /// <summary>The name and its options.</summary>
    public static SchemeKind Kind { get; } = new(
        "uniform", "uniform: weights, activations and errors of few bits, simulated in float32, with estimated ranges",
        [
            new("kW", OptionValues.Whole(2, 8), "8", "bits of the weights") { Parts = LayerParts.Weights },
            new("kA", OptionValues.Whole(2, 8), "8", "bits of activations") { Parts = LayerParts.Activations },
            new("kE", OptionValues.Whole(2, 8), "8", "bits of errors") { Parts = LayerParts.Errors },
            new("ranges.W", OptionValues.Words("current", "none"), "current", "weights: by their least and greatest value; none: float32")
            { Parts = LayerParts.Weights },
            new("ranges.A", Estimators, "in-hindsight", "where the range of activations comes from; none: float32")
            { Parts = LayerParts.Activations },
            new("ranges.E", Estimators, "in-hindsight", "where the range of errors comes from; none: float32") { Parts = LayerParts.Errors },
            new("ranges.momentum", OptionValues.Fraction, "9/10", "eta of running and in-hindsight: range = (1 - eta) new + eta old"),
            new("ranges.every", OptionValues.Whole(1, 1_000_000_000), "100", "dsgc: the steps from one search to the next"),
            new("ranges.scaleRate", OptionValues.Flag, "false", "dsgc: a layer learns at max(exp(-20 d), 0.1) of the rate, d = 1 - cos(E, Q(E))"),
            new("ranges.fixedA", OptionValues.RatioOrZero, "0", "fixed: c of [-c, c], or of [0, c] where nothing is below 0; 0: of the first batch")
            { Parts = LayerParts.Activations },
            new("ranges.fixedE", OptionValues.RatioOrZero, "0", "fixed: c of [-c, c]; 0: the range of the first batch") { Parts = LayerParts.Errors },
            .. FloatOptions.Options,
        ],
        (settings, request) => FloatOptions.Build(settings, request, new UniformScheme(settings, request.LayerSettings, request.Input)));
}
