using Wage.Backends;
using Wage.Experiments.Runs;
using Wage.Gpu;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>What owns tensors gives a device's memory back, to the last byte, and is not used afterwards.</summary>
[Parallelizable]
public sealed class DisposalTests
{
    private static readonly TrainingOptions Options = new(1, new LearningRate((0, new Ratio(1, 1))));

    [Test]
    public void ManyNetworksTrainersEvaluatorsModelsAndStatisticsLeaveNothingBehind()
    {
        using var backend = (IlgpuBackend)Devices.Create("ilgpu-cpu", 1);
        Use(backend);
        var before = backend.Allocated;                                     // what the backend keeps for itself
        for (var i = 0; i < 3; i++) Use(backend);
        Assert.That(backend.Allocated, Is.EqualTo(before));
        using var network = New(backend);
        var withNetwork = backend.Allocated;
        Assert.That(withNetwork, Is.GreaterThan(before));
        for (var i = 0; i < 600; i++)
        {
            using var evaluator = new Evaluator(network, TinyRun.Digits.Test);
        }

        Assert.That(backend.Allocated, Is.EqualTo(withNetwork));
    }

    [Test]
    public void WhatIsRefusedWhileItIsBuiltLeavesNothingBehind()
    {
        using var backend = (IlgpuBackend)Devices.Create("ilgpu-cpu", 1);
        var before = backend.Allocated;
        Layer[] layers = [new Conv2d(4, 3), new Relu(), new Quantize(), new Residual([new Conv2d(3, 1)], [])];
        Assert.That(
            () => new Network(layers, new WageOptions().ToScheme(), new SquaredError(), new Shape(2, 8, 8, 1), backend),
            Throws.TypeOf<WageException>());
        Assert.That(backend.Allocated, Is.EqualTo(before));
    }

    [Test]
    public void TheDeviceMayBeGoneBefore()
    {
        var backend = Devices.Create("ilgpu-cpu", 1);
        var network = New(backend);
        var trainer = new Trainer(network, TinyRun.Digits, Options);
        backend.Dispose();
        Assert.That(trainer.Dispose, Throws.Nothing);
        Assert.That(network.Dispose, Throws.Nothing);
    }

    [Test]
    public void UseAfterDisposalIsAnsweredWithTheNameOfTheThing([Values] bool floats)
    {
        using var backend = new HostBackend(1);
        ITrainable network = floats
            ? new FloatNetwork([new DenseSpec(10)], new SquaredError(), new Shape(TinyRun.Batch, 28, 28, 1), backend) : New(backend);
        network.Initialize(1);
        var (trainer, source) = (new Trainer(network, TinyRun.Digits, Options), network.Take(TinyRun.Digits.Test));
        var evaluator = new Evaluator(network, TinyRun.Digits.Test);
        trainer.Step();
        var saved = trainer.Save("config");
        source.Dispose();
        Gone(source, () => source.Load(0, default, default));
        evaluator.Dispose();
        Gone(evaluator, () => evaluator.Run(), () => evaluator.Predict());
        trainer.Dispose();
        trainer.Dispose();
        Gone(trainer, trainer.Step, () => trainer.TrainScore(), () => trainer.Save("config"), () => trainer.Load(saved));
        Assert.That(network.WeightsSha256(), Is.Not.Empty, "the network is its maker's");
        using var later = new Evaluator(network, TinyRun.Digits.Test);
        network.Dispose();
        network.Dispose();
        Gone(
            network, () => network.Initialize(1), network.Prepare, network.Evaluate, () => network.Step(default), () => network.WeightsSha256(),
            () => network.Take(TinyRun.Digits.Test), () => saved.LoadWeights(network), () => later.Run(), () => network.Predict(new int[1]));
        if (network is Network integers)
        {
            Gone(network, () => integers.ToPlan(), () => integers.Forward(), integers.QuantizeWeights, () => integers.TakeMetrics());
            var statistics = new StepStatistics(New(backend));
            statistics.Dispose();
            Gone(statistics, () => statistics.See(default));
        }

        static void Gone(object owner, params Action[] uses) => Assert.Multiple(() =>
        {
            foreach (var use in uses)
                Assert.That(() => use(), Throws.TypeOf<ObjectDisposedException>().With.Property("ObjectName").EqualTo(owner.GetType().FullName));
        });
    }

    private static void Use(IBackend backend)
    {
        using var network = New(backend);
        using var trainer = new Trainer(network, TinyRun.Digits, Options);
        using var statistics = new StepStatistics(network);
        trainer.Step(statistics);
        using var evaluator = new Evaluator(network, TinyRun.Digits.Test.Take(20));
        trainer.TrainScore();
        evaluator.Run();
        using var model = new IntegerModel(network.ToPlan(), backend);
        model.Predict(TinyRun.Digits.Test.Pixels.AsSpan(0, 3 * 784), 3);
    }

    private static Network New(IBackend backend)
    {
        var network = new Network(
            [new Conv2d(3, 5, 4), new MaxPool2d(2), new Relu(), new Quantize(), new Dense(10)], new WageOptions().ToScheme(), new SquaredError(),
            new Shape(TinyRun.Batch, 28, 28, 1), backend);
        network.Initialize(1);
        return network;
    }
}
