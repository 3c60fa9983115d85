using System.Globalization;
using System.Text;
using Wage.Data;
using Wage.Schemes;

namespace Wage.Experiments.Recipes;

/// <summary>What values a key takes: the rule in words, the canonical spelling of a value, and how the value is written in YAML.</summary>
internal sealed class ValueKind
{
    private const int LongestText = 500;
    private const int LongestName = 64;
    private readonly Func<string, string?> canonical;
    private readonly Func<string, string> yaml;
    private readonly Func<string> rule;
    private readonly OptionValues? option;
    private readonly IReadOnlyList<string> words = [];

    private ValueKind(string rule, Func<string, string?> canonical, Func<string, string>? yaml = null, params IReadOnlyList<string> words) =>
        (this.rule, this.canonical, this.yaml, this.words) = (() => rule, canonical, yaml ?? (value => value), words);

    private ValueKind(OptionValues option) =>
        (this.option, rule, canonical, yaml) = (option, () => option.Rule, option.Canonical, value => value);

    /// <summary>What is wrong with a value, where more can be said of it than the rule.</summary>
    private Func<string, WageException?> Fault { get; init; } = static _ => null;

    /// <summary>"a whole number from 1 to 100000": completes "must be ...".</summary>
    public string Rule => rule();

    /// <summary>The words of a key that takes words; none of another.</summary>
    public IReadOnlyList<string> Choices => option?.Choices ?? words;

    /// <summary>A line of text, possibly empty.</summary>
    public static ValueKind Text { get; } = new(
        $"one line of at most {LongestText} characters, without tabs and line breaks",
        text => text.Length <= LongestText && OneLine.IsOne(text) ? text : null, Quoted);

    /// <summary>A name that can be part of a folder's.</summary>
    public static ValueKind Name { get; } = new(
        $"1 to {LongestName} letters, digits, '-', '_' and '.', not beginning with '.' or '-'",
        text => text.Length is > 0 and <= LongestName && text[0] is not ('.' or '-')
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? text : null,
        Quoted);

    /// <summary>true or false.</summary>
    public static ValueKind Flag { get; } = Of(OptionValues.Flag);

    /// <summary>A data set of the catalog, "own", or a path, which has a separator or one of two endings.</summary>
    public static ValueKind DataSet { get; } = new(
        $"a data set that `wage data list` has, {Recipe.OwnSet} (what --data names), or a place such as ./flowers, a.npz, a.csv",
        text => DatasetCatalog.Names.Contains(text) || text == Recipe.OwnSet || (IsPath(text) && text.Length <= LongestText && OneLine.IsOne(text))
            ? text : null,
        value => IsPath(value) ? Quoted(value) : value,
        [.. DatasetCatalog.Names, Recipe.OwnSet]);

    /// <summary>"5000" or "10 %".</summary>
    public static ValueKind Portion { get; } = new(
        "a number of images, or a whole number of percent below 100 such as 10 %",
        text => Data.Portion.TryParse(text, out var portion) ? portion.ToString() : null);

    /// <summary>"auto" or "20x14".</summary>
    public static ValueKind ImageSize { get; } = new(
        $"auto, or HEIGHTxWIDTH such as 32x32, each from 1 to {ImagePreparation.MostSide}",
        text => text == "auto" ? text : ParseSize(text) is { } size
            ? string.Create(CultureInfo.InvariantCulture, $"{size.Height}x{size.Width}") : null,
        words: "auto");

    /// <summary>"auto" or "10".</summary>
    public static ValueKind Classes { get; } = new(
        "auto, or a whole number from 2 to 256",
        text => text == "auto" ? text : TryWhole(text, 2, 256, out var classes) ? classes.ToString(CultureInfo.InvariantCulture) : null,
        words: "auto");

    /// <summary>An exact positive ratio.</summary>
    public static ValueKind Ratio { get; } = Of(OptionValues.Ratio);

    /// <summary>"100,50,10" or "100,50,auto".</summary>
    public static ValueKind Sizes { get; } = new(
        "a list of at most 100 whole numbers from 1 to 65536, such as 100,50,10; the last one may be auto",
        text =>
        {
            var parts = text.Split(',', StringSplitOptions.TrimEntries);
            var sizes = parts.Select((part, i) => part == "auto" && i == parts.Length - 1 ? part
                : TryWhole(part, 1, 65536, out var size) ? size.ToString(CultureInfo.InvariantCulture) : null).ToList();
            return sizes.Count <= 100 && sizes.TrueForAll(size => size is not null) ? string.Join(",", sizes) : null;
        },
        value => $"[{value.Replace(",", ", ", StringComparison.Ordinal)}]");

    /// <summary>A <see cref="RateSchedule"/>.</summary>
    public static ValueKind Schedule { get; } = new(
        RateSchedule.Rule, text => RateSchedule.Parse(text)?.ToString(),
        value => value.Contains(':', StringComparison.Ordinal) ? $"{{ {value} }}" : value)
    {
        Fault = RateSchedule.FaultOf,
    };

    /// <summary>Layers as <see cref="ModelLayers"/> reads them.</summary>
    public static ValueKind LayerList { get; } = new(ModelLayers.Rule, text => ModelLayers.Read(text, string.Empty)?.ToString(),
        value => value.Length == 0 ? "[]" : value);

    /// <summary>A whole number in a range.</summary>
    public static ValueKind Whole(ulong least, ulong most) => Of(OptionValues.Whole(least, most));

    /// <summary>One of these words.</summary>
    public static ValueKind Choice(params string[] words) => Of(OptionValues.Words(words));

    /// <summary>The values of a scheme's option.</summary>
    public static ValueKind Of(OptionValues option) => new(option);

    /// <summary>Values with this rule and this one spelling, null for a text that breaks it.</summary>
    public static ValueKind Of(string rule, Func<string, string?> canonical) => new(rule, canonical);

    /// <summary>The one spelling of this value, or null when it breaks the rule.</summary>
    public string? Canonical(string text) => canonical(text.Trim());

    /// <summary>The one spelling of this value.</summary>
    /// <param name="text">As written.</param>
    /// <param name="name">What it was given for: "recipe.yaml:7: training.epochs".</param>
    /// <exception cref="WageException">It breaks the rule; of words, the nearest is suggested.</exception>
    public string Require(string text, string name) => Canonical(text) ?? throw (Fault(text) is { } fault
        ? new WageException($"{name} is '{OneLine.Quote(text)}', but {fault.Problem}.", fault.Hint)
        : new WageException(
            $"{name} is '{OneLine.Quote(text)}'{OneLine.Unseen(text.Trim())}, but must be {Rule}.",
            NearestName.Of(text.Trim(), Choices) is { } near ? $"did you mean {near}?" : null));

    /// <summary>A canonical value as YAML that reads back as itself.</summary>
    public string ToYaml(string value) => yaml(value);

    /// <summary>Rows and columns, or null when the text is "auto" or no size.</summary>
    public static (int Height, int Width)? ParseSize(string text) =>
        text.Split('x') is [var height, var width] && TryWhole(height, 1, ImagePreparation.MostSide, out var rows)
            && TryWhole(width, 1, ImagePreparation.MostSide, out var columns) ? ((int)rows, (int)columns) : null;

    private static bool IsPath(string text) =>
        text.Contains('/', StringComparison.Ordinal) || text.Contains('\\', StringComparison.Ordinal)
        || text.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    private static bool TryWhole(string text, ulong least, ulong most, out ulong value) =>
        ulong.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;

    private static string Quoted(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in value) quoted.Append(c is '"' or '\\' ? $"\\{c}" : c.ToString());
        return quoted.Append('"').ToString();
    }
}
