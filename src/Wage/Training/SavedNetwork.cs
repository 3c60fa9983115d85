using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Schemes;

namespace Wage.Training;

/// <summary>
/// From a checkpoint back to the model, by what it says of itself: layers, scheme, options of layers. Whether that is the model is not left to this
/// class: the weights go into a network only when its identity is the checkpoint's.
/// </summary>
internal static class SavedNetwork
{
    private const string Way = "build its network, load the checkpoint into it, and make a Predictor of network.ToPlan().";
    private static readonly string[] Parts = [".weights.", ".outputs."];

    /// <summary>The plan of the checkpoint's model.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <exception cref="WageException">It does not say all of its model, or has pieces of somebody's own.</exception>
    public static ModelPlan ToPlan(string path, Checkpoint checkpoint)
    {
        if (checkpoint is not { Model: { Layers: { } layers } identity, Data: { Preparation: var image } })
            throw new WageException(
                $"{path}: does not say its layers and images: an earlier version wrote it, or it has layers of somebody's own.", Way);
        var traits = identity.Traits.ToDictionary(trait => trait.Name, trait => trait.Value, StringComparer.Ordinal);
        if (!traits.TryGetValue("scheme", out var name) || SchemeRegistry.Find(name) is not { IsInteger: true } kind)
            throw new WageException($"{path}: has the scheme '{OneLine.Quote(name ?? "none")}', which is not registered, or not of integers.", Way);
        var settings = kind.Settings(
            from option in kind.Options
            where traits.ContainsKey(ModelIdentity.SchemePrefix + option.Name)
            select (option.Name, traits[ModelIdentity.SchemePrefix + option.Name]));
        var spec = new ModelSpec(layers)
        {
            Image = (image.Height, image.Width, image.Channels),
            Options = [.. identity.Traits.SelectMany(trait => OptionOf(kind, trait))],
        };
        if (!Enum.TryParse<InputRange>(traits.GetValueOrDefault("input"), out var input) || !Enum.IsDefined(input))
            throw new WageException($"{path}: says no range of the pixels.", Way);
        try
        {
            using (var planned = Build(new PlanningBackend())) checkpoint.RequireModel(planned);      // before memory is taken
            using var backend = new HostBackend(threads: 1);
            using var network = (Network)Build(backend);
            checkpoint.LoadWeights(network);
            return network.ToPlan();
        }
        catch (WageException error)
        {
            throw new WageException($"{path}: {error.Text}", null, error);
        }

        // The loss of the training is not asked for: no score depends on it, and this one takes scores of any width.
        ITrainable Build(IBackend backend) => spec.Build(settings, new SoftmaxCrossEntropy(), batch: 1, backend, input: input);
    }

    /// <summary>"conv1.weights.kW" as the option kW of conv1; nothing of a trait that is no option.</summary>
    private static IEnumerable<LayerOption> OptionOf(SchemeKind kind, ModelTrait trait)
    {
        if (trait.Name.EndsWith($".{LayerOption.Train}", StringComparison.Ordinal))
            yield return new LayerOption(trait.Name[..^(LayerOption.Train.Length + 1)], LayerOption.Train, trait.Value);
        foreach (var part in Parts)
        {
            var at = trait.Name.LastIndexOf(part, StringComparison.Ordinal);
            if (at > 0 && kind.Find(trait.Name[(at + part.Length)..]) is { } option)
                yield return new LayerOption(trait.Name[..at], option.Name, trait.Value);
        }
    }
}
