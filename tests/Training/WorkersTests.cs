using Wage.Backends;
using Wage.Data;
using Wage.Gpu;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Schemes.IntegerSgd;
using Wage.Tests.Workers;
using Wage.Training;
using Wage.Workers;

namespace Wage.Tests.Training;

/// <summary>
/// Workers that share a batch end with the weights, losses, statistics and checkpoints of one that has it whole: sums are exact, maxima are
/// everybody's, and random bits are those of the elements' places.
/// </summary>
[Parallelizable]
public sealed partial class WorkersTests
{
    private static readonly Dataset Many = SyntheticDigits.Create(1, 120, 1);

    private static readonly WageOptions Stochastic = new()
    {
        WeightRounding = Rounding.Stochastic,
        ActivationRounding = Rounding.Stochastic,
        ErrorRounding = Rounding.Stochastic,
    };

    /// <summary>A batch of 20: three workers have 6, 7 and 7 images. Some parameters are learned in parts, those of few weights whole.</summary>
    [Test]
    public void AnyNumberOfWorkersEndsWithTheBitsOfOne([Values] bool crossEntropy, [Values] bool convolutions)
    {
        var run = Run(new WageOptions(), crossEntropy, convolutions);
        RequireOne(run, 2, 3, 4);
    }

    [TestCase(RangeEstimator.Running), TestCase(RangeEstimator.InHindsight), TestCase(RangeEstimator.Fixed)]
    public void RangesAreThoseOfTheWholeBatch(RangeEstimator estimator)
    {
        var run = Run(new WageOptions { ErrorRange = estimator, GradientRange = estimator });
        RequireOne(run, 2, 3);
        Assert.That(run.By(2).Weights, Is.Not.EqualTo(Run(new WageOptions()).By(1).Weights));
    }

    /// <summary>Random bits belong to the elements of the whole batch, whoever has them.</summary>
    [Test]
    public void StochasticActivationsAndErrorsAreThoseOfTheWholeBatch() => RequireOne(Run(Stochastic), 2, 3);

    [Test]
    public void AResidualNetworkEndsWithTheBitsOfOne() => RequireOne(
        new SharedRun
        {
            Batch = 7,
            Data = TinySgd.Quarters,
            Network = (slice, backend) => new Network(
                Model.ResNet(1, 4), new WageOptions().ToScheme(), new SquaredError(), new Shape(slice.Count, 8, 8, 2), backend, slice: slice),
            Steps = 3,
        },
        3);

    /// <summary>Sums of batch norm, exponents, velocities and masters; of 4 bits stored weights are clipped, of 16 updates are random.</summary>
    [TestCase("subsample"), TestCase("pooled"), TestCase("pooled", "masters", "16"), TestCase("pooled", "kW", "4"),
     TestCase("fixup")]
    public void IntegerSgdEndsWithTheBitsOfOne(string layers, string option = "kW", string value = "8") =>
        RequireOne(Sgd(layers, (option, value)), 3);

    /// <summary>A batch norm that does not learn sums nothing over the workers.</summary>
    [Test]
    public void FrozenBatchNormsEndWithTheBitsOfOne() => RequireOne(
        Sgd("pooled") with
        {
            Network = (slice, backend) => new Network(
                TinySgd.Layers("pooled"), SchemeRegistry.Create("integer-sgd"), new SoftmaxCrossEntropy(), new Shape(slice.Count, 8, 8, 2),
                backend, slice: slice, frozen: new HashSet<string> { "batchNorm1", "batchNorm3" }),
        },
        3);

    /// <summary>The reference, the processor with one thread and with two, and kernels, whose memory has parts too.</summary>
    [Test]
    public void WorkersMayComputeOnOtherBackends()
    {
        var run = Run(new WageOptions(), convolutions: false) with { Steps = 2 };
        IBackend[] backends = [new ReferenceBackend(), GpuDevices.Open("ilgpu-cpu"), new HostBackend(2)];
        Assert.That((run with { Backend = rank => backends[rank] }).By(3).File, Is.EqualTo(run.By(1).File));
    }

