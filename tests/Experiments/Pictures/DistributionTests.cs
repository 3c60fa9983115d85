using Wage.Experiments.Pictures;
using Wage.Experiments.Statistics;
using Wage.Numbers;
using Wage.Tests.Experiments.Statistics;

namespace Wage.Tests.Experiments.Pictures;

[Parallelizable]
internal sealed class DistributionTests
{
    private static readonly ObservedTensor WeightsAfter = ObservedTensor.Parse(RunStatisticsTests.WeightsAfter)!;

    /// <summary>Stored integers -64, -64, 0 and 48 of 8 bits: -0.5, -0.5, 0 and 0.375.</summary>
    private static readonly ObservedTensor WeightsBefore = WeightsAfter with
    {
        After = false,
        Bits = 8,
        FractionBits = 7,
        Shift = null,
        Min = -64,
        Max = 48,
        First = -64,
        Counts = [2, .. new long[63], 1, .. new long[47], 1],
    };

    [Test]
    public void TheOutlineOfTheResultHasASharePerGridPoint()
    {
        var distribution = new Distribution(null, WeightsAfter, new Ratio(1, 1));
        var path = distribution.After(new LinearScale(-1, 1, 0, 200), new LogarithmicScale(1e-2, 1, 200, 0));
        Assert.That(path, Is.EqualTo("M25 200V30.1H75V60.2H125V60.2H175V200"), "-0.5, 0 and 0.5, each half a unit wide, with shares 1/2, 1/4, 1/4");
        Assert.That((distribution.Step, distribution.Reach, distribution.IsPositive), Is.EqualTo((0.5, 0.5, false)));
    }

    [Test]
    public void WhatEntersLiesOnTheSameAxis()
    {
        var path = new Distribution(WeightsBefore, WeightsAfter, new Ratio(1, 1))
            .Before(new LinearScale(-1, 1, 0, 2560), new LogarithmicScale(1e-3, 1000, 600, 0));
        Assert.That(path, Does.StartWith("M635 600").And.Contain("M1275 600").And.Contain("M1755 600"), "2560 (1 + (w - 1/2) / 128) / 2");
    }

    [Test]
    public void ErrorsAreInTheUnitOfTheirOwnWindowAndGradientsInStepsOfTheUpdate()
    {
        var (before, after) = (ObservedTensor.Parse(RunStatisticsTests.ErrorsBefore)!, ObservedTensor.Parse(RunStatisticsTests.ErrorsAfter)!);
        var errors = new Distribution(before, after, new Ratio(1, 1));
        Assert.That((errors.Step, errors.Reach), Is.EqualTo((Math.ScaleB(1, -7), 600 * Math.ScaleB(1, -7 - 3))));
        Assert.That((errors.Zeros, errors.Limit), Is.EqualTo(("zero 50 % \u2192 85 %", "at limit 5 %")));
        var gradients = new Distribution(before with { Tensor = 'G' }, after with { Tensor = 'G', Min = -2, Shift = 9 }, new Ratio(8, 1));
        Assert.That((gradients.Step, gradients.Reach), Is.EqualTo((1.0, 600 * 8 / 512.0)), "eta g / 2^s");
        Assert.That((gradients.Zeros, gradients.Limit), Is.EqualTo(("moves 15 % of weights", string.Empty)));
        Assert.That(new Distribution(before, null, new Ratio(1, 1)).Limit, Is.EqualTo("not quantized"));
    }

    [Test]
    public void WhatGoesOnBeyondThePanelHasTriangles()
    {
        var (before, after) = (ObservedTensor.Parse(RunStatisticsTests.ErrorsBefore)!, ObservedTensor.Parse(RunStatisticsTests.ErrorsAfter)!);
        var errors = new Distribution(before, after, new Ratio(1, 1));
        var y = new LogarithmicScale(1e-6, 1e6, 84, 0);
        Assert.That(errors.Cuts(new LinearScale(-5, 5, 0, 200), y), Is.Empty, "all of it is inside");
        Assert.That(errors.Cuts(new LinearScale(-0.5, 5, 0, 200), y), Is.EqualTo("M0 70v8l-5-4z"), "600 / 2^10 lies left of -1/2");
        Assert.That(errors.Cuts(new LinearScale(-5, 0.001, 0, 200), y), Is.EqualTo("M200 70v8l5-4z"));
        var high = errors.Cuts(new LinearScale(-5, 5, 0, 200), new LogarithmicScale(1e-6, 1e-3, 84, 0));
        Assert.That(high, Does.StartWith("M").And.Contain(" -1h8l-4-6z"), "bars of a share above 1/1000");
        Assert.That(System.Text.RegularExpressions.Regex.Matches(high, "M([0-9.]+)").Select(match => double.Parse(match.Groups[1].ValueSpan,
            System.Globalization.CultureInfo.InvariantCulture)), Is.Ordered);
    }

    [TestCase(0, "0 %")]
    [TestCase(0.00001, "< 0.01 %")]
    [TestCase(0.0021, "0.21 %")]
    [TestCase(0.4, "40 %")]
    [TestCase(0.404, "40.4 %")]
    public void SharesAreShort(double fraction, string text) => Assert.That(Distribution.Short(fraction), Is.EqualTo(text));
}
