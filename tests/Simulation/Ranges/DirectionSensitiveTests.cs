using Wage.Simulation;
using Wage.Simulation.Conversion;
using Wage.Simulation.Ranges;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Ranges;

/// <summary>DSGC: the golden section against brute force, and the rules of the search.</summary>
[Parallelizable]
public sealed class DirectionSensitiveTests
{
    [TestCase(0.01), TestCase(0.3333), TestCase(0.618), TestCase(0.999), TestCase(1)]
    public void TheGoldenSectionFindsTheLeastValueWithinItsTolerance(double at)
    {
        var calls = 0;
        var found = GoldenSection.Minimum(0.01, 1, 1e-3, x =>
        {
            calls++;
            return Math.Abs(x - at) * (x < at ? 3 : 1);
        });
        Assert.That(found, Is.EqualTo(at).Within(1e-3));
        Assert.That(calls, Is.EqualTo(17), "two, and one for each of the 15 times that 0.99 becomes 0.618 of it until it is 1e-3");
    }

    [TestCase(8, 4096, 1e-3, 0), TestCase(8, 20000, 40.0, 1), TestCase(4, 4096, 1.0, 2), TestCase(3, 50000, 1e-12, 3)]
    public void TheRangeTurnsTheTensorAsLittleAsTheBestOfAllCandidates(int bits, int count, double reach, int outliers)
    {
        var x = RangeRuns.Values(count, reach);
        for (var i = 0; i < outliers; i++) x.Span[i] *= 6;
        var (tensor, y) = (Tensor(count, bits), new FloatTensor(x.Shape));
        tensor.Run(x, y, RangeRuns.At(0));
        var (most, best) = (x.Span.ToArray().Max(Math.Abs), double.PositiveInfinity);
        for (var i = 10; i <= 1000; i++) best = Math.Min(best, Distance(x, AffineGrid.Symmetric("c", most * i / 1000, bits)));
        Assert.That(tensor.State.Range.Greatest, Is.GreaterThanOrEqualTo(0.01f * most).And.LessThanOrEqualTo(most));
        Assert.That(tensor.State.Range.Least, Is.EqualTo(-tensor.State.Range.Greatest));
        Assert.That(tensor.State.Deviation, Is.EqualTo((float)Distance(x, tensor.Used!.Value)).Within(1e-6f));
        Assert.That(tensor.State.Deviation, Is.LessThan((1.05 * best) + 1e-9), $"brute force finds {best}");
    }

    [Test]
    public void ItSearchesEverySoManyStepsAndKeepsTheRangeInBetween()
    {
        var (tensor, y) = (Tensor(500, 8, every: 3), new FloatTensor(new Shape(500)));
        List<float> ranges = [];
        for (var t = 0u; t < 7; t++)
        {
            tensor.Run(RangeRuns.Values(500, t + 1), y, RangeRuns.At(t));
            ranges.Add(tensor.State.Range.Greatest);
        }

        Assert.That(ranges, Is.EqualTo(new[] { ranges[0], ranges[0], ranges[0], ranges[3], ranges[3], ranges[3], ranges[6] }));
        Assert.That(ranges[3] / ranges[0], Is.EqualTo(4).Within(0.01), "it follows the tensor");
        Assert.That(tensor.Used!.Value.Codes, Is.EqualTo(new Wage.Numbers.CodeRange(-127, 127)));
    }

    [Test]
    public void ATensorOfZerosKeepsTheRangeAndDeviatesByNothing()
    {
        var (tensor, y, zeros) = (Tensor(500, 8, every: 1), new FloatTensor(new Shape(500)), new FloatTensor(new Shape(500)));
        tensor.Run(zeros, y, RangeRuns.At(0));
        Assert.That(tensor.State.IsKnown, Is.False, "there is none to keep");
        Assert.That(y.Span.ToArray(), Is.All.Zero);
        tensor.Run(RangeRuns.Values(500, 1), y, RangeRuns.At(1));
        var range = tensor.State.Range;
        Assert.That(tensor.State.Deviation, Is.Positive);
        tensor.Run(zeros, y, RangeRuns.At(2));
        Assert.That(tensor.State.Range, Is.EqualTo(range));
        Assert.That(tensor.State.Deviation, Is.Zero);
    }

    [TestCase(0f, 1f), TestCase(0.05f, 0.36787945f), TestCase(0.5f, 0.1f)]
    public void TheLearningRateFallsWithTheDeviation(float deviation, float rate)
    {
        var state = new RangeState(RangeRuns.Builder(), "e") { Deviation = deviation };
        var distance = new CosineDistance(RangeRuns.Builder(), 1);
        Assert.That(new DirectionSensitive(distance, 100, 8, scalesRate: true).Rate(state), Is.EqualTo(rate).Within(1e-7f));
        Assert.That(new DirectionSensitive(distance, 100, 8, scalesRate: false).Rate(state), Is.EqualTo(1));
    }

    private static RangedTensor Tensor(int count, int bits, uint every = 100) =>
        RangeRuns.Tensor(count, new DirectionSensitive(new CosineDistance(RangeRuns.Builder(), count), every, bits, false), bits: bits);

    private static double Distance(FloatTensor x, AffineGrid grid)
    {
        var (xq, xx, qq) = (0.0, 0.0, 0.0);
        foreach (var value in x.Span)
        {
            var q = grid.Value(grid.Code(value));
            (xq, xx, qq) = (xq + (value * q), xx + ((double)value * value), qq + (q * q));
        }

        return 1 - (xq / Math.Sqrt(xx * qq));
    }
}