    /// <summary>A run of three goes on as one of two, then of one, in the middle of an epoch and with velocities.</summary>
    [Test]
    public void ARunContinuesWithAnotherNumberOfWorkers([Values] bool momentum)
    {
        var run = momentum ? Sgd("pooled") : Run(new WageOptions { GradientRange = RangeEstimator.InHindsight });
        var whole = (run with { Steps = 7 }).By(1);
        var first = (run with { Steps = 2 }).By(3).State;
        var second = (run with { Steps = 3, From = first, Observed = -1 }).By(2).State;
        Assert.That((run with { Steps = 2, From = second, Observed = -1 }).By(1).File, Is.EqualTo(whole.File));
        Assert.That((run with { Steps = 5, From = first, Observed = -1 }).By(4).File, Is.EqualTo(whole.File));
    }

    /// <summary>The workers of any class: sums of whole gradients.</summary>
    [Test]
    public void WorkersThatDoNotMeetTrainOthers()
    {
        Assert.That(Met(2), Is.EqualTo(Met(1)));
        Assert.That(Met(2, sums: false), Is.Not.EqualTo(Met(1)), "gradients of half a batch");
        Assert.That(Enumerable.Range(1, 8).Any(seed => Met(4, maxima: false, seed: (ulong)seed) != Met(1, seed: (ulong)seed)),
            "maxima of a quarter of the batch");
    }

    [Test]
    public void TheGradientsBoundIsThatOfTheWholeBatch()
    {
        static Wage.Layers.Parameter First(int ranks) => Lenet(new BatchSlice(20, 0, ranks), new ReferenceBackend()).Parameters[0];
        Assert.That(First(3).GradientBound, Is.EqualTo(First(1).GradientBound));
        Assert.That(First(3).SliceBound, Is.EqualTo(First(1).GradientBound / 20 * 7));
    }

    /// <summary>Of the MLP 784-16-10 by three: 12,544 weights and 160, whose gradients of 7 images need 3 bytes.</summary>
    [TestCase(RangeEstimator.Current), TestCase(RangeEstimator.Running), TestCase(RangeEstimator.InHindsight), TestCase(RangeEstimator.Fixed)]
    public void TheBytesOfAStepAreThoseOfTheFormula(RangeEstimator estimator)
    {
        var run = Run(new WageOptions { ErrorRange = estimator, GradientRange = estimator }, convolutions: false);
        var (four, five) = (ThreadTransport.Run(3, transport => Sent(4, transport)), ThreadTransport.Run(3, transport => Sent(5, transport)));
        for (var rank = 0; rank < 3; rank++)
        {
            var network = (Network)run.Network(new BatchSlice(20, 0, 3), new PlanningBackend());
            Assert.That(five[rank] - four[rank], Is.EqualTo(network.StepBytes(rank)));
            var own = new Parts(12_544, 3).Count(rank) + new Parts(160, 3).Count(rank);
            if (estimator == RangeEstimator.Fixed) Assert.That(network.StepBytes(rank), Is.EqualTo(((12_704 - own) * 3) + (2 * own)));
            Assert.That(network.StepBytes(rank), Is.LessThan(2 * 12_704 * 4 * 2 / 3), "what an all-reduce of int32 sends");
        }

        long Sent(int steps, ThreadTransport transport) => (run with { Steps = steps, Observed = -1, Data = Many }).Of(transport).Traffic.Sent;
    }

