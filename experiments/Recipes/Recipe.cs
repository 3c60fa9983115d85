using System.Globalization;
using System.Text;
using Wage.Data;
using Wage.Layers;
using Wage.Models;
using Wage.Schemes;
using Wage.Training;

namespace Wage.Experiments.Recipes;

/// <summary>A resolved recipe: a value for every key, checked, with the types that the library takes.</summary>
internal sealed class Recipe
{
    /// <summary>The key of <see cref="CommandLineKeys"/>.</summary>
    public const string CommandLine = "commandLine";

    /// <summary>The word of `data.set` for the place that --data names.</summary>
    public const string OwnSet = "own";

    private const int CommentColumn = 36;
    private const string Auto = "auto";
    private const string KindKey = "scheme.kind";
    private const string AfterLayers = "loss";

    /// <summary>Where alpha divides: configurations of older runs have it.</summary>
    private const string Retired = "scheme.alphaAppliedTo";
    private readonly Dictionary<string, string> values;
    private string? runName;

    private Recipe(SchemeKind kind, Dictionary<string, string> values, ModelLayers? own, IReadOnlyList<GivenValue> ofLayers)
    {
        (this.values, OwnLayers) = (values, own);
        SchemeSettings = kind.Settings(kind.Options.Select(option => (option.Name, values[RecipeKeys.SchemePrefix + option.Name])));
        Bits = kind.IsInteger ? SchemeBits.Of(NewScheme()) : SchemeBits.Unquantized;
        var rate = RateSchedule.Parse(values["training.eta"])!.Within(StageEpochs);
        (Rate, values["training.eta"]) = (rate.ToRate().Repeated(StageEpochs, Stages), rate.ToString());
        Layers = new LayerOptions(SchemeSettings, () => RecipeModel.Of(this).Layers, ofLayers);
        foreach (var (key, value) in Layers.Keys) values[key.Name] = value;
        Keys = [.. RecipeKeys.Of(kind).TakeWhile(key => key.Name != AfterLayers), .. Layers.Keys.Select(own => own.Key),
            .. RecipeKeys.Of(kind).SkipWhile(key => key.Name != AfterLayers)];
    }

    /// <summary>Every key, in the order in which configurations are written.</summary>
    public IReadOnlyList<RecipeKey> Keys { get; }

    /// <summary>What was given and changes nothing, a line each.</summary>
    public IReadOnlyList<string> Notices { get; private set; } = [];

    public string Name => values["name"];

    /// <summary>The name of its runs' folders: other values on top of the recipe as written give another.</summary>
    public string RunName { get => runName ?? Name; set => runName = value; }

    /// <summary>The keys that the command line set when the run began.</summary>
    public IReadOnlyList<string> CommandLineKeys => values[CommandLine].Split(", ", StringSplitOptions.RemoveEmptyEntries);

    public string DataSet => values["data.set"];

    public int TrainLimit => Whole("data.train");

    public int TestLimit => Whole("data.test");

    /// <summary>True for a data set that is not in the catalog.</summary>
    public bool HasOwnData => !DatasetCatalog.Names.Contains(DataSet);

    /// <summary>What images become, and what is taken of them for a test.</summary>
    public DatasetOptions DataOptions => new()
    {
        Size = ValueKind.ParseSize(values["data.size"]),
        Fit = Word<ImageFit>("data.fit"),
        Channels = values["data.color"] switch { "gray" => 1, "rgb" => 3, _ => null },
        Test = PortionOf("data.testShare"),
        SplitSeed = ulong.Parse(values["data.splitSeed"], CultureInfo.InvariantCulture),
    };

    /// <summary>The training images that choose the best epoch.</summary>
    public Portion Validation => PortionOf("data.validation");

    public InputRange Input => Word<InputRange>("data.input");

    public Augmentation Augmentation => new(Whole("data.augment.pad"), Flag("data.augment.flip"));

    public string ModelKind => values["model.kind"];

    /// <summary>The outputs of each layer; 0 where they follow the data.</summary>
    public int[] Sizes => [.. values["model.sizes"].Split(',').Select(size => size == Auto ? 0 : int.Parse(size, CultureInfo.InvariantCulture))];

    public ConvPadding Padding => values["model.padding"] == "same" ? ConvPadding.Same : ConvPadding.Valid;

    public int Width => Whole("model.width");

    public int Blocks => Whole("model.blocks");

    public ResNetShortcut Shortcut => Word<ResNetShortcut>("model.shortcut");

    public string BatchNorm => values["model.batchNorm"];
    public bool HasRelu6 => values["model.activation"] == "relu6";

    /// <summary>The scores; null: the data's classes.</summary>
    public int? Classes => values["model.classes"] == Auto ? null : Whole("model.classes");

    /// <summary>The layers that the recipe lists; null where it names a network.</summary>
    public ModelLayers? OwnLayers { get; }

    public SchemeSettings SchemeSettings { get; }

    /// <summary>The options of single layers.</summary>
    public LayerOptions Layers { get; }

