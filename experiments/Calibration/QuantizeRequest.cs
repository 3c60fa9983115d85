using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Schemes;
using Wage.Simulation.Calibration;

namespace Wage.Experiments.Calibration;

/// <summary>What `wage quantize` is asked for.</summary>
/// <param name="Run">The float32 run, a folder or a checkpoint.</param>
/// <param name="Settings">--set: keys of the scheme and of single layers.</param>
/// <param name="Calibrate">The training images that give ranges.</param>
/// <param name="Options">The method.</param>
/// <param name="Keep">Layers that stay in float32.</param>
/// <param name="Equalize">Cross-layer equalization.</param>
/// <param name="CorrectBias">Bias correction.</param>
/// <param name="Sensitivity">The test images on which layers are compared; 0: none.</param>
/// <param name="Out">The new run folder; null: the next free one below runs.</param>
/// <param name="Threads">Threads; 0: one per core.</param>
/// <param name="Data">--data.</param>
internal sealed record QuantizeRequest(
    string Run, IReadOnlyList<string> Settings, int Calibrate, CalibrationOptions Options, IReadOnlyList<string> Keep, bool Equalize,
    bool CorrectBias, int Sensitivity, string? Out, int Threads, string? Data)
{
    private const string Kind = "scheme.kind";

    /// <summary>The methods by the words of the command line.</summary>
    public static IReadOnlyDictionary<string, CalibrationMethod> Methods { get; } = new Dictionary<string, CalibrationMethod>
    {
        ["current"] = CalibrationMethod.Current,
        ["running"] = CalibrationMethod.Running,
        ["percentile"] = CalibrationMethod.Percentile,
        ["mse"] = CalibrationMethod.SquaredError,
        ["entropy"] = CalibrationMethod.Entropy,
    };

    /// <summary>The recipe of the new run: that of the float32 run with the scheme affine, which keeps the options that both have.</summary>
    /// <exception cref="WageException">The run is none of float32, or a key is none of the scheme or of layers.</exception>
    public Recipe RecipeOf(SavedRun run)
    {
        var source = run.Recipe.SchemeSettings;
        if (source.Kind.IsInteger)
            throw new WageException(
                $"{run.Path}: has the scheme {source.Kind.Name}, whose weights are integers already.", "take a run of the scheme float32.");
        if (Equalize && source.Kind.CalibratedAs.Count > 0)
            throw new WageException(
                $"--equalize: rescales filters, but those of {run.Path} have few values already, which the scheme {source.Kind.Name} keeps.",
                "leave it away.");
        GivenValue[] given = [.. Settings.Select(GivenValue.FromSetting)];
        foreach (var (key, value, _) in given)
        {
            var isKind = key is Kind or "scheme";
            var isOption = key.StartsWith(RecipeKeys.SchemePrefix, StringComparison.Ordinal) || LayerOptions.IsNamedBy(key);
            if (isKind ? value != "affine" : !isOption)
                throw new WageException(
                    $"--set: {OneLine.Quote(key)} is '{OneLine.Quote(value)}', but here it takes options of the scheme affine alone.",
                    "for example scheme.kW=4 or layers.conv1.kW=8.");
        }

        var affine = SchemeRegistry.Require("affine");
        var shared = source.Kind == affine ? [] : source.Kind.Options
            .Where(option => affine.Find(option.Name) is { } same && same.Values.Rule == option.Values.Rule)
            .Select(option => new GivenValue(RecipeKeys.SchemePrefix + option.Name, source[option.Name], run.Path));
        var codes = source.Kind.CalibratedAs.Select(one => new GivenValue(RecipeKeys.SchemePrefix + one.Option, one.Value, run.Path));
        var floats = run.Recipe.Layers.Options.Where(own => own is { Option: "quantize", Value: "false" })
            .Select(own => new GivenValue($"{LayerOptions.Prefix}{own.Layer}.quantize", "false", run.Path));
        var kept = Keep.Select(layer => new GivenValue($"{LayerOptions.Prefix}{layer}.quantize", "false", "--keep-float"));
        return run.Recipe.With(
        [
            new GivenValue(Kind, "affine", "quantize"), new GivenValue("model.initial", "", "quantize"), .. shared, .. codes, .. floats, .. given,
            .. kept,
        ]);
    }
}
