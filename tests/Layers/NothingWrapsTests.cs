using System.Numerics;
using FsCheck.Fluent;
using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Quantization;

namespace Wage.Tests.Layers;

/// <summary>
/// Each sum of a step at the greatest values that its proof lets through, against exact integers of any size, and one beyond, which the build
/// refuses. The three products stand at their bounds in the table of cases that every backend runs (BoundCases).
/// </summary>
[Parallelizable]
public sealed class NothingWrapsTests
{
    private const long Most = long.MaxValue;
    private static readonly ReferenceBackend Backend = new();
    private static readonly Shape Images = new(1, 3, 3, 1);

    /// <summary>Four windows of 2 x 2 meet in the middle of a 3 x 3 image: 4 x 2^62 is 2^64.</summary>
    [Test]
    public void ErrorsThatMeetInOverlappingWindowsSaturateWhere64BitsCannotHoldTheirSum([Values] bool average, [Values(1, -1)] int sign)
    {
        PoolLayer pool = average ? new AveragePool2d(2, 1) : new MaxPool2d(2, 1);
        var context = Context();
        var input = Values.Tensor(ElementType.Int8, Images, 0, 0, 0, 0, 9, 0, 0, 0, 0);
        pool.Build(context, new SignalSpec(Images, ElementType.Int8, 7, 127));
        var spec = pool.BuildBackward(context, new SignalSpec(new Shape(1, 2, 2, 1), ElementType.Int64, 0, 1L << 62), true);
        pool.Forward(new Signal(input, 7));
        var e = Values.Tensor(ElementType.Int64, new Shape(1, 2, 2, 1), [.. Enumerable.Repeat(sign * (1L << 62), 4)]);
        Assert.That(Values.Of(pool.Backward(new Signal(e, 0)).Values)[4], Is.EqualTo(sign * spec.Bound));
    }

    [Test]
    public void ASaturatedSumIsTheExactOneLimitedTo64Bits() => Laws.Hold(Gen.Two(Wide()), pair =>
        Assert.That((BigInteger)FixedPoint.AddSaturated(pair.Item1, pair.Item2), Is.EqualTo(Limited((BigInteger)pair.Item1 + pair.Item2, Most))));

    [Test]
    public void ALeftShiftSaturates(
        [Values(Rounding.HalfEven, Rounding.HalfAway)] Rounding rounding) => Laws.Hold(Gen.Zip(Wide(), Gen.Choose(1, 31)), pair =>
        Assert.That(
            (BigInteger)FixedPoint.RoundToLimit(pair.Item1, -pair.Item2, 127, rounding),
            Is.EqualTo(Limited((BigInteger)pair.Item1 << pair.Item2, 127))));

    /// <summary>What a chain of wide alignments may leave: accumulators of 63 bits whose unit is 2^31 coarser than Q_A's.</summary>
    [Test]
    public void ABlockMultipliesAccumulatorsOf63BitsWithoutLeaving64()
    {
        var stage = new ActivationStage(-31, 127, Rounding.HalfEven, Most);
        Assert.That((stage.Value(Most), stage.Value(1L << 40), stage.Value(-Most)), Is.EqualTo((127L, 127L, 0L)));
        Assert.That(stage.Mask(Most), Is.EqualTo(ActivationStage.BothPass));
    }

