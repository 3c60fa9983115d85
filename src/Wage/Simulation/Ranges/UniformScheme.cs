using Wage.Data;
using Wage.Models;
using Wage.Observation;
using Wage.Schemes;
using Wage.Simulation.Conversion;
using Wage.Simulation.Layers;
using Wage.Simulation.Quantization;

namespace Wage.Simulation.Ranges;

/// <summary>
/// Training with weights, activations and errors of few bits, uniform and asymmetric, one range a tensor: Fournarakis and Nagel 2021, W8 A8 G8.
/// Weights by their own least and greatest value and the nearest code; activations behind every block, sum, concatenation and average, and the
/// images, by the nearest code; the error of every product's output once, at random, before both products that read it. The scores, gradients of
/// weights and biases, batch norm, the loss and the optimizer stay float32.
/// </summary>
internal sealed class UniformScheme : FloatScheme
{
    private readonly SchemeSettings settings;
    private readonly IReadOnlyDictionary<string, SchemeSettings> own;
    private readonly InputRange input;
    private readonly List<Func<QuantizerRow>> report = [];
    private int errors;

    /// <summary>With these values, and others for single layers.</summary>
    public UniformScheme(SchemeSettings settings, IReadOnlyDictionary<string, SchemeSettings>? own, InputRange input) =>
        (this.settings, this.own, this.input) = (settings, own ?? new Dictionary<string, SchemeSettings>(), input);

    /// <inheritdoc/>
    public override void RequireShared() => throw new WageException(
        "scheme uniform: its ranges are found in whole tensors, so that one worker has the batch.", "train with one worker.");

    /// <inheritdoc/>
    public override string Name => "uniform";

    /// <inheritdoc/>
    public override IEnumerable<ModelTrait> Traits => FloatOptions.Traits(settings, own);

    /// <inheritdoc/>
    public override IReadOnlyList<QuantizerRow> Quantizers => [.. report.Select(row => row())];

    /// <inheritdoc/>
    public override FloatLayer? Activations(FloatSite site, FloatBuilder build)
    {
        if (site.Joins is { } joined) return None(site.Name, "activations", $"as {joined}, of which it is a part");
        var values = Of(site.Name);
        if (values["ranges.A"] == "none") return None(site.Name, "activations", "float32: ranges.A is none");
        if (site.Place == FloatPlace.Input)
        {
            var grid = AffineGrid.Of(site.Name, input == InputRange.Symmetric ? -1 : 0, 1, AffineGrid.MostBits);
            report.Add(() => QuantizerReport.Of(site.Name, "images", AffineGrid.MostBits, [grid], "fixed by what a pixel means"));
            return new FakeImages(build, site.Name, site.Shape, grid);
        }

        var layer = new UniformActivations(
            build, site.Name, site.Shape, values.Whole("kA"), Estimator(values, "A", site.Shape.Length, build));
        report.Add(() => RangeReport.Of(site.Name, "activations", layer.Tensor, string.Empty));
        return layer;
    }

    /// <inheritdoc/>
    public override FloatProductWeights Weights(FloatSite site, FloatParameter parameter, FloatBuilder build)
    {
        var values = Of(site.Name);
        if (values["ranges.W"] == "none")
        {
            None(site.Name, "weights", "float32: ranges.W is none");
            return base.Weights(site, parameter, build);
        }

        var weights = new UniformWeights(build, parameter, values.Whole("kW"));
        report.Add(() => RangeReport.Of(site.Name, weights));
        if (site.GivesScores) None(site.Name, "scores", "float32, the sums themselves");
        return weights;
    }

    /// <inheritdoc/>
    public override FloatErrors? Errors(FloatSite site, FloatBuilder build)
    {
        var (index, values) = (errors++, Of(site.Name));
        if (values["ranges.E"] == "none")
        {
            None(site.Name, "errors", "float32: ranges.E is none");
            return null;
        }

        var layer = new UniformErrors(build, site, index, values.Whole("kE"), Estimator(values, "E", site.Shape.Length, build));
        report.Add(() => RangeReport.Of(site.Name, "errors", layer.Tensor, "rounded at random, "));
        return layer;
    }

    private static IRangeEstimator Estimator(SchemeSettings values, string tensor, int length, FloatBuilder build) =>
        values[$"ranges.{tensor}"] switch
        {
            "current" => new CurrentMinMax(),
            "running" => new RunningMinMax(values.Fraction("ranges.momentum")),
            "in-hindsight" => new InHindsightMinMax(values.Fraction("ranges.momentum")),
            "fixed" => new FixedRange(values.Fraction($"ranges.fixed{tensor}"), isSigned: tensor == "E"),
            _ => new DirectionSensitive(
                new CosineDistance(build, length), (uint)values.Whole("ranges.every"), values.Whole($"k{tensor}"),
                tensor == "E" && values.Flag("ranges.scaleRate")),
        };

    private FloatLayer? None(string tensor, string part, string why)
    {
        report.Add(() => QuantizerReport.None(tensor, part, why));
        return null;
    }

    private SchemeSettings Of(string layer) => own.GetValueOrDefault(layer, settings);
}
