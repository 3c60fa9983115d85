using System.Globalization;
using Wage.Data;
using Wage.Experiments.Display;
using Wage.Numbers;
using Wage.Training;

namespace Wage.Experiments.Recipes;

/// <summary>
/// The value of training.eta: ratios by epoch ("0: 8, 200: 1"), or a decay ("cosine: 8, to: 1/8, epochs: 300"), by epoch or by step ("per: step"),
/// each perhaps with a warm-up ("warmUp: 5").
/// </summary>
/// <param name="Entries">By epoch, the first of epoch 0; of a decay that one alone, its beginning.</param>
/// <param name="Decay">"cosine" or "linear"; null: none.</param>
/// <param name="To">Where the decay ends; null: at 0, or there is none.</param>
/// <param name="Epochs">When it ends; null: with the run.</param>
/// <param name="WarmUp">Epochs of warm-up; of a decay by step also percent of the run.</param>
/// <param name="IsByStep">The decay changes the rate with every step.</param>
internal sealed record RateSchedule(
    IReadOnlyList<(int Epoch, Ratio Eta)> Entries, string? Decay, Ratio? To, int? Epochs, Portion WarmUp, bool IsByStep = false)
{
    /// <summary>Completes "must be ...".</summary>
    public const string Rule =
        "an exact ratio above 0 such as 1/8, or ratios by epoch such as 0: 8, 200: 1, 250: 1/8 " +
        "(from epoch 0 on, increasing, at most 1000 entries), or " +
        "cosine: 8, to: 1/8 (or linear; epochs: N ends it before the run), each with warmUp: N epochs where wanted; " +
        "with per: step a decay changes the rate in every step, may go to: 0, and takes warmUp: 5 % too";

    /// <summary>Reads a text; null when it is none.</summary>
    public static RateSchedule? Parse(string text) => RateReader.Read(text, out _);

    /// <summary>What is wrong with a text; null where only the rule says it, or nothing is.</summary>
    public static WageException? FaultOf(string text)
    {
        RateReader.Read(text, out var fault);
        return fault;
    }

    /// <summary>The same, its decay ending with a run of so many epochs where nothing else is said: more epochs later do not change it.</summary>
    public RateSchedule Within(int epochs) => Decay is null || Epochs is not null ? this : this with { Epochs = epochs };

    /// <summary>The rates of a schedule whose end is known.</summary>
    /// <exception cref="WageException">A rate is out of range, or there are too many epochs.</exception>
    public LearningRate ToRate() => (Decay, IsByStep) switch
    {
        (null, _) => new LearningRate([.. Entries]).WithWarmUp(WarmUp.Amount),
        ("linear", false) => LearningRate.Linear(Entries[0].Eta, To!.Value, Epochs!.Value, WarmUp.Amount),
        (_, false) => LearningRate.Cosine(Entries[0].Eta, To!.Value, Epochs!.Value, WarmUp.Amount),
        ("linear", true) => LearningRate.LinearByStep(Entries[0].Eta, To, Epochs!.Value, WarmUpShare),
        _ => LearningRate.CosineByStep(Entries[0].Eta, To, Epochs!.Value, WarmUpShare),
    };

    private Ratio? WarmUpShare => WarmUp == Portion.None ? null : new Ratio(WarmUp.Amount, WarmUp.IsPercent ? 100 : Epochs!.Value);

    /// <summary>The one spelling.</summary>
    public override string ToString()
    {
        if (Decay is null && Entries.Count == 1 && WarmUp == Portion.None) return Entries[0].Eta.ToString();
        var parts = Decay is null ? Entries.Select(entry => Pair(Text(entry.Epoch), entry.Eta))
            : [Pair(Decay, Entries[0].Eta), Pair("to", To is { } end ? end : 0)];
        if (Epochs is { } epochs) parts = parts.Append(Pair("epochs", Text(epochs)));
        if (IsByStep) parts = parts.Append(Pair("per", "step"));
        return string.Join(", ", WarmUp == Portion.None ? parts : parts.Append(Pair("warmUp", WarmUp)));
    }

    /// <summary>"8, from epoch 201 1, from epoch 251 1/8": the rates of a run of so many epochs, of many the first and the last.</summary>
    public static string Shown(LearningRate rate, int epochs)
    {
        const int first = 5;
        var entries = rate.Schedule.Where(entry => entry.Epoch < epochs).ToList();
        var shown = entries.Take(entries.Count > first + 1 ? first : first + 1).Select(Entry);
        var text = string.Join(", ", entries.Count > first + 1 ? [.. shown, "...", Entry(entries[^1])] : shown);
        return rate.IsByStep ? $"by step; halfway {text}" : text;

        string Entry((int Epoch, Ratio Eta) entry) => rate.IsByStep ? $"in epoch {Text(entry.Epoch + 1)} {Format.Rate(entry.Eta)}"
            : entry.Epoch == 0 ? Format.Rate(entry.Eta) : $"from epoch {Text(entry.Epoch + 1)} {Format.Rate(entry.Eta)}";
    }

    private static string Pair(string key, object value) => $"{key}: {value}";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
