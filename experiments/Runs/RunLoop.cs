using System.Diagnostics;
using Wage.Experiments.Display;
using Wage.Experiments.Ranks;
using Wage.Experiments.Statistics;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>
/// Trains a run to its end and keeps its folder. The order of the files is what makes a kill at any moment harmless:
/// metrics and statistics, all of it on the disk, then `last`, then `best`, then the summary. Before `last` is replaced,
/// the epoch is simply done again with the same result; after it, the others are made again from it.
/// </summary>
internal sealed class RunLoop
{
    private readonly Run run;
    private readonly IRunObserver observer;
    private readonly Trainer trainer;
    private readonly Orders orders;
    private readonly string config;
    private readonly StepWatch watch;
    private readonly EpochLog log;
    private readonly Stopwatch epochTime = new();
    private List<EpochRow> rows = [];
    private EpochRow? best;
    private int timedEpochs;
    private double secondsPerImage;
    private RunSummary? written;
    private int firstStep;
    private double? testError;

    /// <param name="run">What to train.</param>
    /// <param name="observer">Who watches.</param>
    /// <param name="statsEvery">Steps between two lines of statistics; null: none.</param>
    public RunLoop(Run run, IRunObserver observer, int? statsEvery = null)
    {
        (this.run, this.observer, trainer, config) = (run, observer, run.Trainer, run.Recipe.ToYaml());
        orders = run.Orders;
        (watch, log) = (new StepWatch(run, statsEvery), new EpochLog(run.Folder.MetricsPath, run.Recipe));
    }

    /// <summary>The epochs done.</summary>
    public IReadOnlyList<EpochRow> Rows => rows;

    /// <summary>The epoch of the smallest error on the images that choose it, the first of equal ones; null before the first.</summary>
    public EpochRow? Best => best;

    /// <summary>Trains until the epochs are done or the token is cancelled, which ends after the current step and saves.</summary>
    /// <exception cref="WageException">A file cannot be written.</exception>
    public RunSummary Execute(CancellationToken token)
    {
        try
        {
            var summary = Train(token);
            orders.Give(summary.State == RunState.Interrupted ? Order.Stop : Order.End);
            return summary;
        }
        catch
        {
            Fail();
            throw;
        }
        finally
        {
            watch.Dispose();
        }
    }

    private RunSummary Train(CancellationToken token)
    {
        var missing = Restore();
        run.Folder.WriteEnvironment(run.Environment);
        observer.Started(run, rows);
        foreach (var lack in missing)
            observer.Noticed($"warning: {run.Folder.Path}: {lack}; the weights do not depend on it and the run goes on");
        while (trainer.Epoch < run.Recipe.Epochs && !trainer.HasStopped)
        {
            if (!TrainEpoch(token)) return Interrupt();
        }

        if (trainer.Epoch < run.Recipe.Epochs) observer.Noticed(RunText.Stopped(run));
        if (run.Data.Validation is not null && !TestBest(token)) return Interrupt();
        return Write(RunState.Finished);
    }

    /// <summary>Brings every file in line with the trainer's state, which is that of `last` or the beginning; what the files lack.</summary>
    private List<string> Restore()
    {
        run.Folder.RemoveLeftovers();
        run.Folder.WriteConfig(run.Recipe);
        List<string> missing = [];
        rows = log.Restore(trainer, out var lack);
        if (lack is not null) missing.Add($"metrics.jsonl {lack}");
        best = rows.Find(row => row.Epoch == trainer.Best?.Epoch);
        foreach (var row in rows) Time(row);
        Write(RunState.Running);
        missing.AddRange(watch.Restore(run.Counted));
        if (!File.Exists(run.Folder.LastPath)) Save(run.Folder.LastPath);
        if (best is null) File.Delete(run.Folder.BestPath);
        else if (best.Epoch == trainer.Epoch && trainer.StepInEpoch == 0) Save(run.Folder.BestPath);
        else if (!File.Exists(run.Folder.BestPath)) missing.Add($"best.wage, the weights of epoch {best.Epoch}, is not there");
        if (missing.Count > 0) run.Environment.Note(missing);
        return missing;
    }

    /// <summary>Writes a checkpoint once the files that it counts are on the disk.</summary>
    private void Save(string path)
    {
        watch.Flush();
        orders.Give(Order.Write);
        run.Ranks.Write(trainer, path, config, watch.Lengths);
    }