    /// <summary>The branch's unit is 2^20 coarser: its bound is shifted left by 20.</summary>
    [TestCase((1L << 42) - 1, (1L << 20) - 1, true)]
    [TestCase((1L << 43) - 1, (1L << 20) - 1, true)]
    [TestCase((1L << 43) - 1, 1L << 20, false)]
    public void AResidualSumFitsOrIsRefused(long coarse, long fine, bool fits)
    {
        var shape = new Shape(1, 2);
        var branch = new GivenLayer(new SignalSpec(shape, ElementType.Int64, 5, coarse), default);
        var shortcut = new GivenLayer(new SignalSpec(shape, ElementType.Int64, 25, fine), default);
        var residual = new Residual([branch], [shortcut]);
        if (!fits)
        {
            Assert.That(
                () => residual.Build(Context(), new SignalSpec(shape, ElementType.Int8, 7, 127)),
                Throws.TypeOf<WageException>().With.Message.Contains($"can reach {((BigInteger)coarse << 20) + fine}, which int64"));
            return;
        }

        var spec = residual.Build(Context(), new SignalSpec(shape, ElementType.Int8, 7, 127));
        (branch.Values, shortcut.Values) = (Values.Tensor(ElementType.Int64, coarse, -coarse), Values.Tensor(ElementType.Int64, fine, -fine));
        Assert.That(Values.Of(residual.Forward(default).Values), Is.EqualTo(new[] { spec.Bound, -spec.Bound }));
    }

    /// <summary>Errors of every width that a residual takes, at their bound, however far their units are apart.</summary>
    [Test]
    public void JoinedErrorsStayWithinTheBoundThatTheResidualStates()
    {
        for (var bits = 1; bits <= 53; bits++)
        {
            var bound = (1L << bits) - 1;
            var spec = new SignalSpec(new Shape(1, 2), ElementType.Int64, 0, bound);
            var residual = new Residual([new GivenLayer(spec, spec)], [new GivenLayer(spec, spec)]);
            residual.Build(Context(), spec with { Type = ElementType.Int8, Bound = 127 });
            var sum = residual.BuildBackward(Context(), spec, true);
            foreach (var apart in (int[])[0, 1, residual.Guard - 1, residual.Guard, residual.Guard + 1, 61, 62, 63, 64, 1000])
            {
                var alignment = new ErrorAlignment(apart, 0, residual.Guard);
                foreach (var (x, y) in ((long, long)[])[(bound, bound), (-bound, -bound), (bound, -bound), (1, bound)])
                {
                    var exact = Aligned(x, alignment.Exponent - apart) + Aligned(y, alignment.Exponent);
                    Assert.That((BigInteger)alignment.Of(x, y), Is.EqualTo(exact), $"{bits} bits, {apart} apart");
                    Assert.That(BigInteger.Abs(exact), Is.LessThanOrEqualTo((BigInteger)sum.Bound));
                }
            }
        }
    }

    [Test]
    public void ErrorsOf54BitsAreTooWideToJoin()
    {
        var spec = new SignalSpec(new Shape(1, 2), ElementType.Int64, 0, 1L << 53);
        var residual = new Residual([new GivenLayer(spec, spec)], [new GivenLayer(spec, spec)]);
        residual.Build(Context(), spec with { Type = ElementType.Int8, Bound = 127 });
        Assert.That(
            () => residual.BuildBackward(Context(), spec, true),
            Throws.TypeOf<WageException>().With.Message.StartsWith("residual1: errors of 54 bits leave only 7 bits"));
    }

    [TestCase(Most / 9, true)]
    [TestCase((Most / 9) + 1, false)]
    public void AMeanSumsWhatFitsOrIsRefused(long bound, bool fits)
    {
        var pool = new GlobalAveragePool();
        var spec = new SignalSpec(Images, ElementType.Int64, 7, bound);
        if (!fits)
        {
            Assert.That(() => pool.Build(Context(), spec), Throws.TypeOf<WageException>().With.Message.StartsWith("average1 sum: 9 terms of"));
            return;
        }

        pool.Build(Context(), spec);
        var x = Values.Tensor(ElementType.Int64, Images, [.. Enumerable.Repeat(-bound, 9)]);
        Assert.That(Values.Of(pool.Forward(new Signal(x, 7)).Values), Is.EqualTo(new[] { -bound }));
    }

