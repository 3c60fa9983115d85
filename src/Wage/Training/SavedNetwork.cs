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
internal sealed class SavedNetwork
{
    private const string Way = "build its network, load the checkpoint into it, and make a Predictor of it or of network.ToPlan().";
    private static readonly string[] Parts = [".weights.", ".outputs."];
    private readonly string path;
    private readonly Checkpoint checkpoint;
    private readonly SchemeSettings settings;
    private readonly ModelSpec spec;
    private readonly InputRange input;

    private SavedNetwork(string path, Checkpoint checkpoint, SchemeSettings settings, ModelSpec spec, InputRange input) =>
        (this.path, this.checkpoint, this.settings, this.spec, this.input) = (path, checkpoint, settings, spec, input);

    /// <summary>True for a scheme of integers, whose model is a plan.</summary>
    public bool IsInteger => settings.Kind.IsInteger;

    /// <summary>What it was trained on.</summary>
    public DatasetDescription Data => checkpoint.Data!;

    /// <summary>What the checkpoint says of its model.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <exception cref="WageException">It does not say all of its model, or has pieces of somebody's own.</exception>
    public static SavedNetwork Of(string path, Checkpoint checkpoint)
    {
        if (checkpoint is not { Model: { Layers: { } layers } identity, Data: { Preparation: var image } })
            throw new WageException(
                $"{path}: does not say its layers and images: an earlier version wrote it, or it has layers of somebody's own.", Way);
        var traits = identity.Traits.ToDictionary(trait => trait.Name, trait => trait.Value, StringComparer.Ordinal);
        if (!traits.TryGetValue("scheme", out var name) || SchemeRegistry.Find(name) is not { } kind)
            throw new WageException($"{path}: has the scheme '{OneLine.Quote(name ?? "none")}', which is not registered.", Way);
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
        return new SavedNetwork(path, checkpoint, settings, spec, input);
    }

    /// <summary>The plan of a model of integers.</summary>
    /// <exception cref="WageException">The network that the checkpoint says is not the one of its weights.</exception>
    public ModelPlan ToPlan()
    {
        using var backend = new HostBackend(threads: 1);
        using var network = (Network)Build(backend, batch: 1);
        return network.ToPlan();
    }

    /// <summary>The network with its weights; whoever asks disposes it.</summary>
    /// <param name="backend">Where it computes.</param>
    /// <param name="batch">The images that run at once.</param>
    /// <exception cref="WageException">The network that the checkpoint says is not the one of its weights, or the backend is none for it.</exception>
    public ITrainable Build(IBackend backend, int batch)
    {
        try
        {
            using (var planned = New(new PlanningBackend(), batch)) checkpoint.RequireModel(planned);      // before memory is taken
            var network = New(backend, batch);
            checkpoint.LoadWeights(network);
            return network;
        }
        catch (WageException error)
        {
            throw new WageException($"{path}: {error.Text}", null, error);
        }
    }

    /// <summary>The loss of the training is not asked for: no score depends on it, and this one takes scores of any width.</summary>
    private ITrainable New(IBackend backend, int batch) => spec.Build(settings, new SoftmaxCrossEntropy(), batch, backend, input: input);

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
