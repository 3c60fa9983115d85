using Wage.Experiments.Commands;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Experiments.Sweeps;

namespace Wage.Tests.Experiments.Sweeps;

/// <summary>wage train with --seeds and --sweep, over runs of less than a second.</summary>
[Parallelizable]
internal sealed class SweepTests
{
    private ScratchFolder scratch = null!;

    [SetUp]
    public void Open()
    {
        scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
    }

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void SeveralSeedsGiveTheMeanAndItsInterval()
    {
        var (code, output, error) = Train("--seeds", "1..3", "--epochs", "1", "--tag", "seeds");
        Assert.That(code, Is.Zero, error);
        var cards = RunIndex.Below(scratch.In("s"));
        Assert.That(cards.Select(card => (card.Seed, card.State)),
            Is.EqualTo(new[] { ("1", RunState.Finished), ("2", RunState.Finished), ("3", RunState.Finished) }));
        Assert.That(cards.Select(card => card.Notes.Tags), Is.All.EqualTo(new[] { "seeds" }));
        var statistics = SampleStatistics.Of([.. cards.Select(card => 100 * card.BestTestError!.Value)]);
        Assert.That(output, Does.Match(FormattableString.Invariant($@"\n +3 +{statistics.Mean:0.00} +{statistics.Deviation:0.00}")));
        var points = Csv.Read("points.csv", File.ReadAllText(scratch.In("s/points.csv")));
        Assert.That(points[1][0], Is.EqualTo("3"));
        Assert.That(Csv.Read("runs.csv", File.ReadAllText(scratch.In("s/runs.csv"))).Skip(1).Select(row => row[6]),
            Is.EqualTo(cards.Select(card => card.WeightsSha256)));
        var alone = TinyRun.Finish(scratch.Run("alone"), 1, "training.epochs=1", "training.seed=2");
        Assert.That(cards[1].WeightsSha256, Is.EqualTo(alone.WeightsSha256), "a run of a sweep is the run alone");
    }

