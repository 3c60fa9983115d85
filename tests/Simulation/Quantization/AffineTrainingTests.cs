using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Simulation.Conversion;
using Wage.Tests.Simulation.Layers;
using Wage.Training;

namespace Wage.Tests.Simulation.Quantization;

/// <summary>Networks of the scheme affine: the contracts of a run, and the gradients of a folded batch norm.</summary>
[Parallelizable]
public sealed class AffineTrainingTests
{
    private static readonly AffineGrid Input = AffineGrid.Of("input", -1, 1, 8);

    private static IEnumerable<string> Names => AffineRuns.Networks.Keys;

    [TestCaseSource(nameof(Names))]
    public void AnyNumberOfThreadsAndTheDefinitionGiveTheSameBits(string name)
    {
        var expected = End(new ReferenceBackend());
        for (var threads = 1; threads <= 3; threads++)
        {
            using var host = new HostBackend(threads);
            Assert.That(End(host), Is.EqualTo(expected), $"{threads} threads");
        }

        List<string> End(IBackend backend)
        {
            var trainer = FloatRuns.Steps(AffineRuns.Start(backend, name), 6);
            return [FloatRuns.End(trainer), .. States(trainer)];
        }
    }

    [TestCase("convolutions", "b8b0b31caf2925c5")]
    [TestCase("groups", "47037af5e0e9938f")]
    [TestCase("depthwise", "7a5c5c0a847ec7ae")]
    [TestCase("pools", "241f4b205a744391")]
    [TestCase("overlaps", "f95c26c7d7ed9ec9")]
    [TestCase("residual", "fc59a36196d1c32e")]
    [TestCase("concatenation", "8ff4fe53d37f0506")]
    [TestCase("batch norm", "7edcfa856703eccd")]
    public void AShortRunGivesTheRecordedBits(string name, string weights)
    {
        using var host = new HostBackend(2);
        Assert.That(FloatRuns.Steps(AffineRuns.Start(host, name), 6).Network.WeightsSha256()[..16], Is.EqualTo(weights));
    }

    [TestCaseSource(nameof(Names))]
    public void AResumedRunGivesTheBitsOfTheWholeOne(string name)
    {
        using var host = new HostBackend(2);
        var whole = FloatRuns.Steps(AffineRuns.Start(host, name), 7);
        for (var at = 1; at < 6; at += 2)
        {
            var resumed = AffineRuns.Start(new ReferenceBackend(), name);
            resumed.Load(FloatRuns.Steps(AffineRuns.Start(host, name), at).Save("name: affine"));
            FloatRuns.Steps(resumed, 7 - at);
            Assert.That(FloatRuns.End(resumed), Is.EqualTo(FloatRuns.End(whole)), $"after {at} steps");
            Assert.That(States(resumed), Is.EqualTo(States(whole)));
        }
    }

