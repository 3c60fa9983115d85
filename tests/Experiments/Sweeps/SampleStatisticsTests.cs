using Wage.Experiments.Sweeps;

namespace Wage.Tests.Experiments.Sweeps;

[Parallelizable]
internal sealed class SampleStatisticsTests
{
    /// <summary>Student's t: 0.975 quantiles from printed tables.</summary>
    [TestCase(1, 12.7062), TestCase(2, 4.30265), TestCase(4, 2.77645), TestCase(9, 2.26216), TestCase(30, 2.04227)]
    public void TheIntervalIsStudentsOfThePrintedTables(int freedom, double quantile)
    {
        double[] values = [.. Enumerable.Range(0, freedom + 1).Select(i => (double)((i * 7) % 5))];
        var mean = values.Sum() / values.Length;
        var deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / freedom);
        var statistics = SampleStatistics.Of(values);
        Assert.That(statistics.Count, Is.EqualTo(freedom + 1));
        Assert.That(statistics.Mean, Is.EqualTo(mean).Within(1e-12));
        Assert.That(statistics.Deviation, Is.EqualTo(deviation).Within(1e-12));
        Assert.That(statistics.HalfWidth, Is.EqualTo(quantile * deviation / Math.Sqrt(values.Length)).Within(1e-4));
        Assert.That(statistics.Interval!.Value.Low, Is.EqualTo(mean - statistics.HalfWidth!.Value));
    }

    [Test]
    public void OneValueHasNoDeviation() => Assert.That(SampleStatistics.Of([0.5]), Is.EqualTo(new SampleStatistics(1, 0.5, null, null)));

    [Test]
    public void NoneIsRefused() => Assert.Throws<ArgumentException>(() => SampleStatistics.Of([]));
}
