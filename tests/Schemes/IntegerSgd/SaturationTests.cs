using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.Training;

namespace Wage.Tests.Schemes.IntegerSgd;

/// <summary>What saturates in a step, and units that jump, are counted where they are planted and nowhere else.</summary>
[Parallelizable]
public sealed class SaturationTests
{
    /// <summary>Offsets of 32 in two places: behind the second, shortcuts beyond 64 are cut.</summary>
    [Test]
    public void ShortcutsBeyond64AreCounted()
    {
        using var backend = new HostBackend(1);
        using var trainer = Start(backend);
        foreach (var name in (string[])["batchNorm1.beta", "batchNorm2.beta"]) Load(trainer.Network.StoredWeights, name, (1 << 29) - 1);
        trainer.Step();
        var seen = Step(trainer);
        Assert.That(Activations(seen, "residual1").Cut, Is.Zero);
        Assert.That(Activations(seen, "residual2").Cut, Is.InRange(256 * 16 / 5, 256 * 16 * 4));
        Assert.That(Activations(seen, "conv1").Cut, Is.Null);
        Assert.That(
            new TrainingChecks([], kind: SchemeRegistry.Require("integer-sgd")).Check(seen, new Ratio(1, 10)).Select(one => (one.Layer, one.Problem)),
            Has.Member(("residual2", TrainingProblem.ShortcutsSaturate)).And.No.Member(("residual1", TrainingProblem.ShortcutsSaturate)));
    }

    /// <summary>With Fixup y is in units of 2^-12: sums of weights of 20 are beyond 8, those of the first ones not.</summary>
    [Test]
    public void SumsBeyond8AreCountedWithFixup()
    {
        using var backend = new HostBackend(1);
        using var trainer = TinySgd.Start("fixup", backend);
        var seen = Step(trainer);
        Assert.That(seen.Where(one => one.Tensor == QuantizedTensor.A).Sum(one => one.Cut ?? 0), Is.Zero);
        Load(trainer.Network.StoredWeights, "conv1", 20 << 24);
        seen = Step(trainer);
        Assert.That(Activations(seen, "conv1").Cut, Is.InRange(16 * 8 * 8 * 3, 16 * 8 * 8 * 4));
        Assert.That(Weights(seen, "conv1").Drift, Is.Null);
        Assert.That(
            new TrainingChecks([], kind: SchemeRegistry.Require("integer-sgd")).Check(seen, new Ratio(1, 10)).Select(one => (one.Layer, one.Problem)),
            Has.Member(("conv1", TrainingProblem.ShortcutsSaturate)));
    }

    /// <summary>
    /// Before anything has run, a mean of 0 and a variance of 1 are taken. A mean beyond y saturates, so does all by so small a variance.
    /// </summary>
    [TestCase(-100L << 24, 1L << 24)]
    [TestCase(0L, 0L)]
    public void WhatAFrozenBatchNormScalesBeyond8IsCounted(long mean, long variance)
    {
        using var backend = new HostBackend(1);
        using var trainer = TinySgd.Start("projection", backend, frozen: ["batchNorm1", "batchNorm3"]);
        trainer.Step();
        var seen = Step(trainer);
        var layers = seen.Where(one => one is { Tensor: QuantizedTensor.A, IsAfter: true, Cut: not null }).Select(one => one.Layer).ToList();
        Assert.That(Activations(seen, "conv1").Cut, Is.Zero);
        Load(trainer.Network.StoredStates, "batchNorm1.running", mean, variance);
        seen = Step(trainer);
        var all = Activations(seen, "conv1").Count;
        Assert.That(Activations(seen, "conv1").Cut, Is.InRange(all * 99 / 100, all));
        Assert.That(layers, Has.Member("conv1").And.No.Member("conv4"));
        Assert.That(
            new TrainingChecks([], kind: SchemeRegistry.Require("integer-sgd")).Check(seen, new Ratio(1, 10)).Select(one => (one.Layer, one.Problem)),
            Has.Member(("conv1", TrainingProblem.ShortcutsSaturate)));
    }

    [TestCase("32", int.MaxValue)]
    [TestCase("16", short.MaxValue)]
    public void VelocitiesAtTheEndOfTheirBitsAreCounted(string masters, int end)
    {
        using var backend = new HostBackend(1);
        using var trainer = Start(backend, ("masters", masters), ("momentum", "65535/65536"));
        Assert.That(Gradients(Step(trainer), "conv2").Cut, Is.Zero);
        Load(trainer.Network.StoredStates, "conv2.rule.velocity", end);
        var seen = Step(trainer);
        Assert.That(Gradients(seen, "conv2").Cut, Is.InRange(1, 144));
        Assert.That(Gradients(seen, "conv1").Cut, Is.Zero);
    }