    private bool TrainEpoch(CancellationToken token)
    {
        (firstStep, var lastSaved) = (trainer.StepInEpoch, trainer.StepInEpoch);
        epochTime.Restart();
        while (trainer.StepInEpoch < trainer.StepsPerEpoch)
        {
            if (token.IsCancellationRequested || orders.IsInterrupted) return false;
            orders.Give(watch.IsDue ? Order.Look : Order.Step);
            if (watch.IsDue) watch.Step(observer);
            else trainer.Step();
            observer.Stepped(trainer);
            if (trainer.StepInEpoch - lastSaved < run.Recipe.CheckpointSteps) continue;
            lastSaved = trainer.StepInEpoch;
            Save(run.Folder.LastPath);
        }

        run.Score();
        var imagesPerSecond = ImagesPerSecond();
        observer.Testing(trainer);
        try
        {
            orders.Give(Order.Finish);
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
        var row = EpochRow.From(result, run.Recipe.LossName, run.Recipe.Batch, imagesPerSecond, epochTime.Elapsed.TotalSeconds);
        var isBest = trainer.Best == result;
        rows.Add(row);
        Time(row);
        if (isBest) best = row;
        log.Append(row);
        Save(run.Folder.LastPath);
        if (isBest) Save(run.Folder.BestPath);
        Write(RunState.Running);
        observer.EpochDone(row, isBest);
    }

    /// <summary>Reads the test images, once: what the best epoch's weights, which validation chose, make of them. The trainer stays where it
    /// stands.</summary>
    /// <returns>False when it was cancelled.</returns>
    private bool TestBest(CancellationToken token)
    {
        if (!File.Exists(run.Folder.BestPath))
        {
            observer.Noticed($"warning: {run.Folder.BestPath}: is not there, so the test images are not read");
            return true;
        }

        var chosen = Checkpoint.Read(run.Folder.BestPath);
        if ((chosen.Epoch, chosen.StepInEpoch, chosen.Seed) != (trainer.Best?.Epoch, 0, run.Recipe.Seed))
        {
            observer.Noticed(
                $"warning: {run.Folder.BestPath}: is of epoch {chosen.Epoch} and seed {chosen.Seed}, but the best epoch is " +
                $"{trainer.Best?.Epoch} of seed {run.Recipe.Seed}, so the test images are not read");
            return true;
        }

        var bytes = run.Ranks.Size > 1 ? RankJob.BytesOf(run.Folder.BestPath) : [];
        orders.Give(Order.Test);
        if (run.Ranks.Size > 1) run.Ranks.Gather(bytes);
        if (BestTest.Score(trainer, chosen, run.Data.Test, config, run.Ranks, token) is not { } score) return false;
        testError = EpochRow.ErrorOf(score);
        return true;
    }

    private RunSummary Interrupt()
    {
        Save(run.Folder.LastPath);
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

    /// <summary>Where the data lie, from wherever the run goes on: a place of one's own is stated in full.</summary>
    private string? Place => run is { DataFolder: { } place, Recipe.HasOwnData: true } ? Path.GetFullPath(place) : run.DataFolder;

    private RunSummary Summary(RunState state) => new(
        run.Recipe.Name, run.Recipe.Seed, run.Device, run.Threads, Place, run.Recipe.Epochs, trainer.Epoch, Best,
        rows.LastOrDefault(), MeanImagesPerSecond(), trainer.Network.WeightsSha256(), state)
    {
        TestError = testError,
    };

    /// <summary>Training images per second of this process in the current epoch.</summary>
    private double? ImagesPerSecond()
    {
        var (images, seconds) = ((trainer.StepInEpoch - firstStep) * (double)run.Recipe.Batch, epochTime.Elapsed.TotalSeconds);
        return images == 0 || seconds == 0 ? null : images / seconds;
    }

    /// <summary>Over all epochs whose speed is known: images by seconds, so the harmonic mean of equal epochs.</summary>
    private double? MeanImagesPerSecond() => timedEpochs == 0 ? null : timedEpochs / secondsPerImage;

    private void Time(EpochRow row)
    {
        if (row.ImagesPerSecond is not > 0) return;
        timedEpochs++;
        secondsPerImage += 1 / row.ImagesPerSecond.Value;
    }
}
