using System.Diagnostics;

namespace Wage.Tests.Experiments;

/// <summary>Real processes, really killed.</summary>
internal sealed class KillTests
{
    /// <summary>Long enough that a kill falls into it, with a checkpoint every few milliseconds.</summary>
    private static readonly string[] Train =
        ["train", "tiny.yaml", "--set", "training.epochs=12", "data.train=1000", "training.checkpointSteps=2", "--out"];

    [Test]
    public void ARunKilledRepeatedlyAtRandomMomentsEndsAsTheUninterruptedOne()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        var watch = Stopwatch.StartNew();
        var whole = WageProcess.Run(scratch.Path, [.. Train, "whole"]);
        Assert.That(whole.Code, Is.Zero, whole.Error);
        var duration = (int)watch.ElapsedMilliseconds;

        var random = new Random(3);
        var kills = 0;
        for (var attempt = 0; attempt < 8; attempt++)
        {
            using var run = new WageProcess(scratch.Path, [.. Train, "killed", "--resume"]);
            if (attempt > 0) WaitForTraining(run, scratch.In("killed/lock"));
            Thread.Sleep(random.Next(attempt == 0 ? duration / 2 : duration / 10));
            if (run.HasExited) break;
            run.Kill();
            run.End();
            kills++;
        }

        var last = WageProcess.Run(scratch.Path, [.. Train, "killed", "--resume"]);
        Assert.That(last.Code, Is.Zero, last.Error);
        Assert.That(kills, Is.GreaterThanOrEqualTo(3), "the kills must fall into the run");
        Assert.That(TinyRun.Results(scratch.Run("killed")), Is.EqualTo(TinyRun.Results(scratch.Run("whole"))));
        TestContext.Out.WriteLine($"{kills} kills, {duration} ms uninterrupted");
    }

    [Test]
    public void CtrlCSavesExitsWith130AndResumesToTheSameWeights()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("Windows has no SIGINT to send");
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        TinyRun.Finish(scratch.Run("whole"), 1, "training.epochs=60");
        using (var run = new WageProcess(scratch.Path, "train", "tiny.yaml", "--set", "training.epochs=60", "--out", "a"))
        {
            WaitForTraining(run, scratch.In("a/best.wage"));
            run.Interrupt();
            var (code, output, error) = run.End();
            Assert.That(code, Is.EqualTo(130), output + error);
            Assert.That(output.TrimEnd().Split('\n')[^1],
                Does.StartWith("interrupted after").And.EndsWith("Resume with: wage train tiny.yaml --out a --resume"));
            Assert.That(File.ReadAllText(scratch.Run("a").SummaryPath), Does.Contain("\"state\": \"interrupted\""));
        }

        var resumed = WageProcess.Run(scratch.Path, "train", "tiny.yaml", "--out", "a", "--resume");
        Assert.That(resumed.Code, Is.Zero, resumed.Error);
        Assert.That(TinyRun.Results(scratch.Run("a")), Is.EqualTo(TinyRun.Results(scratch.Run("whole"))));
    }

    private static void WaitForTraining(WageProcess run, string file)
    {
        for (var tries = 0; tries < 6000 && !File.Exists(file) && !run.HasExited; tries++) Thread.Sleep(5);
    }
}