    [Test]
    public void AUnitThatIsNotItsTensorsDrifts()
    {
        using var backend = new HostBackend(1);
        using var trainer = Start(backend);
        trainer.Step();
        Assert.That(Math.Abs(Activations(Step(trainer), "conv1").Drift!.Value), Is.LessThan(2));
        var state = trainer.Network.StoredStates.Single(one => one.Name == "conv1.A.exponent");
        long kept = 0;
        state.Lend(bytes => kept = MemoryMarshal.Cast<byte, long>(bytes)[0]);
        Load(trainer.Network.StoredStates, "conv1.A.exponent", kept + 5);
        Assert.That(Activations(Step(trainer), "conv1").Drift, Is.InRange(-6, -4));
        using var current = Start(backend, ("ranges.A", "current"));
        Assert.That(Activations(Step(current), "conv1").Drift, Is.Null);
    }

    /// <summary>The units of y and of E, which no line of activations or errors has, are watched with the weights between them.</summary>
    [TestCase("conv2.Y", "A")]
    [TestCase("batchNorm2.E", "E")]
    public void AUnitOfSumsOrOfTheirErrorsDrifts(string site, string range)
    {
        using var backend = new HostBackend(1);
        using var trainer = Start(backend);
        trainer.Step();
        Assert.That(Math.Abs(Drift(Step(trainer), "conv2")), Is.LessThan(2));
        var state = trainer.Network.StoredStates.Single(one => one.Name == $"{site}.exponent");
        long kept = 0;
        state.Lend(bytes => kept = MemoryMarshal.Cast<byte, long>(bytes)[0]);
        Load(trainer.Network.StoredStates, state.Name, kept + 5);
        var seen = Step(trainer);
        Assert.That(Drift(seen, "conv2"), Is.InRange(-6, -4));
        Assert.That(Math.Abs(Drift(seen, "conv1")), Is.LessThan(2));
        using var current = Start(backend, ($"ranges.{range}", "current"));
        Assert.That(Weights(Step(current), "conv2") is { Drift: null } or { ErrorDrift: null });

        long Drift(IEnumerable<TensorStatistics> all, string layer) =>
            (range == "A" ? Weights(all, layer).Drift : Weights(all, layer).ErrorDrift)!.Value;
    }

    private static Trainer Start(HostBackend backend, params (string Option, string Value)[] options)
    {
        Layer[] layers =
        [
            .. TinySgd.Block(new Conv2d(4, 3)), Sum(), new Relu(), new Quantize(), Sum(), new Relu(), new Quantize(), new Flatten(), new Dense(10),
        ];
        var network = new Network(layers, SchemeRegistry.Create("integer-sgd", options), new SoftmaxCrossEntropy(), new(16, 8, 8, 2), backend);
        network.Initialize(3);
        return new Trainer(network, TinySgd.Quarters, new TrainingOptions(3, new LearningRate((0, new Ratio(1, 1000)))));

        static Residual Sum() => new([new Conv2d(4, 3), new BatchNorm(new BatchNormSpec())], []);
    }

    private static IReadOnlyList<TensorStatistics> Step(Trainer trainer)
    {
        using var looking = new StepStatistics(trainer.Network);
        trainer.Step(looking);
        return looking.Take();
    }

    private static TensorStatistics Activations(IEnumerable<TensorStatistics> all, string layer) =>
        all.Single(one => one is { Tensor: QuantizedTensor.A, IsAfter: true } && one.Layer == layer);

    private static TensorStatistics Weights(IEnumerable<TensorStatistics> all, string layer) =>
        all.Single(one => one is { Tensor: QuantizedTensor.W, IsAfter: true } && one.Layer == layer);

    private static TensorStatistics Gradients(IEnumerable<TensorStatistics> all, string layer) =>
        all.Single(one => one is { Tensor: QuantizedTensor.G, IsAfter: false } && one.Layer == layer);

    /// <summary>The same number everywhere, or the first one in the first half and the second one in the other.</summary>
    private static void Load(IEnumerable<IStoredTensor> tensors, string name, long value, long? other = null)
    {
        var tensor = tensors.Single(one => one.Name == name);
        var values = Wage.Tensors.HostTensor.Create(tensor.Type, tensor.Shape);
        for (var i = 0; i < values.Length; i++) values[i] = i < values.Length / 2 ? value : other ?? value;
        tensor.Load(values.Bytes);
    }
}
