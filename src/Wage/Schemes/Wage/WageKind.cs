using System.Globalization;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Schemes;

/// <summary>The options of the scheme "wage" as a table, and <see cref="WageOptions"/> from and to its values.</summary>
internal static class WageKind
{
    private const string Same = "same";
    private const LayerParts Every = LayerParts.Weights | LayerParts.Activations | LayerParts.Errors;

    /// <summary>The scheme as recipes name it.</summary>
    public static SchemeKind Kind { get; } = new(
        "wage", "WAGE: every scale a power of two, weights stored with more bits than they are used with",
        [
            new("variant", OptionValues.Words("program", "paper"), "program", "whose side the defaults below take where the two differ")
            { IsPreset = true },
            new("kW", OptionValues.Whole(2, 8), "2", "bits of the weights in use") { Parts = LayerParts.Weights },
            new("kA", OptionValues.Whole(2, 8), "8", "bits of activations") { Parts = LayerParts.Activations },
            new("kG", OptionValues.Whole(2, 16), "8", "bits of gradients and stored weights, more than kW") { Parts = LayerParts.Weights },
            new("kE", OptionValues.Whole(2, 16), "8", "bits of errors") { Parts = LayerParts.Errors },
            new("errorWindow", OptionValues.Words("1", "2", "4", "8", "16", "32", "64", "128"), "1",
                "gamma: errors saturate at their maximum / gamma (Table 2)") { Parts = LayerParts.Errors },
            new("beta", OptionValues.Ratio, "3/2", "L_min = beta sigma(kW)") { Parts = LayerParts.Weights },
            new("fanInLimit", OptionValues.Words("3", "6"), "3", "c in the fan-in limit sqrt(c / n)")
            { Parts = LayerParts.Weights, Otherwise = Paper("6") },
            new("storedClip", Grid, "weightGrid", "stored weights are clipped to 1 - sigma of kW or kG")
            { Parts = LayerParts.Weights, Otherwise = Paper("gradientGrid") },
            new("initialWeights", Grid, "weightGrid", "the grid of the first weights, of kW or kG bits")
            { Parts = LayerParts.Weights, Otherwise = Paper("gradientGrid") },
            new("clipOrder", OptionValues.Words("beforeUpdate", "afterUpdate"), "beforeUpdate", "clip the old weight or the new one")
            { Parts = LayerParts.Weights, Otherwise = Paper("afterUpdate") },
            new("randomizerBits", OptionValues.Words("exact", "16"), "exact", "resolution of the stochastic rounding")
            { Parts = LayerParts.Weights, Otherwise = Paper("16") },
            new("rounding", OptionValues.Words("halfEven", "halfAway"), "halfEven", "ties of round()")
            { Parts = Every, Otherwise = Paper("halfAway") },
            RoundingOf("W", "weights in use", LayerParts.Weights),
            RoundingOf("A", "activations", LayerParts.Activations),
            RoundingOf("E", "errors", LayerParts.Errors),
            new("weightClipMask", OptionValues.Flag, "false", "Q_W's clip stops gradients") { Parts = LayerParts.Weights },
            new("activationClipMask", OptionValues.Words("inclusive", "exclusive", "none"), "inclusive",
                "Q_A's clip stops errors, bounds passing or not") { Parts = LayerParts.Activations },
            new("ranges.E", Ranges, "current", "whose maxima scale errors: the step's, a moving average with or without it, or none")
            { Parts = LayerParts.Errors },
            new("ranges.G", Ranges, "current", "the same of gradients") { Parts = LayerParts.Weights },
            new("ranges.momentum", OptionValues.Fraction, "9/10", "of a moving range, what stays of it in a step")
            { Parts = LayerParts.Errors | LayerParts.Weights },
            new("ranges.fixedE", FixedRange, "16", "log2 of a fixed range of errors, in units of the sums that Q_E reads")
            { Parts = LayerParts.Errors },
            new("ranges.fixedG", FixedRange, "16", "the same of gradients") { Parts = LayerParts.Weights },
            new("hybrid.ratio", OptionValues.SharesOrNone, "none",
                "the share of a layer's units that a step makes ternary, alpha a power of two, the others having 8 bits; none: Q_W of kW bits"),
            new("hybrid.schedule", OptionValues.Words("stages", "stepped", "epoch"), "stages",
                "a whole schedule of epochs and rates for each ratio; or one, by steps; or one, from the first ratio to the last along a line"),
            new("hybrid.units", OptionValues.Words("channel", "element"), "channel", "what is ternary or not: a filter, or a weight")
            { Parts = LayerParts.Weights },
            new("hybrid.probability", OptionValues.Words("linear", "constant"), "linear",
                "of a unit with the error e: in proportion to 1 / e, or the same") { Parts = LayerParts.Weights },
            new("hybrid.threshold", OptionValues.Words("grid", "filter", "layer"), "grid",
                "what becomes 0: as Q_W of 2 bits has it, or up to 0.7 mean |w| of a filter or of the layer") { Parts = LayerParts.Weights },
            new("hybrid.alpha", OptionValues.Words("filter", "layer"), "filter",
                "the power of two nearest to the mean |w| beyond the threshold, of each") { Parts = LayerParts.Weights },
        ],
        settings => new WageScheme(Options(settings)))
    {
        Schedule = settings => HybridOf(settings)?.Schedule.Plan ?? default,
    };

