using System.Buffers.Binary;
using System.Text.Json;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Training;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class RunFolderTests
{
    [Test]
    public void ARunWritesItsConfigurationMetricsSummaryAndCheckpoints()
    {
        using var scratch = new ScratchFolder();
        var folder = scratch.Run("a");
        var summary = TinyRun.Finish(folder);
        Assert.That(
            Directory.GetFiles(folder.Path).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "config.yaml", "metrics.jsonl", "summary.json", "environment.json", "last.wage", "best.wage" }));
        Assert.That(folder.ReadConfig().Differences(TinyRun.Recipe()), Is.Empty);

        var rows = File.ReadAllLines(folder.MetricsPath).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.That(rows.Select(row => row.GetProperty("epoch").GetInt32()), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        foreach (var row in rows)
        {
            Assert.That(
                row.EnumerateObject().Select(field => field.Name),
                Is.EqualTo(new[] { "epoch", "lr", "loss", "trainError", "testLoss", "testError", "imagesPerSecond", "seconds" }));
        }

        var last = Checkpoint.Read(folder.LastPath);
        var best = Checkpoint.Read(folder.BestPath);
        var firstOfTheBest = last.Best!.Value;
        Assert.That(firstOfTheBest.Epoch, Is.EqualTo(rows.MinBy(row => row.GetProperty("testError").GetDouble()).GetProperty("epoch").GetInt32()));
        Assert.That((last.Epoch, last.StepInEpoch, last.Last!.Value.Epoch), Is.EqualTo((4, 0, 4)));
        Assert.That(best.Epoch, Is.EqualTo(firstOfTheBest.Epoch));

        var json = JsonDocument.Parse(File.ReadAllText(folder.SummaryPath)).RootElement;
        Assert.That(json.GetProperty("recipe").GetString(), Is.EqualTo("tiny"));
        Assert.That(json.GetProperty("seed").GetInt32(), Is.EqualTo(1));
        Assert.That(json.GetProperty("device").GetString(), Is.EqualTo("cpu"));
        Assert.That(json.GetProperty("threads").GetInt32(), Is.EqualTo(1));
        Assert.That(json.GetProperty("epochs").GetInt32(), Is.EqualTo(4));
        Assert.That(json.GetProperty("bestEpoch").GetInt32(), Is.EqualTo(firstOfTheBest.Epoch));
        Assert.That(json.GetProperty("bestTestError").GetDouble(), Is.EqualTo(firstOfTheBest.Test.Wrong / 100.0));
        Assert.That(json.GetProperty("lastTestError").GetDouble(), Is.EqualTo(last.Last!.Value.Test.Wrong / 100.0));
        Assert.That(json.GetProperty("weightsSha256").GetString(), Is.EqualTo(summary.WeightsSha256));
        Assert.That(json.GetProperty("state").GetString(), Is.EqualTo("finished"));
        Assert.That(json.GetProperty("imagesPerSecond").GetDouble(), Is.GreaterThan(0));
    }

    [Test]
    public void TheResolvedConfigurationTrainsTheSameRun()
    {
        using var scratch = new ScratchFolder();
        var first = TinyRun.Finish(scratch.Run("a"));
        using var run = Run.Prepare(RecipeCatalog.Load(scratch.Run("a").ConfigPath, []), scratch.Run("b"), "cpu", 2, null);
        Directory.CreateDirectory(scratch.In("b"));
        var second = new RunLoop(run, new StopAfter(int.MaxValue, () => { })).Execute(CancellationToken.None);
        Assert.That(second.WeightsSha256, Is.EqualTo(first.WeightsSha256));
    }

    [Test]
    public void TheNextFolderIsTheFirstFreeOneAndTheNewestTheHighestThatHoldsARun()
    {
        using var scratch = new ScratchFolder();
        Assert.That(RunFolder.Newest(scratch.Path, "x", 1), Is.Null);
        Assert.That(RunFolder.NextFree(scratch.Path, "x", 1).Path, Is.EqualTo(scratch.In("x-seed1")));
        foreach (var name in new[] { "x-seed1", "x-seed1-2", "x-seed1-10", "x-seed1-11", "x-seed12", "x-seed1-old" })
            Directory.CreateDirectory(scratch.In(name));
        foreach (var name in new[] { "x-seed1", "x-seed1-2", "x-seed1-10", "x-seed12", "x-seed1-old" })
            File.WriteAllText(scratch.In($"{name}/config.yaml"), "");
        Assert.That(RunFolder.NextFree(scratch.Path, "x", 1).Path, Is.EqualTo(scratch.In("x-seed1-3")));
        Assert.That(RunFolder.Newest(scratch.Path, "x", 1)!.Path, Is.EqualTo(scratch.In("x-seed1-10")));
    }

    [Test]
    public void MetricsGrowByLinesAndTheHeaderOfACheckpointDoesNotGrowWithTheEpochs()
    {
        using var scratch = new ScratchFolder();
        var folder = scratch.Run("a");
        var headers = new List<int>();
        using var run = TinyRun.Prepare(folder, 1, "training.epochs=60");
        using var metrics = new AfterEachEpoch(() =>
        {
            headers.Add(BinaryPrimitives.ReadInt32LittleEndian(File.ReadAllBytes(folder.LastPath).AsSpan(12)));
            return folder.MetricsPath;
        });
        new RunLoop(run, metrics).Execute(CancellationToken.None);
        Assert.That(headers, Has.Count.EqualTo(60));
        Assert.That(headers.Max() - headers.Min(), Is.LessThan(40), "digits more, no epochs more");
        Assert.That(metrics.Read(), Is.EqualTo(File.ReadAllText(folder.MetricsPath)), "one file from the first epoch to the last, not rewritten");
        Assert.That(File.ReadAllLines(folder.MetricsPath), Has.Length.EqualTo(60));
    }

    /// <summary>Opens a file after the first epoch and keeps it open.</summary>
    private sealed class AfterEachEpoch(Func<string> file) : StepsIgnored, IRunObserver, IDisposable
    {
        private StreamReader? reader;

        public new void EpochDone(EpochRow row, bool isBest)
        {
            var path = file();
            reader ??= new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }

        public string Read() => reader!.ReadToEnd();

        public void Dispose() => reader?.Dispose();
    }

    [Test]
    public void SquaredErrorsAreSummedOverTheBatchAndCrossEntropiesAveragedOverItsImages()
    {
        var score = new Score(LossSum: 3 << 10, LossFractionBits: 4, Correct: 30, Counted: 40);
        Assert.That(EpochRow.LossOf(score, "sse", 8), Is.EqualTo((3 << 10) / 16.0 / 5));
        Assert.That(EpochRow.LossOf(score, "crossEntropy", 8), Is.EqualTo((3 << 10) / 16.0 / 40));
        Assert.That(EpochRow.ErrorOf(score), Is.EqualTo(0.25));
    }
}
