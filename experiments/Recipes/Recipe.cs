using System.Globalization;
using System.Text;
using Wage.Data;
using Wage.Layers;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Training;

namespace Wage.Experiments.Recipes;

/// <summary>A resolved recipe: a value for every key, checked, with the types that the library takes.</summary>
internal sealed class Recipe
{
    private const int CommentColumn = 36;
    private readonly Dictionary<string, string> values;

    private Recipe(Dictionary<string, string> values)
    {
        this.values = values;
        Options = ReadOptions();
        Rate = new LearningRate(ValueKind.ParseSchedule(values["training.eta"])!);
    }

    public string Name => values["name"];

    public string DataSet => values["data.set"];

    public int TrainLimit => Whole("data.train");

    public int TestLimit => Whole("data.test");

    public InputRange Input => Word<InputRange>("data.input");

    public Augmentation Augmentation => new(Whole("data.augment.pad"), Flag("data.augment.flip"));

    public string ModelKind => values["model.kind"];

    public int[] Sizes => [.. values["model.sizes"].Split(',').Select(size => int.Parse(size, CultureInfo.InvariantCulture))];

    public ConvPadding Padding => values["model.padding"] == "same" ? ConvPadding.Same : ConvPadding.Valid;

    public int Width => Whole("model.width");

    public int Blocks => Whole("model.blocks");

    public int Classes => Whole("model.classes");

    public WageOptions Options { get; }

    public AccumulatorWidth Accumulator => Enum.Parse<AccumulatorWidth>(values["scheme.accumulator"], ignoreCase: true);

    public string LossName => values["loss"];

    public int Epochs => Whole("training.epochs");

    public int Batch => Whole("training.batch");

    public ulong Seed => ulong.Parse(values["training.seed"], CultureInfo.InvariantCulture);

    public LearningRate Rate { get; }

    public bool Shuffle => Flag("training.shuffle");

    public int CheckpointSteps => Whole("training.checkpointSteps");

    /// <summary>The canonical text of a key's value.</summary>
    public string this[string key] => values[key];

    /// <summary>Checks given values and adds the defaults of the others.</summary>
    /// <param name="given">Values by key, each with the place where it was given.</param>
    /// <exception cref="WageException">A key is unknown, a value breaks its rule, or two values do not go together.</exception>
    public static Recipe Resolve(IEnumerable<GivenValue> given)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value, origin) in given)
        {
            var known = RecipeKeys.Require(key, origin);
            values[key] = known.Kind.Canonical(value)
                ?? throw new WageException($"{origin}: {key} is '{OneLine.Quote(value)}', but must be {known.Kind.Rule}.");
        }

        foreach (var key in RecipeKeys.All)
        {
            if (values.ContainsKey(key.Name)) continue;
            values[key.Name] = key.Otherwise is { } other && values[other.Key] == other.Value ? other.Default : key.Default;
        }

        return new Recipe(values);
    }

    /// <summary>The same recipe with other values.</summary>
    public Recipe With(IEnumerable<GivenValue> given) =>
        Resolve(RecipeKeys.All.Select(key => new GivenValue(key.Name, values[key.Name], "recipe")).Concat(given));

    /// <summary>The keys whose values differ.</summary>
    public IEnumerable<string> Differences(Recipe other) =>
        RecipeKeys.All.Select(key => key.Name).Where(name => values[name] != other.values[name]);

    /// <summary>Every key with its value and meaning; reads back as this recipe.</summary>
    public string ToYaml()
    {
        var yaml = new StringBuilder("# A resolved configuration: every key. It runs as it is: wage train PATH\n");
        var open = Array.Empty<string>();
        foreach (var key in RecipeKeys.All)
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
            var line = $"{new string(' ', 2 * section.Length)}{key.Leaf}: {key.Kind.ToYaml(values[key.Name])}";
            yaml.Append(line.PadRight(CommentColumn)).Append("  # ").Append(key.Description).Append('\n');
        }

        return yaml.ToString();
    }

    private WageOptions ReadOptions() => new()
    {
        Bits = new BitWidths(Whole("scheme.kW"), Whole("scheme.kA"), Whole("scheme.kG"), Whole("scheme.kE")),
        Beta = Ratio.TryParse(values["scheme.beta"], out var beta) ? beta : throw new InvalidOperationException("beta was checked"),
        FanInLimit = Whole("scheme.fanInLimit"),
        AlphaAppliedTo = Word<AlphaPlace>("scheme.alphaAppliedTo"),
        StoredClip = Word<StoredClip>("scheme.storedClip"),
        InitialWeights = Word<InitialGrid>("scheme.initialWeights"),
        ClipOrder = Word<ClipOrder>("scheme.clipOrder"),
        Randomizer = values["scheme.randomizerBits"] == "16" ? Randomizer.Bits16 : Randomizer.Exact,
        Rounding = Word<Rounding>("scheme.rounding"),
        WeightClipMask = Flag("scheme.weightClipMask"),
        ErrorWindow = Whole("scheme.errorWindow"),
        ActivationClipMask = Word<ClipMask>("scheme.activationClipMask"),
    };

    private int Whole(string key) => int.Parse(values[key], CultureInfo.InvariantCulture);

    private bool Flag(string key) => values[key] == "true";

    private T Word<T>(string key)
        where T : struct, Enum => Enum.Parse<T>(values[key], ignoreCase: true);
}

/// <summary>A value as somebody gave it.</summary>
/// <param name="Key">"training.epochs".</param>
/// <param name="Value">As written.</param>
/// <param name="Origin">"recipe.yaml:7" or "--set".</param>
internal readonly record struct GivenValue(string Key, string Value, string Origin)
{
    /// <summary>Reads "key=value".</summary>
    /// <exception cref="WageException">There is no '='.</exception>
    public static GivenValue FromSetting(string setting)
    {
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
            throw new WageException($"--set: '{OneLine.Quote(setting)}' is not key=value.",
                "for example --set training.eta=1/2; RECIPE comes before --set.");
        return new GivenValue(setting[..equals].Trim(), setting[(equals + 1)..], "--set");
    }
}