    private static HybridRows? HybridOf(SchemeSettings settings) => OptionValues.SharesOf(settings["hybrid.ratio"]) is not { } ratios ? null
        : new HybridRows([.. ratios])
        {
            Form = settings.Word<RatioForm>("hybrid.schedule"),
            ByElement = settings["hybrid.units"] == "element",
            IsUniform = settings["hybrid.probability"] == "constant",
            Threshold = settings.Word<TernaryThreshold>("hybrid.threshold"),
            AlphaOfLayer = settings["hybrid.alpha"] == "layer",
        };

    private static IEnumerable<(string Option, string Value)> HybridValues(HybridRows? rows) => rows is null ? []
        :
        [
            ("hybrid.ratio", string.Join(", ", rows.Ratios)), ("hybrid.schedule", Word(rows.Form)),
            ("hybrid.units", rows.ByElement ? "element" : "channel"),
            ("hybrid.probability", rows.IsUniform ? "constant" : "linear"), ("hybrid.threshold", Word(rows.Threshold)),
            ("hybrid.alpha", rows.AlphaOfLayer ? "layer" : "filter"),
        ];

    private static SchemeOption RoundingOf(string tensor, string what, LayerParts parts) => new(
        $"rounding{tensor}", OptionValues.Words([Same, .. Enum.GetValues<Rounding>().Select(rounding => Word(rounding))]), Same,
        $"how bits of {what} are dropped, also rounding: {{ {tensor}: ... }}; same: as rounding")
    { Parts = parts, SameAs = (Same, "rounding") };

    private static Rounding? RoundingOf(SchemeSettings settings, string option) =>
        settings[option] == Same ? null : settings.Word<Rounding>(option);

    private static OptionValues Ranges => OptionValues.Words([.. Enum.GetValues<RangeEstimator>().Select(RangeWord)]);

    private static OptionValues FixedRange => OptionValues.Whole(0, RangeRule.MostFixedLog2);

    private static string RangeWord(RangeEstimator estimator) => estimator == RangeEstimator.InHindsight ? "in-hindsight" : Word(estimator);

    private static OptionValues Grid => OptionValues.Words("weightGrid", "gradientGrid");

    /// <summary>The options that these values say.</summary>
    /// <exception cref="WageException">The bit widths do not go together.</exception>
    public static WageOptions Options(SchemeSettings settings) => new()
    {
        Bits = new BitWidths(settings.Whole("kW"), settings.Whole("kA"), settings.Whole("kG"), settings.Whole("kE")),
        Beta = settings.Ratio("beta"),
        FanInLimit = settings.Whole("fanInLimit"),
        StoredClip = settings.Word<StoredClip>("storedClip"),
        InitialWeights = settings.Word<InitialGrid>("initialWeights"),
        ClipOrder = settings.Word<ClipOrder>("clipOrder"),
        Randomizer = settings["randomizerBits"] == "16" ? Randomizer.Bits16 : Randomizer.Exact,
        Rounding = settings.Word<Rounding>("rounding"),
        WeightRounding = RoundingOf(settings, "roundingW"),
        ActivationRounding = RoundingOf(settings, "roundingA"),
        ErrorRounding = RoundingOf(settings, "roundingE"),
        WeightClipMask = settings.Flag("weightClipMask"),
        ErrorWindow = settings.Whole("errorWindow"),
        ActivationClipMask = settings.Word<ClipMask>("activationClipMask"),
        ErrorRange = settings.Word<RangeEstimator>("ranges.E"),
        GradientRange = settings.Word<RangeEstimator>("ranges.G"),
        RangeMomentum = settings.Fraction("ranges.momentum"),
        FixedErrorRange = settings.Whole("ranges.fixedE"),
        FixedGradientRange = settings.Whole("ranges.fixedG"),
        Hybrid = HybridOf(settings),
    };

    /// <summary>The values that say these options.</summary>
    public static SchemeSettings Settings(WageOptions options) => Kind.Settings(
    [
        ("kW", Text(options.Bits.W)), ("kA", Text(options.Bits.A)), ("kG", Text(options.Bits.G)), ("kE", Text(options.Bits.E)),
        ("beta", options.Beta.ToString()), ("fanInLimit", Text(options.FanInLimit)), ("storedClip", Word(options.StoredClip)),
        ("initialWeights", Word(options.InitialWeights)), ("clipOrder", Word(options.ClipOrder)),
        ("randomizerBits", options.Randomizer == Randomizer.Bits16 ? "16" : "exact"), ("rounding", Word(options.Rounding)),
        ("roundingW", Word(options.WeightRounding)), ("roundingA", Word(options.ActivationRounding)), ("roundingE", Word(options.ErrorRounding)),
        ("weightClipMask", options.WeightClipMask ? "true" : "false"), ("errorWindow", Text(options.ErrorWindow)),
        ("activationClipMask", Word(options.ActivationClipMask)), ("ranges.E", RangeWord(options.ErrorRange)),
        ("ranges.G", RangeWord(options.GradientRange)), ("ranges.momentum", options.RangeMomentum?.ToString() ?? "0"),
        ("ranges.fixedE", Text(options.FixedErrorRange)), ("ranges.fixedG", Text(options.FixedGradientRange)), .. HybridValues(options.Hybrid),
    ]);

    private static (string Option, string Value, string Default) Paper(string value) => ("variant", "paper", value);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Word(Enum? value) => value is null ? Same : char.ToLowerInvariant(value.ToString()[0]) + value.ToString()[1..];
}
