using Wage.Experiments.Pictures;

namespace Wage.Tests.Experiments.Pictures;

[Parallelizable]
internal sealed class ScaleTests
{
    [Test]
    public void TicksLieOnTheAxisInOrderAndDoNotCollide()
    {
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var low = Math.Pow(10, (8 * random.NextDouble()) - 5);
            var high = low * (1.01 + Math.Pow(10, 4 * random.NextDouble()));
            Scale[] scales = [new LinearScale(low, high, 50, 400), new LogarithmicScale(low, high, 400, 50), new LinearScale(-high, low, 0, 300)];
            foreach (var scale in scales)
            {
                var ticks = scale.Ticks(30);
                Assert.That(ticks, Is.Not.Empty.And.Ordered);
                foreach (var (first, second) in ticks.Zip(ticks.Skip(1)))
                    Assert.That(Math.Abs(scale.At(second) - scale.At(first)), Is.GreaterThanOrEqualTo(30), $"{low} to {high}");
                foreach (var tick in ticks) Assert.That(scale.At(tick), Is.InRange(0, 400));
            }
        }
    }

    [Test]
    public void TicksAreRoundNumbers()
    {
        Assert.That(new LinearScale(0, 1, 0, 400).Ticks(35), Is.EqualTo(new[] { 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1 }));
        Assert.That(new LinearScale(-1.4, 1.4, 0, 200).Ticks(38), Is.EqualTo(new double[] { -1, 0, 1 }));
        Assert.That(new LinearScale(1, 7, 0, 60, whole: true).Ticks(30), Is.EqualTo(new double[] { 5 }));
        Assert.That(new LogarithmicScale(0.4, 90, 0, 300).Ticks(24), Is.EqualTo(new[] { 0.5, 1, 2, 5, 10, 20, 50 }));
        Assert.That(new LogarithmicScale(1e-6, 1, 0, 84).Ticks(24), Is.EqualTo(new[] { 1e-6, 1e-4, 1e-2, 1 }));
    }

    [Test]
    public void BothEndsAreWhereTheyWerePut()
    {
        var linear = new LinearScale(-2, 6, 10, 90);
        Assert.That((linear.At(-2), linear.At(2), linear.At(6)), Is.EqualTo((10.0, 50.0, 90.0)));
        var logarithmic = new LogarithmicScale(0.1, 10, 300, 100);
        Assert.That((logarithmic.At(0.1), logarithmic.At(1), logarithmic.At(10)), Is.EqualTo((300.0, 200.0, 100.0)));
        Assert.That(new LinearScale(3, 3, 10, 90).At(3), Is.EqualTo(50), "a single value is in the middle");
    }
}
