using System.Globalization;
using Wage.Experiments.Display;
using Wage.Numbers;
using Wage.Training;

namespace Wage.Experiments.Recipes;

/// <summary>
/// The value of training.eta: ratios by epoch ("0: 8, 200: 1"), or a decay ("cosine: 8, to: 1/8, epochs: 300"), each perhaps with a warm-up
/// ("warmUp: 5").
/// </summary>
/// <param name="Entries">By epoch, the first of epoch 0; of a decay that one alone, its beginning.</param>
/// <param name="Decay">"cosine" or "linear"; null: none.</param>
/// <param name="To">Where the decay ends.</param>
/// <param name="Epochs">When it ends; null: with the run.</param>
/// <param name="WarmUp">Epochs of warm-up.</param>
internal sealed record RateSchedule(IReadOnlyList<(int Epoch, Ratio Eta)> Entries, string? Decay, Ratio To, int? Epochs, int WarmUp)
{
    /// <summary>Completes "must be ...".</summary>
    public const string Rule =
        "an exact ratio such as 1/8, or ratios by epoch such as 0: 8, 200: 1, 250: 1/8 (from epoch 0 on, increasing, at most 1000 entries), " +
        "or cosine: 8, to: 1/8 (or linear; epochs: N ends it before the run), each with warmUp: N epochs where wanted";

    private const int MostEntries = 1000;
    private const int MostEpoch = 1_000_000;
    private static readonly string[] Decays = ["cosine", "linear"];

    /// <summary>Reads a text; null when it is none.</summary>
    public static RateSchedule? Parse(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length > MostEntries + 1) return null;
        if (parts is [var alone] && Ratio.TryParse(alone, out var constant)) return new([(0, constant)], null, default, null, 0);
        var words = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        List<(int Epoch, Ratio Eta)> entries = [];
        foreach (var part in parts)
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) return null;
            var (key, value) = (part[..colon].Trim(), part[(colon + 1)..].Trim());
            if (!char.IsAsciiDigit(key.FirstOrDefault()))
            {
                if (!words.TryAdd(key, value)) return null;
            }
            else
            {
                if (TryWhole(key, MostEpoch) is not { } epoch || !Ratio.TryParse(value, out var eta)) return null;
                if (entries.Count == 0 ? epoch != 0 : epoch <= entries[^1].Epoch) return null;
                entries.Add((epoch, eta));
            }
        }

        return entries.Count <= MostEntries ? Of(entries, words) : null;
    }

    /// <summary>The same, its decay ending with a run of so many epochs where nothing else is said: more epochs later do not change it.</summary>
    public RateSchedule Within(int epochs) => Decay is null || Epochs is not null ? this : this with { Epochs = epochs };

    /// <summary>The rates of a schedule whose end is known.</summary>
    /// <exception cref="WageException">A rate is out of range, or there are too many epochs.</exception>
    public LearningRate ToRate() => Decay switch
    {
        null => new LearningRate([.. Entries]).WithWarmUp(WarmUp),
        "linear" => LearningRate.Linear(Entries[0].Eta, To, Epochs!.Value, WarmUp),
        _ => LearningRate.Cosine(Entries[0].Eta, To, Epochs!.Value, WarmUp),
    };

    /// <summary>The one spelling.</summary>
    public override string ToString()
    {
        if (Decay is null && Entries.Count == 1 && WarmUp == 0) return Entries[0].Eta.ToString();
        var parts = Decay is null ? Entries.Select(entry => Pair(Text(entry.Epoch), entry.Eta)) : [Pair(Decay, Entries[0].Eta), Pair("to", To)];
        if (Epochs is { } epochs) parts = parts.Append(Pair("epochs", Text(epochs)));
        return string.Join(", ", WarmUp == 0 ? parts : parts.Append(Pair("warmUp", Text(WarmUp))));
    }

    /// <summary>"8, from epoch 201 1, from epoch 251 1/8": the rates of a run of so many epochs, of many the first and the last.</summary>
    public static string Shown(LearningRate rate, int epochs)
    {
        const int first = 5;
        var entries = rate.Schedule.Where(entry => entry.Epoch < epochs).ToList();
        var shown = entries.Take(entries.Count > first + 1 ? first : first + 1).Select(Entry);
        return string.Join(", ", entries.Count > first + 1 ? [.. shown, "...", Entry(entries[^1])] : shown);

        static string Entry((int Epoch, Ratio Eta) entry) =>
            entry.Epoch == 0 ? Format.Rate(entry.Eta) : $"from epoch {Text(entry.Epoch + 1)} {Format.Rate(entry.Eta)}";
    }

    private static RateSchedule? Of(List<(int, Ratio)> entries, Dictionary<string, string> words)
    {
        var (warmUp, end, to) = (0, (int?)null, default(Ratio));
        if (words.Remove("warmUp", out var slow))
        {
            if (TryWhole(slow, LearningRate.MostEpochs) is not { } given) return null;
            warmUp = given;
        }

        if (words.Count == 0) return entries.Count == 0 ? null : new RateSchedule(entries, null, default, null, warmUp);
        if (Array.Find(Decays, words.ContainsKey) is not { } decay || entries.Count > 0) return null;
        if (!Ratio.TryParse(words[decay], out var from) || !words.TryGetValue("to", out var text) || !Ratio.TryParse(text, out to)) return null;
        if (words.TryGetValue("epochs", out var until) && (end = TryWhole(until, LearningRate.MostEpochs)) is null or 0) return null;
        return words.Count == (end is null ? 2 : 3) ? new RateSchedule([(0, from)], decay, to, end, warmUp) : null;
    }

    private static int? TryWhole(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= most ? value : null;

    private static string Pair(string key, object value) => $"{key}: {value}";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
