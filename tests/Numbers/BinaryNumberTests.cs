using Wage.Numbers;
using Wage.Simulation;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class BinaryNumberTests
{
    [TestCase(0.0, "0")]
    [TestCase(6.0, "6")]
    [TestCase(1.0, "1")]
    [TestCase(-0.25, "-0.25")]
    [TestCase(0.0123456, "0.0123")]
    [TestCase(0.09996, "0.1")]
    [TestCase(999.6, "1000")]
    [TestCase(-12345.0, "-12300")]
    [TestCase(1.5e9, "1.5e9")]
    [TestCase(-1.25e-7, "-1.25e-7")]
    [TestCase(1.401298464324817E-45, "1.4e-45")]
    public void ItIsWrittenWithThreeDigits(double value, string text) => Assert.That(FloatSummaries.Exact(value).ToString(), Is.EqualTo(text));

    [Test]
    public void EqualValuesAreEqualAndOthersHaveTheOrderOfTheNumbers()
    {
        Assert.That(new BinaryNumber(12, 0), Is.EqualTo(new BinaryNumber(3, 2)));
        double[] values = [-7, -1e-30, 0, 1e-40, 0.1, 0.25, 3, 1e30];
        foreach (var a in values)
        {
            foreach (var b in values)
                Assert.That(FloatSummaries.Exact(a).CompareTo(FloatSummaries.Exact(b)), Is.EqualTo(a.CompareTo(b)), $"{a} {b}");
        }
    }

    [Test]
    public void SharesAndDistancesAreExact()
    {
        Assert.That(new BinaryNumber(3, 0).PercentOf(new BinaryNumber(4, 0)), Is.EqualTo(75));
        Assert.That(new BinaryNumber(1, 200).PercentOf(new BinaryNumber(1, -100)), Is.EqualTo(1_000_000));
        Assert.That(new BinaryNumber(0, 0).PercentOf(new BinaryNumber(1, 0)), Is.Zero);
        Assert.That(new BinaryNumber(-3, 0).DistanceFrom(new BinaryNumber(1, -1)), Is.EqualTo(new BinaryNumber(7, -1)));
        Assert.That(() => new BinaryNumber(1, 0).PercentOf(default), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
