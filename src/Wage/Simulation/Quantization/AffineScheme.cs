using Wage.Data;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.Simulation.Conversion;
using Wage.Simulation.Layers;

namespace Wage.Simulation.Quantization;

/// <summary>
/// Quantization-aware training of affine codes: fake quantization of the images, of weights, folded with a batch norm behind them, and of the
/// activations of every block; not of biases, which have 32 bits, nor of scores, which are the sums themselves.
/// </summary>
internal sealed class AffineScheme : FloatScheme
{
    private readonly SchemeSettings settings;
    private readonly IReadOnlyDictionary<string, SchemeSettings> own;
    private readonly Dictionary<string, FakeActivations> activations = new(StringComparer.Ordinal);
    private readonly List<Func<QuantizerRow>> report = [];
    private readonly List<string> kept = [];
    private readonly InputRange input;
    private readonly MovingRangeRule ranges;
    private readonly uint delay;
    private readonly uint weightDelay;
    private readonly uint? freeze;

    /// <summary>With these values, and others for single layers.</summary>
    public AffineScheme(SchemeSettings settings, IReadOnlyDictionary<string, SchemeSettings>? own, InputRange input)
    {
        (this.settings, this.own, this.input) = (settings, own ?? new Dictionary<string, SchemeSettings>(), input);
        var decay = FloatMath.ToDouble(settings.Fraction("decay"));
        ranges = new MovingRangeRule(decay, settings["firstBatches"] == "unbiased");
        delay = (uint)settings.Whole("delay");
        weightDelay = settings["delayOf"] == "all" ? delay : 0;
        freeze = settings.Whole("freezeBatchNorm") is > 0 and var step ? (uint)step : null;
    }

    /// <inheritdoc/>
    public override string Name => "affine";

    /// <summary>How the converted model drops bits.</summary>
    public MultiplierRounding Rounding => settings.Word<MultiplierRounding>("multiplierRounding");

    /// <summary>The layers without codes, because their option <c>quantize</c> is false, in the network's order.</summary>
    public IReadOnlyList<string> Kept => kept;

    /// <summary>How ranges move.</summary>
    public MovingRangeRule Ranges => ranges;

    /// <inheritdoc/>
    public override IEnumerable<ModelTrait> Traits => FloatOptions.Traits(settings, own);

    /// <inheritdoc/>
    public override FloatLayer? Activations(FloatSite site, FloatBuilder build)
    {
        if (site.Joins is { } joined)
        {
            report.Add(() => QuantizerReport.None(site.Name, "activations", $"as {joined}, of which it is a part"));
            return null;
        }

        if (site.Place == FloatPlace.Input)
        {
            report.Add(() => QuantizerReport.Of(site.Name, "images", AffineGrid.MostBits, [Images()], "fixed by what a pixel means"));
            return new FakeImages(build, site.Name, site.Shape, Images());
        }

        if (site.Keeps is { } plain && kept.Contains(plain))
        {
            report.Add(() => QuantizerReport.None(site.Name, "activations", $"float32, as {plain}"));
            return null;
        }

        if (site.Keeps is { } grid)
        {
            report.Add(() => QuantizerReport.None(site.Name, "activations", $"as {grid}, whose codes a mean keeps"));
            return activations.TryGetValue(grid, out var before) ? new FakeMeans(build, site, before) : Unknown(site);
        }

        if (IsKept(site.Name, "activations")) return null;
        var fake = new FakeActivations(build, site.Name, site.Shape, Of(site.Name).Whole("kA"), delay, ranges);
        activations.Add(site.Name, fake);
        report.Add(() => QuantizerReport.Of(fake));
        return fake;
    }

    /// <inheritdoc/>
    public override FloatProductWeights Weights(FloatSite site, FloatParameter parameter, FloatBuilder build) => IsKept(site.Name, "weights")
        ? base.Weights(site, parameter, build) : new FakeWeights(build, parameter, Quantizer(site, build), weightDelay);

    /// <inheritdoc/>
    public override FloatLayer? Folded(FloatSite site, FloatConvolution product, FloatBatchNorm norm, FloatBuilder build) =>
        product.Weights is FakeWeights fake ? new FoldedConvolution(build, product, norm, fake.Quantizer, weightDelay, freeze) : null;

    /// <inheritdoc/>
    public override void RequireSubsample(SubsampleSpec spec, string name) => throw spec.Refusal(name, $"scheme {Name}");

    /// <inheritdoc/>
    public override void RequireFixup(BatchNormSpec spec, string name) => throw spec.Refusal(name, $"scheme {Name}");

    /// <inheritdoc/>
    public override void RequireAlone(FloatBatchNorm norm) => throw new WageException(
        $"{norm.Name}: stands behind no layer with weights, so it cannot be folded into one, and integers have no batch norm of their own.",
        "put it behind a convolution or a dense layer, or train in float32.");

    /// <inheritdoc/>
    public override Conversion.Conversion Convert(FloatNetwork network, MultiplierRounding? rounding) =>
        AffineConverter.Of(network, rounding ?? Rounding);

    /// <inheritdoc/>
    public override IReadOnlyList<QuantizerRow> Quantizers => [.. report.Select(row => row())];

    /// <summary>The codes of the images: 8 bits, by what a pixel means.</summary>
    private AffineGrid Images() => AffineGrid.Of("input", input == InputRange.Symmetric ? -1 : 0, 1, AffineGrid.MostBits);

    private WeightQuantizer Quantizer(FloatSite site, FloatBuilder build)
    {
        var values = Of(site.Name);
        var rule = new WeightRule(values.Whole("kW"), values["granularity"] == "channel", values["weights"] == "symmetric");
        var quantizer = new WeightQuantizer(build, site.Name, site.Shape[0], rule);
        report.Add(() => QuantizerReport.Of(site.Name, quantizer));
        report.Add(() => QuantizerReport.None(site.Name, "bias", "int32, in the unit of the sums"));
        if (site.GivesScores) report.Add(() => QuantizerReport.None(site.Name, "scores", "int32, the sums themselves"));
        return quantizer;
    }

    /// <summary>Whether a layer computes with its values as they are; noted.</summary>
    private bool IsKept(string layer, string tensor)
    {
        if (Of(layer).Flag("quantize")) return false;
        report.Add(() => QuantizerReport.None(layer, tensor, "float32: its option quantize is false"));
        if (!kept.Contains(layer)) kept.Add(layer);
        return true;
    }

    private SchemeSettings Of(string layer) => own.GetValueOrDefault(layer, settings);

    private static FloatLayer Unknown(FloatSite site) => throw new WageException(
        $"{site.Name}: keeps the codes of {site.Keeps}, which has none.", "put a layer with weights before it.");
}
