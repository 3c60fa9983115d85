using System.Collections.Immutable;
using System.Globalization;
using Wage.Models;
using Wage.Numbers;

namespace Wage.Schemes;

/// <summary>A value for every option of a scheme, each checked and in its one spelling.</summary>
public sealed class SchemeSettings
{
    private readonly ImmutableDictionary<string, string> values;

    private SchemeSettings(SchemeKind kind, ImmutableDictionary<string, string> values) => (Kind, this.values) = (kind, values);

    /// <summary>The scheme.</summary>
    public SchemeKind Kind { get; }

    /// <summary>The value of an option.</summary>
    /// <exception cref="WageException">The scheme has no such option.</exception>
    public string this[string option] => values[Kind.Require(option, "settings").Name];

    /// <summary>A whole number.</summary>
    public int Whole(string option) => int.Parse(this[option], CultureInfo.InvariantCulture);

    /// <summary>A flag.</summary>
    public bool Flag(string option) => this[option] == "true";

    /// <summary>A ratio.</summary>
    public Ratio Ratio(string option) =>
        Numbers.Ratio.TryParse(this[option], out var ratio) ? ratio : throw new InvalidOperationException($"{option} was checked");

    /// <summary>A ratio that may be 0: null.</summary>
    internal Ratio? Fraction(string option) => this[option] == "0" ? null : Ratio(option);

    /// <summary>A word as the member of an enumeration that it names, without regard to case and dashes: "in-hindsight" is InHindsight.</summary>
    public T Word<T>(string option)
        where T : struct, Enum => Enum.Parse<T>(this[option].Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true);

    /// <summary>The same with another value of one option.</summary>
    /// <exception cref="WageException">There is no such option, or the value breaks its rule.</exception>
    public SchemeSettings With(string option, string value)
    {
        var known = Kind.Require(option, Kind.Name);
        return new SchemeSettings(Kind, values.SetItem(known.Name, known.Values.Require(value, $"{Kind.Name}: {known.Name}")));
    }

    /// <summary>
    /// Every option, but those that only give others their defaults; a value that spells out what another option says anyway is "same".
    /// </summary>
    internal IEnumerable<SchemeTrait> Traits() => Kind.Options.Where(option => option is { IsPreset: false, IsOfScores: false }).Select(option =>
    {
        var (name, value) = (ModelIdentity.SchemePrefix + option.Name, values[option.Name]);
        if (option.SameAs is not { } same) return new SchemeTrait(name, value, option.Default, option.Parts);
        var other = values[same.Option];
        return value == same.Value || value == other
            ? new SchemeTrait(name, same.Value, option.Default, option.Parts, other) : new SchemeTrait(name, value, option.Default, option.Parts);
    });

    /// <summary>The given values, and the defaults of the other options.</summary>
    internal static SchemeSettings Of(SchemeKind kind, IEnumerable<(string Option, string Value)> given)
    {
        var settings = new SchemeSettings(kind, ImmutableDictionary.Create<string, string>(StringComparer.Ordinal));
        foreach (var (option, value) in given) settings = settings.With(option, value);
        var values = settings.values;
        foreach (var option in kind.Options.Where(option => !settings.values.ContainsKey(option.Name)))
            values = values.Add(option.Name, option.Otherwise is { } other && values[other.Option] == other.Value ? other.Default : option.Default);
        return new SchemeSettings(kind, values);
    }
}
