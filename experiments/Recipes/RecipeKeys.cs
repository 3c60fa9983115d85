namespace Wage.Experiments.Recipes;

/// <summary>A key of a recipe.</summary>
/// <param name="Name">"training.epochs".</param>
/// <param name="Kind">What values it takes.</param>
/// <param name="Default">Its value when the recipe does not set it.</param>
/// <param name="Description">What it is, in a few words.</param>
internal sealed record RecipeKey(string Name, ValueKind Kind, string Default, string Description)
{
    /// <summary>Another default, for recipes that give <c>Key</c> the value <c>Value</c>.</summary>
    public (string Key, string Value, string Default)? Otherwise { get; init; }

    /// <summary>The part before the last dot, or an empty text.</summary>
    public string Section => Name.LastIndexOf('.') is var dot and >= 0 ? Name[..dot] : string.Empty;

    /// <summary>The part after the last dot.</summary>
    public string Leaf => Name[(Name.LastIndexOf('.') + 1)..];
}

/// <summary>Every key of a recipe, in one table: files, --set, resolved configurations and the list of keys are made from it.</summary>
internal static class RecipeKeys
{
    private const int MostEpochs = 1_000_000;
    private const int MostImages = 16_777_216;

    /// <summary>The table, in the order in which configurations are written. A key that sets defaults of others stands first.</summary>
    public static IReadOnlyList<RecipeKey> All { get; } =
    [
        new("name", ValueKind.Name, "unnamed", "the recipe's name, part of the run folder's; default: the file's name"),
        new("paper", ValueKind.Text, "", "where the row is published"),
        new("published", ValueKind.Text, "", "the published figure"),
        new("expected", ValueKind.Text, "", "the score to expect here"),
        new("duration", ValueKind.Text, "", "how long it takes"),

        new("data.set", ValueKind.Choice([.. Data.DatasetCatalog.Names]), "digits", "the data set"),
        new("data.train", ValueKind.Whole(0, MostImages), "0", "only the first N training images; 0: all"),
        new("data.test", ValueKind.Whole(0, MostImages), "0", "only the first N test images; 0: all"),
        new("data.input", ValueKind.Choice("symmetric", "unit"), "symmetric", "black to white is -1 to 1 (the paper's) or 0 to 1"),
        new("data.augment.pad", ValueKind.Whole(0, 64), "0", "training images are shifted by up to this many pixels"),
        new("data.augment.flip", ValueKind.Flag, "false", "half of the training images are mirrored"),

        new("model.kind", ValueKind.Choice("mlp", "lenet5", "vgg7", "resnet"), "lenet5", "the network"),
        new("model.sizes", ValueKind.Sizes, "100,50,10", "mlp: the layers' outputs, the last one the classes"),
        new("model.padding", ValueKind.Choice("valid", "same"), "valid", "lenet5: the convolutions' padding"),
        new("model.width", ValueKind.Whole(1, 4096), "128", "vgg7, resnet: channels of the first stage")
        { Otherwise = ("model.kind", "resnet", "16") },
        new("model.blocks", ValueKind.Whole(1, 100), "3", "resnet: blocks per stage; 3 gives ResNet-20"),
        new("model.classes", ValueKind.Whole(2, 256), "10", "lenet5, vgg7, resnet: scores"),

        new("scheme.kind", ValueKind.Choice("wage"), "wage", "the quantization scheme"),
        new("scheme.variant", ValueKind.Choice("program", "paper"), "program", "whose side the defaults below take where the two differ"),
        new("scheme.kW", ValueKind.Whole(2, 8), "2", "bits of the weights in use"),
        new("scheme.kA", ValueKind.Whole(2, 8), "8", "bits of activations"),
        new("scheme.kG", ValueKind.Whole(2, 16), "8", "bits of gradients and stored weights, more than kW"),
        new("scheme.kE", ValueKind.Whole(2, 16), "8", "bits of errors"),
        new("scheme.errorWindow", ValueKind.Choice("1", "2", "4", "8", "16", "32", "64", "128"), "1",
            "gamma: errors saturate at their maximum / gamma (Table 2)"),
        new("scheme.beta", ValueKind.Ratio, "3/2", "L_min = beta sigma(kW)"),
        new("scheme.fanInLimit", ValueKind.Choice("3", "6"), "3", "c in the fan-in limit sqrt(c / n)") { Otherwise = Paper("6") },
        new("scheme.alphaAppliedTo", ValueKind.Choice("weights", "activations"), "weights", "where alpha divides (same integers)")
        { Otherwise = Paper("activations") },
        new("scheme.storedClip", ValueKind.Choice("weightGrid", "gradientGrid"), "weightGrid", "stored weights are clipped to 1 - sigma of kW or kG")
        { Otherwise = Paper("gradientGrid") },
        new("scheme.initialWeights", ValueKind.Choice("weightGrid", "gradientGrid"), "weightGrid", "the grid of the first weights, of kW or kG bits")
        { Otherwise = Paper("gradientGrid") },
        new("scheme.clipOrder", ValueKind.Choice("beforeUpdate", "afterUpdate"), "beforeUpdate", "clip the old weight or the new one")
        { Otherwise = Paper("afterUpdate") },
        new("scheme.randomizerBits", ValueKind.Choice("exact", "16"), "exact", "resolution of the stochastic rounding")
        { Otherwise = Paper("16") },
        new("scheme.rounding", ValueKind.Choice("halfEven", "halfAway"), "halfEven", "ties of round()") { Otherwise = Paper("halfAway") },
        new("scheme.weightClipMask", ValueKind.Flag, "false", "Q_W's clip stops gradients"),
        new("scheme.activationClipMask", ValueKind.Choice("inclusive", "exclusive", "none"), "inclusive",
            "Q_A's clip stops errors, bounds passing or not"),
        new("scheme.accumulator", ValueKind.Choice("auto", "int32", "int64"), "auto", "the accumulators allowed"),

        new("loss", ValueKind.Choice("sse", "crossEntropy"), "sse", "the loss on the scores"),

        new("training.epochs", ValueKind.Whole(1, MostEpochs), "10", "passes over the training images"),
        new("training.batch", ValueKind.Whole(1, 65536), "128", "images of a step"),
        new("training.seed", ValueKind.Whole(0, ulong.MaxValue), "1", "the seed of every random bit"),
        new("training.eta", ValueKind.Schedule, "1", "the learning rate, one ratio or { epoch: ratio, ... }"),
        new("training.shuffle", ValueKind.Flag, "true", "a new order of the images in every epoch"),
        new("training.checkpointSteps", ValueKind.Whole(1, int.MaxValue), "200", "steps between two checkpoints"),
    ];

