using Wage.Experiments.Runs;
using Wage.Observation;
using Wage.Schemes;
using Wage.Training;

namespace Wage.Experiments.Statistics;

/// <summary>
/// Looks into some steps of a run: every N-th when the user asks for statistics, and always the 100th and the last of each epoch, for the warnings.
/// What is written follows from the steps alone, so that a resumed run writes what an uninterrupted one does.
/// </summary>
internal sealed class StepWatch : IDisposable
{
    private const int EarlyCheck = 99;
    private readonly Trainer trainer;
    private readonly int? every;
    private readonly int epochs;
    private readonly StepRecords statsFile;
    private readonly StepRecords warningsFile;
    private readonly StepRecords quietFile;
    private readonly SchemeKind kind;
    private string lastQuiet = QuietLine.Content(new TrainingChecks([]));
    private TrainingChecks checks;
    private StepStatistics? statistics;

    /// <param name="run">The run.</param>
    /// <param name="every">Steps between two lines of statistics; null: none.</param>
    public StepWatch(Run run, int? every)
    {
        (trainer, this.every, epochs) = (run.Trainer, every, run.Recipe.Epochs);
        (statsFile, warningsFile) = (new StepRecords(run.Folder.StatsPath, isRegular: true), new StepRecords(run.Folder.WarningsPath));
        quietFile = new StepRecords(run.Folder.QuietPath);
        kind = run.Recipe.SchemeSettings.Kind;
        checks = new TrainingChecks([], kind: kind);
    }

    /// <summary>True when the next step is to be looked into.</summary>
    public bool IsDue => IsStatisticsStep || IsCheckStep;

    private bool IsStatisticsStep => every is { } n && trainer.StepsDone % n == 0;

    private bool IsCheckStep => trainer.StepsDone == EarlyCheck || trainer.StepInEpoch == trainer.StepsPerEpoch - 1;

    private CheckTime Time => trainer.StepInEpoch < trainer.StepsPerEpoch - 1 ? CheckTime.Early
        : trainer.Epoch < epochs - 1 ? CheckTime.EpochEnd : CheckTime.TrainingEnd;

    /// <summary>The files and their bytes.</summary>
    public IReadOnlyDictionary<string, long> Lengths =>
        new[] { statsFile, warningsFile, quietFile }.Where(file => file.Length > 0).ToDictionary(file => file.Name, file => file.Length);

    /// <summary>Brings the files in line with the trainer's position.</summary>
    /// <param name="counted">Their bytes as the checkpoint counted them; null: it did not.</param>
    /// <returns>What is missing, a clause for each file that lacks something.</returns>
    public IReadOnlyList<string> Restore(IReadOnlyDictionary<string, long>? counted)
    {
        List<string> missing = [];
        Keep(statsFile);
        var known = Keep(warningsFile).Select(WarningLine.Read).OfType<(string, TrainingProblem)>();
        var (quiet, ranges) = QuietLine.Read(Keep(quietFile).LastOrDefault() ?? string.Empty);
        checks = new TrainingChecks(known, quiet, ranges, kind);
        lastQuiet = QuietLine.Content(checks);
        return missing;

        IEnumerable<string> Keep(StepRecords file)
        {
            var lines = file.KeepBefore(trainer.StepsDone, counted?.GetValueOrDefault(file.Name), every, out var lack);
            if (lack is not null) missing.Add($"{file.Name} {lack}");
            return lines;
        }
    }

    /// <summary>Waits until everything is on the disk.</summary>
    public void Flush()
    {
        statsFile.Flush();
        warningsFile.Flush();
        quietFile.Flush();
    }

    /// <summary>Does the next step and looks into it.</summary>
    public void Step(IRunObserver observer)
    {
        observer.Looking(trainer);
        var (step, epoch, writes, isCheck, time) = (trainer.StepsDone, trainer.Epoch + 1, IsStatisticsStep, IsCheckStep, Time);
        var eta = trainer.Rate;
        statistics ??= new StepStatistics(trainer.Network);
        trainer.Step(statistics);
        var seen = statistics.Take();
        if (writes) statsFile.Append(seen.Select(s => StatsLine.ToJson(step, epoch, s)));
        if (!isCheck) return;
        Warn(checks.Check(seen, eta, time), step, epoch, observer);
        KeepQuiet(step);
    }

    /// <summary>Gives the counters' memory back; a later step takes it anew.</summary>
    public void Dispose()
    {
        statistics?.Dispose();
        statistics = null;
    }

    /// <summary>Keeps what the next check needs, where it is other than after the last one.</summary>
    private void KeepQuiet(long step)
    {
        var now = QuietLine.Content(checks);
        if (now != lastQuiet) quietFile.Append([QuietLine.ToJson(step, checks)]);
        lastQuiet = now;
    }

    private void Warn(IReadOnlyList<TrainingWarning> warnings, long step, int epoch, IRunObserver observer)
    {
        if (warnings.Count == 0) return;
        warningsFile.Append(warnings.Select(warning => WarningLine.ToJson(step, epoch, warning)));
        foreach (var warning in warnings) observer.Warned(warning);
    }
}
