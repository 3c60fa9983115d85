using Wage.Layers;
using Wage.Models;

namespace Wage.Experiments.Recipes;

/// <summary>What a recipe's `model.layers` says: the layers, where each stands in the file, and the options that it gives to single ones.</summary>
internal sealed class ModelLayers
{
    /// <summary>The key.</summary>
    public const string Key = "model.layers";

    /// <summary>Completes "must be ...".</summary>
    public const string Rule =
        "a list of layers such as [{conv: 32, kernel: 5}, {maxPool: 2}, relu, quantize, {dense: 10}] (`wage show --keys` names them)";

    /// <summary>The value of `model.kind` that goes with layers.</summary>
    public const string ModelKind = "layers";

    private const string Residual = "residual";
    private const string Shortcut = "shortcut";
    private const string Concat = "concat";
    private const string Options = "options";
    private const string Bits = "bits";

    private static readonly string[] Names = [.. LayerWords.All.Select(word => word.Name), Residual, Concat];
    private readonly LayerNaming naming = new();
    private readonly Dictionary<string, string> places = new(StringComparer.Ordinal);
    private readonly List<GivenValue> options = [];

    private ModelLayers(YamlNode list) => Layers = [.. List(list, "model")];

    /// <summary>From the image to the scores.</summary>
    public SpecList<LayerSpec> Layers { get; }

    /// <summary>The options that layers have for themselves, as keys below `layers`.</summary>
    public IReadOnlyList<GivenValue> OwnOptions => options;

    /// <summary>Reads the layers of a file, or those of a text: a line of YAML.</summary>
    /// <exception cref="WageException">It is no list of layers; the layer, its line and the rule are named.</exception>
    public static ModelLayers Read(in GivenValue given)
    {
        if (given.Layers is { Scalar: null } node) return new ModelLayers(node);
        return Read(given.Layers?.Scalar ?? given.Value, given.Origin)
            ?? throw new WageException($"{given.Origin}: {Key} is '{OneLine.Quote(given.Value)}', but must be {Rule}.");
    }

    /// <summary>The same of a text alone; null where it is no YAML, or no list of layers.</summary>
    public static ModelLayers? Read(string text, string origin)
    {
        try
        {
            var yaml = $"{Key}: {(string.IsNullOrWhiteSpace(text) ? "[]" : text)}\n";
            return RecipeReader.ReadText(origin, yaml) is [{ Layers: { Items: not null } layers }] ? new ModelLayers(layers) : null;
        }
        catch (WageException) when (origin.Length == 0)
        {
            return null;
        }
    }

    /// <summary>"recipe.yaml:7" for a message that opens with a layer's name, else null.</summary>
    public string? PlaceOf(string message)
    {
        var name = new string([.. message.TakeWhile(char.IsAsciiLetterOrDigit)]);
        return places.GetValueOrDefault(name);
    }

    /// <summary>In one line of YAML; options are keys below `layers`.</summary>
    public override string ToString() => Layers.Count == 0 ? string.Empty : Text(Layers);

    /// <summary>Every layer with what it takes, for the list of keys.</summary>
    public static IEnumerable<(string Layer, string Takes)> Words =>
    [
        .. LayerWords.All.Select(word => (word.Value is null ? word.Name : $"{word.Name}: N", string.Join(", ", word.Fields.Select(Takes)))),
        ($"{Residual}: LAYERS", $"{Shortcut}: LAYERS (default: none, the input itself)"),
        ($"{Concat}: LISTS", "branches of one input, behind each other along the channels; []: the input itself"),
        ("any", $"{Options} or {Bits}: {{ OPTION: VALUE }}, as layers.LAYER.OPTION"),
    ];

    private static string Takes(LayerField field) => field.Default is null ? $"{field.Name} ({field.Kind.Rule})"
        : $"{field.Name} ({(LayerWords.All.Any(word => word.Name == field.Default) ? "default: N" : field.Default)})";

    /// <summary>A line of YAML for each layer of such a text.</summary>
    public static IEnumerable<string> Lines(string text) => Read(text, string.Empty)!.Layers.Select(Text);

    private static string Text(SpecList<LayerSpec> layers) => $"[{string.Join(", ", layers.Select(Text))}]";

    private static string Text(LayerSpec spec) => spec switch
    {
        ResidualSpec { Shortcut.Count: 0 } residual => $"{{{Residual}: {Text(residual.Branch)}}}",
        ResidualSpec residual => $"{{{Residual}: {Text(residual.Branch)}, {Shortcut}: {Text(residual.Shortcut)}}}",
        ConcatSpec concat => $"{{{Concat}: [{string.Join(", ", concat.Branches.Select(Text))}]}}",
        _ => LayerWords.ToYaml(spec) ?? throw new InvalidOperationException(spec.GetType().Name),
    };

    private List<LayerSpec> List(YamlNode list, string owner) => list.Items is { } items
        ? [.. items.Select(Layer)]
        : throw new WageException($"{list.Place}: {owner}: must be a list of layers.", "such as [{conv: 32, kernel: 5}, relu, quantize].");

