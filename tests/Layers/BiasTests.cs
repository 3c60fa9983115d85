using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Gpu;
using Wage.Tests.Training;
using Wage.Training;
using Wage.Workers;

namespace Wage.Tests.Layers;

/// <summary>A bias is a parameter that is added to a layer's sums, exact, and learns from the sum of the errors.</summary>
[Parallelizable]
public sealed class BiasTests
{
    private static readonly BitWidths[] Bits = [new(2, 8, 8, 8), new(2, 2, 16, 16), new(8, 8, 16, 16)];

    /// <summary>b_q = b 2^(f - g) with f fraction bits of the sums and g of the stored grid; with 2 bits of W and A it drops bits.</summary>
    [TestCaseSource(nameof(Bits))]
    public void TheSumsAreThoseWithoutOneAndTheBiasInTheirUnit(BitWidths bits)
    {
        var (with, without) = (New(true, bits), New(false, bits));
        var (last, bias) = (with.Parameters[^2], with.Parameters[^1]);
        Assert.That(with.Parameters.Select(w => w.Name), Is.EqualTo(new[] { "conv1", "conv1.bias", "conv2", "conv2.bias", "dense1", "dense1.bias" }));
        foreach (var (own, other) in with.Parameters.Where(w => !w.IsBias).Zip(without.Parameters)) Values.Fill(own.Stored, Values.Of(other.Stored));
        Assert.That(Values.Of(bias.Stored), Is.All.Zero, "as it begins");
        long[] stored = [-bias.Scheme.StoredRange.Limit, -3, 1, bias.Scheme.StoredRange.Limit];
        Values.Fill(bias.Stored, stored);
        foreach (var network in new[] { with, without })
        {
            Values.Fill(network.Images, [.. Enumerable.Range(0, network.Images.Length).Select(i => (long)(i * 7 % 3) - 1)]);
            network.QuantizeWeights();
            network.Forward();
        }

        var exponent = with.ScoresSpec.FractionBits - bias.Scheme.StoredRange.FractionBits;
        Assert.That(bias.Range.FractionBits, Is.EqualTo(with.ScoresSpec.FractionBits));
        var added = stored.Select(b => exponent >= 0 ? b << exponent : (long)Math.Round((decimal)b / (1L << -exponent))).ToArray();
        var expected = Values.Of(without.Forward().Values).Select((v, i) => v + added[i % 4]);
        Assert.That(Values.Of(with.Forward().Values), Is.EqualTo(expected));
        Assert.That(with.ScoresSpec.Bound - without.ScoresSpec.Bound, Is.EqualTo(added.Max()));
        Assert.That(last.IsBias, Is.False);
    }

    /// <summary>Summed apart from the library, with errors of 8 and of 16 bits.</summary>
    [TestCaseSource(nameof(Bits))]
    public void TheGradientIsTheSumOfTheErrorsOverImagesAndPositions(BitWidths bits)
    {
        foreach (var device in new[] { "reference", "cpu", "ilgpu-cpu" })
        {
            using var lent = Lent.Of(device, 2);
            var backend = lent.Backend;
            var trainer = Start(backend, new WageOptions { Bits = bits }, small: true);
            var sums = new ErrorSums(backend);
            trainer.Step(sums);
            foreach (var bias in ((Network)trainer.Network).Parameters.Where(w => w.IsBias))
            {
                Assert.That(Read(backend, bias.Gradient), Is.EqualTo(sums[bias.Name[..^5]]), $"{device}, {bias.Name}");
                Assert.That(sums[bias.Name[..^5]].Any(g => g != 0), Is.True);
            }
        }
    }

    [Test]
    public void TheSameWeightsOnEveryBackendFusedOrNotObservedOrNot()
    {
        var hashes = new HashSet<string>();
        foreach (var (device, threads, fuse, observed) in new[]
        {
            ("reference", 1, true, false), ("reference", 1, false, true), ("cpu", 1, true, true), ("cpu", 2, true, false),
            ("cpu", 2, false, false), ("ilgpu-cpu", 1, true, false), ("ilgpu-cpu", 1, true, true),
        })
        {
            using var lent = Lent.Of(device, threads);
            var backend = lent.Backend;
            var trainer = Start(backend, fuse: fuse, small: true);
            for (var i = 0; i < 3; i++)
            {
                if (observed) trainer.Step(new StepStatistics(trainer.Network));
                else trainer.Step();
            }

            hashes.Add(trainer.Network.WeightsSha256());
            var biases = ((Network)trainer.Network).Parameters.Where(w => w.IsBias).Select(w => Read(backend, w.Stored));
            Assert.That(biases.Select(b => b.Any(v => v != 0)), Is.All.True, "each learned");
        }

        Assert.That(hashes, Has.Count.EqualTo(1));
    }

