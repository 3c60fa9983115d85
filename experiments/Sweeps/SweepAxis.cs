using System.Globalization;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Sweeps;

/// <summary>A key of a recipe and the values that a sweep gives it.</summary>
/// <param name="Key">"scheme.kG".</param>
/// <param name="Values">In the order given, each once, in the key's spelling.</param>
internal sealed record SweepAxis(string Key, IReadOnlyList<string> Values)
{
    private const int MostValues = 1000;

    /// <summary>The last part of the key, "kG"; of a layer's with its name, "conv1.kG"; the learning rate "lr".</summary>
    public string Word => RunNames.Word(Key);

    /// <summary>Reads "scheme.kG=2..12", "training.seed=1..9:2", "training.eta=1,1/2" or, for values with commas,
    /// "model.sizes=100,10;50,10".</summary>
    /// <exception cref="WageException">The text is none of these, the key is unknown, or a value breaks the key's rule.</exception>
    public static SweepAxis Parse(string text, Recipe? basis = null)
    {
        const string origin = "--sweep";
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1) throw new WageException($"{origin}: '{OneLine.Quote(text)}' is not key=values.",
            "for example --sweep scheme.kG=2..12, or training.eta=1,1/2.");
        var key = basis?.Require(text[..equals].Trim(), origin) ?? RecipeKeys.Require(text[..equals].Trim(), origin);
        return new SweepAxis(key.Name, Spelled(key, text[(equals + 1)..], origin));
    }

    /// <summary>Reads the values of --seeds: "1..5" or "1,7,9".</summary>
    /// <exception cref="WageException">They are none.</exception>
    public static SweepAxis Seeds(string text) => new("training.seed", Spelled(RecipeKeys.Find("training.seed")!, text, "--seeds"));

    private static List<string> Spelled(RecipeKey key, string text, string origin)
    {
        var values = new List<string>();
        foreach (var item in Items(text, origin))
        {
            var value = key.Kind.Require(item, $"{origin}: {key.Name}");
            if (values.Contains(value)) throw new WageException($"{origin}: {key.Name} has the value {value} twice.");
            values.Add(value);
        }

        return values;
    }

    private static IEnumerable<string> Items(string text, string origin)
    {
        var range = text.Split("..");
        if (range.Length != 2)
        {
            var items = text.Split(text.Contains(';', StringComparison.Ordinal) ? ';' : ',', StringSplitOptions.TrimEntries);
            return items.Length <= MostValues ? items : throw TooMany(origin);
        }

        var (end, step) = range[1].IndexOf(':', StringComparison.Ordinal) is var colon and >= 0
            ? (range[1][..colon], range[1][(colon + 1)..]) : (range[1], "1");
        if (!Whole(range[0], out var first) || !Whole(end, out var last) || !Whole(step, out var stride) || stride == 0 || last < first)
            throw new WageException($"{origin}: '{OneLine.Quote(text)}' is not a range of whole numbers.",
                "ranges are FROM..TO or FROM..TO:STEP, such as 2..12 or 4..16:4.");
        if ((last - first) / stride >= MostValues) throw TooMany(origin);
        return Enumerable.Range(0, (int)((last - first) / stride) + 1)
            .Select(i => (first + ((ulong)i * stride)).ToString(CultureInfo.InvariantCulture));
    }

    private static WageException TooMany(string origin) => new($"{origin}: has more than {MostValues} values.");

    private static bool Whole(string text, out ulong value) =>
        ulong.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