    [TestCase(Most - (1L << 20), true)]
    [TestCase(Most - (1L << 20) + 1, false)]
    public void AScoreLessItsLabelFitsOrIsRefused(long bound, bool fits)
    {
        var loss = new SquaredError();
        var spec = new SignalSpec(new Shape(1, 2), ElementType.Int64, 20, bound);
        if (!fits)
        {
            Assert.That(
                () => loss.Build(Context(), spec),
                Throws.TypeOf<WageException>().With.Message.Contains($"a score less its label's can reach {(BigInteger)bound + (1 << 20)}, which"));
            return;
        }

        var delta = loss.Build(Context(), spec);
        var metrics = Backend.Allocate(ElementType.Int64, new Shape(3));
        var e = loss.Error(new Signal(Values.Tensor(ElementType.Int64, spec.Shape, -bound, bound), 20), Values.Tensor(ElementType.Int32, 0), metrics);
        Assert.That(Values.Of(e.Values), Is.EqualTo(new[] { -delta.Bound, bound }));
        Assert.That((BigInteger)Values.Of(metrics)[0] * Loss.MostSamples, Is.LessThanOrEqualTo((BigInteger)Most).And.Positive);
    }

    [TestCase(Most / 2, true)]
    [TestCase((Most / 2) + 1, false)]
    public void TwoScoresOfASoftmaxDifferByWhatFitsOrAreRefused(long bound, bool fits)
    {
        var loss = new SoftmaxCrossEntropy();
        var spec = new SignalSpec(new Shape(1, 2), ElementType.Int64, 46, bound);
        if (!fits)
        {
            Assert.That(
                () => loss.Build(Context(), spec),
                Throws.TypeOf<WageException>().With.Message.Contains("two scores' difference can reach 9223372036854775808, which int64"));
            return;
        }

        loss.Build(Context(), spec);
        var metrics = Backend.Allocate(ElementType.Int64, new Shape(3));
        var e = loss.Error(new Signal(Values.Tensor(ElementType.Int64, spec.Shape, -bound, bound), 46), Values.Tensor(ElementType.Int32, 0), metrics);
        Assert.That(Values.Of(e.Values), Is.EqualTo(new[] { -(1L << 30), 1L << 30 }));
        Assert.That(Values.Of(metrics)[0], Is.EqualTo(1L << 30), "1024 nats, where the loss of an image ends");
        Assert.That((BigInteger)Values.Of(metrics)[0] * Loss.MostSamples, Is.LessThan((BigInteger)Most));
    }

    [Test]
    public void ANegativeNumberOfFractionBitsIsRefused([Values] bool crossEntropy)
    {
        Loss loss = crossEntropy ? new SoftmaxCrossEntropy() : new SquaredError();
        Assert.That(
            () => loss.Build(Context(), new SignalSpec(new Shape(2, 10), ElementType.Int32, -1, 100)),
            Throws.TypeOf<WageException>().With.Message.Contains("-1 fraction bits"));
    }

    private static BigInteger Limited(BigInteger x, long limit) => BigInteger.Max(-limit, BigInteger.Min(x, limit));

    /// <summary>x / 2^shift, half to even, in integers of any size.</summary>
    private static BigInteger Aligned(BigInteger x, long shift)
    {
        if (shift <= 0) return x << (int)-shift;
        var (floor, half) = (x >> (int)shift, BigInteger.One << (int)(shift - 1));
        var rest = x - (floor << (int)shift);
        return rest > half || (rest == half && !floor.IsEven) ? floor + 1 : floor;
    }

    /// <summary>Integers of every width up to 63 bits, and the greatest.</summary>
    private static FsCheck.Gen<long> Wide() => Gen.OneOf(
        Gen.Elements(0L, 1L, -1L, Most, -Most, 1L << 62, -(1L << 62)),
        Gen.Zip(Gen.Choose(0, 62), Gen.Choose(int.MinValue + 1, int.MaxValue)).Select(t => (long)t.Item2 << Math.Min(31, t.Item1)));

    private static BuildContext Context() => new(Backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto, false);
}
