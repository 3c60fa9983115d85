using System.Diagnostics;
using Wage.Experiments.Runs;
using Wage.Tests.Data;
using Wage.Training;

namespace Wage.Tests.Experiments;

/// <summary>
/// Real processes, really killed; those of the scheme affine now and then only interrupted. WAGE_KILLS=N makes a campaign of N kills of the first
/// test, with other moments each time (its seed is printed); without it there are eight at most.
/// </summary>
[Parallelizable]
internal sealed class KillTests
{
    /// <summary>
    /// Long enough that a kill falls into it, and most of it spent on checkpoints and statistics: one of each every other step. Every rounding is
    /// stochastic: what a step draws must not depend on when the process began.
    /// </summary>
    private static readonly string[] Train =
    [
        "train", "tiny.yaml", "--set", "data.set=mnist", "data.train=1000", "training.epochs=7", "training.checkpointSteps=2",
        "scheme.rounding.W=stochastic", "scheme.rounding.A=stochastic", "scheme.rounding.E=stochastic",
        "--stats", "every=2", "--data", "data", "--threads", "1", "--out",
    ];

    /// <summary>Codes from step 30 on, ranges that move, averages of batch norm, Adam's states: what a checkpoint of the scheme holds.</summary>
    private static readonly string[] Affine =
    [
        "train", "tiny.yaml", "--set", "data.set=mnist", "data.train=400", "training.epochs=5", "training.checkpointSteps=2", "scheme=affine",
        "loss=crossEntropy", "scheme.optimizer=adam", "scheme.delay=30", "scheme.decay=9/10", "model.batchNorm=true", "model.activation=relu",
        "training.eta=1/1000", "--stats", "every=2", "--data", "data", "--threads", "1", "--out",
    ];

    [TestCase("wage")]
    [TestCase("affine")]
    public void ARunKilledRepeatedlyAtRandomMomentsEndsAsTheUninterruptedOne(string scheme)
    {
        var train = scheme == "wage" ? Train : Affine;
        var isCampaign = int.TryParse(Environment.GetEnvironmentVariable("WAGE_KILLS"), out var wanted);
        var seed = isCampaign ? Environment.TickCount : 3;
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        GreyMnist(scratch.In("data/mnist"), 1000);
        var watch = Stopwatch.StartNew();
        var whole = WageProcess.Run(scratch.Path, [.. train, "whole"]);
        Assert.That(whole.Code, Is.Zero, whole.Error);
        var duration = (int)watch.ElapsedMilliseconds;

        var (random, kills, runs, counts) = (new Random(seed), 0, 0, new Counts());
        while (kills < (isCampaign ? wanted : scheme == "affine" ? 2 : 3))
        {
            var name = $"killed{++runs}";
            for (var attempt = 0; attempt < (isCampaign ? 40 : 8) && (!isCampaign || kills < wanted); attempt++)
            {
                var before = File.GetLastWriteTimeUtc(scratch.Run(name).EnvironmentPath);
                using var run = new WageProcess(scratch.Path, [.. train, name, .. Resume(name)]);
                var inPreparation = random.Next(8) == 0;
                if (!inPreparation) WaitForChange(run, scratch.Run(name).EnvironmentPath, before);
                Thread.Sleep(random.Next(duration / (inPreparation ? 2 : 10)));
                if (run.HasExited) break;
                if (scheme == "affine" && random.Next(3) == 0) run.Interrupt();
                else run.Kill();
                run.End();
                kills++;
                counts.Look(scratch.Run(name));
            }

            var last = WageProcess.Run(scratch.Path, [.. train, name, .. Resume(name)]);
            Assert.That(last.Code, Is.Zero, last.Error);
            Assert.That(last.Output, Does.Not.Contain("warning: killed"), "nothing that a checkpoint counts is missing");
            AssertEqualFiles(scratch.Run(name), scratch.Run("whole"));
            Directory.Delete(scratch.In(name), recursive: true);
            Assert.That(runs, Is.LessThan(10 + wanted), "the kills must fall into the runs");
        }

        string[] Resume(string name) => Directory.Exists(scratch.In(name)) ? ["--resume"] : [];

        TestContext.Out.WriteLine($"{kills} kills in {runs} runs (seed {seed}), {duration} ms uninterrupted; {counts}");
    }

    /// <summary>Every byte that does not tell a time.</summary>
    private static void AssertEqualFiles(RunFolder folder, RunFolder whole)
    {
        Assert.That(TinyRun.Results(folder), Is.EqualTo(TinyRun.Results(whole)));
        string[] names = [.. Directory.GetFiles(whole.Path).Select(path => Path.GetFileName(path))];
        Assert.That(Directory.GetFiles(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(names));
        string[] timed = ["metrics.jsonl", "summary.json", "environment.json"];
        foreach (var name in names.Except(timed))
        {
            var (one, other) = (File.ReadAllBytes(Path.Combine(folder.Path, name)), File.ReadAllBytes(Path.Combine(whole.Path, name)));
            Assert.That(one.AsSpan().SequenceEqual(other), name);
        }
    }

    /// <summary>Where the kills fell, as far as the folder shows it.</summary>
    private sealed class Counts
    {
        private int early, writing, ahead, cut;

        public void Look(RunFolder folder)
        {
            if (!File.Exists(folder.LastPath)) early++;
            if (Directory.Exists(folder.Path) && Directory.GetFiles(folder.Path, "*.tmp").Length > 0) writing++;
            if (!File.Exists(folder.LastPath) || !File.Exists(folder.StatsPath)) return;
            var (counted, there) = (Checkpoint.Read(folder.LastPath).Beside.GetValueOrDefault("stats.jsonl"), File.ReadAllBytes(folder.StatsPath));
            if (there.Length > counted) ahead++;
            if (there.Length > 0 && there[^1] != '\n') cut++;
        }

        public override string ToString() =>
            $"{early} before the first checkpoint, {writing} while a file was written, " +
            $"{ahead} with statistics ahead of the checkpoint, {cut} within a line";
    }

    [Test]
    public void CtrlCSavesExitsWith130AndResumesToTheSameWeights()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("Windows has no SIGINT to send");
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        TinyRun.Finish(scratch.Run("whole"), 1, "training.epochs=30");
        using (var run = new WageProcess(scratch.Path, "train", "tiny.yaml", "--set", "training.epochs=30", "--out", "a"))
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
        GreyMnist(scratch.In("data/mnist"), 10_000);
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
    private static void GreyMnist(string folder, int training)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, count) in new[] { ("train", training), ("t10k", 100) })
        {
            File.WriteAllBytes(
                Path.Combine(folder, $"{name}-images-idx3-ubyte"), Scratch.Idx(0x803, [(uint)count, 28, 28], Scratch.Ramp(count * 784)));
            File.WriteAllBytes(
                Path.Combine(folder, $"{name}-labels-idx1-ubyte"),
                Scratch.Idx(0x801, [(uint)count], [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]));
        }
    }

    /// <summary>A process writes its file between its preparation and its first step.</summary>
    private static void WaitForChange(WageProcess run, string file, DateTime before)
    {
        for (var tries = 0; tries < 30_000 && File.GetLastWriteTimeUtc(file) == before && !run.HasExited; tries++) Thread.Sleep(1);
    }

    private static void WaitForTraining(WageProcess run, string file)
    {
        for (var tries = 0; tries < 6000 && !File.Exists(file) && !run.HasExited; tries++) Thread.Sleep(5);
    }
}
