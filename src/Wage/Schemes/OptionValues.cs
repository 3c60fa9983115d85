using System.Globalization;
using System.Numerics;

namespace Wage.Schemes;

/// <summary>What values an option takes: the rule in words, and the one spelling of a value.</summary>
public sealed class OptionValues
{
    private const int MostDenominator = 1000, MostShares = 16;
    private readonly Func<string> rule;
    private readonly Func<string, string?> canonical;
    private readonly Func<IReadOnlyList<string>> words;

    private OptionValues(Func<string> rule, Func<string, string?> canonical, Func<IReadOnlyList<string>>? words = null) =>
        (this.rule, this.canonical, this.words) = (rule, canonical, words ?? (() => []));

    /// <summary>true or false.</summary>
    public static OptionValues Flag { get; } = Words("true", "false");

    /// <summary>An exact positive ratio.</summary>
    public static OptionValues Ratio { get; } = new(
        () => "an exact ratio such as 8, 1/8, 0.125 or 2^-3", text => Numbers.Ratio.TryParse(text, out var ratio) ? ratio.ToString() : null);

    /// <summary>0, or an exact ratio below 1.</summary>
    public static OptionValues Fraction { get; } = new(
        () => "0, or an exact ratio below 1 such as 9/10 or 0.9",
        text => text is "0" ? text : Numbers.Ratio.TryParse(text, out var ratio) && ratio.Numerator < ratio.Denominator ? ratio.ToString() : null);

    /// <summary>The same of a ratio that so many fraction bits hold: one that rounds to 0 or to 1 is not what was asked for.</summary>
    internal static OptionValues FractionOf(int bits) => new(
        () => string.Create(CultureInfo.InvariantCulture, $"{Fraction!.Rule}, which is neither 0 nor 1 to the nearest 2^-{bits}"),
        text => Fraction!.Canonical(text) is { } known && (known is "0" || IsBetween(known, bits)) ? known : null);

    /// <summary>One exact ratio up to 1 or several, separated by commas, none less than the one before: "1/2, 3/4, 1".</summary>
    public static OptionValues Shares { get; } = new(
        () => $"an exact ratio up to 1 such as 1/2, its denominator at most {MostDenominator}, or up to {MostShares} of them such as 1/2, 3/4, 1, " +
            "none less than the one before",
        text => SharesOf(text) is { } shares ? string.Join(", ", shares) : null);

    /// <summary>"none", or <see cref="Shares"/>.</summary>
    internal static OptionValues SharesOrNone { get; } = new(
        () => $"none, or {Shares!.Rule}", text => text is "none" ? text : Shares!.Canonical(text));

    /// <summary>0, or an exact positive ratio.</summary>
    internal static OptionValues RatioOrZero { get; } = new(() => $"0, or {Ratio!.Rule}", text => text is "0" ? text : Ratio!.Canonical(text));

    /// <summary>"a whole number from 2 to 8": completes "must be ...".</summary>
    public string Rule => rule();

    /// <summary>The words, for options that take words or flags; none for numbers.</summary>
    public IReadOnlyList<string> Choices => words();

    /// <summary>A whole number in a range.</summary>
    public static OptionValues Whole(ulong least, ulong most) => new(
        () => string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
        text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value.ToString(CultureInfo.InvariantCulture) : null);

    /// <summary>One of these words.</summary>
    public static OptionValues Words(params string[] words) => Words(() => words);

    /// <summary>One of words that may become more.</summary>
    public static OptionValues Words(Func<IReadOnlyList<string>> words) => new(
        () => words() switch { [var one] => one, [var one, var other] => $"{one} or {other}", var all => $"one of {string.Join(", ", all)}" },
        text => words().FirstOrDefault(word => word == text),
        words);

    /// <summary>The same with a rule of its own, where a word alone does not say that it is one.</summary>
    internal OptionValues Saying(string says) => new(() => says, canonical, words);

    /// <summary>The ratios of a value of <see cref="Shares"/>; null for any other text.</summary>
    internal static IReadOnlyList<Numbers.Ratio>? SharesOf(string text)
    {
        List<Numbers.Ratio> shares = [];
        foreach (var part in text.Split(','))
        {
            if (shares.Count == MostShares || !Numbers.Ratio.TryParse(part, out var share)) return null;
            if (share.Denominator > MostDenominator || share.Numerator > share.Denominator) return null;
            if (shares.Count > 0 && share.Numerator * shares[^1].Denominator < shares[^1].Numerator * share.Denominator) return null;
            shares.Add(share);
        }

        return shares;
    }

    private static bool IsBetween(string text, int bits)
    {
        if (!Numbers.Ratio.TryParse(text, out var ratio)) return false;
        var twice = (BigInteger)ratio.Numerator << (bits + 1);
        return twice >= ratio.Denominator && twice < ((BigInteger)ratio.Denominator << (bits + 1)) - ratio.Denominator;
    }

    /// <summary>The one spelling of this value, or null when it breaks the rule.</summary>
    public string? Canonical(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return canonical(text.Trim());
    }

    /// <summary>The one spelling of this value.</summary>
    /// <param name="text">The value as given.</param>
    /// <param name="name">What it was given for, for the message: "wage: kW".</param>
    /// <exception cref="WageException">It breaks the rule; of words, the nearest is suggested.</exception>
    public string Require(string text, string name) => Canonical(text) ?? throw new WageException(
        $"{name} is '{OneLine.Quote(text)}', but must be {Rule}.", NearestName.Of(text.Trim(), Choices) is { } near ? $"did you mean {near}?" : null);
}