    [TestCaseSource(nameof(Names))]
    public void AStepAllocatesNothing(string name)
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(AffineRuns.Start(host, name), 5);
        var least = long.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            trainer.Step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero);
    }

    [Test]
    public void AnEvaluationMovesNoState()
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(AffineRuns.Start(host, "residual"), 3);
        var before = States(trainer);
        Assert.That(before.Select(state => state.Split(' ')[0]), Is.SupersetOf(new[] { "conv1.range", "residual1.range", "batchNorm1.mean" }));
        new Evaluator(trainer.Network, FloatLayerRuns.Images.Test).Run();
        Assert.That(States(trainer), Is.EqualTo(before));
    }

    [Test]
    public void WithoutCodesAFoldedBatchNormHasTheGradientsOfBatchNorm([Values(0, 1)] int step)
    {
        using var host = new HostBackend(2);
        using var network = AffineRuns.Network(host, AffineRuns.Normalized(), "delay=100");
        network.Initialize(3);
        FloatLayerRuns.Spread(network);
        using var source = network.Take(FloatLayerRuns.Images.Train);
        source.Load(0, Augmentation.None, default);
        if (step > 0) network.Step(new StepContext(Phase.Training, 1, 0, new Ratio(1, 100)));     // the moving averages differ from the batch's
        var doubles = new DoubleNetwork(AffineRuns.Normalized(), network.Parameters);
        double[] images = [.. FloatLayerRuns.Images.Train.Pixels.Take(FloatLayerRuns.Batch * 192).Select(Pixel)];
        int[] classes = [.. FloatLayerRuns.Images.Train.Labels.Take(FloatLayerRuns.Batch).Select(label => (int)label)];
        network.Step(new StepContext(Phase.Training, 1, (uint)step, new Ratio(1, 1 << 20)));
        for (var p = 0; p < doubles.Values.Length; p++)
        {
            var (gradient, values) = (network.Parameters[p].Gradient.Span.ToArray(), doubles.Values[p]);
            var greatest = Math.Max(gradient.Max(Math.Abs), 1e-3);
            for (var i = 0; i < values.Length; i += 1 + (values.Length / 5))
            {
                var kept = values[i];
                values[i] = kept + 1e-6;
                var more = doubles.Loss(images, [FloatLayerRuns.Batch, 8, 8, 3], classes);
                values[i] = kept - 1e-6;
                var less = doubles.Loss(images, [FloatLayerRuns.Batch, 8, 8, 3], classes);
                values[i] = kept;
                Assert.That(gradient[i], Is.EqualTo((more - less) / 2e-6).Within(1e-4 * greatest), $"{network.Parameters[p].Name}[{i}]");
            }
        }

        static double Pixel(byte p) => Input.Value(Input.Code(((2 * p) - 255) / 255f));
    }

    [Test]
    public void AFrozenBatchNormKeepsItsAveragesAndTrainsWhatItScales()
    {
        using var host = new HostBackend(1);
        var trainer = FloatRuns.Steps(AffineRuns.Start(host, "residual"), 3);
        var before = States(trainer).Where(state => state.StartsWith("batchNorm", StringComparison.Ordinal)).ToList();
        var weights = trainer.Network.WeightsSha256();
        FloatRuns.Steps(trainer, 1);
        Assert.That(States(trainer).Where(state => state.StartsWith("batchNorm", StringComparison.Ordinal)), Is.EqualTo(before));
        Assert.That(trainer.Network.WeightsSha256(), Is.Not.EqualTo(weights));
    }

    [Test]
    public void ATensorWithoutARangeIsNamed()
    {
        using var host = new HostBackend(1);
        using var network = AffineRuns.Network(host, FloatLayerRuns.Networks["pools"], "kW=8");
        network.Initialize(1);
        var error = Assert.Throws<WageException>(() => new Evaluator(network, FloatLayerRuns.Images.Test).Run());
        Assert.That(error!.Message, Does.StartWith("conv1: its activations have no range yet").And.Contain("HINT"));
    }

    [Test]
    public void ABatchNormThatFoldsIntoNothingIsNamed()
    {
        using var host = new HostBackend(1);
        var error = Assert.Throws<WageException>(() => AffineRuns.Network(host, FloatLayerRuns.Networks["batch norm"], "kW=8"));
        Assert.That(error!.Message, Does.StartWith("batchNorm2: stands behind no layer with weights").And.Contain("HINT"));
    }

    [Test]
    public void ACheckpointOfOtherBitsIsRefusedByTheirName()
    {
        using var host = new HostBackend(1);
        var spec = new ModelSpec(FloatLayerRuns.Networks["pools"]) { Image = (8, 8, 3), Options = [new("conv2", "kW", "4")] };
        var settings = SchemeRegistry.Require("affine").Settings(("kA", "7"));
        using var network = (FloatNetwork)spec.Build(settings, new SoftmaxCrossEntropy(), FloatLayerRuns.Batch, host);
        network.Initialize(1);
        var checkpoint = AffineRuns.Trainer(network).Save("name: affine");
        Assert.That(Refusal(spec with { Options = [] }, settings), Does.Contain("conv2").And.Contain("kW"));
        Assert.That(Refusal(spec, SchemeRegistry.Require("affine").Settings()), Does.Contain("kA"));

        string Refusal(ModelSpec other, SchemeSettings values)
        {
            using var built = other.Build(values, new SoftmaxCrossEntropy(), FloatLayerRuns.Batch, host);
            return Assert.Throws<WageException>(() => AffineRuns.Trainer((FloatNetwork)built).Load(checkpoint))!.Message;
        }
    }

    private static List<string> States(Trainer trainer)
    {
        List<string> all = [];
        foreach (var state in trainer.Network.StoredStates) state.Lend(bytes => all.Add($"{state.Name} {Convert.ToHexString(bytes)}"));
        return all;
    }
}
