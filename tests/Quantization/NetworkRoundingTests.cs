using System.Runtime.CompilerServices;
using MathNet.Numerics.Distributions;
using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Observation;
using Wage.Tests.Training;
using Wage.Training;

namespace Wage.Tests.Quantization;

/// <summary>Stochastic rounding of W, A and E where a network does it: its law, whose bits it draws, and when it draws none.</summary>
[Parallelizable]
public sealed class NetworkRoundingTests
{
    private static readonly WageOptions Random = new()
    {
        Bits = new BitWidths(3, 3, 9, 3),
        InitialWeights = InitialGrid.GradientGrid,
        WeightRounding = Rounding.Stochastic,
        ActivationRounding = Rounding.Stochastic,
        ErrorRounding = Rounding.Stochastic,
    };

    /// <summary>A block in one piece ends its product with Q_A; else, and Q_E and Q_W always, a pass over the tensor does it.</summary>
    [Test]
    public void EachKindOfTensorIsRoundedUpAsOftenAsItsDroppedBitsSay([Values] bool fuse, [Values("lenet", "separable")] string model)
    {
        foreach (var (kind, law) in Laws(Random.ToScheme(), fuse, model))
        {
            Assert.That(law.Count, Is.GreaterThan(3000), kind);
            Assert.That(law.Violation(), Is.Null, kind);
        }
    }

    [Test]
    public void ABiasedRuleIsFound([Values] bool fuse)
    {
        var nearest = new ComposedScheme(Random.ToScheme(), "nearest errors", e: new ShiftErrors(3, Rounding.HalfEven));
        var laws = Laws(nearest, fuse, "lenet");
        Assert.That((laws["A"].Violation(), laws["E"].Violation()?[..10]), Is.EqualTo(((string?)null, "chi-square")));
        var odd = new ComposedScheme(Random.ToScheme(), "odd words", a: new OddActivations(3));
        Assert.That(Laws(odd, fuse, "lenet")["A"].Violation(), Is.Not.Null, "a rule that never draws an even word");
    }

    [Test]
    public void EveryTensorStepAndSeedDrawsBitsOfItsOwn()
    {
        using var network = new Plan();
        var streams = network.Streams().ToList();
        Assert.That(streams.Select(one => one.Quantizer[^1]).Distinct(), Is.EquivalentTo("WAE"));
        Assert.That(streams.Select(one => one.Stream).Concat(
            Enumerable.Range(0, 20).SelectMany(i => new[] { RandomStream.Gradient(i), RandomStream.Initialization(i) })), Is.Unique);

        var (a, e, seed, step) = (new ShiftActivations(2, Rounding.Stochastic, ClipMask.None), new ShiftErrors(2, Rounding.Stochastic), 7UL, 9U);
        Dictionary<string, bool[]> drawn = new()
        {
            ["an activation's"] = Drawn(a, 3, seed, step),
            ["another layer's"] = Drawn(a, 4, seed, step),
            ["the next step's"] = Drawn(a, 3, seed, step + 1),
            ["another seed's"] = Drawn(a, 3, seed + 1, step),
            ["a seed's that differs in its upper half"] = Drawn(a, 3, seed + (1UL << 32), step),
            ["an error's"] = Drawn(e, 3, seed, step),
            ["a weight's"] = Drawn(new ShiftWeights(new BitWidths(2, 8, 10, 8), Rounding.Stochastic, false), 3, seed, step),
        };
        Assert.That(Drawn(a, 3, seed, step), Is.EqualTo(drawn["an activation's"]), "the same again");
        foreach (var (name, bits) in drawn)
        {
            foreach (var (other, others) in drawn.Where(one => string.CompareOrdinal(one.Key, name) < 0))
            {
                var same = bits.Zip(others, (x, y) => x == y).Count(equal => equal);
                var z = ((2 * same) - bits.Length) / Math.Sqrt(bits.Length);
                Assert.That(ChiSquared.CDF(1, z * z), Is.LessThan(0.9999), $"{name} and {other}: {same} of {bits.Length} are the same");
            }
        }
    }

    [Test]
    public void AnEvaluationDrawsNoBitsAndMovesNothing([Values("reference", "cpu")] string device)
    {
        using var backend = device == "cpu" ? (IBackend)new HostBackend(2) : new ReferenceBackend();
        var data = TinyRun.Digits;
        var nearest = TinyRun.Start(backend: backend, options: Nearest, layers: TinyRun.NarrowLeNet());
        var (one, other) = (Start(backend, Random.ToScheme()), Start(backend, Random.ToScheme()));
        var evaluator = new Evaluator(one.Network, data.Test);
        Assert.That(evaluator.Predict(), Is.EqualTo(new Evaluator(nearest.Network, data.Test).Predict()), "both begin with the same weights");
        for (var step = 0; step < 4; step++)
        {
            one.Step();
            other.Step();
            one.Network.TakeMetrics();
            var score = evaluator.Run();
            Assert.That((evaluator.Run(), evaluator.Predict().Length), Is.EqualTo((score, data.Test.Count)));
        }

        Assert.That(one.Network.WeightsSha256(), Is.EqualTo(other.Network.WeightsSha256()));
        Assert.That(one.Network.WeightsSha256(), Is.Not.EqualTo(Trained(nearest)), "and training does draw");
    }

