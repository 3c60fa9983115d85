namespace Wage.Tests.Experiments;

/// <summary>Runs whose steps quantize weights in part, at the console.</summary>
[Parallelizable]
public sealed class HybridCommandTests
{
    private static readonly string[] Small =
    [
        "digits", "--epochs", "2", "--set", "data.train=60", "data.test=20", "model.kind=mlp", "model.sizes=16,10", "training.batch=20",
        "scheme.hybrid.ratio=1/2, 1",
    ];

    [Test]
    public void ARunAndAnEvaluationShowBothErrorsAndARunThatFollowsItsEpochsGetsNoMore()
    {
        using var scratch = new ScratchFolder();
        var (whole, parts) = (scratch.In("whole"), scratch.In("parts"));
        var output = CommandLine.Do(["train", .. Small, "--out", whole]);
        Assert.That(output, Does.Match(@"epoch 2/4 .*test error \d+\.\d\d % +\(stage 1, r 1/2: hybrid error \d+\.\d\d %\)"));
        Assert.That(output, Does.Match(@"epoch 4/4 .*\(stage 2, r 1: hybrid error "));
        Assert.That(CommandLine.Do("eval", whole), Does.Contain("hybrid"));
        CommandLine.Do(["train", .. Small, "scheme.hybrid.schedule=epoch", "--out", parts]);
        Assert.That(CommandLine.Refusal("train", "--out", parts, "--resume", "--epochs", "3"), Does.Contain("training.epochs"));
    }

    [TestCase("scheme.hybrid.schedule=epoch", "wage quantizes more from epoch to epoch")]
    [TestCase("scheme.hybrid.schedule=stages", "wage quantizes more from epoch to epoch")]
    public void ARunMayNotEndBeforeEverythingIsQuantized(string schedule, string message) => Assert.That(
        CommandLine.Refusal(["train", .. Small, schedule, "training.patience=1"]),
        Does.Contain($"training.patience: is 1, but {message}").And.Contain("HINT: leave it away."));

    [Test]
    public void ATraceOfSuchWeightsIsRefused() => Assert.That(
        CommandLine.Refusal(["trace", "digits", "--out", "t", "--set", "scheme.hybrid.ratio=1"]),
        Does.Contain("digits: its weights are ternary in part"));

    [TestCase("1/1001", "its denominator at most 1000")]
    [TestCase("3/4, 1/2", "none less than the one before")]
    public void AShareSaysItsRule(string ratio, string rule) => Assert.That(
        CommandLine.Refusal(["show", "digits", "--set", $"scheme.hybrid.ratio={ratio}"]), Does.Contain("scheme.hybrid.ratio is").And.Contain(rule));
}
