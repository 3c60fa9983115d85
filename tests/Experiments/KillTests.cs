using System.Diagnostics;
using Wage.Tests.Data;
using Wage.Training;

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

    [Test]
    public void AReproductionInterruptedSaysThatTheSameCommandGoesOnAndDoes()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("Windows has no SIGINT to send");
        using var scratch = new ScratchFolder();
        GreyMnist(scratch.In("data/mnist"));
        string[] command = ["reproduce", "wage-kg-small", "--points", "3,8", "--data", "data", "--threads", "1"];
        long before = 0;
        foreach (var time in new[] { 1, 2 })
        {
            using var run = new WageProcess(scratch.Path, command);
            WaitForTraining(run, scratch.In("runs/wage-kg-small-reproduction/kG=3-seed1/lock"));
            Thread.Sleep(1500);
            run.Interrupt();
            var (code, output, error) = run.End();
            Assert.That(code, Is.EqualTo(130), output + error);
            Assert.That(output, Does.StartWith(
                "wage-kg-small: the bits of gradients and stored weights, LeNet-5 on 10,000 images of MNIST (WAGE, Table 3)\n6 runs into"));
            Assert.That(output.TrimEnd().Split('\n')[^1], Is.EqualTo("interrupted; saved. The same command goes on where this one stopped."));
            var checkpoint = Checkpoint.Read(scratch.In("runs/wage-kg-small-reproduction/kG=3-seed1/last.wage"));
            var steps = (checkpoint.Epoch * 78L) + checkpoint.StepInEpoch;
            Assert.That(steps, Is.GreaterThanOrEqualTo(before), $"time {time} begins where the one before ended");
            before = steps;
        }
    }

    /// <summary>MNIST's files with one image over and over: what is learned does not matter here.</summary>
    private static void GreyMnist(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, count) in new[] { ("train", 10_000), ("t10k", 100) })
        {
            File.WriteAllBytes(
                Path.Combine(folder, $"{name}-images-idx3-ubyte"), Scratch.Idx(0x803, [(uint)count, 28, 28], Scratch.Ramp(count * 784)));
            File.WriteAllBytes(
                Path.Combine(folder, $"{name}-labels-idx1-ubyte"),
                Scratch.Idx(0x801, [(uint)count], [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]));
        }
    }

    private static void WaitForTraining(WageProcess run, string file)
    {
        for (var tries = 0; tries < 6000 && !File.Exists(file) && !run.HasExited; tries++) Thread.Sleep(5);
    }
}
