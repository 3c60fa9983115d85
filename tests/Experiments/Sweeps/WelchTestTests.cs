using Wage.Experiments.Reproductions;
using Wage.Experiments.Sweeps;

namespace Wage.Tests.Experiments.Sweeps;

/// <summary>Welch's test against cases in closed form.</summary>
[Parallelizable]
internal sealed class WelchTestTests
{
    [Test]
    public void TwoDegreesOfFreedomHaveAClosedForm()
    {
        // variances 2 and 2 of two values each: s = sqrt 2, t = -3 / s, 2 degrees, p = 1 - |t| / sqrt(t^2 + 2)
        var test = WelchTest.Of([0, 2], [3, 5]);
        Assert.That((test.Difference, test.Degrees), Is.EqualTo((-3.0, 2.0)));
        Assert.That(test.T, Is.EqualTo(-3 / Math.Sqrt(2)).Within(1e-12));
        Assert.That(test.P, Is.EqualTo(1 - (3 / Math.Sqrt(2) / Math.Sqrt(6.5))).Within(1e-9));
        Assert.That(test.HalfWidth, Is.EqualTo(Math.Sqrt(2) * 4.302652729911275).Within(1e-6));
        Assert.That(test.ToString(), Is.EqualTo(
            "3.00 less (-9.08 to 3.08 with 95 %), t = -2.12 with 2.0 degrees of freedom, p = 0.168: within seed noise"));
    }

    [Test]
    public void UnequalVariancesHaveFewerDegrees()
    {
        var test = WelchTest.Of([1, 2, 3], [2, 4, 6, 8]);
        Assert.That(test.Degrees, Is.EqualTo(4 / ((1 / 18.0) + (25 / 27.0))).Within(1e-9));
        Assert.That(test.T, Is.EqualTo(-3 / Math.Sqrt(2)).Within(1e-9));
    }

    [Test]
    public void ValuesThatDoNotDifferAreNoDivisionByZero()
    {
        Assert.That(WelchTest.Of([1, 1], [1, 1]).P, Is.EqualTo(1));
        Assert.That(WelchTest.Of([1, 1], [2, 2]), Is.EqualTo(new WelchTest(-1, double.NegativeInfinity, 2, 0, 0)));
    }

    [Test]
    public void TheTableOfAReproductionTellsIt()
    {
        var table = ReproductionTable.Markdown(reproduction => reproduction.Name != "ranges-small" ? Recorded.Nothing : new Recorded(
            [Row("current", 1, 50), Row("current", 2, 52), Row("in-hindsight", 1, 53), Row("in-hindsight", 2, 55)], []));
        Assert.That(table, Does.Contain(
            "The test error of in-hindsight after the last epoch is, beside that of current, 3.00 more (-3.08 to 9.08 with 95 %), t = 2.12"));

        static ExpectedRow Row(string point, ulong seed, double error) =>
            new(point, seed, 6, error, 6, error, new string('a', 64), new string('b', 40), "wage reproduce ranges-small");
    }
}
