using System.Globalization;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;

namespace Wage.Experiments.Recipes;

/// <summary>A layer as recipes write it: { conv: 32, kernel: 5 }, or a word alone.</summary>
/// <param name="Name">"conv".</param>
/// <param name="Prefix">How the build names such layers: "conv" for "conv1".</param>
/// <param name="Value">What stands behind the name; null: nothing.</param>
/// <param name="Fields">What else it takes, in the order in which it is written.</param>
/// <param name="Make">The layer of these values.</param>
/// <param name="Write">The values of a layer of this kind, by field, the name's own among them; null for a layer of another kind.</param>
internal sealed record LayerWord(
    string Name, string Prefix, LayerField? Value, IReadOnlyList<LayerField> Fields, Func<LayerValues, LayerSpec> Make,
    Func<LayerSpec, IReadOnlyList<(string Field, string Value)>?> Write);

/// <summary>What a layer takes.</summary>
/// <param name="Name">"kernel".</param>
/// <param name="Kind">What values it takes.</param>
/// <param name="Default">Its value where nobody gives one; null: it must be given.</param>
internal sealed record LayerField(string Name, ValueKind Kind, string? Default);

/// <summary>A layer's values by field, each in its one spelling.</summary>
internal sealed class LayerValues(IReadOnlyDictionary<string, string> values)
{
    public string this[string field] => values[field];

    public int Whole(string field) => int.Parse(values[field], CultureInfo.InvariantCulture);

    public bool Flag(string field) => values[field] == "true";

    public Ratio Ratio(string field) =>
        Numbers.Ratio.TryParse(values[field], out var ratio) ? ratio : throw new InvalidOperationException($"{field} was checked");

    public (int Height, int Width) Size(string field) => LayerWords.SizeOf(values[field])!.Value;
}

/// <summary>Every layer that a recipe can have, but `residual` and `concat`, which hold others.</summary>
internal static class LayerWords
{
    private const string Kernel = "kernel";
    private const string Stride = "stride";
    private const string Padding = "padding";
    private const string Groups = "groups";
    private const string Bias = "bias";
    private const string Ties = "rounding";
    private const string Momentum = "momentum";
    private const string Epsilon = "epsilon";
    private const int MostExtent = 65536;

    private static readonly ValueKind Extent = ValueKind.Whole(1, MostExtent);
    private static readonly ValueKind Size = ValueKind.Of(
        "a whole number from 1 to 65536, or two of them such as [3, 5]: height and width", text => SizeOf(text) is { } size ? Text(size) : null);
    private static readonly ValueKind Pad = ValueKind.Of(
        "valid, same, a number of zeros on each side, or four of them such as [1, 0, 1, 0]: top, left, bottom, right",
        text => PaddingOf(text) is null ? null : string.Join(", ", Parts(text)));
    private static readonly ValueKind Fraction = ValueKind.Of(
        "an exact ratio below 1 such as 1/2 or 0.9",
        text => Ratio.TryParse(text, out var ratio) && ratio.Numerator < ratio.Denominator ? ratio.ToString() : null);
    private static readonly LayerField[] Windows =
        [new(Kernel, Size, null), new(Padding, Pad, "valid"), new(Stride, Extent, "1")];
    private static readonly LayerField Biased = new(Bias, ValueKind.Flag, "false");
    private static readonly LayerField[] Averages = [new(Momentum, Fraction, "9/10"), new(Epsilon, ValueKind.Ratio, "1/100000")];
    private static readonly LayerField Rounded = new(Ties, ValueKind.Choice("halfEven", "halfAway"), "halfEven");