    private static WageOptions Nearest => Random with { WeightRounding = null, ActivationRounding = null, ErrorRounding = null };

    private static string Trained(Trainer trainer)
    {
        TinyRun.Steps(trainer, 4);
        return trainer.Network.WeightsSha256();
    }

    private static Trainer Start(IBackend backend, Scheme scheme, bool fuse = true, string model = "lenet") => TinyRun.Start(
        backend: backend, scheme: scheme, layers: model == "lenet" ? TinyRun.NarrowLeNet() : ShortRun.Separable(), eta: new Ratio(8, 1), fuse: fuse);

    /// <summary>What five steps show of the kinds W, A and E.</summary>
    private static Dictionary<string, RoundingLaw> Laws(Scheme scheme, bool fuse, string model)
    {
        using var host = new HostBackend(2);
        var trainer = Start(host, scheme, fuse, model);
        var laws = new Dictionary<string, RoundingLaw> { ["W"] = new(), ["A"] = new(), ["E"] = new() };
        for (var step = 0; step < 5; step++)
        {
            var keep = new Keep(host);
            trainer.Step(keep);
            foreach (var after in keep.Seen)
            {
                var (kind, before) = after.Tensor.Quantity switch
                {
                    Quantity.Weights => ("W", Quantity.StoredWeights),
                    Quantity.Activations => ("A", Quantity.ActivationInputs),
                    Quantity.Errors => ("E", Quantity.ErrorInputs),
                    _ => ("", default(Quantity)),
                };
                if (kind.Length == 0) continue;
                var x = keep.Of(after.Tensor.Layer, before);
                var dropped = checked((int)(after.Exponent - x.Exponent)) + x.Tensor.FractionBits - after.Tensor.FractionBits;
                for (var i = 0; i < x.Values.Length; i++) laws[kind].Add(x.Values[i], dropped, after.Tensor.Range!.Value.Limit, after.Values[i]);
            }
        }

        return laws;
    }

    /// <summary>Which of many halves are rounded up.</summary>
    private static bool[] Drawn(IQuantizer quantizer, int index, ulong seed, uint step)
    {
        const int count = 20_000, dropped = 8;
        using var backend = new HostBackend(1);
        var context = new BuildContext(backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto);
        var role = quantizer switch { ShiftWeights => TensorRole.Weights, ShiftActivations => TensorRole.Activations, _ => TensorRole.Errors };
        var own = quantizer.For(new TensorSite(role, "layer", index, new Shape(count + 1), dropped + quantizer.Range.FractionBits), context);
        var s = new StepContext(Phase.Training, seed, step, default);
        var x = backend.With(ElementType.Int32, [.. Enumerable.Repeat(1L << (dropped - 1), count), 1L << (dropped + 1)]);
        var y = backend.Allocate(quantizer.Range.Type, x.Shape);
        own.Measure(x, null, 0, s);
        own.Apply(x, new StageTensors(y), s);
        return [.. backend.Values(y).Take(count).Select(q => q == 1)];
    }

    /// <summary>A residual network, of which nothing is computed.</summary>
    private sealed class Plan : IDisposable
    {
        private readonly ReferenceBackend backend = new();

        public IEnumerable<(string Quantizer, uint Stream)> Streams()
        {
            var trainer = TinyRun.Start(
                backend: backend, scheme: Random.ToScheme(), layers: Model.ResNet(blocks: 1, width: 2), data: TinyRun.Coloured(1, 20, 20));
            return ((Network)trainer.Network).RoundingIndices.Select(one => (one.Quantizer, RandomStream.Rounding(one.Quantizer[^1] switch
            {
                'W' => TensorRole.Weights,
                'A' => TensorRole.Activations,
                _ => TensorRole.Errors,
            }, one.Index)));
        }

        public void Dispose() => backend.Dispose();
    }

    /// <summary>A wrong Q_A: words whose lowest bit is always set round up too seldom.</summary>
    private sealed class OddActivations(int bits) : IQuantizer
    {
        public QuantizedRange Range { get; } = QuantizedRange.Of(bits);

        public bool HasStage => true;

        public TensorQuantizer For(in TensorSite site, BuildContext context)
        {
            var stage = FusedStage.Of(new OddWords(new ActivationStage(
                site.FractionBits - Range.FractionBits, Range.Limit, Rounding.Stochastic, long.MaxValue)));
            return new StageQuantizer(context.Backend, TensorRole.Activations, site.Index, stage, stage);
        }
    }

    /// <summary>A stage with such words. Public, for kernels compile it in an assembly of theirs.</summary>
    public readonly record struct OddWords(ActivationStage Inner) : IOutputStage
    {
        public int Exponent(long range) => Inner.Exponent(range);

        public int RandomBits(long range) => Inner.RandomBits(range);

        public bool FitsInt32(long range) => Inner.FitsInt32(range);

        public StageConstants<T> Prepare<T>(long range)
            where T : struct, ILanes<T> => Inner.Prepare<T>(range);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
            where T : struct, ILanes<T> => Inner.Value(v, k, new StageColumn<T> { Random = c.Random | T.Of(1) });

        public T Mask<T>(T v, in StageConstants<T> k)
            where T : struct, ILanes<T> => Inner.Mask(v, k);
    }
}
