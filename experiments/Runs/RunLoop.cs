using System.Diagnostics;
using Wage.Experiments.Statistics;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>
/// Trains a run to its end and keeps its folder. The order of the files is what makes a kill at any moment harmless:
/// metrics, then `last`, then `best`, then the summary. Before `last` is replaced,
/// the epoch is simply done again with the same result; after it, the others are made again from it.
/// </summary>
internal sealed class RunLoop
{
    private readonly Run run;
    private readonly IRunObserver observer;
    private readonly Trainer trainer;
    private readonly string config;
    private readonly StepWatch watch;
    private readonly Stopwatch epochTime = new();
    private List<EpochRow> rows = [];
    private RunSummary? written;
    private int firstStep;

    /// <param name="run">What to train.</param>
    /// <param name="observer">Who watches.</param>
    /// <param name="statsEvery">Steps between two lines of statistics; null: none.</param>
    public RunLoop(Run run, IRunObserver observer, int? statsEvery = null)
    {
        (this.run, this.observer, trainer, config) = (run, observer, run.Trainer, run.Recipe.ToYaml());
        watch = new StepWatch(run, statsEvery);
    }

    /// <summary>The epochs done.</summary>
    public IReadOnlyList<EpochRow> Rows => rows;

    /// <summary>The epoch of the smallest test error, the first of equal ones; null before the first.</summary>
    public EpochRow? Best => rows.MinBy(row => row.TestError);

    /// <summary>Trains until the epochs are done or the token is cancelled, which ends after the current step and saves.</summary>
    /// <exception cref="WageException">A file cannot be written.</exception>
    public RunSummary Execute(CancellationToken token)
    {
        var environment = RunEnvironment.Continue(run.Folder.EnvironmentPath, DataHashes.Of(run.Data));
        try
        {
            Restore();
            run.Folder.WriteEnvironment(environment);
            observer.Started(run, rows);
            while (trainer.Epoch < run.Recipe.Epochs)
            {
                if (!TrainEpoch(token)) return Interrupt();
            }

            return Write(RunState.Finished);
        }
        catch
        {
            Fail();
            throw;
        }
    }

    /// <summary>Brings every file in line with the trainer's state, which is that of `last` or the beginning.</summary>
    private void Restore()
    {
        rows = run.Folder.Rows(trainer.History, run.Recipe.LossName, run.Recipe.Batch);
        run.Folder.WriteConfig(run.Recipe);
        run.Folder.WriteMetrics(rows);
        Write(RunState.Running);
        watch.Restore();
        var state = trainer.Save(config);
        if (!File.Exists(run.Folder.LastPath)) state.Write(run.Folder.LastPath);
        if (Best is null) File.Delete(run.Folder.BestPath);
        else if (Best.Epoch == trainer.Epoch && trainer.StepInEpoch == 0) state.Write(run.Folder.BestPath);
    }

    private bool TrainEpoch(CancellationToken token)
    {
        (firstStep, var lastSaved) = (trainer.StepInEpoch, trainer.StepInEpoch);
        epochTime.Restart();
        while (trainer.StepInEpoch < trainer.StepsPerEpoch)
        {
            if (token.IsCancellationRequested) return false;
            if (watch.IsDue) watch.Step(observer);
            else trainer.Step();
            observer.Stepped(trainer);
            if (trainer.StepInEpoch - lastSaved < run.Recipe.CheckpointSteps) continue;
            lastSaved = trainer.StepInEpoch;
            trainer.Save(config).Write(run.Folder.LastPath);
        }

        trainer.TrainScore();
        var imagesPerSecond = ImagesPerSecond();
        observer.Testing(trainer);
        try
        {
            Close(trainer.FinishEpoch(token), imagesPerSecond);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Close(EpochResult result, double? imagesPerSecond)
    {
        var least = Best?.TestError ?? double.PositiveInfinity;
        var row = EpochRow.From(result, run.Recipe.LossName, run.Recipe.Batch, imagesPerSecond, epochTime.Elapsed.TotalSeconds);
        rows.Add(row);
        var state = trainer.Save(config);
        run.Folder.WriteMetrics(rows);
        state.Write(run.Folder.LastPath);
        if (row.TestError < least) state.Write(run.Folder.BestPath);
        Write(RunState.Running);
        observer.EpochDone(row, row.TestError < least);
    }

    private RunSummary Interrupt()
    {
        trainer.Save(config).Write(run.Folder.LastPath);
        return Write(RunState.Interrupted);
    }

    /// <summary>Says that the run failed, with what was last known of it; that this may fail too must not hide the first reason.</summary>
    private void Fail()
    {
        try
        {
            if (written is not null) run.Folder.WriteSummary(written with { State = RunState.Failed });
        }
        catch (WageException)
        {
        }
    }

    private RunSummary Write(RunState state)
    {
        var summary = Summary(state);
        run.Folder.WriteSummary(summary);
        return written = summary;
    }

    private RunSummary Summary(RunState state) => new(
        run.Recipe.Name, run.Recipe.Seed, run.Device, run.Threads, run.DataFolder, run.Recipe.Epochs, trainer.Epoch, Best,
        rows.LastOrDefault(), MeanImagesPerSecond(), trainer.Network.WeightsSha256(), state);

    /// <summary>Training images per second of this process in the current epoch.</summary>
    private double? ImagesPerSecond()
    {
        var (images, seconds) = ((trainer.StepInEpoch - firstStep) * (double)run.Recipe.Batch, epochTime.Elapsed.TotalSeconds);
        return images == 0 || seconds == 0 ? null : images / seconds;
    }

    /// <summary>Over all epochs whose speed is known: images by seconds, so the harmonic mean of equal epochs.</summary>
    private double? MeanImagesPerSecond()
    {
        var known = rows.Where(row => row.ImagesPerSecond > 0).ToList();
        return known.Count == 0 ? null : known.Count / known.Sum(row => 1 / row.ImagesPerSecond!.Value);
    }
}
