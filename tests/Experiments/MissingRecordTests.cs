using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Training;

namespace Wage.Tests.Experiments;

/// <summary>What grows beside a checkpoint and is not there when the run goes on: after a power loss, or a hand that slipped.</summary>
[Parallelizable]
internal sealed class MissingRecordTests
{
    private ScratchFolder scratch = null!;
    private RunFolder folder = null!;

    /// <summary>25 of 40 steps, with the statistics of every third.</summary>
    [SetUp]
    public void TrainAPart()
    {
        scratch = new ScratchFolder();
        folder = scratch.Run("a");
        using var stop = new CancellationTokenSource();
        using var run = TinyRun.Prepare(folder);
        new RunLoop(run, new StopAfter(25, stop.Cancel), 3).Execute(stop.Token);
    }

    [TearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void AWholeFolderLacksNothing() => Assert.That(Resume(), Is.Empty);

    [TestCase(true), TestCase(false)]
    public void ARunThatLostItsLastCheckpointDoesNotBeginAgainOverWhatItReached(bool hasBest)
    {
        File.Delete(folder.LastPath);
        if (!hasBest) File.Delete(folder.BestPath);
        var before = Directory.GetFiles(folder.Path).Order().Select(File.ReadAllBytes).ToArray();
        Assert.That(
            Assert.Throws<WageException>(() => Resume())!.Message,
            Does.StartWith($"{folder.LastPath}: is not there, but the run has done epochs ({(hasBest ? "best.wage" : "metrics.jsonl")})"));
        Assert.That(Directory.GetFiles(folder.Path).Order().Select(File.ReadAllBytes), Is.EqualTo(before));
        if (!hasBest) return;
        File.Copy(folder.BestPath, folder.LastPath);
        Resume();
        TinyRun.Finish(scratch.Run("whole"));
        Assert.That(TinyRun.Results(folder), Is.EqualTo(TinyRun.Results(scratch.Run("whole"))), "the hint holds");
    }

    [Test]
    public void StatisticsThatAreCutAreNamedByTheirStepsAndTheRunGoesOn()
    {
        using (var file = new FileStream(folder.StatsPath, FileMode.Open)) file.SetLength(file.Length / 2);
        var cut = new FileInfo(folder.StatsPath).Length;
        var lines = Resume();
        Assert.That(lines, Has.Count.EqualTo(1));
        Assert.That(lines[0], Does.StartWith($"warning: {folder.Path}: stats.jsonl lacks steps 12 to 24 (").And.Not.Contain("\n"));
        Assert.That(Steps(), Is.EqualTo(new[] { 0, 3, 6, 9, 27, 30, 33, 36, 39 }), $"{cut} bytes end within step 12");
        Assert.That(RunStatistics.Read(folder).Steps, Has.Count.EqualTo(9), "no step with a part of its tensors stays");
        var missing = (string?)JsonNode.Parse(File.ReadAllText(folder.EnvironmentPath))!["processes"]![1]!["missing"]![0];
        Assert.That(lines[0], Does.Contain(missing!), "the folder keeps it");
        Assert.That(Resume(), Is.Empty, "it is told once");
    }

    /// <summary>Blocks that were not written before the power went read as zeros.</summary>
    [Test]
    public void AHoleInTheStatisticsIsNamed()
    {
        var bytes = File.ReadAllBytes(folder.StatsPath);
        var text = Encoding.UTF8.GetString(bytes);
        var (from, to) = (text.IndexOf("{\"step\":9,", StringComparison.Ordinal), text.IndexOf("{\"step\":12,", StringComparison.Ordinal));
        bytes.AsSpan(from, to - from).Clear();
        File.WriteAllBytes(folder.StatsPath, bytes);
        Assert.That(Resume(), Is.EqualTo(new[]
        {
            $"warning: {folder.Path}: stats.jsonl lacks steps 9 to 12 ({Whole(text, to)} of {bytes.Length} bytes are there); " +
            "the weights do not depend on it and the run goes on",
        }));

        // The zeros take the line behind them, the first of step 12, with them.
        int Whole(string text, int to) => bytes.Length - (text.IndexOf('\n', to) + 1 - from);
    }

    [Test]
    public void StatisticsThatAreGoneAreNamed()
    {
        File.Delete(folder.StatsPath);
        Assert.That(Resume().Single(), Does.Contain("stats.jsonl lacks steps 0 to 24 (0 of "));
    }

    [Test]
    public void EpochsThatAreNotInTheMetricsAreNamedAndThoseThatTheCheckpointHoldsComeBack()
    {
        TinyRun.Finish(scratch.Run("whole"), 1, "training.epochs=8");
        var whole = scratch.Run("whole");
        var best = Checkpoint.Read(whole.LastPath).Best!.Value.Epoch;
        var lines = File.ReadAllLines(whole.MetricsPath);
        var gone = Enumerable.Range(1, 7).Where(epoch => epoch != best).Take(2).ToList();
        File.WriteAllLines(whole.MetricsPath, lines.Where((_, i) => !gone.Contains(i + 1) && i + 1 != best));
        var told = Resume(whole).Single();
        Assert.That(told, Does.Contain("metrics.jsonl lacks epoch").And.Contain($" {gone[0]}").And.Contain($" {gone[1]}"));
        Assert.That(File.ReadAllLines(whole.MetricsPath), Has.Length.EqualTo(6));
        Assert.That(RunRecord.Open(whole.Path).Best!.Epoch, Is.EqualTo(best));
    }

    [Test]
    public void WhatACheckpointCountsWasFlushedToTheDisk()
    {
        ConcurrentQueue<(string Path, long Length)> flushed = []; // runs of other fixtures flush meanwhile
        GrowingFile.Flushed = (path, length) => flushed.Enqueue((path, length));
        try
        {
            Resume();
        }
        finally
        {
            GrowingFile.Flushed = null;
        }

        foreach (var checkpoint in new[] { folder.LastPath, folder.BestPath })
        {
            var stats = Checkpoint.Read(checkpoint).Beside[Path.GetFileName(folder.StatsPath)];
            Assert.That(flushed, Does.Contain((folder.StatsPath, stats)), checkpoint);
        }
    }

    [Test]
    public void WhatACheckpointCountsIsThereBeforeIt()
    {
        var counted = Checkpoint.Read(folder.LastPath).Beside;
        Assert.That(counted[Path.GetFileName(folder.StatsPath)], Is.EqualTo(new FileInfo(folder.StatsPath).Length));
        var best = Checkpoint.Read(folder.BestPath).Beside;
        var (upTo, text) = (best[Path.GetFileName(folder.StatsPath)], File.ReadAllText(folder.StatsPath));
        Assert.That(text[(int)upTo..], Does.StartWith($"{{\"step\":{((Checkpoint.Read(folder.BestPath).Epoch * 10) + 2) / 3 * 3},"));
    }

    [TestCase("", "steps 0 to 20")]
    [TestCase("0 5 10 15 20", null)]
    [TestCase("0 5 20", "steps 10 to 15")]
    [TestCase("5 15", "steps 0, 10 and 20")]
    [TestCase("0", "steps 5 to 20")]
    public void GapsAreNamedAsRanges(string known, string? words)
    {
        var gaps = Gaps.Of([.. known.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)], 5, 0, 23);
        Assert.That(gaps.Count == 0 ? null : Gaps.Words("step", gaps), Is.EqualTo(words));
    }

    private List<string> Resume(RunFolder? other = null)
    {
        var told = new Told();
        using var run = TinyRun.Prepare(other ?? folder);
        new RunLoop(run, told, other is null ? 3 : null).Execute(CancellationToken.None);
        return told.Lines;
    }

    private int[] Steps() =>
        [.. File.ReadLines(folder.StatsPath).Select(line => (int)JsonNode.Parse(line)!["step"]!).Distinct()];

    private sealed class Told : StepsIgnored, IRunObserver
    {
        public List<string> Lines { get; } = [];

        public void Noticed(string line) => Lines.Add(line);
    }
}
