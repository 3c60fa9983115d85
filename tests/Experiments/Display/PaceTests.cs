using Wage.Experiments.Display;

namespace Wage.Tests.Experiments.Display;

[Parallelizable]
public sealed class PaceTests
{
    private double now;

    [Test]
    public void TheRateIsThatOfTheLastMinuteAfterASlowHour()
    {
        var pace = new Pace(batch: 10, epochs: 1, () => now);
        while (now < 3600)
        {
            now += 10;
            pace.Step();
        }

        Assert.That(pace.ImagesPerSecond, Is.EqualTo(1).Within(0.01));
        for (var step = 0; step < 240; step++)
        {
            now += 0.5;
            pace.Step();
        }

        Assert.That(pace.ImagesPerSecond, Is.EqualTo(20).Within(0.01), "two steps a second of ten images");
        Assert.That(pace.SecondsLeft(epoch: 0, step: 600, stepsPerEpoch: 700), Is.EqualTo(50).Within(0.1));
    }

    [Test]
    public void TestsAreNoTrainingButTakeTheirTime()
    {
        var pace = new Pace(batch: 1, epochs: 3, () => now);
        for (var step = 0; step < 10; step++)
        {
            now++;
            pace.Step();
        }

        pace.BeginTest();
        now += 5;
        pace.EndTest();
        Assert.That(pace.ImagesPerSecond, Is.EqualTo(1).Within(1e-9));
        Assert.That(pace.SecondsLeft(epoch: 1, step: 0, stepsPerEpoch: 10), Is.EqualTo(2 * (10 + 5)).Within(1e-9));
    }

    [Test]
    public void NothingIsKnownBeforeTheFirstStep()
    {
        var pace = new Pace(batch: 1, epochs: 3, () => now);
        Assert.That((pace.ImagesPerSecond, pace.SecondsLeft(0, 0, 10)), Is.EqualTo(((double?)null, (double?)null)));
    }
}
