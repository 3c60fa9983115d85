using System.Numerics;
using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Gpu;
using Wage.Training;

namespace Wage.Tests.Schemes.IntegerSgd;

/// <summary>Training by the scheme integer-sgd: it learns, the same bits everywhere and after every resume, and leaves as a plan.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class IntegerSgdTests
{
    [TestCaseSource(typeof(TinySgd), nameof(TinySgd.Names))]
    public void ItLearns(string name)
    {
        using var backend = new HostBackend(1);
        var trainer = TinySgd.Start(name, backend);
        var first = 0.0;
        for (var epoch = 0; epoch < 6; epoch++)
        {
            while (trainer.StepInEpoch < trainer.StepsPerEpoch) trainer.Step();
            var result = trainer.FinishEpoch();
            var loss = result.Train.LossSum / (double)result.Train.Counted / (1L << result.Train.LossFractionBits);
            if (epoch == 0) first = loss;
            TestContext.Out.WriteLine($"{loss:F4} {result.Test.Correct}/{result.Test.Counted}");
            if (epoch == 5) Assert.That(loss, Is.LessThan(first * 4 / 5));
        }
    }

    [TestCaseSource(typeof(TinySgd), nameof(TinySgd.Names))]
    public void EveryBackendAndThreadCountGivesTheSameBits(string name)
    {
        var expected = Bits(TinySgd.Start(name));
        using var one = new HostBackend(1);
        using var two = new HostBackend(2);
        Assert.That(Bits(TinySgd.Start(name, one)), Is.EqualTo(expected));
        Assert.That(Bits(TinySgd.Start(name, two)), Is.EqualTo(expected));
        if (name is not ("subsample" or "separable" or "fixup")) return;
        using var device = Lent.Device();
        Assert.That(Bits(TinySgd.Start(name, device.Backend)), Is.EqualTo(expected));
    }

    [TestCase("subsample"), TestCase("projection"), TestCase("pooled")]
    public void ErrorsOf16BitsBeforeABatchNormGiveTheSameBitsEverywhere(string name)
    {
        Scheme Wide() => SchemeRegistry.Create("integer-sgd", ("kD", "16"), ("kE", "7"));
        var expected = Bits(TinySgd.Start(name, scheme: Wide()));
        using var two = new HostBackend(2);
        using var device = Lent.Device();
        Assert.That(Bits(TinySgd.Start(name, two, Wide())), Is.EqualTo(expected));
        Assert.That(Bits(TinySgd.Start(name, device.Backend, Wide())), Is.EqualTo(expected));
    }

    [Test]
    public void AResumedRunEndsWithTheSameBits([Values(1, 3, 6)] int kill, [Values("in-hindsight", "current")] string ranges)
    {
        using var backend = new HostBackend(1);
        var scheme = SchemeRegistry.Create("integer-sgd", ("kW", "4"), ("masters", "16"), ("ranges.E", ranges), ("ranges.A", ranges));
        var (whole, first, resumed) = (Start(), Start(), Start());
        Steps(whole, 8);
        Steps(first, kill);
        Steps(resumed, 2);
        resumed.Load(first.Save(""));
        Assert.That(States(resumed), Is.EqualTo(States(first)));
        Steps(resumed, 8 - kill);
        Assert.That((States(resumed), resumed.Network.WeightsSha256()), Is.EqualTo((States(whole), whole.Network.WeightsSha256())));

        Trainer Start() => TinySgd.Start("projection", backend, scheme);
    }

    /// <summary>The plan gives the same scores on another backend, and an evaluation moves nothing.</summary>
    [TestCaseSource(typeof(TinySgd), nameof(TinySgd.Names))]
    public void ThePlanGivesTheScoresOfTheEvaluation(string name)
    {
        using var backend = new HostBackend(1);
        var trainer = TinySgd.Start(name, backend);
        Steps(trainer, 7);
        var (network, images) = ((Network)trainer.Network, TinySgd.Quarters.Test);
        var states = States(trainer);
        using var own = new NetworkScores(network, owns: false);
        var expected = own.Scores(images.Pixels, images.Count);
        Assert.That(States(trainer), Is.EqualTo(states));
        using var model = new IntegerModel(network.ToPlan(), new ReferenceBackend(), 5);
        var scores = new long[expected.Length];
        model.Scores(images.Pixels, images.Count, scores);
        Assert.That(scores, Is.EqualTo(expected));
        Assert.That(expected.Distinct().Count(), Is.GreaterThan(expected.Length / 3));
    }

    [Test]
    public void EveryOptionTrains(
        [Values("kW=2", "kW=3", "kW=4", "kA=7", "kA=4", "kE=4", "kD=16", "masters=16", "ranges.A=current", "momentum=0")] string option)
    {
        using var backend = new HostBackend(1);
        var (name, value) = (option.Split('=')[0], option.Split('=')[1]);
        var trainer = TinySgd.Start("projection", backend, SchemeRegistry.Create("integer-sgd", (name, value)));
        var other = TinySgd.Start("projection", backend);
        Steps(trainer, 7);
        Steps(other, 7);
        Assert.That(trainer.Network.WeightsSha256(), Is.Not.EqualTo(other.Network.WeightsSha256()));
        Assert.That(trainer.Last!.Value.Test.Counted, Is.EqualTo(32));
    }

    /// <summary>A code of 0 is 0 in the statistics, whatever is stored; a scale at its bound and channels that are always 0 are told.</summary>
    [Test]
    public void AnObservedStepShowsCodesAndWhatIsWrong()
    {
        using var backend = new HostBackend(1);
        var trainer = TinySgd.Start("projection", backend);
        using var looking = new StepStatistics(trainer.Network);
        Steps(trainer, 2);
        trainer.Step(looking);
        var codes = Activations(looking.Take());
        Assert.That((codes.Bits, codes.Least, codes.Limit), Is.EqualTo((8, 0, 255)));
        Assert.That(codes.Zeros, Is.InRange(codes.Count / 4, codes.Count * 3 / 4));
        Assert.That(codes.Saturated, Is.LessThan(codes.Count / 100));
        Load("batchNorm1.gamma", (1 << 26) - 1);
        Load("batchNorm2.beta", 1 - (1 << 29));
        trainer.Step(looking);
        var warnings = new TrainingChecks([], kind: SchemeRegistry.Require("integer-sgd")).Check(looking.Take(), new Ratio(1, 10));
        Assert.That(
            warnings.Select(warning => (warning.Layer, warning.Problem)),
            Is.SupersetOf(new[] { ("batchNorm1.gamma", TrainingProblem.ScaleAtBound), ("conv2", TrainingProblem.DeadChannels) }));

        TensorStatistics Activations(IReadOnlyList<TensorStatistics> all) =>
            all.Single(one => one is { Layer: "conv1", Tensor: QuantizedTensor.A, IsAfter: true });
        void Load(string name, int value)
        {
            var tensor = trainer.Network.StoredWeights.Single(one => one.Name == name);
            tensor.Load(MemoryMarshal.AsBytes<int>(Enumerable.Repeat(value, tensor.Shape.Length).ToArray()));
        }
    }

    /// <summary>Sums of such states with a step's own would leave 64 bits.</summary>
    [TestCase("batchNorm1.running", 0, long.MinValue, "a running mean of batchNorm1 of -9223372036854775808")]
    [TestCase("batchNorm1.running", 3, (1L << 60) + 1, "a running mean of batchNorm1 of")]
    [TestCase("batchNorm1.running", 5, -1, "a running variance of batchNorm1 of -1, but")]
    [TestCase("batchNorm1.running", 9, long.MaxValue, "a running variance of batchNorm1 of")]
    [TestCase("conv1.Y.exponent", 0, (1L << 20) + 1, "an exponent of 1048577")]
    [TestCase("conv1.A.exponent", 0, -(1L << 20) - 1, "an exponent of -1048577")]
    [TestCase("conv1.W.shift", 0, 31, "a scale of 2^31 of conv1")]
    [TestCase("conv1.W.shift", 0, -1, "a scale of 2^-1 of conv1")]
    public void StatesThatNoStepLeavesAreRefusedWhenTheyAreRead(string name, int at, long value, string message)
    {
        using var backend = new HostBackend(1);
        var trainer = TinySgd.Start("projection", backend, SchemeRegistry.Create("integer-sgd", ("kW", "4")));
        Steps(trainer, 1);
        var state = ((ITrainable)trainer.Network).StoredStates.Single(one => one.Name == name);
        var values = new long[state.Shape.Length];
        state.Lend(bytes => MemoryMarshal.Cast<byte, long>(bytes).CopyTo(values));
        values[at] = value;
        Assert.That(
            () => state.Load(MemoryMarshal.AsBytes<long>(values)), Throws.TypeOf<WageException>().With.Message.Contains($"holds {message}"));
    }

    /// <summary>A momentum of 9/10 whose parts have 60 bits is a momentum of 9/10.</summary>
    [Test]
    public void RatiosOfManyDigitsAreWhatTheyAre()
    {
        using var backend = new HostBackend(1);
        Assert.That(Of("0.900000000000000001", "0.000100000000000001"), Is.EqualTo(Of("9/10", "1/10000")));

        string Of(string momentum, string decay)
        {
            var trainer = TinySgd.Start(
                "separable", backend, SchemeRegistry.Create("integer-sgd", ("momentum", momentum), ("weightDecay", decay)));
            Steps(trainer, 3);
            return trainer.Network.WeightsSha256();
        }
    }

    /// <summary>A gradient of the greatest magnitude, divided by a batch of any size, stays in 64 bits.</summary>
    [TestCase(1, 0)]
    [TestCase(129, 8)]
    [TestCase((1 << 18) + 1, 19)]
    [TestCase((1 << 24) - 1, 24)]
    public void TheGreatestGradientOfABatchFits(int batch, int bits)
    {
        const long Greatest = 1L << GradientStage.MostBits;
        var (function, k) = AddGradient.ForBatch(batch, 0);
        Assert.That(k, Is.EqualTo(bits));
        Assert.That(function.Of(0, Greatest), Is.EqualTo((long)(((BigInteger)Greatest * function.Share) >> 16)));
        Assert.That((double)function.Share / (1 << 16), Is.EqualTo((double)(1L << k) / batch).Within(0.0001));
    }

    /// <summary>A layer whose units are known before the run, among others whose units are not, or the reverse.</summary>
    [Test]
    public void ALayerOfAnotherKindOfSchemeIsRefusedByName(
        [Values("conv1", "conv2", "dense1")] string layer, [Values("integer-sgd", "wage")] string network)
    {
        var other = SchemeRegistry.Create(network == "wage" ? "integer-sgd" : "wage");
        Layer[] layers = network == "wage"
            ? [new Conv2d(4, 3), new Relu(), new Quantize(), new Conv2d(4, 3), new Relu(), new Quantize(), new Flatten(), new Dense(10)]
            : [.. TinySgd.Layers("subsample")];
        Assert.That(
            () => new Network(
                layers, SchemeRegistry.Create(network), new SoftmaxCrossEntropy(), new(4, 8, 8, 1), new ReferenceBackend(),
                layerSchemes: new Dictionary<string, Scheme> { [layer] = other }),
            Throws.TypeOf<WageException>().With.Message.Contains("does not fit a network of"));
    }

    [Test]
    public void AQuantizeOfAnotherKindOfSchemeIsRefusedByName()
    {
        Layer[] layers =
        [
            new Conv2d(4, 3), new BatchNorm(new BatchNormSpec()), new Relu(), new Quantize { Scheme = SchemeRegistry.Create("wage") }, new Flatten(),
            new Dense(10),
        ];
        Assert.That(
            () => new Network(layers, SchemeRegistry.Create("integer-sgd"), new SoftmaxCrossEntropy(), new(4, 8, 8, 1), new ReferenceBackend()),
            Throws.TypeOf<WageException>().With.Message.StartsWith("conv1: its scheme is 'wage"));
    }

    /// <summary>A stride beyond the image takes its first pixel; what no tensor holds is refused.</summary>
    [Test]
    public void ASubsampleOfAnyExtentIsBuiltOrRefused()
    {
        Assert.That(new SubsampleSpec(6, int.MaxValue).OutputOf("subsample1", new(2, 7, 9, 4)), Is.EqualTo(new Shape(2, 1, 1, 6)));
        Assert.That(new SubsampleSpec(6, 2).OutputOf("subsample1", new(2, 7, 8, 4)), Is.EqualTo(new Shape(2, 4, 4, 6)));
        Assert.That(() => new SubsampleSpec(6, 0).OutputOf("subsample1", new(2, 7, 9, 4)), Throws.TypeOf<WageException>());
        Assert.That(() => new SubsampleSpec(1 << 30).OutputOf("subsample1", new(2, 2, 2, 4)), Throws.TypeOf<WageException>());
        Assert.That(() => new SubsampleSpec(1 << 20).OutputOf("subsample1", new(2, 2, 2, 1 << 12)), Throws.TypeOf<WageException>());
    }

    /// <summary>An evaluation adds to the sums of a wide dense layer what 32 bits hold beside them.</summary>
    [Test]
    public void AStartLeavesRoomForTheSums([Values] bool normalized)
    {
        using var backend = new HostBackend(1);
        Layer[] wide = normalized ? [.. TinySgd.Block(new Dense(3)), new Dense(10)] : [new Dense(10) { Bias = true }];
        Layer[] layers = [.. TinySgd.Block(new Conv2d(13, 3)), new Flatten(), .. wide];
        using var network = new Network(layers, SchemeRegistry.Create("integer-sgd"), new SoftmaxCrossEntropy(), new(2, 64, 64, 1), backend);
        network.Initialize(3);
        foreach (var tensor in ((ITrainable)network).StoredWeights)
        {
            var value = tensor.Name.Split('.')[^1] switch { "bias" => int.MaxValue, "gamma" => 1 << 24, "beta" => 7_381_975, _ => 127 };
            tensor.Load(MemoryMarshal.AsBytes<int>(Enumerable.Repeat(value, tensor.Shape.Length).ToArray()));
        }

        network.QuantizeWeights();
        Assert.That(() => network.ToPlan(), Throws.Nothing);
    }

    private static string Bits(Trainer trainer)
    {
        Steps(trainer, 3);
        return trainer.Network.WeightsSha256() + States(trainer);
    }

    internal static void Steps(Trainer trainer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            trainer.Step();
            if (trainer.StepInEpoch == trainer.StepsPerEpoch) trainer.FinishEpoch();
        }
    }

    internal static string States(Trainer trainer) => StoredTensors.Sha256(trainer.Network.StoredStates);
}
