using System.Diagnostics;
using Spectre.Console;
using Wage.Experiments.Runs;
using Wage.Observation;
using Wage.Training;

namespace Wage.Experiments.Display;

/// <summary>Progress on a terminal: a row per finished epoch, and below them the bar of the current one.</summary>
internal sealed class LiveDisplay(IAnsiConsole console, LiveDisplayContext live) : IRunObserver
{
    /// <summary>Scores are read from the device, so the bar moves only this often.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private const int MostBar = 30;

    /// <summary>Columns from which on a row has all its numbers.</summary>
    private const int WideRow = 69;
    private readonly Stopwatch sinceDraw = Stopwatch.StartNew();
    private Run? run;
    private Pace? pace;
    private bool hasTitle;

    /// <summary>Runs under a bar that goes away when the run ends.</summary>
    public static RunSummary Watch(IAnsiConsole console, Func<IRunObserver, RunSummary> execute) =>
        console.Live(new Rows(new Text(" "), new Text(" "))).AutoClear(true).Overflow(VerticalOverflow.Crop)
            .Start(live => execute(new LiveDisplay(console, live)));

    /// <inheritdoc/>
    public void Started(Run run, IReadOnlyList<EpochRow> rows)
    {
        (this.run, pace) = (run, new Pace(run));
        foreach (var line in RunText.Header(run)) Line($"[grey]{line[..9].EscapeMarkup()}[/]{line[9..].EscapeMarkup()}", line.Length);
        var best = rows.MinBy(row => row.ChooserError);
        foreach (var row in rows) Row(row, ReferenceEquals(row, best));
        if (run.Trainer.Epoch < run.Recipe.Epochs) Draw(run.Trainer, "starting");
    }

    /// <inheritdoc/>
    public void Stepped(Trainer trainer)
    {
        pace!.Step();
        if (sinceDraw.Elapsed >= Interval) Draw(trainer, null);
    }

    /// <inheritdoc/>
    public void Warned(TrainingWarning warning) => Noticed(RunText.Warning(warning));

    /// <inheritdoc/>
    public void Noticed(string line) => Line($"[yellow]{line.EscapeMarkup()}[/]", line.Length);

    /// <inheritdoc/>
    public void Testing(Trainer trainer)
    {
        pace!.BeginTest();
        Draw(trainer, "testing");
    }

    /// <inheritdoc/>
    public void EpochDone(EpochRow row, bool isBest)
    {
        pace!.EndTest();
        Row(row, isBest);
        if (run!.Trainer.Epoch < run.Recipe.Epochs) Draw(run.Trainer, null);
    }

    private void Row(EpochRow row, bool isBest)
    {
        var isWide = Width >= WideRow;
        var held = row.OnValidation ? "val. error" : "test error";
        var title = isWide ? $" epoch      lr      loss  train error  {held}  images/s     time" : $" epoch     lr  {held}     time";
        if (!hasTitle) Line($"[grey]{title}[/]", title.Length);
        hasTitle = true;
        var test = $"{Format.Percent(row.ChooserError),12}";
        var (left, right) = isWide
            ? ($"{row.Epoch,6}{Format.Rate(row.Eta),8}{Format.Loss(row.Loss),10}{Format.Percent(row.TrainError),13}",
                $"{(row.ImagesPerSecond is { } speed ? Format.Count((long)Math.Round(speed)) : "-"),10}{Format.Time(row.Seconds),9}")
            : ($"{row.Epoch,6}{Format.Rate(row.Eta),7}", $"{Format.Time(row.Seconds),9}");
        if (isWide && row.Hybrid is { } hybrid) right += $"  {hybrid}";
        Line($"{left}[{(isBest ? "green" : "default")}]{test}[/]{right}", left.Length + test.Length + right.Length);
    }

    private int Width => Math.Max(20, console.Profile.Width - 1);

    /// <summary>A line above the bar, filled to its end: it is written over what the bar showed there.</summary>
    private void Line(string markup, int length)
    {
        var rest = length % (Width + 1);
        console.MarkupLine(markup + new string(' ', rest == 0 && length > 0 ? 0 : Math.Max(0, Width - rest)));
    }

    /// <summary>Two lines: a region of one line would be redrawn with "0 lines up", which terminals read as 1.</summary>
    private void Draw(Trainer trainer, string? doing)
    {
        var score = run!.Score();
        var done = (double)trainer.StepInEpoch / trainer.StepsPerEpoch;
        var head = $"{Format.EpochOf(trainer.Epoch + 1, run.Recipe.Epochs)} ";
        var tail = $" {100 * done,3:0} %  {doing ?? Format.Speed(pace!.ImagesPerSecond)}  left {Format.Time(pace!.SecondsLeft(trainer))}";
        var width = Width;
        var bar = Math.Clamp(width - head.Length - tail.Length, 0, MostBar);
        var filled = (int)Math.Round(done * bar);
        tail = tail[..Math.Min(tail.Length, Math.Max(0, width - head.Length - bar))];
        var scores = score.Counted == 0 ? " " : $"  loss {Loss(score)}  train error {Format.Percent(EpochRow.ErrorOf(score))}";
        if (trainer.Options.Rate.IsByStep) scores += $"  lr {Format.Rate(trainer.Rate)}";
        var progress = $"[green]{new string('━', filled)}[/][grey]{new string('━', bar - filled)}[/]";
        live.UpdateTarget(new Rows(
            new Markup($"{head}{progress}{tail.EscapeMarkup()}").Overflow(Overflow.Crop),
            new Text(scores).Overflow(Overflow.Crop)));
        sinceDraw.Restart();
    }

    private string Loss(Score score) => Format.Loss(EpochRow.LossOf(score, run!.Recipe.LossName, run.Recipe.Batch));
}