    [Test]
    public void ACheckpointKeepsItAndANetworkWithoutRefusesIt()
    {
        var (whole, half, rest) = (Start(), Start(), Start());
        TinyRun.Steps(whole, 5);
        TinyRun.Steps(half, 2);
        rest.Load(half.Save("config"));
        TinyRun.Steps(rest, 3);
        Assert.That(rest.Network.WeightsSha256(), Is.EqualTo(whole.Network.WeightsSha256()));
        var without = TinyRun.Start(layers: TinyRun.NarrowLeNet());
        Assert.That(
            () => without.Load(half.Save("config")), Throws.TypeOf<WageException>().With.Message.Contains("has 8 weight tensors, the model 4"));
        Assert.That(whole.Network.Identity.DifferenceFrom(without.Network.Identity), Does.StartWith("conv1 is 5x5 conv, same, bias 28x28x5"));
        Assert.That(whole.Network.Table.Sum(row => row.Parameters) - without.Network.Table.Sum(row => row.Parameters), Is.EqualTo(5 + 7 + 19 + 10));
    }

    /// <summary>Stored with 24 bits, by a rule that knows nothing of WAGE.</summary>
    [Test]
    public void ARuleOfOnesOwnTrainsItInAnyStoredType()
    {
        var scheme = new WideScheme();
        var network = new Network(
            [new Dense(3) { Bias = true }], scheme, new SquaredError(), new Shape(2, 2, 2, 1), new ReferenceBackend());
        network.Initialize(1);
        var (weights, bias) = (network.Parameters[0], network.Parameters[1]);
        Assert.That((bias.Type, bias.Stored.Shape, bias.Value.Type), Is.EqualTo((ElementType.Int32, new Shape(3), ElementType.Int32)));
        Values.Fill(network.Images, [1, 2, 3, 4, 5, 6, 7, 8]);
        Values.Fill(network.Labels, [0, 2]);
        network.Step(new StepContext(Phase.Training, 1, 0, new Ratio(1, 1)));
        Assert.That(Values.Of(bias.Stored), Is.EqualTo(Values.Of(bias.Gradient).Select(g => -g << 4)));
        Assert.That(Values.Of(bias.Gradient), Is.Not.All.Zero);
        bias.Load([.. BitConverter.GetBytes(70_000), .. BitConverter.GetBytes(-70_000), .. BitConverter.GetBytes(0)]);
        Assert.That(Values.Of(bias.Stored), Is.EqualTo(new long[] { 70_000, -70_000, 0 }));
        Assert.That(weights.Type, Is.EqualTo(ElementType.Int32));
    }

    [Test]
    public void ItsBoundsDecideTheAccumulatorsOrRefuse()
    {
        var bound = new AccumulatorBound(3, 5, 7, 11);
        Assert.That((long)bound.Value, Is.EqualTo(116));
        Assert.That(new AccumulatorBound(1, int.MaxValue, 1, 1).Choose("x", AccumulatorWidth.Auto), Is.EqualTo(ElementType.Int64));
        Assert.That(
            () => new AccumulatorBound(1, int.MaxValue, 1, 1).Choose("conv1 forward", AccumulatorWidth.Int32),
            Throws.TypeOf<WageException>().With.Message.StartsWith(
                "conv1 forward: 1 terms of at most 2147483647 x 1 and a bias of at most 1 can reach 2147483648, which int32"));
        Assert.That(
            () => new BiasGrid("conv1.bias", QuantizedRange.Of(8), 32),
            Throws.TypeOf<WageException>().With.Message.StartsWith("conv1.bias: a stored bias of up to 127 is shifted by 25 bits, which int32"));
        long Bound(int batch, int workers) => new Network(
            [new Conv2d(2, 3) { Bias = true }, new Relu(), new Quantize(), new Dense(3)], new WageOptions().ToScheme(), new SquaredError(),
            new Shape(batch, 4, 4, 1), new PlanningBackend(), slice: new BatchSlice(batch * workers, 0, workers)).Parameters[1].GradientBound;
        Assert.That((Bound(6, 1), Bound(3, 2)), Is.EqualTo((6 * 16 * 127L, 6 * 16 * 127L)), "of the whole batch");
    }

