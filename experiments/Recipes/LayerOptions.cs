using Wage.Layers;
using Wage.Models;
using Wage.Schemes;

namespace Wage.Experiments.Recipes;

/// <summary>What a recipe's `layers` says: options of the scheme that single layers have for themselves, by the names of `wage show`.</summary>
internal sealed class LayerOptions
{
    /// <summary>Where a recipe has them: the key of conv1's kW is layers.conv1.kW.</summary>
    public const string Prefix = "layers.";

    private static readonly SchemeOption Train =
        new(LayerOption.Train, OptionValues.Flag, "true", "the weights learn, or stay as they start")
        {
            Parts = LayerParts.Weights | LayerParts.Normalization,
        };

    private readonly SortedDictionary<int, (string Layer, SchemeSettings Settings)> settings = [];
    private readonly SortedDictionary<(int Layer, int Option), (RecipeKey Key, string Value)> values = [];

    /// <summary>Reads the given values of a recipe's keys below `layers`.</summary>
    /// <param name="scheme">What layers have that say nothing.</param>
    /// <param name="layers">The layers of the recipe's model.</param>
    /// <param name="given">The values.</param>
    /// <exception cref="WageException">A layer, an option or a value does not exist, or values do not go together; the place is named.</exception>
    public LayerOptions(SchemeSettings scheme, Func<SpecList<LayerSpec>> layers, IReadOnlyList<GivenValue> given)
    {
        if (given.Count == 0) return;
        var model = new LayerSchemes(layers(), scheme.Kind);
        var origins = new Dictionary<int, string>();
        foreach (var (key, value, origin) in given)
        {
            var (layer, option) = Require(key, value, origin, scheme.Kind);
            model.Require(layer, origin);
            if ((model[layer] & option.Parts) == 0) throw HasNone(model, layer, option, scheme.Kind, origin);
            var known = KeyOf(layer, option);
            var (at, canonical) = (Index(model.Names, layer), known.Kind.Require(value, $"{origin}: {key}"));
            values[(at, option == Train ? -1 : Index(scheme.Kind.Options, option))] = (known, canonical);
            if (option == Train) continue;
            settings[at] = (layer, (settings.TryGetValue(at, out var own) ? own.Settings : scheme).With(option.Name, canonical));
            origins[at] = origin;
        }

        foreach (var (at, (layer, own)) in settings.Where(_ => scheme.Kind.IsInteger)) RequireScheme(own, $"{origins[at]}: {Prefix}{layer}");
    }

    /// <summary>What a key of a layer says that says nothing; null where that is the scheme's value.</summary>
    public static string? DefaultOf(string key) => OptionOf(key) == Train.Name ? Train.Default : null;

    /// <summary>The keys, in the order of the model's layers and the scheme's options.</summary>
    public IEnumerable<(RecipeKey Key, string Value)> Keys => values.Values;

    /// <summary>The layers that differ, with all values of each.</summary>
    public IEnumerable<(string Layer, SchemeSettings Settings)> Layers => settings.Values;

    /// <summary>The same as a network takes them.</summary>
    public IEnumerable<LayerOption> Options => values.Values.Select(own =>
        own.Key.Name.Split('.', 3) is [_, var layer, var option] ? new LayerOption(layer, option, own.Value)
        : throw new InvalidOperationException(own.Key.Name));

    /// <summary>True for `layers` and the keys below it.</summary>
    public static bool IsNamedBy(string key) => key == Prefix[..^1] || key.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>"layers.conv1." of a key of a layer's option, else null.</summary>
    public static string? SectionOf(string key) => key.Split('.', 3) is ["layers", var layer, _] ? $"{Prefix}{layer}." : null;

    /// <summary>The option of a key, or null where it is none of a layer's.</summary>
    public static string? OptionOf(string key) => key.Split('.', 3) is ["layers", _, var option] ? option : null;

    /// <summary>The key's entry in the table of keys; whether there is such a layer only its model knows.</summary>
    /// <exception cref="WageException">There is no such option.</exception>
    public static RecipeKey Require(string key, string origin, SchemeKind kind)
    {
        var (layer, option) = Require(key, string.Empty, origin, kind);
        return KeyOf(layer, option);
    }

    private static (string Layer, SchemeOption Option) Require(string key, string value, string origin, SchemeKind kind)
    {
        var parts = key.Split('.', 3);
        if (parts.Length < 3 || parts[1].Length == 0)
            throw new WageException(
                $"{origin}: {OneLine.Quote(key)} is '{OneLine.Quote(value)}', but must be options of a layer.",
                "for example layers: { conv1: { kW: 8 } }.");
        if (parts[2] == Train.Name) return (parts[1], Train);
        if (kind.Find(parts[2]) is null && NearestName.Of(parts[2], kind.Options.Select(known => known.Name).Append(Train.Name)) == Train.Name)
            throw new WageException($"{origin}: a layer has no option '{OneLine.Quote(parts[2])}'.", $"did you mean {Train.Name}?");
        var option = kind.Require(parts[2], origin);
        if (option.Parts != LayerParts.None) return (parts[1], option);
        throw new WageException(
            $"{origin}: {option.Name} holds for the whole network, so {OneLine.Quote(parts[1])} cannot have its own.",
            $"set scheme.{option.Name}, or one of {string.Join(", ", Names(kind, ~LayerParts.None))}.");
    }

    private static RecipeKey KeyOf(string layer, SchemeOption option) =>
        new($"{Prefix}{layer}.{option.Name}", ValueKind.Of(option.Values), "-", $"{layer}: {option.Description}");

    private static WageException HasNone(LayerSchemes model, string layer, SchemeOption option, SchemeKind kind, string origin) => new(
        $"{origin}: {layer} has no {option.Parts.ToString().ToLowerInvariant().Replace(", ", " or ", StringComparison.Ordinal)} of its own " +
        $"for {option.Name} to act on.",
        Names(kind, model[layer]).ToList() is { Count: > 0 } names ? $"it takes {string.Join(", ", names)}." : "it takes none: leave it away.");

    private static IEnumerable<string> Names(SchemeKind kind, LayerParts parts) =>
        kind.Options.Where(option => (option.Parts & parts) != 0).Select(option => option.Name);

    private static void RequireScheme(SchemeSettings settings, string place)
    {
        try
        {
            settings.Kind.Create(settings);
        }
        catch (WageException error)
        {
            throw new WageException($"{place}: {error.Text}");
        }
    }

    private static int Index<T>(IReadOnlyList<T> list, T item)
        where T : class => Enumerable.Range(0, list.Count).First(i => list[i] == item || list[i].Equals(item));
}
