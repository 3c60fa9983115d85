using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Observation;
using Wage.Own;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Gpu;
using Wage.Training;

namespace Wage.Tests.Quantization;

/// <summary>
/// A Q_E of one's own measures the same of a tensor whether the clip's derivative is the gate of a block, or a pass before it, in a network layer by
/// layer or because somebody looks: what is stopped is an error of 0.
/// </summary>
[Parallelizable]
public sealed class MeasuredErrorsTests
{
    private static readonly Dataset Digits = SyntheticDigits.Create(5, 60, 10);

    private static IEnumerable<TestCaseData> Quantizers() =>
    [
        new TestCaseData(new AverageErrors(8, 2)).SetArgDisplayNames("a moving average of the mean"),
        new TestCaseData(new SpreadErrors(gated: true)).SetArgDisplayNames("the least and the greatest magnitude"),
    ];

    [TestCaseSource(nameof(Quantizers))]
    public void AStepIsTheSameFusedOrNotObservedOrNotOnEveryBackend(IQuantizer errors)
    {
        using var host = new HostBackend(2);
        using var device = Lent.Device();
        var ways = new[] { host, new ReferenceBackend(), device.Backend }
            .SelectMany(backend => new[] { (backend, true, true), (backend, true, false), (backend, false, true), (backend, false, false) });
        Assert.That(ways.Select(way => Weights(errors, way.backend, way.Item2, way.Item3)).Distinct().Count(), Is.EqualTo(1));
    }

    /// <summary>The clip stops errors here, and this quantizer sees it: without the gate the block measures others.</summary>
    [Test]
    public void AQuantizerThatForgetsTheGateIsFound()
    {
        using var host = new HostBackend(1);
        var forgets = new SpreadErrors(gated: false);
        Assert.That(Weights(forgets, host, fuse: true, observe: false), Is.Not.EqualTo(Weights(forgets, host, fuse: false, observe: false)));
    }

    private static string Weights(IQuantizer errors, IBackend backend, bool fuse, bool observe)
    {
        Layer[] layers =
        [
            new Conv2d(8, 5, stride: 2), new Relu(), new Quantize(), new Dense(32), new Relu(), new Quantize(), new Dense(10),
        ];
        var scheme = new ComposedScheme(new WageOptions().ToScheme(), "own errors", e: errors);
        var network = new Network(layers, scheme, new SquaredError(), new Shape(20, 28, 28, 1), backend, fuse: fuse);
        network.Initialize(1);
        var trainer = new Trainer(network, Digits, new TrainingOptions(1, new LearningRate((0, new Ratio(8, 1)))));
        var looking = new StepStatistics(network);
        for (var i = 0; i < 3; i++)
        {
            if (observe) trainer.Step(looking);
            else trainer.Step();
        }

        return network.WeightsSha256();
    }

    /// <summary>Q_E by max |e| + 256 min |e|: of every element, one that is stopped too.</summary>
    private sealed class SpreadErrors(bool gated) : IQuantizer
    {
        public QuantizedRange Range { get; } = QuantizedRange.Of(8) with { FractionBits = 0 };

        public bool HasStage => true;

        public TensorQuantizer For(in TensorSite site, BuildContext context)
        {
            Tensor One() => context.Allocate(MemoryKind.Errors, ElementType.Int64, new Shape(1));
            return new Quantizer(context.Backend, gated, One(), One());
        }

        private sealed class Quantizer(IBackend backend, bool gated, Tensor most, Tensor least) : TensorQuantizer
        {
            public override void Measure(Tensor x, Tensor? gate, int gateBits, in StepContext s)
            {
                backend.Reduce(x, gated ? gate : null, gateBits, default(MaxAbs), most);
                backend.Reduce(x, gated ? gate : null, gateBits, default(Least), least);
                backend.Combine(most, least, default(Spread), most);
            }

            public override void Apply(Tensor x, in StageTensors t, in StepContext s) =>
                backend.Map(x, new ErrorStage(8, Rounding.HalfEven), t with { Range = most });
        }
    }

    /// <summary>2^40 - min |x|: the least is the greatest of what is left.</summary>
    public readonly record struct Least : IStatistic
    {
        public const long Whole = 1L << 40;

        public static int Results => 1;

        public static bool Adds => false;

        public long Of(long x, int result) => checked(Whole - Math.Min(Wrapping.Absolute(x), Whole));
    }

    /// <summary>most + 256 least.</summary>
    public readonly record struct Spread : IPairFunction
    {
        public long Of(long x, long y) => checked(x + (256 * (Least.Whole - y)));
    }
}
