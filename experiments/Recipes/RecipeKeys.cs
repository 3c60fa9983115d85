using System.Collections.Concurrent;
using Wage.Schemes;

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

/// <summary>
/// Every key of a recipe, in one table: files, --set, resolved configurations and the list of keys are made from it. The scheme's are those of
/// its own table.
/// </summary>
internal static class RecipeKeys
{
    /// <summary>The key of an option of the scheme is this and the option's name.</summary>
    public const string SchemePrefix = "scheme.";

    private const int MostEpochs = 1_000_000;
    private const int MostImages = 16_777_216;

    private static readonly ConcurrentDictionary<SchemeKind, IReadOnlyList<RecipeKey>> Tables = [];

    /// <summary>The keys of recipes with the default scheme.</summary>
    public static IReadOnlyList<RecipeKey> All => Of(SchemeRegistry.Default);

    /// <summary>
    /// The keys of recipes with this scheme, in the order in which configurations are written, without those of single layers. A key that sets
    /// defaults of others stands first.
    /// </summary>
    public static IReadOnlyList<RecipeKey> Of(SchemeKind kind) => Tables.GetOrAdd(kind, Table);

    private static IReadOnlyList<RecipeKey> Table(SchemeKind kind) =>
    [
        new("name", ValueKind.Name, "unnamed", "the recipe's name, part of the run folder's; default: the file's name"),
        new("paper", ValueKind.Text, "", "where the row is published"),
        new("published", ValueKind.Text, "", "the published figure"),
        new("expected", ValueKind.Text, "", "the score to expect here"),
        new("duration", ValueKind.Text, "", "how long it takes"),
        new(Recipe.CommandLine, ValueKind.Text, "", "in a run's configuration: the keys that the command line set"),

        new("data.set", ValueKind.DataSet, "digits", "the data set, or where one of your own lies"),
        new("data.train", ValueKind.Whole(0, MostImages), "0", "only N training images: the first, of own data some of each class; 0: all"),
        new("data.test", ValueKind.Whole(0, MostImages), "0", "only N test images, in the same way; 0: all"),
        new("data.input", ValueKind.Choice("symmetric", "unit"), "symmetric", "black to white is -1 to 1 (the paper's) or 0 to 1"),
        new("data.validation", ValueKind.Portion, "0", "training images that choose the best epoch; the test images are then read once, at the end"),
        new("data.testShare", ValueKind.Portion, "20 %", "own data without test images: those that are taken for it"),
        new("data.splitSeed", ValueKind.Whole(0, ulong.MaxValue), "1", "the seed by which validation and test images are taken"),
        new("data.size", ValueKind.ImageSize, "auto", "images are brought to this size; auto: as they are"),
        new("data.fit", ValueKind.Choice("crop", "pad", "stretch"), "crop", "of other proportions: the middle, all of it on black, or distorted"),
        new("data.color", ValueKind.Choice("auto", "gray", "rgb"), "auto", "channels; auto: as the images are"),
        new("data.augment.pad", ValueKind.Whole(0, 64), "0", "training images are shifted by up to this many pixels"),
        new("data.augment.flip", ValueKind.Flag, "false", "half of the training images are mirrored"),

        new("model.kind", ValueKind.Choice("mlp", "lenet5", "vgg7", "resnet", ModelLayers.ModelKind), "lenet5", "the network"),
        new(ModelLayers.Key, ValueKind.LayerList, "", "a network of one's own: its layers, from the image to the scores"),
        new("model.initial", ValueKind.Text, "", "the weights to start from by name: a checkpoint, a run folder or an .npz; default: by the seed"),
        new("model.initialLayers", ValueKind.Text, "", "the layers that take them, such as conv1,conv2; default: all"),
        new("model.sizes", ValueKind.Sizes, "100,50,auto", "mlp: the layers' outputs, the last one the scores; auto: the data's classes"),
        new("model.padding", ValueKind.Choice("valid", "same"), "valid", "lenet5: the convolutions' padding"),
        new("model.width", ValueKind.Whole(1, 4096), "128", "vgg7, resnet: channels of the first stage")
        { Otherwise = ("model.kind", "resnet", "16") },
        new("model.blocks", ValueKind.Whole(1, 100), "3", "resnet: blocks per stage; 3 gives ResNet-20"),
        new("model.shortcut", ValueKind.Choice("projection", "subsample"), "projection",
            "resnet, where it narrows: 1x1 convolutions, or every second pixel and channels of zeros (He et al.'s option A)"),
        new("model.batchNorm", ValueKind.Choice("false", "true", "fixup"), "false",
            "a batch norm behind every convolution and every dense layer but the last; fixup: a scale and an offset, and Fixup's weights"),
        new("model.activation", ValueKind.Choice("relu", "relu6"), "relu", "max(x, 0), or min(max(x, 0), 6) in its place"),
        new("model.classes", ValueKind.Classes, "auto", "lenet5, vgg7, resnet: scores; auto: the data's classes"),

        new("scheme.kind", ValueKind.Of(OptionValues.Words(() => [.. SchemeRegistry.Kinds.Select(one => one.Name)])), SchemeRegistry.Default.Name,
            "the quantization scheme"),
        .. kind.Options.Select(OfScheme),
        new("scheme.accumulator", ValueKind.Choice("auto", "int32", "int64"), "auto", "the accumulators allowed"),

        new("loss", ValueKind.Choice("sse", "crossEntropy"), "sse", "the loss on the scores"),

        new("training.epochs", ValueKind.Whole(1, MostEpochs), "10", "passes over the training images"),
        new("training.batch", ValueKind.Whole(1, 65536), "128", "images of a step"),
        new("training.seed", ValueKind.Whole(0, ulong.MaxValue), "1", "the seed of every random bit"),
        new("training.eta", ValueKind.Schedule, "1", "the learning rate: one ratio, { epoch: ratio, ... }, or a decay by epoch or by step"),
        new("training.shuffle", ValueKind.Flag, "true", "a new order of the images in every epoch"),
        new("training.patience", ValueKind.Whole(0, MostEpochs), "0", "stop after so many epochs without a better one; 0: never"),
        new("training.checkpointSteps", ValueKind.Whole(1, int.MaxValue), "200", "steps between two checkpoints"),
    ];

