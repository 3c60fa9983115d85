using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;

namespace Wage.Simulation;

/// <summary>The options of every scheme that trains in float32: the optimizer's and the loss's.</summary>
internal static class FloatOptions
{
    private static readonly Dictionary<string, string[]> Own = new()
    {
        ["sgd"] = ["momentum", "nesterov"],
        ["adam"] = ["beta1", "beta2", "epsilon"],
    };

    public static IReadOnlyList<SchemeOption> Options { get; } =
    [
        new("optimizer", OptionValues.Words("sgd", "adam"), "sgd", "sgd: stochastic gradient descent; adam: Kingma and Ba 2015"),
        new("momentum", OptionValues.Fraction, "0", "sgd: v = momentum v + g, w = w - eta v"),
        new("nesterov", OptionValues.Flag, "false", "sgd: w = w - eta (g + momentum v)"),
        new("beta1", OptionValues.Ratio, "9/10", "adam: decay of the gradient's mean"),
        new("beta2", OptionValues.Ratio, "999/1000", "adam: decay of the gradient's square"),
        new("epsilon", OptionValues.Ratio, "1/100000000", "adam: added to the root of the square"),
        new("weightDecay", OptionValues.Fraction, "0", "weights learn from g + weightDecay w; biases and batch norm do not"),
        new("decayOf", OptionValues.Words("weights", "all"), "weights", "what a weight decay acts on: biases and batch norm too, or not"),
        new("biasRate", OptionValues.Ratio, "1", "biases learn at this times the learning rate"),
        new("initialDeviation", OptionValues.Fraction, "0", "first weights: normal with this standard deviation; 0: as initialWeights says"),
        new("initialWeights", OptionValues.Words("uniform", "normal"), "uniform",
            "first weights: uniform, He et al. 2015; normal: theirs too, drawn in integers as the scheme integer-sgd draws them"),
        new("labelSmoothing", OptionValues.Fraction, "0", "crossEntropy: the targets are (1 - s) onehot + s / classes"),
    ];

    /// <summary>The optimizer of these settings.</summary>
    /// <exception cref="WageException">An option of the other optimizer is set, or the values do not go together.</exception>
    public static FloatOptimizer Optimizer(SchemeSettings settings)
    {
        var name = settings["optimizer"];
        foreach (var option in Own.Where(other => other.Key != name).SelectMany(other => other.Value))
        {
            if (settings[option] != settings.Kind.Find(option)!.Default)
            {
                throw new WageException(
                    $"{Term.Option(option)}: is {settings[option]}, but the optimizer {name} has no {option}; it has {string.Join(", ", Own[name])}.",
                    $"leave it out, or set {Term.Option($"optimizer={Own.First(other => other.Value.Contains(option)).Key}")}.");
            }
        }

        var (decay, decaysAll) = (settings.Fraction("weightDecay"), settings["decayOf"] == "all");
        return name == "adam"
            ? FloatOptimizer.Adam(
                settings.Ratio("beta1"), settings.Ratio("beta2"), settings.Ratio("epsilon"), decay, settings.Ratio("biasRate"), decaysAll)
            : FloatOptimizer.Sgd(settings.Fraction("momentum"), settings.Flag("nesterov"), decay, settings.Ratio("biasRate"), decaysAll);
    }

    /// <summary>s of the targets (1 - s) onehot + s / classes; null: 0.</summary>
    public static Ratio? LabelSmoothing(SchemeSettings settings) => settings.Fraction("labelSmoothing");

    /// <summary>How weights begin.</summary>
    /// <exception cref="WageException">Two options say it.</exception>
    private static FirstWeights First(SchemeSettings settings)
    {
        var first = new FirstWeights(settings.Fraction("initialDeviation"), settings["initialWeights"] == "normal");
        if (first is not { Deviation: { } deviation, AreDrawnInIntegers: true }) return first;
        throw new WageException(
            $"{Term.Option("initialWeights")}: is normal, which follows from the fan-in, but {Term.Option("initialDeviation")} is {deviation}.",
            "leave one of the two away.");
    }

    /// <summary>A network of this scheme with its optimizer and loss.</summary>
    public static FloatNetwork Build(SchemeSettings settings, NetworkRequest request, FloatScheme scheme) => new(
        request.Layers, request.Loss, request.Images, request.Backend, request.Input, Optimizer(settings), request.Frozen,
        LabelSmoothing(settings), scheme, First(settings), request.Slice);

    /// <summary>What tells a scheme's networks from those of others: its name and its own options, and what single layers have of them.</summary>
    public static IEnumerable<ModelTrait> Traits(SchemeSettings settings, IReadOnlyDictionary<string, SchemeSettings> layers)
    {
        var own = settings.Kind.Options.Where(option => !option.IsOfScores && Options.All(shared => shared.Name != option.Name));
        yield return new ModelTrait("scheme", settings.Kind.Name);
        foreach (var option in own) yield return new ModelTrait($"{ModelIdentity.SchemePrefix}{option.Name}", settings[option.Name], option.Default);
        foreach (var (layer, values) in layers)
        {
            foreach (var option in settings.Kind.Options.Where(option => values[option.Name] != settings[option.Name]))
            {
                var part = option.Parts == LayerParts.Weights ? "weights" : "outputs";
                yield return new ModelTrait($"{layer}.{part}.{option.Name}", values[option.Name], settings[option.Name]);
            }
        }
    }
}
