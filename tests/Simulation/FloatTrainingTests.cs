using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Simulation;

/// <summary>Float32 training through the trainer of integers: the same contracts.</summary>
[Parallelizable]
public sealed class FloatTrainingTests
{
    private static readonly Ratio Momentum = new(9, 10);

    [Test]
    public void AShortRunGivesTheRecordedBits([Values("crossEntropy", "sse")] string loss)
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Steps(FloatRuns.Start(host, loss: Of(loss), momentum: Momentum), 20);
        Assert.That(trainer.Network.WeightsSha256()[..16], Is.EqualTo(loss == "sse" ? "e1112e43be33be42" : "d8cde57001978b55"));
    }

    [Test]
    public void AnyNumberOfThreadsAndTheDefinitionGiveTheSameBits([Values("crossEntropy", "sse")] string loss)
    {
        var expected = FloatRuns.End(FloatRuns.Steps(FloatRuns.Start(new ReferenceBackend(), loss: Of(loss), momentum: Momentum), 20));
        for (var threads = 1; threads <= 3; threads++)
        {
            using var host = new HostBackend(threads);
            Assert.That(FloatRuns.End(FloatRuns.Steps(FloatRuns.Start(host, loss: Of(loss), momentum: Momentum), 20)), Is.EqualTo(expected));
        }
    }

    [Test]
    public void AResumedRunGivesTheBitsOfTheWholeOne([Values(0, 3, 15, 17)] int at)
    {
        using var host = new HostBackend(2);
        var whole = FloatRuns.Steps(FloatRuns.Start(host, momentum: Momentum), 20);
        using var scratch = new Wage.Tests.Data.Scratch();
        var path = scratch.Path("float.wage");
        FloatRuns.Steps(FloatRuns.Start(host, momentum: Momentum), at).Write(path, "name: float");
        var resumed = FloatRuns.Start(new ReferenceBackend(), momentum: Momentum);
        resumed.Load(Checkpoint.Read(path));
        Assert.That(FloatRuns.End(FloatRuns.Steps(resumed, 20 - at)), Is.EqualTo(FloatRuns.End(whole)));
    }

    [Test]
    public void ItLearns()
    {
        using var host = new HostBackend(2);
        var trainer = FloatRuns.Start(host, momentum: Momentum, eta: new Ratio(1, 50));
        Assert.That(FloatRuns.Steps(trainer, 15 * 30).Last!.Value.Train.Wrong, Is.LessThan(60), "of 300, of which chance misses 270");
    }

    [Test]
    public void AnObservedStepIsTheSameStep()
    {
        using var host = new HostBackend(2);
        var (plain, observed) = (FloatRuns.Start(host), FloatRuns.Start(host));
        var statistics = new StepStatistics(observed.Network);
        for (var i = 0; i < 3; i++)
        {
            plain.Step();
            observed.Step(statistics);
        }

        Assert.That(FloatRuns.End(observed), Is.EqualTo(FloatRuns.End(plain)));
        var layers = statistics.Take().Take(13).Select(s => $"{s.Layer} {s.Tensor}");
        Assert.That(layers.Distinct(), Is.EqualTo(new[] { "input A", "dense1 W", "dense1 A", "dense1 E", "dense1 G" }));
    }

    [Test]
    public void AnObserverSeesThirtyBitsOfEveryTensor()
    {
        using var host = new HostBackend(1);
        var trainer = FloatRuns.Start(host);
        var network = (FloatNetwork)trainer.Network;
        var weights = network.Parameters[0].Value.Span.ToArray();
        var statistics = new StepStatistics(network);
        trainer.Step(statistics);
        var seen = statistics.Take().Single(s => s is { Layer: "dense1", Tensor: QuantizedTensor.W });
        var unit = Math.ScaleB(1, (int)seen.Exponent - seen.FractionBits);
        Assert.That(seen.Count, Is.EqualTo(33 * 784));
        Assert.That(seen.Greatest, Is.EqualTo((long)Math.Round(weights.Max() / unit)));
        Assert.That(seen.Least, Is.EqualTo((long)Math.Round(weights.Min() / unit)));
        Assert.That(seen.GreatestMagnitude, Is.InRange(1L << 29, 1L << 30));
    }

    [Test]
    public void AStepAllocatesNothing([Values(1, 3)] int threads)
    {
        using var host = new HostBackend(threads);
        var trainer = FloatRuns.Steps(FloatRuns.Start(host, momentum: Momentum), 3);
        var least = long.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            trainer.Step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero);
    }

    [Test]
    public void PredictionsAreWhatTheScoreCounts()
    {
        using var host = new HostBackend(1);
        var trainer = FloatRuns.Steps(FloatRuns.Start(host), 20);
        var evaluator = new Evaluator(trainer.Network, FloatRuns.Digits.Test.Take(47));
        trainer.Network.TakeMetrics();
        var classes = evaluator.Predict();
        var correct = classes.Zip(FloatRuns.Digits.Test.Labels).Count(pair => pair.First == pair.Second);
        var score = evaluator.Run();
        Assert.That((score.Correct, score.Counted), Is.EqualTo((correct, 47L)));
    }

    [Test]
    public void ACheckpointOfAnotherNetworkOrOfBrokenValuesIsRefused()
    {
        using var host = new HostBackend(1);
        var trainer = FloatRuns.Steps(FloatRuns.Start(host, momentum: Momentum), 2);
        var checkpoint = trainer.Save("name: float");
        Assert.That(Refusal(FloatRuns.Start(host), checkpoint), Does.Contain("momentum"));
        Assert.That(Refusal(Training.TinyRun.Start(layers: Wage.Models.Model.Mlp(33, 16, 10)), checkpoint), Does.StartWith("checkpoint: "));
        var broken = checkpoint.Weights[0].Bytes.ToArray();
        BitConverter.GetBytes(float.NaN).CopyTo(broken, 8);
        checkpoint = checkpoint with { Weights = [checkpoint.Weights[0] with { Bytes = broken }, .. checkpoint.Weights.Skip(1)] };
        var before = FloatRuns.End(trainer);
        Assert.That(Refusal(trainer, checkpoint), Does.StartWith("dense1: value 2 is NaN"));
        Assert.That(FloatRuns.End(trainer), Is.EqualTo(before));
    }

    [Test]
    public void ADivergedRunIsNamed()
    {
        using var host = new HostBackend(1);
        var trainer = FloatRuns.Start(host, loss: new SquaredError(), eta: new Ratio(100, 1));
        var error = Assert.Throws<WageException>(() => FloatRuns.Steps(trainer, 20));
        Assert.That(error!.Message, Does.Contain("the training diverged").And.Contain("HINT: take a smaller eta."));
    }

    [Test]
    public void WhatTheDomainDoesNotHaveIsNamed()
    {
        using var host = new HostBackend(1);
        var images = new Shape(2, 28, 28, 1);
        Assert.That(
            () => new FloatNetwork([new ForeignSpec()], new SquaredError(), images, host),
            Throws.TypeOf<WageException>().With.Message.Contains("ForeignSpec: scheme float32 has no such layer"));
        Assert.That(
            () => new FloatNetwork([new ReluSpec()], new SquaredError(), images, host),
            Throws.TypeOf<WageException>().With.Message.Contains("no layer"));
        Assert.That(
            () => FloatRuns.Network(new Wage.Diagnostics.TimedBackend(host)), Throws.TypeOf<WageException>().With.Message.Contains("TimedBackend"));
        Assert.That(
            () => FloatRuns.Network(host, momentum: new Ratio(1, 1)), Throws.TypeOf<WageException>().With.Message.StartsWith("momentum: is 1"));
    }

    [Test]
    public void AugmentedImagesAreThoseOfTheIntegerDomain()
    {
        var (network, integers) = (FloatRuns.Network(new ReferenceBackend()), Training.TinyRun.Start());
        var (key, augmentation) = (new RandomKey(3, RandomStream.Augmentation, 1), new Augmentation(5, true));
        integers.Network.Take(FloatRuns.Digits.Train).Load(40, augmentation, key);
        network.Take(FloatRuns.Digits.Train).Load(40, augmentation, key);
        var codes = integers.Network.Backend.Read(((Network)integers.Network).Images);
        var shown = new List<float>();
        network.Observer = new Look(tensor => shown.AddRange(Values(tensor)));
        network.Step(new StepContext(Phase.Training, 1, 0, new Ratio(1, 10)));
        for (var i = 0; i < codes.Length; i++)
        {
            // codes are round(128 (p / 127.5 - 1)) or 0 outside; the float is p / 255 or 0
            var p = shown[i] * 255;
            var code = (int)Math.Clamp(Math.Round(((2 * p) - 255) * 128 / 255), -127, 127);
            Assert.That(codes[i], Is.EqualTo(code).Or.EqualTo(0));
            if (codes[i] == 0) Assert.That(shown[i], Is.EqualTo(0).Or.EqualTo(127 / 255f).Within(0.01));
        }
    }

    private static IEnumerable<float> Values(StepTensor tensor)
    {
        if (tensor.Quantity != Quantity.Images) yield break;
        var (values, exponent) = ((HostTensor)tensor.Values, ((HostTensor)tensor.Exponent!)[0]);
        for (var i = 0; i < values.Length; i++) yield return (float)Math.ScaleB(values[i], (int)exponent - tensor.FractionBits);
    }

    private static string Refusal(Trainer trainer, Checkpoint checkpoint) => Assert.Throws<WageException>(() => trainer.Load(checkpoint))!.Message;

    private static Loss Of(string name) => name == "sse" ? new SquaredError() : new SoftmaxCrossEntropy();

    private sealed record ForeignSpec : LayerSpec
    {
        public override Layer ToLayer() => new Relu();
    }

    private sealed class Look(Action<StepTensor> see) : IStepObserver
    {
        public void See(in StepTensor tensor) => see(tensor);
    }
}
