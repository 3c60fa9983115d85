using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class ResumeTests
{
    private const int Steps = 40;

    [Test]
    public void ARunInterruptedAtAnyStepEndsAsTheUninterruptedOne([Values("wage", "float32")] string scheme)
    {
        using var scratch = new ScratchFolder(isInMemory: true);
        var settings = TinyRun.Of(scheme);
        var whole = TinyRun.Finish(scratch.Run("whole"), 1, settings);
        var expected = TinyRun.Results(scratch.Run("whole"));
        var random = new Random(1);
        for (var round = 0; round < 12; round++)
        {
            var folder = scratch.Run($"interrupted{round}");
            RunSummary summary;
            do
            {
                using var stop = new CancellationTokenSource();
                using var run = TinyRun.Prepare(folder, threads: random.Next(1, 4), settings);
                summary = new RunLoop(run, new StopAfter(random.Next(1, Steps / 2), stop.Cancel)).Execute(stop.Token);
            }
            while (summary.State == RunState.Interrupted);
            Assert.That(summary.WeightsSha256, Is.EqualTo(whole.WeightsSha256));
            Assert.That(TinyRun.Results(folder), Is.EqualTo(expected));
        }
    }

    [Test]
    public void ARunThatCrashesAtAnyStepEndsAsTheUninterruptedOne([Values("wage", "float32")] string scheme)
    {
        using var scratch = new ScratchFolder(isInMemory: true);
        var settings = TinyRun.Of(scheme);
        TinyRun.Finish(scratch.Run("whole"), 1, settings);
        var expected = TinyRun.Results(scratch.Run("whole"));
        var random = new Random(2);
        for (var round = 0; round < 12; round++)
        {
            var folder = scratch.Run($"crashed{round}");
            while (!Survives(folder, random.Next(4, Steps / 2), random.Next(1, 4), settings))
            {
            }

            Assert.That(TinyRun.Results(folder), Is.EqualTo(expected));
        }
    }

    [Test]
    public void FilesThatAKillLeftBehindTheCheckpointAreMadeAgainFromIt()
    {
        using var scratch = new ScratchFolder();
        var folder = scratch.Run("a");
        using (var stop = new CancellationTokenSource())
        using (var run = TinyRun.Prepare(folder, 1, "training.epochs=3"))
            new RunLoop(run, new StopAfter(15, stop.Cancel)).Execute(stop.Token);
        var best = File.ReadAllBytes(folder.BestPath);
        var whole = TinyRun.Finish(folder);
        Assert.That(whole.Best!.Epoch, Is.EqualTo(3), "the last epoch must be the best one for this test to say something");
        var (expected, metrics) = (TinyRun.Results(folder), File.ReadAllText(folder.MetricsPath));

        File.WriteAllBytes(folder.BestPath, best);
        File.WriteAllText(folder.MetricsPath, metrics.Replace("{\"epoch\":3,", "{half a li", StringComparison.Ordinal));
        File.WriteAllText(folder.SummaryPath, "{");
        string[] left = [folder.ConfigPath + ".tmp", folder.LastPath + ".0123456789ab.tmp", folder.StatsPath + ".0123456789ab.tmp"];
        foreach (var file in left) File.WriteAllText(file, "half");
        var again = TinyRun.Finish(folder);
        Assert.That(again.WeightsSha256, Is.EqualTo(whole.WeightsSha256));
        Assert.That(TinyRun.Results(folder), Is.EqualTo(expected));
        Assert.That(left.Where(File.Exists), Is.Empty);
    }

    [Test]
    public void MetricsAheadOfTheCheckpointAreDroppedAndMadeAgain()
    {
        using var scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("whole"));
        var folder = scratch.Run("a");
        using (var stop = new CancellationTokenSource())
        using (var run = TinyRun.Prepare(folder))
            new RunLoop(run, new StopAfter(15, stop.Cancel)).Execute(stop.Token);
        File.Copy(scratch.Run("whole").MetricsPath, folder.MetricsPath, overwrite: true);
        using (var run = TinyRun.Prepare(folder))
            Assert.Throws<Crash>(() => new RunLoop(run, new StopAfter(1, () => throw new Crash())).Execute(CancellationToken.None));
        Assert.That(File.ReadAllLines(folder.MetricsPath), Has.Length.EqualTo(1));
        TinyRun.Finish(folder);
        Assert.That(TinyRun.Results(folder), Is.EqualTo(TinyRun.Results(scratch.Run("whole"))));
    }

    [Test]
    public void MoreEpochsContinueAFinishedRunAsIfItHadHadThemFromTheStart()
    {
        using var scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("whole"));
        var folder = scratch.Run("a");
        TinyRun.Finish(folder, 1, "training.epochs=2");
        folder.WriteConfig(folder.ReadConfig().With([new("training.epochs", "4", "test")]));
        TinyRun.Finish(folder);
        Assert.That(TinyRun.Results(folder), Is.EqualTo(TinyRun.Results(scratch.Run("whole"))));
    }

    [Test]
    public void AConfigurationEditedBehindTheCheckpointIsRefusedByName()
    {
        using var scratch = new ScratchFolder();
        var folder = scratch.Run("a");
        TinyRun.Finish(folder, 1, "training.epochs=1");
        folder.WriteConfig(folder.ReadConfig().With([new("scheme.kG", "10", "test")]));
        Assert.That(() => TinyRun.Prepare(folder),
            Throws.TypeOf<WageException>().With.Message.Contains("scheme.kG is 10").And.Message.Contains("trained with 8"));
    }

    [Test]
    public void TheComparisonNoticesAnotherSeed()
    {
        using var scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("a"), 1, "training.epochs=1");
        TinyRun.Finish(scratch.Run("b"), 1, "training.epochs=1", "training.seed=2");
        Assert.That(TinyRun.Results(scratch.Run("b")), Is.Not.EqualTo(TinyRun.Results(scratch.Run("a"))));
    }

    private static bool Survives(RunFolder folder, int steps, int threads, params string[] settings)
    {
        using var run = TinyRun.Prepare(folder, threads, settings);
        try
        {
            new RunLoop(run, new StopAfter(steps, () => throw new Crash())).Execute(CancellationToken.None);
            return true;
        }
        catch (Crash)
        {
            return false;
        }
    }

    private sealed class Crash : Exception;
}