    /// <summary>The layers.</summary>
    public static IReadOnlyList<LayerWord> All { get; } =
    [
        new("conv", "conv", new("conv", Extent, null), [.. Windows, new(Groups, Extent, "1"), Biased],
            v => new ConvSpec(v.Whole("conv"), v.Size(Kernel), PaddingOf(v[Padding])!, v.Whole(Stride), v.Whole(Groups), v.Flag(Bias)),
            spec => spec is ConvSpec c
                ? [("conv", Text(c.Filters)), (Kernel, Text(c.Kernel)), (Padding, Text(c.Padding)), (Stride, Text(c.Stride)),
                    (Groups, Text(c.Groups)), (Bias, Text(c.Bias))] : null),
        new("depthwise", "conv", new("depthwise", Extent, null), [.. Windows, Biased],
            v => new DepthwiseSpec(v.Whole("depthwise"), v.Size(Kernel), PaddingOf(v[Padding])!, v.Whole(Stride), v.Flag(Bias)),
            spec => spec is DepthwiseSpec d
                ? [("depthwise", Text(d.Multiplier)), (Kernel, Text(d.Kernel)), (Padding, Text(d.Padding)), (Stride, Text(d.Stride)),
                    (Bias, Text(d.Bias))] : null),
        new("dense", "dense", new("dense", Extent, null), [Biased], v => new DenseSpec(v.Whole("dense"), v.Flag(Bias)),
            spec => spec is DenseSpec d ? [("dense", Text(d.Outputs)), (Bias, Text(d.Bias))] : null),
        new("maxPool", "max", new("maxPool", Extent, null), [new(Stride, Extent, "maxPool")],
            v => new MaxPoolSpec(v.Whole("maxPool"), v.Whole(Stride)),
            spec => spec is MaxPoolSpec p ? [("maxPool", Text(p.Window)), (Stride, Text(p.Stride))] : null),
        new("averagePool", "average", new("averagePool", Extent, null), [new(Stride, Extent, "averagePool"), Rounded],
            v => new AveragePoolSpec(v.Whole("averagePool"), v.Whole(Stride), RoundingOf(v[Ties])),
            spec => spec is AveragePoolSpec p ? [("averagePool", Text(p.Window)), (Stride, Text(p.Stride)), (Ties, Text(p.Rounding))] : null),
        new("globalAveragePool", "average", null, [Rounded], v => new GlobalAveragePoolSpec(RoundingOf(v[Ties])),
            spec => spec is GlobalAveragePoolSpec p ? [(Ties, Text(p.Rounding))] : null),
        new("relu", "relu", null, [], _ => new ReluSpec(), spec => spec is ReluSpec ? [] : null),
        new("relu6", "relu", null, [], _ => new Relu6Spec(), spec => spec is Relu6Spec ? [] : null),
        new("batchNorm", "batchNorm", null, Averages, v => new BatchNormSpec { Momentum = v.Ratio(Momentum), Epsilon = v.Ratio(Epsilon) },
            spec => spec is BatchNormSpec { IsFixup: false } n ? [(Momentum, n.Momentum.ToString()), (Epsilon, n.Epsilon.ToString())] : null),
        new("fixup", "fixup", null, [], _ => new BatchNormSpec { IsFixup = true }, spec => spec is BatchNormSpec { IsFixup: true } ? [] : null),
        new("subsample", "subsample", new("subsample", Extent, null), [new(Stride, Extent, "2")],
            v => new SubsampleSpec(v.Whole("subsample"), v.Whole(Stride)),
            spec => spec is SubsampleSpec s ? [("subsample", Text(s.Channels)), (Stride, Text(s.Stride))] : null),
        new("dropout", "dropout", new("dropout", Fraction, null), [], v => new DropoutSpec(v.Ratio("dropout")),
            spec => spec is DropoutSpec d ? [("dropout", d.Rate.ToString())] : null),
        new("quantize", "quantize", null, [], _ => new QuantizeSpec(), spec => spec is QuantizeSpec ? [] : null),
        new("flatten", "flatten", null, [], _ => new FlattenSpec(), spec => spec is FlattenSpec ? [] : null),
    ];

    /// <summary>"5" or "3, 5" as height and width; null for any other text.</summary>
    public static (int Height, int Width)? SizeOf(string text) => Numbers(text, 1) switch
    {
        [var both] => (both, both),
        [var height, var width] => (height, width),
        _ => null,
    };

    /// <summary>A layer of these in a line of YAML; null for a layer of another kind.</summary>
    public static string? ToYaml(LayerSpec spec)
    {
        foreach (var word in All)
        {
            if (word.Write(spec) is not { } values) continue;
            var own = word.Value is null ? null : values[0].Value;
            var differing = values.Where(one => one.Field == word.Name || one.Value != DefaultOf(word, one.Field, own)).ToList();
            if (differing.Count == 0) return word.Name;
            var head = word.Value is null ? [$"{word.Name}: "] : Array.Empty<string>();
            return $"{{{string.Join(", ", [.. head, .. differing.Select(one => $"{one.Field}: {Listed(one.Value)}")])}}}";
        }

        return null;
    }

    private static string? DefaultOf(LayerWord word, string field, string? own) =>
        word.Fields.First(one => one.Name == field).Default is var known && known == word.Name ? own : known;

    private static string Listed(string value) => value.Contains(',', StringComparison.Ordinal) ? $"[{value}]" : value;

    private static ConvPadding? PaddingOf(string text) => text switch
    {
        "valid" => ConvPadding.Valid,
        "same" => ConvPadding.Same,
        _ => Numbers(text, 0) switch
        {
            [var all] => ConvPadding.Explicit(all, all, all, all),
            [var top, var left, var bottom, var right] => ConvPadding.Explicit(top, left, bottom, right),
            _ => null,
        },
    };

    private static int[]? Numbers(string text, int least)
    {
        var numbers = Parts(text).Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= least && n <= MostExtent ? n : -1).ToArray();
        return numbers.Length <= 4 && Array.TrueForAll(numbers, n => n >= least) ? numbers : null;
    }

    private static string[] Parts(string text) => text.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries);

    private static Rounding RoundingOf(string word) => Enum.Parse<Rounding>(word, ignoreCase: true);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool flag) => flag ? "true" : "false";

    private static string Text((int Height, int Width) size) =>
        size.Height == size.Width ? Text(size.Height) : $"{Text(size.Height)}, {Text(size.Width)}";

    private static string Text(Rounding rounding) => rounding == Rounding.HalfAway ? "halfAway" : "halfEven";

    private static string Text(ConvPadding padding) =>
        padding.ToString() is var text && text.StartsWith("pad ", StringComparison.Ordinal) ? string.Join(", ", text[4..].Split(',')) : text;
}
