using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Simulation.Quantization;

namespace Wage.Simulation.Stochastic;

/// <summary>Binary or ternary weights in every layer, the first and the last among them, which steps quantize in part.</summary>
internal sealed class SqScheme : FloatScheme
{
    private readonly SchemeSettings settings;
    private readonly IReadOnlyDictionary<string, SchemeSettings> own;
    private readonly RatioSchedule schedule;
    private readonly List<(string Layer, StochasticWeights? Weights)> layers = [];

    /// <summary>With these values, and others for single layers.</summary>
    /// <exception cref="WageException">They do not go together.</exception>
    public SqScheme(SchemeSettings settings, IReadOnlyDictionary<string, SchemeSettings>? own)
    {
        (this.settings, this.own) = (settings, own ?? new Dictionary<string, SchemeSettings>());
        schedule = ScheduleOf(settings);
        if (settings["variant"] == "program" && this.own.Values.Append(settings).FirstOrDefault(one => one["probability"] != "linear") is { } other)
            throw new WageException(
                $"{Term.Option("probability")}: is {other["probability"]}, but the authors' program draws what stays float32 by its error alone.",
                $"leave it out, or take {Term.Option("variant=paper")}.");
    }

    /// <inheritdoc/>
    public override string Name => "sq";

    /// <summary>What is quantized, in the network's order.</summary>
    public IEnumerable<StochasticWeights> Quantized => layers.Select(layer => layer.Weights).OfType<StochasticWeights>();

    /// <inheritdoc/>
    public override Ratio? HybridRatio => schedule.IsWhole ? null : Quantized.FirstOrDefault()?.Ratio ?? schedule.First;

    /// <inheritdoc/>
    public override int AveragedBatches => settings.Whole("averagedBatches");

    /// <inheritdoc/>
    public override IEnumerable<ModelTrait> Traits => FloatOptions.Traits(settings, own);

    /// <inheritdoc/>
    public override FloatProductWeights Weights(FloatSite site, FloatParameter parameter, FloatBuilder build)
    {
        var values = own.GetValueOrDefault(site.Name, settings);
        if (!values.Flag("quantize"))
        {
            layers.Add((site.Name, null));
            return base.Weights(site, parameter, build);
        }

        var rule = new LowBitRule(
            values["weights"] == "ternary", values.Word<SqVariant>("variant"), values["twnThreshold"] == "layer", values["twnAlpha"] == "layer");
        var weights = new StochasticWeights(
            build, parameter, site.Name, site.Shape[0],
            new SqSettings(rule, values["units"] == "element", values.Word<Probability>("probability"), schedule));
        layers.Add((site.Name, weights));
        return weights;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<QuantizerRow> Quantizers =>
    [
        .. layers.Select(layer => layer.Weights is { } weights ? SqReport.Of(layer.Layer, weights)
            : QuantizerReport.None(layer.Layer, "weights", "float32: its option quantize is false")),
        QuantizerReport.None("all", "biases, activations", "float32"),
    ];

    /// <summary>The ratios of these settings.</summary>
    internal static RatioSchedule ScheduleOf(SchemeSettings settings) =>
        new(settings.Word<RatioForm>("schedule"), OptionValues.SharesOf(settings["ratio"])!);
}