    /// <summary>The bits of layers without options of their own.</summary>
    public SchemeBits Bits { get; }

    public AccumulatorWidth Accumulator => Enum.Parse<AccumulatorWidth>(values["scheme.accumulator"], ignoreCase: true);

    public string LossName => values["loss"];

    /// <summary>Of the whole run: all stages.</summary>
    public int Epochs => Stages * StageEpochs;

    /// <summary>Of a stage: what training.epochs says.</summary>
    public int StageEpochs => Whole("training.epochs");

    /// <summary>Stages, each of which goes through all epochs and rates; 1 where the scheme has none.</summary>
    public int Stages => 1 + SchemeSettings.Kind.Schedule(SchemeSettings).MoreStages;

    /// <summary>True where a step depends on the number of epochs, so that a run cannot get more of them later.</summary>
    public bool NeedsEpochs => SchemeSettings.Kind.Schedule(SchemeSettings).NeedsEpochs;

    public int Batch => Whole("training.batch");

    public ulong Seed => ulong.Parse(values["training.seed"], CultureInfo.InvariantCulture);

    public LearningRate Rate { get; }

    /// <summary>Epochs without a better one that end a run; 0: none do.</summary>
    public int Patience => Whole("training.patience");

    public bool Shuffle => Flag("training.shuffle");

    public int CheckpointSteps => Whole("training.checkpointSteps");

    /// <summary>The canonical text of a key's value; for a layer that says nothing, its scheme's. "-" for a key of another scheme.</summary>
    public string this[string key] => values.GetValueOrDefault(key) ?? LayerOptions.DefaultOf(key)
        ?? (LayerOptions.OptionOf(key) is { } option ? values.GetValueOrDefault(RecipeKeys.SchemePrefix + option) : null) ?? "-";

    /// <summary>The scheme, made anew: every network has its own.</summary>
    public Scheme NewScheme() => SchemeSettings.Kind.Create(SchemeSettings);

    /// <summary>The bits of all layers, each once.</summary>
    public IEnumerable<SchemeBits> AllBits => Layers.Layers.Select(own => BitsOf(own.Layer)).Prepend(Bits).Distinct();

    /// <summary>The bits of this layer.</summary>
    public SchemeBits BitsOf(string layer) =>
        Layers.Layers.FirstOrDefault(own => own.Layer == layer).Settings is { } own ? SchemeBits.Of(own.Kind.Create(own)) : Bits;

    /// <summary>Checks given values and adds the defaults of the others.</summary>
    /// <param name="given">Values by key, each with the place where it was given.</param>
    /// <exception cref="WageException">A key is unknown, a value breaks its rule, or two values do not go together.</exception>
    public static Recipe Resolve(IEnumerable<GivenValue> given)
    {
        var all = given.Select(one => one.Key == "scheme" ? one with { Key = KindKey } : one).ToLookup(one => LayerOptions.IsNamedBy(one.Key));
        var (values, notices) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());
        var kind = SchemeRegistry.Default;
        foreach (var (_, value, origin) in all[false].Where(one => one.Key == KindKey))
            kind = SchemeRegistry.Find(RecipeKeys.Find(KindKey)!.Kind.Require(value, $"{origin}: {KindKey}"))!;
        var model = new GivenModel();
        foreach (var one in all[false])
        {
            var (key, value, origin) = one;
            if (model.Takes(one)) continue;
            if (key == Retired)
            {
                notices.Add($"{origin}: {Retired} is no key any more; it changes nothing and is left out");
                continue;
            }

            values[key] = RecipeKeys.Require(key, origin, kind).Kind.Require(value, $"{origin}: {key}");
        }

        model.RequireLayers();
        foreach (var (key, value) in model.Values) values[key] = value;
        foreach (var key in RecipeKeys.Of(kind))
        {
            if (values.ContainsKey(key.Name)) continue;
            values[key.Name] = key.Otherwise is { } other && values[other.Key] == other.Value ? other.Default : key.Default;
        }

