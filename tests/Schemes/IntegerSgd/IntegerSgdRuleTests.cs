using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tests.Data;
using Wage.Training;

namespace Wage.Tests.Schemes.IntegerSgd;

/// <summary>What the scheme integer-sgd refuses, by name, and what it holds to.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class IntegerSgdRuleTests
{
    [Test]
    public void WhatItHasNotIsRefusedByName()
    {
        Assert.That(
            () => TinySgd.Start(loss: new SquaredError()),
            Throws.TypeOf<WageException>().With.Message.StartsWith("loss: this scheme trains with crossEntropy"));
        Refused(ModelSpec.ResNet(1, 4).ToLayers(), "conv1: scheme integer-sgd takes a batch norm");
        Refused([.. TinySgd.Block(new Conv2d(4, 3)), new Conv2d(4, 3), new Relu(), new Dense(10)], "conv2: scheme integer-sgd takes a batch norm");
        Assert.That(
            Refused([new Relu(), .. ModelSpec.ResNet(1, 4).ToLayers()], "relu1: scheme integer-sgd has no such layer in this place."),
            Does.Not.Contain("batchNorm").And.Not.Contains("BatchNorm"));
        Refused([.. TinySgd.Block(new Conv2d(4, 3)), new BatchNorm(new()), new Dense(10)], "batchNorm2: scheme integer-sgd has no such layer");
        Refused([new Flatten(), new Dense(10)], "model: scheme integer-sgd takes blocks with batch norm, but it has none.");
        Refused([.. TinySgd.Block(new Conv2d(4, 3)), .. TinySgd.Block(new Conv2d(4, 3))], "quantize2: scheme integer-sgd takes the scores");
        Refused(
            [.. TinySgd.Block(new Conv2d(4, 3)), new Residual(Branch(), [new Conv2d(4, 1)]), new Relu(), new Dense(10)],
            "residual1: scheme integer-sgd takes the input itself as a shortcut");
        Refused(
            [.. TinySgd.Block(new Conv2d(4, 3)), new Residual([new Conv2d(4, 3)], []), new Relu(), new Dense(10)], "conv2: scheme integer-sgd takes");
        Refused(
            [.. TinySgd.Block(new Conv2d(4, 3)), new Residual(TinySgd.Block(new Conv2d(4, 3)), []), new Relu(), new Dense(10)],
            "residual1: scheme integer-sgd takes branches that end in a product");

        Refused(
            [.. TinySgd.Block(new Conv2d(4, 3)), new Residual(Branch(), []), new Residual(Branch(), []), new Relu(), new Dense(10)],
            "residual1: scheme integer-sgd takes a ReLU behind every residual.");
        Layer[] inner = [new Residual(Branch(), []), new Relu(), new Conv2d(4, 3), new BatchNorm(new BatchNormSpec())];
        Refused(
            [.. TinySgd.Block(new Conv2d(4, 3)), new Residual(inner, []), new Relu(), new Dense(10)], "residual1: its branch begins with a residual");
        Refused(
            [new AveragePool2d(2), .. TinySgd.Block(new Conv2d(4, 3)), new Dense(10)], "average1: takes activations, but its input is the image.");

        static Layer[] Branch() => [new Conv2d(4, 3), new BatchNorm(new BatchNormSpec())];
        static string Refused(IReadOnlyList<Layer> layers, string why)
        {
            var refusal = Scratch.Refusal(() => new Network(
                layers, SchemeRegistry.Create("integer-sgd"), new SoftmaxCrossEntropy(), new(4, 8, 8, 1), new ReferenceBackend()));
            Assert.That(refusal, Does.StartWith(why));
            return refusal;
        }
    }

    /// <summary>A network that was trained begins anew as another does that was not.</summary>
    [TestCase("8", "32", "in-hindsight")]
    [TestCase("2", "16", "current")]
    public void ASecondInitializationForgetsWhatStepsHaveLeft(string bits, string masters, string ranges)
    {
        using var backend = new HostBackend(1);
        var scheme = SchemeRegistry.Create("integer-sgd", ("kW", bits), ("masters", masters), ("ranges.A", ranges), ("ranges.E", ranges));
        var (fresh, again) = (TinySgd.Start("projection", backend, scheme), TinySgd.Start("projection", backend, scheme));
        var first = States(fresh);
        Steps(again, 2);
        Assert.That(States(again), Is.Not.EqualTo(first));
        again.Network.Initialize(3);
        Assert.That(States(again), Is.EqualTo(first));
        var (one, other) = ((Network)fresh.Network, (Network)again.Network);
        backend.Copy(other.Images, one.Images);
        backend.Copy(other.Labels, one.Labels);
        foreach (var network in (Network[])[one, other]) network.Step(new StepContext(Phase.Training, 3, 0, new Ratio(1, 10)));
        Assert.That((States(again), other.WeightsSha256()), Is.EqualTo((States(fresh), one.WeightsSha256())));
    }

    /// <summary>By a rate that is 0 in units of 2^-16 nothing is learned: on the way down to 0 that is so; asked for, it is a mistake.</summary>
    [Test]
    public void ARateThatTrainsNothingIsRefusedUnlessARampEndsThere()
    {
        var (none, least) = (new Ratio(1, 131_073), new Ratio(1, 131_072));
        using var network = new Network(
            TinySgd.Layers("subsample"), SchemeRegistry.Create("integer-sgd"), new SoftmaxCrossEntropy(), new(16, 8, 8, 2), new ReferenceBackend());
        Assert.That(
            Scratch.Refusal(() => Train(new LearningRate((0, none)))),
            Does.StartWith("eta: is 1/131073, but a rate below 1/131072 is none in units of 2^-16").And.Contain("1/131072 or more"));
        Assert.That(Scratch.Refusal(() => Train(new LearningRate((0, new Ratio(1, 10)), (3, none)))), Does.StartWith("eta: is 1/131073"));
        Assert.That(Scratch.Refusal(() => Train(LearningRate.LinearByStep(none, null, 2))), Does.StartWith("eta: is 1/131073"));
        Assert.That(() => Train(new LearningRate((0, least))), Throws.Nothing);
        Assert.That(() => Train(LearningRate.LinearByStep(new Ratio(1, 10), null, 100_000)), Throws.Nothing);

        void Train(LearningRate rate) => new Trainer(network, TinySgd.Quarters, new TrainingOptions(3, rate)).Dispose();
    }

    /// <summary>A momentum that rounds to 1 would never forget, one that rounds to 0 would be none; too great a rate would be another.</summary>
    [TestCase("momentum", "131071/131072", "65535/65536", 16)]
    [TestCase("momentum", "1/131073", "1/131072", 16)]
    [TestCase("weightDecay", "1/134217729", "1/134217728", 26)]
    [TestCase("weightDecay", "0.9999999999", "0.99999", 26)]
    public void ARatioThatItsBitsDoNotHoldIsRefused(string option, string refused, string taken, int bits)
    {
        Assert.That(
            Scratch.Refusal(() => SchemeRegistry.Create("integer-sgd", (option, refused))),
            Does.Contain(option).And.Contain($"is '{refused}', but must be 0, or an exact ratio below 1").And.Contain($"2^-{bits}"));
        Assert.That(() => SchemeRegistry.Create("integer-sgd", (option, taken)), Throws.Nothing);
        Assert.That(() => SchemeRegistry.Create("integer-sgd", (option, "0")), Throws.Nothing);
        using var network = new Network(
            TinySgd.Layers("subsample"), SchemeRegistry.Create("integer-sgd"), new SoftmaxCrossEntropy(), new(16, 8, 8, 2), new ReferenceBackend());
        Assert.That(() => network.RequireRate(new Ratio(16_383, 1)), Throws.Nothing);
        Assert.That(Scratch.Refusal(() => network.RequireRate(new Ratio(16_384, 1))), Does.StartWith("eta: is 16384, but"));
    }

    /// <summary>
    /// Errors of 16 bits that a block's end alone has, for it has options of its own: the batch norms behind it take their bits from them, not from
    /// the options of their own layers, with whose 8 bits they would leave 32.
    /// </summary>
    [TestCase("kE", "16")]
    [TestCase("16", "kE")]
    public void BatchNormsTakeTheBitsOfTheErrorsThatTheyGet(string network, string block)
    {
        using var backend = new HostBackend(1);
        Assert.That(Trained(backend), Is.EqualTo(Trained(new ReferenceBackend())));

        string Trained(IBackend on)
        {
            Layer[] layers =
            [
                .. TinySgd.Block(new Conv2d(4, 3)),
                new Residual([new Conv2d(6, 3), new BatchNorm(new())], [new Conv2d(6, 1), new BatchNorm(new())]),
                new Relu(), new Quantize(), new Flatten(), new Dense(10),
            ];
            using var trained = new Network(
                layers, SchemeRegistry.Create("integer-sgd", ("kD", network)), new SoftmaxCrossEntropy(), new(16, 8, 8, 2), on,
                layerSchemes: new Dictionary<string, Scheme> { ["residual1"] = SchemeRegistry.Create("integer-sgd", ("kD", block)) });
            trained.Initialize(3);
            using var trainer = new Trainer(trained, TinySgd.Quarters, new TrainingOptions(3, new LearningRate((0, new Ratio(1, 10)))));
            Steps(trainer, 3);
            return trained.WeightsSha256();
        }
    }

    /// <summary>The scale of few bits is chosen of the weights that a run begins with, also where they were trained before.</summary>
    [Test]
    public void WeightsThatAreLoadedChooseTheScaleOfFewBits([Values("2", "4")] string bits)
    {
        using var backend = new HostBackend(1);
        using var trainer = TinySgd.Start("projection", backend, SchemeRegistry.Create("integer-sgd", ("kW", bits)));
        var weights = trainer.Network.StoredWeights.Single(one => one.Name == "conv2");
        var first = Shift();
        var values = new int[weights.Shape.Length];
        weights.Lend(bytes => MemoryMarshal.Cast<byte, int>(bytes).CopyTo(values));
        weights.Load(MemoryMarshal.AsBytes<int>(Array.ConvertAll(values, w => w >> 4)));
        Assert.That(Shift(), Is.EqualTo(first - 4));

        long Shift() => backend.ReadScalar(((Network)trainer.Network).States.Single(one => one.Name == "conv2.W.shift").Tensor);
    }

    /// <summary>
    /// A channel that training saw constant has next to no deviation, and scores of a run that goes astray are huge: an evaluation takes the greatest
    /// scale that 32 bits hold, and does not end the run. Means in a unit of 2^8 are codes of 0, so that their scores are all 0.
    /// </summary>
    [TestCase("batchNorm2.running", 0, true)]
    [TestCase("average1.A.exponent", 8, false)]
    public void AScaleBeyond32BitsSaturatesInAnEvaluation(string name, long value, bool scoresDiffer)
    {
        using var backend = new HostBackend(1);
        Layer[] layers =
        [
            .. TinySgd.Block(new Conv2d(4, 3)), new Residual([new DepthwiseConv2d(1, 3), new BatchNorm(new())], []), new Relu(), new Quantize(),
            new GlobalAveragePool(), new Flatten(), new Dense(10),
        ];
        using var network = new Network(
            layers, SchemeRegistry.Create("integer-sgd"), new SoftmaxCrossEntropy(), new(16, 8, 8, 2), backend);
        network.Initialize(3);
        var weights = network.StoredWeights.Where(one => one.Name is "conv2" or "dense1");
        foreach (var one in weights)
            one.Load(MemoryMarshal.AsBytes<int>([.. Enumerable.Range(0, one.Shape.Length).Select(i => int.MaxValue - (i % 7 << 24))]));
        var state = network.StoredStates.Single(one => one.Name == name);
        state.Load(MemoryMarshal.AsBytes<long>(Enumerable.Repeat(value, state.Shape.Length).ToArray()));
        network.QuantizeWeights();
        var images = TinySgd.Quarters.Test;
        using var own = new NetworkScores(network, owns: false);
        var expected = own.Scores(images.Pixels, images.Count);
        using var model = new IntegerModel(network.ToPlan(), new ReferenceBackend(), 5);
        var scores = new long[expected.Length];
        model.Scores(images.Pixels, images.Count, scores);
        Assert.That(scores, Is.EqualTo(expected));
        Assert.That(expected.Distinct().Count() > 1, Is.EqualTo(scoresDiffer));
    }

    /// <summary>A mean of means of zeros would have a unit finer than that of z, into which no shortcut goes right.</summary>
    [Test]
    public void AMeanOfMeansHasNoFinerUnitThanAShortcutCanHave([Values("in-hindsight", "current")] string ranges)
    {
        using var backend = new HostBackend(1);
        Layer[] layers =
        [
            .. TinySgd.Block(new Conv2d(4, 3)), new AveragePool2d(2), new AveragePool2d(2),
            new Residual([new Conv2d(4, 3), new BatchNorm(new BatchNormSpec())], []), new Relu(), new Quantize(), new Flatten(), new Dense(10),
        ];
        using var network = new Network(
            layers, SchemeRegistry.Create("integer-sgd", ("ranges.A", ranges)), new SoftmaxCrossEntropy(), new(16, 8, 8, 2), backend);
        network.Initialize(3);
        network.StoredWeights.Single(one => one.Name == "batchNorm1.gamma").Load(new byte[16]);
        using var trainer = new Trainer(network, TinySgd.Quarters, new TrainingOptions(3, new LearningRate((0, new Ratio(1, 10)))));
        using var looking = new StepStatistics(network);
        for (var step = 0; step < 2; step++)
        {
            trainer.Step(looking);
            Assert.That(looking.Take().Single(one => one is { Layer: "average2", Tensor: QuantizedTensor.A }).Exponent, Is.EqualTo(-24));
        }
    }

    private static void Steps(Trainer trainer, int count)
    {
        for (var i = 0; i < count; i++) trainer.Step();
    }

    private static string States(Trainer trainer) => StoredTensors.Sha256(trainer.Network.StoredStates);
}
