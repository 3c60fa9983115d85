using System.Globalization;
using Wage.Experiments.Recipes;

namespace Wage.Experiments.Commands;

/// <summary>What the user asked for.</summary>
internal sealed record TrainRequest(
    string? Recipe, IReadOnlyList<GivenValue> Over, string? Out = null, bool Resume = false, string? Device = null, int Threads = 0,
    string? Data = null, bool Profile = false, IReadOnlyList<string>? Tags = null, string? Note = null,
    int? StatsEvery = null, bool TensorBoard = false)
{
    /// <summary>Refuses a key to which two options give two values: which one is meant, only the user knows. Of one option the last counts.</summary>
    /// <exception cref="WageException">There is one.</exception>
    public void RequireOnce()
    {
        foreach (var given in Over.Where(given => given.Origin.StartsWith('-')).GroupBy(given => given.Key))
        {
            var first = given.First();
            if (given.FirstOrDefault(one => one.Origin != first.Origin && one.Value.Trim() != first.Value.Trim()) is { Key: not null } other)
                throw new WageException(
                    $"{other.Origin}: gives {other.Key} the value {OneLine.Quote(other.Value)}, but {first.Origin} gave it " +
                    $"{OneLine.Quote(first.Value)}.", "leave one of them away.");
        }
    }

    /// <summary>The command of a shell that asks for the same.</summary>
    /// <param name="seeds">--seeds, or null.</param>
    /// <param name="sweeps">The values of --sweep.</param>
    public string CommandLine(string? seeds, IReadOnlyList<string> sweeps)
    {
        List<string> words = ["wage", "train"];
        if (Recipe is not null) words.Add(Recipe);
        if (Over.Count > 0) words.AddRange(["--set", .. Over.Select(given => $"{given.Key}={given.Value}")]);
        Add("--seeds", seeds);
        if (sweeps.Count > 0) words.AddRange(["--sweep", .. sweeps]);
        Add("--out", Out);
        Add("--device", Device);
        if (Threads > 0) Add("--threads", Threads.ToString(CultureInfo.InvariantCulture));
        Add("--data", Data);
        if (StatsEvery is { } every) Add("--stats", string.Create(CultureInfo.InvariantCulture, $"every={every}"));
        if (TensorBoard) words.Add("--tensorboard");
        if (Tags is { Count: > 0 }) words.AddRange(["--tag", .. Tags]);
        Add("--note", Note);
        return string.Join(' ', words.Select(Argument));

        void Add(string option, string? value)
        {
            if (value is not null) words.AddRange([option, value]);
        }
    }

    /// <summary>The text as one word of a shell.</summary>
    public static string Argument(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+:@%,=".Contains(c, StringComparison.Ordinal))
            ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