        try
        {
            var recipe = new Recipe(kind, values, model.Layers, [.. model.OwnOptions, .. all[true]]);
            notices.AddRange(IdleKeys.Notices(recipe, all[false]));
            recipe.Notices = notices;
            return recipe;
        }
        catch (WageException error) when (PlaceOf(error, all[false]) is { } place)
        {
            throw new WageException($"{place}: {error.Text}", null, error);
        }
    }

    /// <summary>The key of this name, which may be a layer's that says nothing yet.</summary>
    /// <exception cref="WageException">There is no such key, or no such layer; the nearest is suggested.</exception>
    public RecipeKey Require(string key, string origin)
    {
        var known = RecipeKeys.Require(key, origin, SchemeSettings.Kind);
        if (LayerOptions.OptionOf(known.Name) is not null) _ = With([new GivenValue(known.Name, this[known.Name], origin)]);
        return known;
    }

    /// <summary>The same recipe with other values. Another scheme begins with its own defaults.</summary>
    public Recipe With(IEnumerable<GivenValue> given) =>
        Resolve(Over([.. Keys.Select(key => new GivenValue(key.Name, values[key.Name], "recipe"))], [.. given]));

    /// <summary>What a recipe gives, with other values on top: another scheme takes none of the options that the recipe gives to its own,
    /// and other layers none of those of its layers.</summary>
    public static IEnumerable<GivenValue> Over(IReadOnlyList<GivenValue> recipe, IReadOnlyList<GivenValue> over)
    {
        var isOther = KindOf(over) is { } kind && kind != (KindOf(recipe) ?? SchemeRegistry.Default.Name);
        var hasOtherLayers = over.Any(one => one.Key == ModelLayers.Key);
        return recipe.Where(one => !(isOther && IsOfScheme(one.Key)) && !(hasOtherLayers && LayerOptions.IsNamedBy(one.Key))).Concat(over);
    }

    /// <summary>A key's value, or that of the key of which it says that it has the same.</summary>
    private string Meaning(string key)
    {
        if (key is "model.classes" or "model.sizes" && DatasetCatalog.FactsOf(DataSet) is { } facts)
            return this[key].Replace(Auto, facts.Names.Count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var name = RecipeKeys.OptionOf(key) ?? string.Empty;
        var option = SchemeSettings.Kind.Find(name);
        return option?.SameAs is { } same && this[key] == same.Value ? this[key[..^name.Length] + same.Option] : this[key];
    }

    /// <summary>The keys whose values differ.</summary>
    public IEnumerable<string> Differences(Recipe other) => Differences([this, other]);

    /// <summary>The keys whose values differ between any of these; not those that all of them give the value of another key.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<Recipe> recipes)
    {
        bool Differ(Func<Recipe, string> value) => recipes.Any(recipe => value(recipe) != value(recipes[0]));
        return recipes.SelectMany(recipe => recipe.Keys).Select(key => key.Name).Distinct()
            .Where(name => Differ(recipe => recipe.Meaning(name)) && Differ(recipe => recipe[name]));
    }

    /// <summary>Every key with its value and meaning; reads back as this recipe.</summary>
    public string ToYaml()
    {
        var yaml = new StringBuilder("# A resolved configuration: every key. It runs as it is: wage train PATH\n");
        var open = Array.Empty<string>();
        foreach (var key in Keys)
        {
            var section = key.Section.Length == 0 ? [] : key.Section.Split('.');
            for (var depth = 0; depth < section.Length; depth++)
            {
                if (depth < open.Length && section.Take(depth + 1).SequenceEqual(open.Take(depth + 1))) continue;
                if (depth == 0) yaml.Append('\n');
                yaml.Append(' ', 2 * depth).Append(section[depth]).Append(":\n");
                open = [];
            }

            if (section.Length == 0 && open.Length > 0) yaml.Append('\n');
            open = section;
            if (key.Name == ModelLayers.Key && OwnLayers is not null)
            {
                yaml.Append($"  {key.Leaf}:".PadRight(CommentColumn)).Append("  # ").Append(key.Description).Append('\n');
                foreach (var layer in ModelLayers.Lines(values[key.Name])) yaml.Append("    - ").Append(layer).Append('\n');
                continue;
            }

            var line = $"{new string(' ', 2 * section.Length)}{key.Leaf}: {key.Kind.ToYaml(values[key.Name])}";
            yaml.Append(line.PadRight(CommentColumn)).Append("  # ").Append(key.Description).Append('\n');
        }

        return yaml.ToString();
    }

    /// <summary>Where the last of the scheme's options was given that a refusal speaks of; null where that is no file and no --set.</summary>
    private static string? PlaceOf(WageException error, IEnumerable<GivenValue> given)
    {
        var words = error.InWords().Split(' ', ':', ',');
        if (!words[0].StartsWith(RecipeKeys.SchemePrefix, StringComparison.Ordinal)) return null;
        var place = given.LastOrDefault(one => one.Key.StartsWith(RecipeKeys.SchemePrefix, StringComparison.Ordinal)
            && words.Any(word => word == one.Key || word == one.Key[RecipeKeys.SchemePrefix.Length..])).Origin;
        return place == "--set" || place?.Contains(':', StringComparison.Ordinal) == true ? place : null;
    }

    private static string? KindOf(IReadOnlyList<GivenValue> given) =>
        given.LastOrDefault(one => one.Key is "scheme" or KindKey) is { Key: not null } last ? last.Value.Trim() : null;

    private static bool IsOfScheme(string key) =>
        key == "scheme" || key.StartsWith(RecipeKeys.SchemePrefix, StringComparison.Ordinal) || LayerOptions.IsNamedBy(key);

    private int Whole(string key) => int.Parse(values[key], CultureInfo.InvariantCulture);

    private Portion PortionOf(string key) => Portion.TryParse(values[key], out var portion) ? portion : Portion.None;

    private bool Flag(string key) => values[key] == "true";

    private T Word<T>(string key)
        where T : struct, Enum => Enum.Parse<T>(values[key], ignoreCase: true);
}
