using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Tests.Losses;

[Parallelizable]
public sealed class LossTests
{
    private static readonly ReferenceBackend Backend = new();

    /// <summary>k_A - 1 + k_W - 1 + log2 16 = 12: one is 4096.</summary>
    [Test]
    public void TheSquaredErrorIsTheAccumulatorMinus4096AtTheLabel()
    {
        var loss = new SquaredError();
        var (delta, metrics) = Run(loss, 12, ElementType.Int32, 1 << 15, [100, -5, 7, 1, 2, 3], [1, 0]);
        Assert.That(delta, Is.EqualTo(new[] { 100, -5 - 4096, 7, 1 - 4096, 2, 3 }));
        var sum = delta.Sum(d => d * d);
        Assert.That(loss.LossFractionBits, Is.EqualTo(25), "half a square of 2 x 12 fraction bits");
        Assert.That(metrics, Is.EqualTo(new[] { sum, 0, 2 }));
    }

    [Test]
    public void AnIgnoredSampleHasNoErrorAndNoLoss([Values] bool crossEntropy)
    {
        var (delta, metrics) = Run(NewLoss(), 4, ElementType.Int32, 1000, [900, 5, 6, 3, 900, 1], [-1, 1]);
        Assert.That(delta.Take(3), Is.All.Zero);
        var (_, alone) = Run(NewLoss(), 4, ElementType.Int32, 1000, [3, 900, 1], [1]);
        Assert.That(metrics, Is.EqualTo(alone));
        Assert.That(metrics[2], Is.EqualTo(1));

        Loss NewLoss() => crossEntropy ? new SoftmaxCrossEntropy() : new SquaredError();
    }

    [TestCase(0, 1)]
    [TestCase(1, 0)]
    [TestCase(2, 0)]
    public void OfEqualScoresTheFirstIsTheAnswer(int label, int correct)
    {
        foreach (var loss in (Loss[])[new SquaredError(), new SoftmaxCrossEntropy()])
        {
            var (_, metrics) = Run(loss, 3, ElementType.Int32, 1000, [7, 7, 7], [label]);
            Assert.That(metrics[1], Is.EqualTo(correct));
        }
    }

    [Test]
    public void TheCrossEntropyErrorsAreNegativeAtTheLabelAndSumToZeroWithinTheRounding()
    {
        for (var seed = 0ul; seed < 50; seed++)
        {
            var scores = Enumerable.Range(0, 10).Select(i => (long)RandomBits.Below(new RandomKey(seed, 0, 0), (ulong)i, 40_000) - 20_000).ToArray();
            var (delta, _) = Run(new SoftmaxCrossEntropy(), 12, ElementType.Int32, 1 << 20, scores, [(int)(seed % 10)]);
            Assert.That(delta[(int)(seed % 10)], Is.LessThanOrEqualTo(0));
            Assert.That(delta.Where((_, i) => i != (int)(seed % 10)), Is.All.GreaterThanOrEqualTo(0));
            Assert.That(delta.Sum(), Is.InRange(-10L, 10L));
        }
    }

    [Test]
    public void TheCrossEntropyIsThatOfFloat64WithinItsStatedError()
    {
        for (var seed = 0ul; seed < 50; seed++)
        {
            var scores = Enumerable.Range(0, 10).Select(i => (long)RandomBits.Below(new RandomKey(seed, 1, 0), (ulong)i, 40_000) - 20_000).ToArray();
            var (delta, metrics) = Run(new SoftmaxCrossEntropy(), 12, ElementType.Int64, 1 << 20, scores, [4]);
            var exponentials = scores.Select(s => Math.Exp(s / 4096.0)).ToArray();
            var p = exponentials.Select(e => e / exponentials.Sum()).ToArray();
            Assert.That(Math.Abs(metrics[0] - (-Math.Log(p[4]) * (1 << 20))), Is.LessThan(2));
            for (var j = 0; j < 10; j++) Assert.That(Math.Abs(delta[j] - ((p[j] - (j == 4 ? 1 : 0)) * (1L << 30))), Is.LessThan(10));
        }
    }

    [Test]
    public void WideScoresDropBitsOfTheReportedLossSoThatItsSumFits()
    {
        var loss = new SquaredError();
        var (delta, metrics) = Run(loss, 40, ElementType.Int64, 1L << 45, [1L << 45, -(1L << 45)], [1]);
        Assert.That(delta, Is.EqualTo(new[] { 1L << 45, -(1L << 45) - (1L << 40) }), "the error itself is exact");
        var dropped = 40 - ((loss.LossFractionBits - 1) / 2);
        Assert.That(dropped, Is.GreaterThan(0));
        Assert.That(metrics[0], Is.EqualTo(delta.Select(d => FixedPoint.Round(d, dropped, Rounding.HalfEven)).Sum(d => d * d)));
        Assert.That((System.Numerics.BigInteger)metrics[0] * Loss.MostSamples, Is.LessThanOrEqualTo((System.Numerics.BigInteger)long.MaxValue));
    }

    [Test]
    public void ScoresThatAreNotOneRowPerSampleAreRefused([Values] bool crossEntropy)
    {
        Loss loss = crossEntropy ? new SoftmaxCrossEntropy() : new SquaredError();
        Assert.That(
            () => loss.Build(Context(), new SignalSpec(new Shape(2, 1, 1, 10), ElementType.Int32, 4, 100)),
            Throws.TypeOf<WageException>().With.Message.Contains("[2,1,1,10]").And.Message.Contains("HINT"));
    }

    [Test]
    public void ScoresFinerThan46BitsAreRefused([Values] bool crossEntropy)
    {
        Loss loss = crossEntropy ? new SoftmaxCrossEntropy() : new SquaredError();
        var tooFine = new SignalSpec(new Shape(2, 10), ElementType.Int64, 47, 100);
        Assert.That(
            () => loss.Build(Context(), tooFine), Throws.TypeOf<WageException>().With.Message.Contains("47 fraction bits"));
    }

    private static BuildContext Context() => new(Backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto, false);

    private static (long[] Delta, long[] Metrics) Run(Loss loss, int fractionBits, ElementType type, long bound, long[] scores, int[] labels)
    {
        var shape = new Shape(labels.Length, scores.Length / labels.Length);
        var spec = loss.Build(Context(), new SignalSpec(shape, type, fractionBits, bound));
        var metrics = Backend.Allocate(ElementType.Int64, new Shape(3));
        var signal = new Signal(Values.Tensor(type, shape, scores), fractionBits);
        var labelTensor = Values.Tensor(ElementType.Int32, [.. labels.Select(l => (long)l)]);
        var delta = Values.Of(loss.Error(signal, labelTensor, metrics).Values);
        Assert.That(delta.Max(Math.Abs), Is.LessThanOrEqualTo(spec.Bound));
        return (delta, Values.Of(metrics));
    }
}
