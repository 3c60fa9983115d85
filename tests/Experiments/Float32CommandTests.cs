using System.Text.Json.Nodes;
using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments;

/// <summary>The console with a float32 run: the same commands, or one line that says why not.</summary>
[Parallelizable]
internal sealed class Float32CommandTests
{
    private ScratchFolder scratch = null!;
    private string finished = null!;
    private string output = null!;

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        finished = scratch.In("finished");
        output = CommandLine.Do(["train", "float32-mlp-digits", .. Small, "--stats", "every=3", "--threads", "2", "--out", finished]);
    }

    private static string[] Small { get; } =
        ["--set", "data.train=400", "data.test=100", "training.batch=20", "training.epochs=3", "scheme.momentum=0.9", "training.eta=1/20"];

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void ARunTrainsAndTellsWhatItIs()
    {
        Assert.That(output, Does.Contain("model    mlp, 84,060 weights, float32, crossEntropy").And.Contain("epoch 3/3  lr 1/20"));
        Assert.That(output, Does.Not.Contain("warning:"));
        Assert.That(File.ReadAllText(Path.Combine(finished, "config.yaml")), Does.Contain("kind: float32").And.Contain("momentum: 9/10"));
    }

    [Test]
    public void EvalGivesTheBestEpochAgain()
    {
        var best = RunSummary.Choices(new RunFolder(finished).SummaryPath);
        Assert.That(best, Is.Not.Default);
        var line = output.Split('\n').Single(one => one.StartsWith("best test error", StringComparison.Ordinal));
        Assert.That(CommandLine.Do("eval", finished), Does.Contain($"test error     {line.Split("   ")[1].Split(" (")[0]}"));
    }

    [Test]
    public void PredictAnswersWithTheScoresThatEvalCounts()
    {
        var answers = JsonNode.Parse(CommandLine.Do("predict", finished, "0..99", "--json"))!.AsArray();
        var correct = answers.Count(answer => (int)answer!["predictions"]![0]!["class"]! == (int)answer["label"]!);
        var scored = JsonNode.Parse(CommandLine.Do("eval", finished, "--json"))!;
        Assert.That(answers, Has.Count.EqualTo(100));
        Assert.That((double)scored["runs"]![0]!["accuracy"]!, Is.EqualTo(correct / 100.0));
        var together = JsonNode.Parse(CommandLine.Do("eval", finished, finished, "--ensemble", "--json"))!;
        Assert.That((double)together["ensemble"]!["accuracy"]!, Is.EqualTo(correct / 100.0));
    }

    [Test]
    public void TheDefinitionOnOneThreadGivesTheSameWeights()
    {
        string[] fewer = ["train", "float32-mlp-digits", .. Small, "--set", "data.train=120", "training.epochs=1"];
        var once = CommandLine.Do([.. fewer, "--threads", "2", "--out", scratch.In("vectors")]);
        var again = CommandLine.Do([.. fewer, "--device", "reference", "--out", scratch.In("reference")]);
        Assert.That(Hash(again), Is.EqualTo(Hash(once)));
    }

    [Test]
    public void ARunGoesOnForMoreEpochs()
    {
        var shorter = scratch.In("shorter");
        CommandLine.Do(["train", "float32-mlp-digits", .. Small, "--set", "training.epochs=2", "--out", shorter]);
        Assert.That(Hash(CommandLine.Do("train", "--resume", "--epochs", "3", "--out", shorter)), Is.EqualTo(Hash(output)));
    }

    [Test]
    public void ShowTablesTheLayersAndTheMemory()
    {
        var shown = CommandLine.Do("show", "float32-mlp-digits");
        Assert.That(shown, Does.Match(@"dense1\s+dense\s+100\s+float32\s+-\s+78,500\s+78,400\s+-\s+-\s+-"));
        Assert.That(shown, Does.Contain("84,060 weights, 83,900 MACs per image.").And.Match(@"weights\s+336,240"));
        Assert.That(CommandLine.Do("show", finished), Does.Contain("after 3 epochs").Or.Contain("after 2 epochs").Or.Contain("after 1 epoch "));
    }

    [TestCase("curves")]
    [TestCase("confusion")]
    [TestCase("distributions")]
    [TestCase("ranges")]
    [TestCase("rates")]
    public void PicturesAreDrawn(string kind)
    {
        var path = scratch.In($"{kind}.svg");
        CommandLine.Do("plot", finished, "--kind", kind, "--out", path);
        var picture = File.ReadAllText(path);
        Assert.That(picture, Does.StartWith("<").And.Contain("float32-mlp-digits").And.Not.Contain("k_E = 32"));
        if (kind is "distributions" or "ranges") Assert.That(picture, Does.Contain("not quantized").And.Not.Contain("at limit"));
    }

    [Test]
    public void AReportIsWritten()
    {
        CommandLine.Do("report", finished);
        Assert.That(File.ReadAllText(Path.Combine(finished, "report.html")), Does.Contain("float32-mlp-digits").And.Contain("dense3"));
    }

    [Test]
    public void WhatIsOfIntegersOnlyIsRefusedInOneLine()
    {
        Assert.That(CommandLine.Refusal("plot", finished, "--kind", "filters"), Does.Contain("filters: ").And.Contain("float32"));
        Assert.That(CommandLine.Refusal("trace", "float32-mlp-digits", "--out", scratch.In("t")), Does.Contain("has the scheme float32"));
        Assert.That(CommandLine.Refusal(["train", "float32-mlp-digits", .. Small, "--device", "cuda", "--out", scratch.In("c")]),
            Does.Contain("device cuda:0: scheme float32 computes on the processor only. HINT: take --device cpu."));
        Assert.That(CommandLine.Refusal(["train", "float32-mlp-digits", .. Small, "--profile", "--out", scratch.In("p")]),
            Does.Contain("scheme float32: computes on the cpu engine").And.Contain("no profile"));
        Assert.That(CommandLine.Refusal(["show", "float32-mlp-digits", "--set", "layers.dense1.momentum=0"]), Does.Contain("momentum"));
        Assert.That(CommandLine.Refusal(["show", "float32-mlp-digits", "--set", "scheme.momentum=1"]),
            Does.Contain("must be 0, or an exact ratio below 1"));
    }

    [Test]
    public void ADivergedRunEndsInOneLineAndKeepsItsLastCheckpoint()
    {
        var folder = scratch.In("diverged");
        var line = CommandLine.Refusal(
            ["train", "float32-mlp-digits", .. Small, "training.eta=0: 1/20, 1: 10000", "--out", folder]);
        Assert.That(line, Does.Contain("the training diverged").And.Contain("training.eta"));
        Assert.That(CommandLine.Do("show", Path.Combine(folder, "last.wage")), Does.Contain("after 1 epoch and 0 steps"));
    }

    private static string Hash(string output) =>
        output.Split('\n').Single(line => line.StartsWith("weightsSha256", StringComparison.Ordinal));
}