    [Test]
    public void ASweepSkipsWhatIsFinishedGoesOnWithWhatIsNotAndTablesRefusals()
    {
        Train("--sweep", "scheme.kG=4", "--epochs", "1");
        var before = File.GetLastWriteTimeUtc(scratch.In("s/kG=4-seed1/last.wage"));
        var (code, output, error) = Train("--sweep", "scheme.kG=2,4,5", "--epochs", "1");
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("[1/3] kG=2, seed 1  refused: scheme.kG: is 2 with kW = 2")
            .And.Match(@"\[2/3\] kG=4, seed 1  best .*finished before\n"));
        Assert.That(output, Does.Match(@"\n *2 +0 +- +- +refused").And.Match(@"\n *5 +1 +\d"));
        Assert.That(File.GetLastWriteTimeUtc(scratch.In("s/kG=4-seed1/last.wage")), Is.EqualTo(before));
        Assert.That(Train("--sweep", "scheme.kG=4", "--epochs", "2").Code, Is.Zero, "more epochs go on");
        Assert.That(RunCard.Of(scratch.Run("s/kG=4-seed1")).EpochsDone, Is.EqualTo(2));
    }

    [Test]
    public void ASweepOfWhichNothingCanBeTrainedHasFailed()
    {
        var (code, output, error) = Train("--sweep", "scheme.kG=2", "--seeds", "1..2", "--epochs", "1");
        Assert.That(code, Is.EqualTo(2), output);
        Assert.That(error, Does.Contain("none of the 2 runs can be trained: each was refused. HINT: the table says why."));
        Assert.That(output, Does.Contain("[2/2] kG=2, seed 2  refused").And.Not.Contain("errors in percent"));
    }

    [Test]
    public void ASweepGoesOnInAFolderThatCallsTheLearningRateByItsKey()
    {
        Train("--sweep", "training.eta=1", "--epochs", "1");
        var (now, earlier) = (scratch.In("s/lr=1-seed1"), scratch.In("s/eta=1-seed1"));
        Directory.Move(now, earlier);
        var metrics = Path.Combine(earlier, "metrics.jsonl");
        File.WriteAllText(metrics, File.ReadAllText(metrics).Replace("\"lr\"", "\"eta\""));
        var (code, output, error) = Train("--sweep", "training.eta=1", "--epochs", "1");
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Match(@"\[1/1\] lr=1, seed 1  best .*finished before\n"));
        Assert.That(Directory.Exists(now), Is.False);
        Assert.That(Csv.Read("runs.csv", File.ReadAllText(scratch.In("s/runs.csv")))[1], Does.Contain("eta=1-seed1"));
        Assert.That(RunRecord.Open(earlier).Rows, Has.Count.EqualTo(1), "what its epochs have is read");
    }

    [Test]
    public void AnotherRunInTheFolderOfOneIsRefusedByKey()
    {
        Train("--sweep", "scheme.kG=4", "--epochs", "1");
        Assert.That(Train("--sweep", "scheme.kG=4", "--epochs", "1", "--set", "training.batch=10").Error,
            Does.Contain("holds a run with training.batch 20, but this sweep has 10").And.Contain("--out"));
        Assert.That(Train("--seeds", "1..2", "--profile").Error, Does.Contain("--profile"));
        Assert.That(Train("--seeds", "1..2", "--device", "cup").Error, Does.Contain("did you mean cpu?"), "not a table of refusals");
        Assert.That(CommandLine.Run("train", scratch.In("tiny.yaml"), "--seeds", "1", "--out", scratch.In("s/kG=4-seed1")).Error,
            Does.Contain("holds a run"));
    }

    [Test]
    public void TheCommandThatGoesOnIsTheOneThatWasGiven()
    {
        var request = new TrainRequest(
            "my recipe.yaml", [new GivenValue("training.epochs", "3", "--epochs")], Out: "s", Threads: 2,
            Note: "it's", Tags: ["a", "b"], StatsEvery: 5);
        Assert.That(request.CommandLine("1..3", ["scheme.kG=4,5", "model.sizes=9,10;8,10"]), Is.EqualTo(
            "wage train 'my recipe.yaml' --set training.epochs=3 --seeds 1..3 --sweep scheme.kG=4,5 'model.sizes=9,10;8,10' --out s --threads 2 " +
            @"--stats every=5 --tag a b --note 'it'\''s'"));
    }

    [Test]
    public void WarningsOfARunAreToldAtTheEndAlsoWhenItWasFinishedBefore()
    {
        string[] dead = ["--sweep", "scheme.kG=8", "--epochs", "3", "--set", "training.eta=1/1024"];
        var first = Train(dead);
        Assert.That(first.Output, Does.Match(@"files[\s\S]*warning: kG=8-seed1, step \d+: .*HINT: "));
        var warning = first.Output.Split('\n').Last(line => line.StartsWith("warning: ", StringComparison.Ordinal));
        Assert.That(Train(dead).Output, Does.Contain(warning));
    }

    [Test]
    public void AnInterruptedSweepGoesOnToTheSameWeights()
    {
        var plan = SweepPlan.Create(TinyRun.Load, [SweepAxis.Parse("scheme.kG=4,6")], null);
        var settings = new SweepSettings("cpu", 1, null, [], null);
        using var source = new CancellationTokenSource();
        var first = new SweepRunner(scratch.In("i"), settings, TextWriter.Null);
        Assert.That(first.Execute(plan, source.Cancel, source.Token), Is.False);
        Assert.That(first.Outcomes, Has.Count.EqualTo(1));
        var second = new SweepRunner(scratch.In("i"), settings, TextWriter.Null);
        Assert.That(second.Execute(plan, () => { }, CancellationToken.None), Is.True);
        Assert.That(second.Outcomes.Select(outcome => outcome.State), Is.EqualTo(new[] { SweepState.Known, SweepState.Trained }));
    }

    [Test]
    public void EveryRunOfASweepRecordsTheStatisticsAndEventsThatAreAskedFor()
    {
        Train("--seeds", "1..2", "--epochs", "1", "--stats", "every=4", "--tensorboard");
        foreach (var seed in new[] { "1", "2" })
        {
            Assert.That(RunStatistics.Read(scratch.Run($"s/seed{seed}")).Steps, Is.EqualTo(new[] { 0, 4, 8 }));
            Assert.That(Directory.GetFiles(scratch.In($"s/seed{seed}/tensorboard")), Has.Length.EqualTo(1));
        }

        Train("--seeds", "3", "--epochs", "1");
        Assert.That(Train("--seeds", "1..3", "--epochs", "1", "--stats", "every=4").Error,
            Does.Contain("seed3: holds a finished run without statistics"));
    }

    private (int Code, string Output, string Error) Train(params string[] arguments) =>
        CommandLine.Run(["train", scratch.In("tiny.yaml"), "--out", scratch.In("s"), .. arguments]);
}
