using Wage.Tests.Experiments;

namespace Wage.Tests.Traces;

/// <summary>Traced steps of the scheme integer-sgd computed again in numpy from the equations of its page: arrays and states are equal.</summary>
[Parallelizable]
public sealed class UnitRecomputationTests
{
    private const string ResNet = "data: { set: cifar10 }\nloss: crossEntropy\n";
    private const string Narrow = "model: { kind: resnet, blocks: 1, width: 4, batchNorm: true, shortcut: subsample }\n";
    private const string Rate = "training: { batch: 4, eta: 1/10 }\n";

    private static IEnumerable<TestCaseData> Runs =>
    [
        Case("a ResNet with subsamples", ResNet + Narrow + Rate + "scheme: { kind: integer-sgd }"),
        Case("projections, weights of 2 bits, masters of 16, units of each step's own", ResNet +
            "model: { kind: resnet, blocks: 1, width: 4, batchNorm: true, shortcut: projection }\n" + Rate +
            "scheme: { kind: integer-sgd, kW: 2, kA: 6, kE: 7, masters: 16, ranges: { A: current, E: current } }"),
        Case("Fixup", ResNet + "model: { kind: resnet, blocks: 1, width: 4, batchNorm: fixup, shortcut: projection }\n" +
            "training: { batch: 2, eta: 1/10 }\nscheme: { kind: integer-sgd }", steps: 17),
        Case("bits by layer, no momentum, a rate by step", ResNet + Narrow +
            "training: { batch: 3, eta: { linear: 1/10, to: 0, per: step } }\n" +
            "scheme: { kind: integer-sgd, momentum: 0, kE: 5, kD: 16 }\n" +
            "layers: { conv1: { kW: 4, kA: 5, masters: 16 }, residual1: { kE: 8, ranges.A: current } }"),
    ];

    [TestCaseSource(nameof(Runs))]
    public void NumpyGivesEveryArrayOfAStep(string yaml, int steps)
    {
        Numpy.Require();
        using var scratch = new ScratchFolder();
        TracedNetwork.Trace(yaml, scratch.In("trace"), steps);
        var (exit, text) = Numpy.Recompute(scratch.In("trace"));
        Assert.That((exit, text.Split(", 0 arrays differ\n").Length - 1), Is.EqualTo((0, steps)), text);
        Assert.That(text, Does.Contain(" 0 not recomputed;"));
    }

    [Test]
    public void OneWrongElementIsFound()
    {
        Numpy.Require();
        using var scratch = new ScratchFolder();
        TracedNetwork.Trace(ResNet + Narrow + Rate + "scheme: { kind: integer-sgd }", scratch.In("trace"), steps: 1);
        string[] arrays =
        [
            "conv2.accumulators", "residual1.errors", "conv2.Y.updatedExponent", "batchNorm1.updatedRunning", "batchNorm1.gamma.gradients",
            "conv2.rule.updatedVelocity", "dense1.updatedWeights",
        ];
        foreach (var array in arrays) RecomputationTests.Spoil(scratch.In("trace"), array);
        var (exit, text) = Numpy.Recompute(scratch.In("trace"));
        var named = text.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal));
        Assert.That((exit, string.Join(' ', named.Order())), Is.EqualTo((1, string.Join(' ', arrays.Select(array => $"  {array}: values").Order()))));
    }

    private static TestCaseData Case(string name, string yaml, int steps = 2) => new TestCaseData(yaml, steps).SetArgDisplayNames(name);
}