    /// <summary>
    /// The key that a name of more parts means, where a scheme has it: scheme.rounding.A, a mapping under scheme.rounding, is scheme.roundingA, and
    /// layers.conv1.rounding.A is layers.conv1.roundingA. Any other name is as it was.
    /// </summary>
    public static string Joined(string name)
    {
        var section = name.StartsWith(SchemePrefix, StringComparison.Ordinal) ? SchemePrefix : LayerOptions.SectionOf(name);
        if (section is null) return name;
        var option = name[section.Length..].Replace(".", string.Empty, StringComparison.Ordinal);
        return SchemeRegistry.Kinds.Any(kind => kind.Find(option) is not null) ? section + option : name;
    }

    /// <summary>The scheme's option that a key sets, for the network or a layer: "ranges.E" of layers.conv1.ranges.E; null: it sets none.</summary>
    public static string? OptionOf(string key) =>
        key.StartsWith(SchemePrefix, StringComparison.Ordinal) ? key[SchemePrefix.Length..] : LayerOptions.OptionOf(key);

    /// <summary>The key of this name, or null.</summary>
    public static RecipeKey? Find(string name, SchemeKind? kind = null) => Of(kind ?? SchemeRegistry.Default).FirstOrDefault(key => key.Name == name);

    /// <summary>The key of this name.</summary>
    /// <param name="name">"training.epochs", "layers.conv1.kW".</param>
    /// <param name="origin">Where the name was given: "recipe.yaml:7" or "--set".</param>
    /// <param name="kind">The recipe's scheme; null: the default.</param>
    /// <exception cref="WageException">There is no such key; the nearest is suggested.</exception>
    public static RecipeKey Require(string name, string origin, SchemeKind? kind = null)
    {
        (kind, name) = (kind ?? SchemeRegistry.Default, Joined(name));
        if (Find(name, kind) is { } key) return key;
        if (name == RecipeCatalog.Extends)
            throw new WageException($"{origin}: {name} is for recipes in files; here every value is one by itself.", "leave it away.");
        if (LayerOptions.IsNamedBy(name)) return LayerOptions.Require(name, origin, kind);
        RequireNoOther(name, origin, kind);
        throw new WageException(
            $"{origin}: there is no key '{OneLine.Quote(name)}'.",
            Nearest(name, Of(kind)) is { } nearest ? $"did you mean {nearest}?" : "`wage show --keys` lists the keys.");
    }

    /// <summary>Refuses what is no key here, but one of other schemes, or the beginning of several.</summary>
    private static void RequireNoOther(string name, string origin, SchemeKind kind)
    {
        var having = SchemeRegistry.Kinds.Where(one => Find(name, one) is not null).Select(one => one.Name).ToList();
        if (having.Count > 0)
            throw new WageException(
                $"{origin}: the scheme {kind.Name} has no '{name}'; {string.Join(", ", having)} {(having.Count > 1 ? "have" : "has")} it.",
                "leave it away, or take another scheme.kind.");
        var keys = Of(kind).Concat(SchemeRegistry.Kinds.SelectMany(Of));
        var first = keys.FirstOrDefault(key => key.Name.StartsWith($"{name}.", StringComparison.Ordinal));
        if (first is not null)
            throw new WageException($"{origin}: {name} is a mapping of keys, not a value.", $"give its keys values, such as {first.Name}.");
    }

    /// <summary>What a "key=value" that begins so can be: "key=" for each key, and "key=word" for a key of words.</summary>
    public static IEnumerable<string> Complete(string begun)
    {
        var keys = SchemeRegistry.Kinds.SelectMany(Of).DistinctBy(key => key.Name);
        return begun.IndexOf('=', StringComparison.Ordinal) is var equals and > 0
            ? keys.Where(key => key.Name == Joined(begun[..equals])).SelectMany(key => key.Kind.Choices.Select(word => $"{begun[..equals]}={word}"))
            : keys.Select(key => key.Name + "=");
    }

    /// <summary>The nearest key, or the one whose last part is nearest: 'epochs' is training.epochs.</summary>
    private static string? Nearest(string name, IReadOnlyList<RecipeKey> all)
    {
        var leaf = name[(name.LastIndexOf('.') + 1)..];
        var isOfSection = name.Count(letter => letter == '.') > 1;
        if (!isOfSection && all.FirstOrDefault(key => key.Leaf.Equals(leaf, StringComparison.OrdinalIgnoreCase)) is { } same) return same.Name;
        if (NearestName.Of(name, all.Select(key => key.Name).Append(RecipeCatalog.Extends)) is { } whole) return whole;
        return NearestName.Of(leaf, all.Select(key => key.Leaf)) is { } near ? all.First(key => key.Leaf == near).Name : null;
    }

    private static RecipeKey OfScheme(SchemeOption option) =>
        new(SchemePrefix + option.Name, ValueKind.Of(option.Values), option.Default, option.Description)
        { Otherwise = option.Otherwise is { } other ? (SchemePrefix + other.Option, other.Value, other.Default) : null };
}
