using System.Diagnostics;
using System.Globalization;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Observation;
using Wage.Training;

namespace Wage.Experiments.Sweeps;

/// <summary>One line per run of a sweep: rewritten in place on a terminal; elsewhere a line now and then, and one at the end.</summary>
/// <param name="output">Where to.</param>
/// <param name="title">"[3/10] kG=4, seed 1".</param>
internal sealed class SweepDisplay(TextWriter output, string title) : IRunObserver, IDisposable
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan EpochInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LiveInterval = TimeSpan.FromMilliseconds(250);
    private readonly bool isLive = RunDisplay.IsLive(output);
    private readonly Stopwatch time = Stopwatch.StartNew();
    private readonly Stopwatch sinceLine = Stopwatch.StartNew();
    private string last = string.Empty;
    private bool hasLine;
    private Pace? pace;
    private Run? run;

    /// <inheritdoc/>
    public void Started(Run run, IReadOnlyList<EpochRow> rows)
    {
        (this.run, pace) = (run, new Pace(run));
        if (rows.Count > 0) last = $"  {Chosen.Word(rows[^1].OnValidation)} error {Format.Percent(rows[^1].ChooserError)}";
    }

    /// <inheritdoc/>
    public void Stepped(Trainer trainer)
    {
        pace!.Step();
        if (sinceLine.Elapsed < (isLive ? LiveInterval : PlainInterval)) return;
        var (epoch, left) = (Format.EpochOf(trainer.Epoch + 1, run!.Recipe.Epochs), Format.Time(pace.SecondsLeft(trainer)));
        Line($"{epoch}{last}  {Format.Speed(pace.ImagesPerSecond)}  left {left}");
    }

    /// <inheritdoc/>
    public void Noticed(string line)
    {
        output.WriteLine(isLive ? $"\r\e[2K{line}" : line);
        output.Flush();
    }

    /// <inheritdoc/>
    public void Warned(TrainingWarning warning) => Noticed($"{title}  {RunText.Warning(warning)}");

    /// <inheritdoc/>
    public void Testing(Trainer trainer) => pace!.BeginTest();

    /// <inheritdoc/>
    public void EpochDone(EpochRow row, bool isBest)
    {
        pace!.EndTest();
        last = $"  {Chosen.Word(row.OnValidation)} error {Format.Percent(row.ChooserError)}";
        if (!isLive && sinceLine.Elapsed >= EpochInterval) Line($"{Format.EpochOf(row.Epoch, run!.Recipe.Epochs)}{last}  {Format.Time(row.Seconds)}");
    }

    /// <summary>The run's last line.</summary>
    public void Done(SweepOutcome outcome)
    {
        Line(outcome.State switch
        {
            SweepState.Refused => $"refused: {outcome.Refusal}",
            _ => string.Create(CultureInfo.InvariantCulture,
                $"best {Percent(outcome.Best)} (epoch {outcome.BestEpoch})  last {Percent(outcome.Last)}  ") +
                (outcome.State == SweepState.Known ? "finished before" : Format.Time(time.Elapsed.TotalSeconds)),
        });
    }

    /// <summary>Leaves the line that is rewritten.</summary>
    public void Dispose()
    {
        if (isLive && hasLine) output.WriteLine();
    }

    private static string Percent(double? fraction) => fraction is { } known ? Format.Percent(known) : "-";

    private void Line(string text)
    {
        var line = $"{title}  {text}";
        if (isLive) output.Write($"\r\e[2K{line[..Math.Min(line.Length, Math.Max(40, Console.WindowWidth - 1))]}");
        else output.WriteLine(line);
        hasLine = true;
        output.Flush();
        sinceLine.Restart();
    }
}
