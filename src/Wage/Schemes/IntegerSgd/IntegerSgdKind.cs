using Wage.Models;
using Wage.Quantization;

namespace Wage.Schemes;

/// <summary>The options of the scheme "integer-sgd" as a table.</summary>
internal static class IntegerSgdKind
{
    /// <summary>The scheme as recipes name it.</summary>
    public static SchemeKind Kind { get; } = new(
        "integer-sgd", "integers only, to float32's accuracy: batch norm, momentum and weight decay, units that follow the tensors",
        [
            new("kW", OptionValues.Whole(2, 8), "8", "bits of the weights in use; below 8 their scale is fixed and the stored weights are clipped")
            { Parts = LayerParts.Weights },
            new("kA", OptionValues.Whole(4, 8), "8", "bits of activations, without a sign") { Parts = LayerParts.Activations },
            new("kE", OptionValues.Whole(4, 8), "8", "bits of errors, rounded stochastically") { Parts = LayerParts.Errors },
            new("kD", OptionValues.Words("kE", "16").Saying("the word kE, for as many bits as kE has, or 16"), "kE",
                "bits of the errors that a batch norm gets on the way back")
            { Parts = LayerParts.Errors },
            new("masters", OptionValues.Words("32", "16"), "32", "bits of stored weights and their momentum: Q24, or Q13 with stochastic updates")
            { Parts = LayerParts.Weights },
            new("momentum", OptionValues.FractionOf(MomentumUpdate.FractionBits), "9/10", "what stays of the velocity in a step"),
            new("weightDecay", OptionValues.FractionOf(MomentumUpdate.DecayFractionBits), "1/10000", "what of a weight joins its gradient"),
            new("ranges.A", Ranges, "in-hindsight", "whose maxima scale sums and activations: the step before's, or the step's own")
            { Parts = LayerParts.Activations },
            new("ranges.E", Ranges, "in-hindsight", "the same of errors") { Parts = LayerParts.Errors },
        ],
        settings => new IntegerSgdScheme(Options(settings)))
    {
        HasLayer = layer => layer is BatchNormSpec or SubsampleSpec,
        IsNormalized = true,
    };

    private static OptionValues Ranges => OptionValues.Words("in-hindsight", "current");

    private static UnitOptions Options(SchemeSettings settings) => new()
    {
        WeightBits = settings.Whole("kW"),
        ActivationBits = settings.Whole("kA"),
        ErrorBits = settings.Whole("kE"),
        NormErrorBits = settings["kD"] == "kE" ? settings.Whole("kE") : 16,
        MasterBits = settings.Whole("masters"),
        Momentum = settings.Fraction("momentum"),
        WeightDecay = settings.Fraction("weightDecay"),
        ActivationRange = settings.Word<RangeEstimator>("ranges.A"),
        ErrorRange = settings.Word<RangeEstimator>("ranges.E"),
    };
}
