using System.Globalization;
using Wage.Data;
using Wage.Numbers;
using Wage.Training;

namespace Wage.Experiments.Recipes;

/// <summary>Reads the value of training.eta, and says what of it is wrong.</summary>
internal sealed class RateReader
{
    private const int MostEntries = 1000;
    private const int MostEpoch = 1_000_000;
    private const string AsEntries = "for example 0: 8, 200: 1.";
    private static readonly string[] Decays = ["cosine", "linear"];
    private static readonly string[] Words = [.. Decays, "to", "epochs", "per", "warmUp"];

    private readonly Dictionary<string, string> words = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(int Epoch, Ratio Eta)> entries = [];

    /// <summary>
    /// The schedule, or null and what is wrong, with the way out; null too where the text is nothing like a schedule.
    /// It may have braces around it, as in a recipe.
    /// </summary>
    public static RateSchedule? Read(string text, out WageException? fault)
    {
        fault = null;
        text = text.Trim();
        if (text is ['{', .. var inner, '}']) text = inner;
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts is [var alone])
        {
            if (Ratio.TryParse(alone, out var constant)) return new([(0, constant)], null, null, null, Portion.None);
            if (!alone.Contains(':', StringComparison.Ordinal)) return null;
        }

        try
        {
            return new RateReader(parts).Of();
        }
        catch (WageException error)
        {
            fault = error;
            return null;
        }
    }

    private RateReader(string[] parts)
    {
        if (parts.Length > MostEntries + 1) throw Fault($"it has {parts.Length} parts, more than {MostEntries}", "take a decay: cosine: 8, to: 1/8.");
        foreach (var part in parts)
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) throw Fault($"{Quoted(part)} is no pair of an epoch or a word and its value", AsEntries);
            var (key, value) = (part[..colon].Trim(), part[(colon + 1)..].Trim());
            if (char.IsAsciiDigit(key.FirstOrDefault())) AddEntry(key, value);
            else if (!words.TryAdd(key, value)) throw Fault($"{Quoted(key)} is there twice", "leave one away.");
        }

        if (entries.Count > MostEntries) throw Fault($"it has {entries.Count} entries, more than {MostEntries}", "take a decay: cosine: 8, to: 1/8.");
    }

    private void AddEntry(string key, string value)
    {
        if (TryWhole(key, MostEpoch) is not { } epoch) throw Fault($"{Quoted(key)} is no epoch, a whole number up to {MostEpoch}", AsEntries);
        if (!Ratio.TryParse(value, out var eta))
            throw Fault($"{Quoted(value)} from epoch {epoch} on is no exact ratio above 0", "write one such as 1/8.");
        if (entries.Count == 0 && epoch != 0) throw Fault($"its first rate is that of epoch {epoch}, not of epoch 0", AsEntries);
        if (entries.Count > 0 && epoch <= entries[^1].Epoch)
            throw Fault($"epoch {epoch} does not come after epoch {entries[^1].Epoch}", AsEntries);
        entries.Add((epoch, eta));
    }

    private RateSchedule Of()
    {
        if (words.Keys.FirstOrDefault(word => !Words.Contains(word, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw Fault(
                $"it has no {Quoted(unknown)}",
                NearestName.Of(unknown, Words) is { } near ? (Wording)$"did you mean {near}?"
                    : $"it may have {string.Join(", ", Words)}, or epochs with rates.");
        var isByStep = IsByStep();
        var warmUp = WarmUp(isByStep);
        string[] decays = [.. Decays.Where(words.ContainsKey)];
        if (decays.Length > 1) throw Fault("cosine and linear do not go together", "leave one away.");
        if (decays is not [var decay])
        {
            if (isByStep) throw Fault("only a decay changes per: step", "take cosine or linear: linear: 1/10, to: 0, per: step.");
            if (words.Keys.FirstOrDefault(word => word.ToUpperInvariant() is "TO" or "EPOCHS") is { } lone)
                throw Fault($"{lone} is part of a decay, which it has not", "take one: cosine: 8, to: 1/8.");
            return entries.Count > 0 ? new(entries, null, null, null, warmUp) : throw Fault("it has no rate", AsEntries);
        }

        if (entries.Count > 0) throw Fault($"{decay} and rates by epoch do not go together", "leave one away.");
        if (!Ratio.TryParse(words[decay], out var from))
            throw Fault($"{decay} begins at {Quoted(words[decay])}, which is no exact ratio above 0", "write one such as 1/8.");
        return new([(0, from)], decay, End(decay, isByStep), Epochs(), warmUp, isByStep);
    }

    private bool IsByStep()
    {
        if (!words.TryGetValue("per", out var unit)) return false;
        if (unit.Equals("step", StringComparison.OrdinalIgnoreCase)) return true;
        return unit.Equals("epoch", StringComparison.OrdinalIgnoreCase) ? false
            : throw Fault($"per is {Quoted(unit)}, and can be epoch or step", "write per: epoch, or per: step.");
    }

    private Portion WarmUp(bool isByStep)
    {
        if (!words.TryGetValue("warmUp", out var text)) return Portion.None;
        if (!Portion.TryParse(text, out var warmUp) || warmUp.Amount > LearningRate.MostEpochs)
            throw Fault(
                $"its warm-up is {Quoted(text)}, which is no number of epochs up to {LearningRate.MostEpochs}",
                "write one such as 5, or, of a decay with per: step, whole percent below 100 such as 5 %.");
        return !warmUp.IsPercent || isByStep ? warmUp
            : throw Fault($"a warm-up of {warmUp} needs per: step", "add it, or give a number of epochs.");
    }

    /// <summary>Where a decay ends; null: at 0.</summary>
    private Ratio? End(string decay, bool isByStep)
    {
        if (!words.TryGetValue("to", out var text))
            throw Fault($"{decay} does not say where it ends", $"add it: {decay}: {OneLine.Quote(words[decay])}, to: 1/8.");
        if (Ratio.TryParse(text, out var end)) return end;
        if (text != "0") throw Fault($"{decay} ends at {Quoted(text)}, which is no exact ratio", "write one such as 1/8.");
        return isByStep ? null
            : throw Fault("with to: 0 the last epoch would learn nothing", "add per: step, whose last step comes before the 0, or end above 0.");
    }

    private int? Epochs()
    {
        if (!words.TryGetValue("epochs", out var text)) return null;
        return TryWhole(text, LearningRate.MostEpochs) is { } epochs and > 0 ? epochs
            : throw Fault(
                $"its epochs are {Quoted(text)}, which is no whole number from 1 to {LearningRate.MostEpochs}", "leave them away for the run's.");
    }

    private static string Quoted(string text) => $"'{OneLine.Quote(text)}'";

    private static int? TryWhole(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= most ? value : null;

    private static WageException Fault(Wording problem, Wording way) => new(problem, way);
}