    private LayerSpec Layer(YamlNode node)
    {
        var word = node.Pairs is not null ? string.Empty : node.Scalar ?? throw Error(node, "a layer", "is a list, but must be a word or a mapping");
        var pairs = node.Pairs ?? [(word, new YamlNode(node.Place) { Scalar = string.Empty })];
        var kinds = pairs.Where(pair => Names.Contains(pair.Key, StringComparer.Ordinal)).ToList();
        if (kinds.Count != 1)
        {
            var first = pairs.Count == 0 ? string.Empty : pairs[0].Key;
            var (what, rule) = kinds.Count == 0 ? (first, "is no layer") : (node.ToString(), "is several layers at once");
            var near = kinds.Count == 0 ? NearestName.Of(first, Names) : null;
            var hint = near is null ? $"there are {string.Join(", ", Names)}." : $"did you mean {near}?";
            throw Error(node, $"'{OneLine.Quote(what)}'", rule, hint);
        }

        var rest = pairs.Where(pair => pair.Key != kinds[0].Key).ToList();
        return kinds[0].Key == Residual ? ReadResidual(node, kinds[0].Value, rest)
            : kinds[0].Key == Concat ? ReadConcat(node, kinds[0].Value, rest)
            : Plain(node, LayerWords.All.First(known => known.Name == kinds[0].Key), kinds[0].Value, rest);
    }

    private ResidualSpec ReadResidual(YamlNode node, YamlNode branch, List<(string Key, YamlNode Value)> rest)
    {
        var name = Named(Residual, node);
        foreach (var (key, value) in rest.Where(pair => pair.Key != Shortcut)) throw Unknown(value, name, key, [Residual, Shortcut]);
        SpecList<LayerSpec> left = [.. List(branch, name)];
        SpecList<LayerSpec> right = rest.Count == 0 ? [] : [.. List(rest[0].Value, name)];
        naming.Source = name;
        return new ResidualSpec(left, right);
    }

    private ConcatSpec ReadConcat(YamlNode node, YamlNode branches, List<(string Key, YamlNode Value)> rest)
    {
        var name = Named(Concat, node);
        foreach (var (key, value) in rest) throw Unknown(value, name, key, [Concat]);
        var lists = branches.Items ?? throw Error(branches, name, "must be a list of lists of layers", "such as [[{conv: 8, kernel: 3}, relu], []].");
        SpecList<SpecList<LayerSpec>> read = [.. lists.Select(branch => (SpecList<LayerSpec>)[.. List(branch, name)])];
        naming.Source = name;
        return new ConcatSpec(read);
    }

    private LayerSpec Plain(YamlNode node, LayerWord word, YamlNode value, List<(string Key, YamlNode Value)> rest)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var own = rest.Where(pair => pair.Key is Options or Bits).Select(pair => pair.Value).ToList();
        var name = Named(word.Prefix, node);
        if (word.Value is { } field) values[word.Name] = Value(value, name, field);
        else if (value.Pairs is not null) own.Add(value);
        else if (value.Scalar is not "") throw Error(value, name, "takes no value", $"write {word.Name} alone.");
        foreach (var (key, given) in rest.Where(pair => pair.Key is not (Options or Bits)))
        {
            var known = word.Fields.FirstOrDefault(one => one.Name == key)
                ?? throw Unknown(given, name, key, [.. word.Fields.Select(one => one.Name), Options, Bits]);
            values[key] = Value(given, name, known);
        }

        foreach (var missing in word.Fields.Where(one => !values.ContainsKey(one.Name)))
        {
            values[missing.Name] = missing.Default switch
            {
                null => throw Error(node, name, $"has no {missing.Name}, which must be {missing.Kind.Rule}"),
                var other when other == word.Name => values[other],
                var other => other,
            };
        }

        var spec = word.Make(new LayerValues(values));
        if (spec is ConvSpec or DepthwiseSpec or DenseSpec) naming.Source = name;
        var owner = spec is QuantizeSpec ? naming.TakeSource(name) : name;
        foreach (var given in own) OwnOption(given, owner);
        return spec;
    }

    /// <summary>The name that the build will give the layer.</summary>
    private string Named(string prefix, YamlNode node)
    {
        var name = naming.Next(prefix);
        places[name] = node.Place;
        return name;
    }

    private void OwnOption(YamlNode given, string owner, string prefix = "")
    {
        foreach (var (key, value) in given.Pairs ?? throw Error(given, owner, "its options must be a mapping", "for example bits: { kW: 8 }."))
        {
            var text = value.Scalar ?? value.ToString();
            if (value.Pairs is not null) OwnOption(value, owner, $"{prefix}{key}.");
            else options.Add(new GivenValue($"{LayerOptions.Prefix}{owner}.{prefix}{key}", text, $"{value.Place}: {owner}"));
        }
    }

    private static string Value(YamlNode node, string name, LayerField field)
    {
        var text = node.Scalar ?? (node.Items is { } items ? string.Join(", ", items) : node.ToString());
        return field.Kind.Require(text, $"{node.Place}: {name}: {field.Name}");
    }

    private static WageException Unknown(YamlNode node, string name, string key, string[] known) => Error(
        node, name, $"has no '{OneLine.Quote(key)}'",
        NearestName.Of(key, known) is { } near ? $"did you mean {near}?" : $"it takes {string.Join(", ", known)}.");

    private static WageException Error(YamlNode node, string name, string rule, string? hint = null) => new($"{node.Place}: {name} {rule}.", hint);
}
