using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Simulation.Layers;
using Wage.Tests.Workers;
using Wage.Training;
using Wage.Workers;

namespace Wage.Tests.Simulation;

/// <summary>
/// Float32 by several workers: every one of them has the same bits, and a run of as many again, with other threads too; another number rounds its
/// sums in another order.
/// </summary>
[Parallelizable]
public sealed class FloatWorkersTests
{
    private static readonly ModelSpec Narrow = new(
    [
        new ConvSpec(4, (3, 3), ConvPadding.Same), new ReluSpec(), new QuantizeSpec(),
        new ConvSpec(6, (3, 3), ConvPadding.Same), new ReluSpec(), new QuantizeSpec(),
        new GlobalAveragePoolSpec(), new FlattenSpec(), new DenseSpec(10),
    ]);

    [Test]
    public void AsManyWorkersEndWithTheSameBits(
        [Values("float32", "affine", "sq")] string scheme, [Values] bool normalized)
    {
        var run = Run(scheme, normalized);
        var (one, again) = (run.By(3), (run with { Backend = rank => new HostBackend(1 + rank) }).By(3));
        Assert.That(again with { State = one.State }, Is.EqualTo(one));
        Assert.That((run with { Observed = -1 }).By(3).File, Is.EqualTo(one.File), "looking changes no bit");
    }

    /// <summary>The same training but for roundings: after a step the losses of one and of three workers agree to 1 in 10,000.</summary>
    [Test]
    public void AnotherNumberOfWorkersTrainsTheSameUpToRoundings([Values("float32", "affine", "sq")] string scheme, [Values] bool normalized)
    {
        var run = Run(scheme, normalized) with { Steps = 1, Observed = -1 };
        var (one, three) = (run.By(1).State, run.By(3).State);
        Assert.That((double)three.Running.LossSum, Is.EqualTo((double)one.Running.LossSum).Within(0.01).Percent);
        Assert.That(three.Running.Counted, Is.EqualTo(one.Running.Counted));
        for (var i = 0; i < one.Weights.Count; i++)
        {
            var (left, right) = (Floats(one.Weights[i]), Floats(three.Weights[i]));
            for (var j = 0; j < left.Length; j++) Assert.That(right[j], Is.EqualTo(left[j]).Within(1e-4f), one.Weights[i].Name);
        }
    }

    [Test]
    public void WhatWouldBeOfOneWorkersImagesIsRefusedByName()
    {
        Assert.That(
            () => Build("uniform", normalized: false, new BatchSlice(20, 0, 2), new HostBackend(1)),
            Throws.TypeOf<WageException>().With.Message.StartsWith("scheme uniform: its ranges are found in whole tensors"));
        Assert.That(
            () => Build("sq", normalized: true, new BatchSlice(20, 0, 2), new HostBackend(1), ("averagedBatches", "3")),
            Throws.TypeOf<WageException>().With.Message.StartsWith("averagedBatches: is 3, but averages are estimated anew by one worker only."));
    }

    [Test]
    public void WorkersThatGatherNothingAreRefused()
    {
        using var network = Build("float32", normalized: false, BatchSlice.Whole(20), new HostBackend(1));
        network.Initialize(1);
        Assert.That(
            () => network.Step(new StepContext(Phase.Training, 1, 0, new Ratio(1, 20), new Nobody())),
            Throws.ArgumentException.With.Message.StartsWith("float32 is summed by a Collective alone, not by a Nobody"));
    }

    private sealed class Nobody : ICollective
    {
        public void Sum(Tensor tensor)
        {
        }

        public void Max(Tensor tensor)
        {
        }
    }

    private static float[] Floats(SavedTensor saved) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(saved.Bytes).ToArray();

    private static SharedRun Run(string scheme, bool normalized) => new()
    {
        Data = Coloured,
        Eta = new Ratio(1, 20),
        Steps = 3,
        Network = (slice, backend) => Build(scheme, normalized, slice, backend),
    };

    private static readonly Dataset Coloured = FloatLayerRuns.Images;

    private static ITrainable Build(string scheme, bool normalized, BatchSlice slice, IBackend backend, params (string, string)[] options)
    {
        var settings = SchemeRegistry.Require(scheme).Settings(options);
        var set = Coloured.Train;
        var model = (normalized ? Narrow.WithBatchNorm() : Narrow) with { Image = (set.Height, set.Width, set.Channels) };
        return model.Build(settings, new SoftmaxCrossEntropy(), slice.Batch, backend, slice: slice);
    }
}