    [Test]
    public void ADescriptionSaysIt()
    {
        var (plain, biased) = (ModelSpec.ResNet(1, 4), ModelSpec.ResNet(1, 4).WithBias());
        Assert.That(ModelSpec.Of(biased.ToLayers()), Is.EqualTo(biased).And.Not.EqualTo(plain));
        Assert.That(biased.WithBias(), Is.EqualTo(biased));
        Assert.That(((ProductLayer)new DenseSpec(3, Bias: true).ToLayer()).Bias, Is.True);
        Assert.That(((ProductLayer)new DenseSpec(3).ToLayer()).Bias, Is.False);
        var separable = ModelSpec.Of(ModelSpec.Of(ShortRun.Separable()).WithBias().ToLayers());
        Assert.That(separable.Layers.OfType<ProductSpec>().Select(layer => layer.Bias), Is.All.True);
    }

    private static Trainer Start(IBackend? backend = null, WageOptions? options = null, bool fuse = true, bool small = false) => TinyRun.Start(
        backend: backend ?? new HostBackend(1), options: options,
        layers: ModelSpec.Of(small ? Small() : TinyRun.NarrowLeNet()).WithBias().ToLayers(), eta: new Ratio(16, 1), fuse: fuse);

    private static Layer[] Small() =>
    [
        new Conv2d(5, 5, 3), new MaxPool2d(2), new Relu(), new Quantize(), new DepthwiseConv2d(2, 3, 2), new Relu(), new Quantize(), new Dense(10),
    ];

    private static Network New(bool bias, BitWidths bits)
    {
        var network = new Network(
            [
                new Conv2d(3, 3) { Bias = bias }, new MaxPool2d(2), new Relu(), new Quantize(),
                new Conv2d(2, 2, 2) { Bias = bias }, new Relu(), new Quantize(), new Dense(4) { Bias = bias },
            ],
            new WageOptions { Bits = bits }.ToScheme(), new SquaredError(), new Shape(2, 6, 6, 1), new ReferenceBackend());
        network.Initialize(1);
        return network;
    }

    private static long[] Read(IBackend backend, Tensor tensor)
    {
        var host = backend.Read(tensor);
        return [.. Enumerable.Range(0, host.Length).Select(i => host[i])];
    }

    /// <summary>Of each layer's errors, what each filter's add up to.</summary>
    private sealed class ErrorSums(IBackend backend) : IStepObserver
    {
        private readonly Dictionary<string, long[]> sums = [];

        public long[] this[string layer] => sums[layer];

        public void See(in StepTensor tensor)
        {
            if (tensor.Quantity != Quantity.ProductErrors) return;
            var (errors, filters) = (Read(backend, tensor.Values), tensor.Values.Shape[tensor.Values.Shape.Rank - 1]);
            sums[tensor.Layer] = [.. Enumerable.Range(0, filters).Select(f => errors.Where((_, i) => i % filters == f).Sum())];
        }
    }

    /// <summary>Weights of 8 bits in 24; w = w - 16 g.</summary>
    private sealed class WideScheme : Scheme
    {
        private readonly Scheme basis = new WageOptions { Bits = new BitWidths(8, 8, 16, 16) }.ToScheme();

        public override string Name => "wide";

        public override QuantizedRange StoredRange => new(ElementType.Int32, 23, (1 << 23) - 1);

        public override IWeightInitializer Initializer => basis.Initializer;

        public override IQuantizer W { get; } = new Shift();

        public override IQuantizer A => basis.A;

        public override IQuantizer E => basis.E;

        public override UpdateRule Update { get; } = new Plain();

        private sealed class Shift : IQuantizer
        {
            public QuantizedRange Range => QuantizedRange.Of(8);

            public TensorQuantizer For(in TensorSite site, BuildContext context)
            {
                var stage = FusedStage.Of(new ShiftStage(16, 127, Rounding.HalfEven));
                return new StageQuantizer(context.Backend, site.Role, site.Index, stage, stage);
            }
        }

        private sealed class Plain : UpdateRule
        {
            public override ParameterRule For(Parameter parameter, BuildContext context) => new Rule(parameter, context.Backend);

            private sealed class Rule(Parameter parameter, IBackend backend) : ParameterRule
            {
                public override void Learn(in StepContext s) =>
                    backend.Combine(parameter.Stored, parameter.Gradient, default(Less16), parameter.Stored);
            }
        }

        public readonly record struct Less16 : IPairFunction
        {
            public long Of(long x, long y) => FixedPoint.Saturate(checked(x - (y << 4)), (1 << 23) - 1);
        }
    }
}
