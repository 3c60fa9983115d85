using Wage.Quantization;
using Wage.Simulation;
using Wage.Simulation.Ranges;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Ranges;

/// <summary>A tensor's range over the steps: the first one, zeros, jumps and falls, and what is no number.</summary>
[Parallelizable]
public sealed class RangedTensorTests
{
    private const int Count = 3000;

    private static IEnumerable<IRangeEstimator> All =>
    [
        new CurrentMinMax(), new RunningMinMax(RangeRuns.Momentum), new InHindsightMinMax(RangeRuns.Momentum), new FixedRange(null),
        new DirectionSensitive(new CosineDistance(RangeRuns.Builder(), Count), 1, 8, false),
    ];

    [TestCaseSource(nameof(All))]
    public void TheFirstStepHasTheRangeOfItsTensor(object estimator)
    {
        var (tensor, x) = (RangeRuns.Tensor(Count, (IRangeEstimator)estimator), RangeRuns.Values(Count, 3));
        Assert.That(tensor.State.IsKnown, Is.False);
        var y = tensor.Run(x, new FloatTensor(x.Shape), RangeRuns.At(0));
        for (var i = 0; i < Count; i++) Assert.That(y.Span[i], Is.EqualTo((float)tensor.Used!.Value.Value(tensor.Used.Value.Code(x.Span[i]))));
        if (estimator is DirectionSensitive) return;
        Assert.That(tensor.State.Range, Is.EqualTo(new TensorRange(x.Span.ToArray().Min(), x.Span.ToArray().Max())));
        Assert.That(tensor.State.Saturated, Is.Zero);
    }

    [TestCaseSource(nameof(All))]
    public void ATensorOfZerosHasTheCodeOfZeroAndTheNextOnesRecover(object estimator)
    {
        var tensor = RangeRuns.Tensor(Count, (IRangeEstimator)estimator);
        var y = new FloatTensor(new Shape(Count));
        y.Span.Fill(7);
        tensor.Run(new FloatTensor(y.Shape), y, RangeRuns.At(0));
        Assert.That(y.Span.ToArray(), Is.All.Zero);
        Assert.That((tensor.State.Saturated, tensor.State.Underflowed), Is.EqualTo((0f, 0f)));
        for (var t = 1u; t < 200; t++) tensor.Run(RangeRuns.Values(Count, 1), y, RangeRuns.At(t));
        Assert.That(tensor.State.Saturated, estimator is FixedRange ? Is.GreaterThan(0.99f) : Is.LessThan(0.01f));
    }

    [Test]
    public void InHindsightAJumpOf100SaturatesIsCountedAndRecovers()
    {
        var (shares, ranges) = Course(1, 100, 60);
        Assert.That(shares[0], Is.Zero);
        Assert.That(shares[1], Is.GreaterThan(0.95), "the step of the jump has the range of before");
        Assert.That(shares[1..], Is.Ordered.Descending);
        Assert.That(ranges[8], Is.GreaterThanOrEqualTo(ranges[^1] / 2), "7 updates");
        Assert.That(ranges[7], Is.LessThan(ranges[^1] / 2));
        Assert.That(shares[^1], Is.LessThan(0.001));
    }

    [Test]
    public void InHindsightAFallOf1000UnderflowsIsCountedAndRecovers()
    {
        var (shares, ranges) = Course(1000, 1, 90, underflow: true);
        Assert.That(shares[0], Is.LessThan(0.01));
        Assert.That(shares[1], Is.GreaterThan(0.9), "almost nothing reaches half a step");
        Assert.That(ranges[66], Is.GreaterThanOrEqualTo(2 * ranges[0] / 1000), "65 updates");
        Assert.That(ranges[67], Is.LessThan(2 * ranges[0] / 1000));
        Assert.That(shares[^1], Is.LessThan(0.02));
    }

    [Test]
    public void WhatIsNotFiniteIsSkippedAndCounted([Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float value)
    {
        var tensor = RangeRuns.Tensor(Count, new InHindsightMinMax(RangeRuns.Momentum));
        var (x, y) = (RangeRuns.Values(Count, 1), new FloatTensor(new Shape(Count)));
        x.Span[1234] = value;
        Assert.That(tensor.Run(x, y, RangeRuns.At(0)), Is.SameAs(x), "there is no range at all yet");
        Assert.That((tensor.State.IsKnown, tensor.State.Skipped), Is.EqualTo((false, 1L)));
        tensor.Run(RangeRuns.Values(Count, 1), y, RangeRuns.At(1));
        var range = tensor.State.Range;
        Assert.That(tensor.Run(x, y, RangeRuns.At(2)), Is.SameAs(y));
        Assert.That((tensor.State.Range, tensor.State.Skipped), Is.EqualTo((range, 2L)));
        Assert.That(y.Span[1234], float.IsNaN(value) ? Is.NaN : Is.EqualTo((float)(value > 0 ? tensor.Grid.Greatest : tensor.Grid.Least)));
    }

    [Test]
    public void AnEvaluationReadsTheStateAndMovesNothing()
    {
        var tensor = RangeRuns.Tensor(Count, new RunningMinMax(RangeRuns.Momentum));
        var (x, y) = (RangeRuns.Values(Count, 1), new FloatTensor(new Shape(Count)));
        Assert.That(() => tensor.Run(x, y, default), Throws.TypeOf<WageException>().With.Message.Contains("no range yet"));
        tensor.Run(x, y, RangeRuns.At(0));
        var before = tensor.State.State.Values.Span.ToArray();
        tensor.Run(RangeRuns.Values(Count, 50), y, new StepContext(Phase.Evaluation, 1, 1, new(1, 10)));
        Assert.That(tensor.State.State.Values.Span.ToArray(), Is.EqualTo(before));
        Assert.That(y.Span.ToArray().Max(), Is.LessThan(1.1), "it saturates at the range as it is");
    }

    private static (List<float> Shares, List<float> Ranges) Course(double before, double after, int steps, bool underflow = false)
    {
        var (tensor, y) = (RangeRuns.Tensor(Count, new InHindsightMinMax(RangeRuns.Momentum)), new FloatTensor(new Shape(Count)));
        List<float> shares = [], ranges = [];
        for (var t = 0u; t < steps; t++)
        {
            tensor.Run(RangeRuns.Values(Count, t == 0 ? before : after), y, RangeRuns.At(t));
            shares.Add(underflow ? tensor.State.Underflowed : tensor.State.Saturated);
            ranges.Add(tensor.Used!.Value is var grid ? (float)(grid.Greatest - grid.Least) : 0);
        }

        return (shares, ranges);
    }
}
