using System.Diagnostics;
using System.Globalization;
using Wage.Experiments.Runs;
using Wage.Observation;
using Wage.Training;

namespace Wage.Experiments.Display;

/// <summary>Progress as plain lines, for files and pipes: one per epoch, and one every 30 s within a long one.</summary>
internal sealed class PlainDisplay(TextWriter output) : IRunObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private readonly Stopwatch sinceLine = Stopwatch.StartNew();
    private Run? run;
    private Pace? pace;

    /// <inheritdoc/>
    public void Started(Run run, IReadOnlyList<EpochRow> rows)
    {
        (this.run, pace) = (run, new Pace(run));
        foreach (var line in RunText.Header(run)) output.WriteLine(line);
        if (rows.Count > 0) output.WriteLine(Format.Row(rows[^1], run.Recipe.Epochs));
        output.Flush();
        sinceLine.Restart();
    }

    /// <inheritdoc/>
    public void Stepped(Trainer trainer)
    {
        pace!.Step();
        if (sinceLine.Elapsed < Interval) return;
        var score = run!.Score();
        WriteLine(
            $"{Format.EpochOf(trainer.Epoch + 1, run.Recipe.Epochs)}  " +
            string.Create(CultureInfo.InvariantCulture, $"step {trainer.StepInEpoch}/{trainer.StepsPerEpoch}  ") +
            (trainer.Options.Rate.IsByStep ? $"lr {Format.Rate(trainer.Rate)}  " : string.Empty) +
            $"loss {Format.Loss(EpochRow.LossOf(score, run.Recipe.LossName, run.Recipe.Batch))}  " +
            $"train error {Format.Percent(EpochRow.ErrorOf(score))}  " +
            $"{Format.Speed(pace.ImagesPerSecond)}  left {Format.Time(pace.SecondsLeft(trainer))}");
    }

    /// <inheritdoc/>
    public void Warned(TrainingWarning warning) => WriteLine(RunText.Warning(warning));

    /// <inheritdoc/>
    public void Noticed(string line) => WriteLine(line);

    /// <inheritdoc/>
    public void Testing(Trainer trainer) => pace!.BeginTest();

    /// <inheritdoc/>
    public void EpochDone(EpochRow row, bool isBest)
    {
        pace!.EndTest();
        WriteLine(Format.Row(row, run!.Recipe.Epochs));
    }

    private void WriteLine(string line)
    {
        output.WriteLine(line);
        output.Flush();
        sinceLine.Restart();
    }
}