    private static readonly Dictionary<string, RecipeKey> ByName = All.ToDictionary(key => key.Name, StringComparer.Ordinal);

    /// <summary>The key of this name, or null.</summary>
    public static RecipeKey? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The key of this name.</summary>
    /// <param name="name">"training.epochs".</param>
    /// <param name="origin">Where the name was given: "recipe.yaml:7" or "--set".</param>
    /// <exception cref="WageException">There is no such key; the nearest is suggested.</exception>
    public static RecipeKey Require(string name, string origin)
    {
        if (Find(name) is { } key) return key;
        throw new WageException(
            $"{origin}: there is no key '{OneLine.Quote(name)}'.",
            Nearest(name) is { } nearest ? $"did you mean {nearest}?" : "`wage show --keys` lists the keys.");
    }

    /// <summary>The nearest key, or the one whose last part is nearest: 'epochs' is training.epochs.</summary>
    private static string? Nearest(string name)
    {
        var leaf = name[(name.LastIndexOf('.') + 1)..];
        if (All.FirstOrDefault(key => key.Leaf.Equals(leaf, StringComparison.OrdinalIgnoreCase)) is { } same) return same.Name;
        if (NearestName.Of(name, All.Select(key => key.Name)) is { } whole) return whole;
        return NearestName.Of(leaf, All.Select(key => key.Leaf)) is { } near ? All.First(key => key.Leaf == near).Name : null;
    }

    private static (string Key, string Value, string Default) Paper(string value) => ("scheme.variant", "paper", value);
}