    /// <summary>
    /// Of integer-sgd too: batch norms sum twice, of gamma and beta nothing more travels, and what all sites keep travels together. Sites that keep
    /// nothing exchange their maximum each, as the errors of the loss always do.
    /// </summary>
    [TestCase("in-hindsight"), TestCase("current")]
    public void TheBytesOfAStepOfIntegerSgdAreThoseOfTheFormula(string range)
    {
        const int Ranks = 3;
        var run = Sgd("subsample", ("ranges.A", range), ("ranges.E", range)) with { Observed = -1 };
        var network = (Network)run.Network(new BatchSlice(run.Batch, 0, Ranks), new PlanningBackend());
        var (four, five) = (ThreadTransport.Run(Ranks, transport => Of(4, transport)), ThreadTransport.Run(Ranks, transport => Of(5, transport)));
        for (var rank = 0; rank < Ranks; rank++)
        {
            Assert.That(five[rank].Sent - four[rank].Sent, Is.EqualTo(network.StepBytes(rank)));
            var sites = network.States.Count(state => state.Name.EndsWith(".exponent", StringComparison.Ordinal));
            var norms = network.States.Count(state => state.Name.EndsWith(".running", StringComparison.Ordinal));
            Assert.That(five[rank].Gathers - four[rank].Gathers, Is.EqualTo((2 * norms) + 1 + (range == "current" ? sites : 1)));
        }

        (long Sent, long Received, int Exchanges, int Gathers) Of(int steps, ThreadTransport transport) =>
            (run with { Steps = steps }).Of(transport).Traffic;
    }

    [Test]
    public void TheTrainersWorkersAreThoseOfTheNetwork() => Assert.That(
        () => new Trainer(
            Lenet(new BatchSlice(20, 1, 2), new ReferenceBackend()), SharedRun.Digits,
            new TrainingOptions(1, new LearningRate((0, new Ratio(1, 1))))),
        Throws.ArgumentException.With.Message.StartsWith("the network is worker 1 of 2, which these are not"));

    private static void RequireOne(SharedRun run, params int[] ranks)
    {
        var one = run.By(1);
        foreach (var many in ranks.Select(run.By))
        {
            Assert.That(many.Weights, Is.EqualTo(one.Weights));
            Assert.That(many.Epochs, Is.EqualTo(one.Epochs));
            Assert.That(many.Statistics, Is.EqualTo(one.Statistics));
            Assert.That(many.File, Is.EqualTo(one.File));
        }
    }

    private static SharedRun Run(WageOptions options, bool crossEntropy = false, bool convolutions = true) => new()
    {
        Network = (slice, backend) => new Network(
            convolutions ? TinyRun.NarrowLeNet() : Model.Mlp(16, 10), options.ToScheme(),
            crossEntropy ? new SoftmaxCrossEntropy() : new SquaredError(), new Shape(slice.Count, 28, 28, 1), backend, slice: slice),
    };

    private static SharedRun Sgd(string layers, params (string, string)[] options) => new()
    {
        Batch = TinySgd.Batch,
        Data = TinySgd.Quarters,
        Eta = new Ratio(1, 10),
        Network = (slice, backend) => new Network(
            TinySgd.Layers(layers), SchemeRegistry.Create("integer-sgd", options), new SoftmaxCrossEntropy(), new Shape(slice.Count, 8, 8, 2),
            backend, slice: slice),
    };

    private static Network Lenet(BatchSlice slice, IBackend backend) => (Network)Run(new WageOptions()).Network(slice, backend);

    private static string Met(int ranks, bool sums = true, bool maxima = true, ulong seed = 1)
    {
        var hashes = ThreadTransport.Run(ranks, transport =>
        {
            using var backend = new HostBackend(1);
            var (network, slice) = (Lenet(new BatchSlice(20, transport.Rank, ranks), backend), new BatchSlice(20, transport.Rank, ranks));
            network.Initialize(seed);
            var (source, workers) = (network.Take(SharedRun.Digits.Train), new Some(new Collective(transport, backend), sums, maxima));
            for (var step = 0; step < 3; step++)
            {
                source.Load((step * 20) + slice.First, default, default);
                network.Step(new StepContext(Phase.Training, 1, (uint)step, new Ratio(4, 1), workers, slice.First));
            }

            return network.WeightsSha256();
        });
        Assert.That(sums && maxima ? hashes.Distinct().Count() : 1, Is.EqualTo(1), "every worker has the same weights");
        return hashes[0];
    }

    /// <summary>Workers of which some things are not everybody's.</summary>
    private sealed class Some(ICollective all, bool sums, bool maxima) : ICollective
    {
        public void Sum(Tensor tensor)
        {
            if (sums) all.Sum(tensor);
        }

        public void Max(Tensor tensor)
        {
            if (maxima) all.Max(tensor);
        }
    }
}
