using Wage.Numbers;

namespace Wage.Tests.Numbers;

/// <summary>The integers against float64 on a dense grid of distances, for every number of fraction bits that a loss takes.</summary>
[Parallelizable]
public sealed class IntegerSoftmaxTests
{
    private const double One = 1L << IntegerSoftmax.ProbabilityBits;
    private const int MostFractionBits = 46;

    /// <summary>Measured: 1.03 units up to 28 fraction bits, 2.88 beyond, where the distance itself is rounded to 28.</summary>
    [Test]
    public void AnExponentialIsWithin3UnitsOfFloat64AndWithin2UpTo28FractionBits()
    {
        for (var bits = 0; bits <= MostFractionBits; bits++)
        {
            var worst = Distances(bits).Max(d => Math.Abs(IntegerSoftmax.Exponential(d, bits) - (Math.Exp(-Real(d, bits)) * One)));
            Assert.That(worst, Is.LessThan(bits <= 28 ? 2 : 3), $"{bits} fraction bits");
        }
    }

    /// <summary>
    /// The worst case has all other classes at one distance: the rounding of each exponential adds up.
    /// Measured for 2 classes: 1.3 units.
    /// </summary>
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(10)]
    [TestCase(100)]
    [TestCase(256)]
    public void AProbabilityOfNClassesIsWithinNUnitsOfFloat64(int classes)
    {
        for (var bits = 0; bits <= MostFractionBits; bits += classes == 2 ? 1 : 23)
        {
            foreach (var d in Distances(bits))
            {
                var exponential = IntegerSoftmax.Exponential(d, bits);
                var sum = (1L << 30) + (exponential * (classes - 1));
                var exact = Math.Exp(-Real(d, bits));
                var exactSum = 1 + (exact * (classes - 1));
                var first = Math.Abs(IntegerSoftmax.Probability(1L << 30, sum) - (1 / exactSum * One));
                var other = Math.Abs(IntegerSoftmax.Probability(exponential, sum) - (exact / exactSum * One));
                if (Math.Max(first, other) >= classes) Assert.Fail($"{d} with {bits} fraction bits: {first}, {other}");
            }
        }
    }

    /// <summary>Measured: 0.55 units up to 20 fraction bits, 1.04 beyond, where the distance is rounded as well.</summary>
    [Test]
    public void ALogarithmIsWithin2UnitsOfFloat64AndWithin1UpTo20FractionBits()
    {
        for (var bits = 0; bits <= MostFractionBits; bits++)
        {
            foreach (var d in Distances(bits).Where(d => Real(d, bits) < 1000))
            {
                var sum = (1L << 30) + IntegerSoftmax.Exponential(d, bits);
                var error = Math.Abs(IntegerSoftmax.NegativeLog(d, bits, sum) - ((Real(d, bits) + Math.Log(sum / One)) * (1 << 20)));
                if (error >= (bits <= 20 ? 1 : 2)) Assert.Fail($"{d} with {bits} fraction bits: {error}");
            }
        }
    }

    [Test]
    public void TheLogarithmOfUpTo256ExponentialsIsWithin1Unit()
    {
        for (var sum = 1L << 30; sum <= 256L << 30; sum += (sum >> 14) + 1)
        {
            var error = Math.Abs(IntegerSoftmax.NegativeLog(0, 0, sum) - (Math.Log(sum / One) * (1 << 20)));
            if (error >= 1) Assert.Fail($"{sum}: {error}");
        }
    }

    [Test]
    public void TheGreatestScoreHasTheExponentialOneAndNoneIsGreater()
    {
        for (var bits = 0; bits <= 62; bits++)
        {
            Assert.That(IntegerSoftmax.Exponential(0, bits), Is.EqualTo(1L << 30));
            Assert.That(IntegerSoftmax.Exponential(1, bits), Is.InRange(0L, 1L << 30));
            Assert.That(IntegerSoftmax.Exponential(long.MaxValue, bits), Is.EqualTo(0).Or.InRange(0L, 1L << 30));
        }
    }

    [Test]
    public void NotOneUnitLessThanAnotherIsGreater()
    {
        for (var bits = 0; bits <= 20; bits += 4)
        {
            var last = long.MaxValue;
            for (var d = 0L; d < 3000; d++)
            {
                var now = IntegerSoftmax.Exponential(d, bits);
                Assert.That(now, Is.LessThanOrEqualTo(last));
                last = now;
            }
        }
    }

    [TestCase(0)]
    [TestCase(13)]
    [TestCase(46)]
    public void FarScoresHaveNoExponentialAndASaturatedLogarithm(int bits)
    {
        Assert.That(IntegerSoftmax.Exponential(32L << bits, bits), Is.EqualTo(0));
        Assert.That(IntegerSoftmax.NegativeLog((1000L << bits) - 1, bits, 1L << 30), Is.InRange((1000L << 20) - 1 - (1 << 20), 1000L << 20));
        Assert.That(IntegerSoftmax.NegativeLog(1000L << bits, bits, 1L << 30), Is.EqualTo(1L << 30));
    }

    private static double Real(long distance, int bits) => distance / Math.Pow(2, bits);

    /// <summary>Steps of 1/4000 to 2.5, of 1/300 to 36, of 1/10 to 1009, and each one's neighbour.</summary>
    private static IEnumerable<long> Distances(int bits)
    {
        var last = -1L;
        for (var i = 0; i < 30_000; i++)
        {
            var x = i < 10_000 ? i / 4000.0 : i < 20_000 ? (i - 10_000) / 280.0 : (i - 20_000) / 9.91;
            var d = (long)(x * Math.Pow(2, bits));
            if (d == last) continue;
            yield return last = d;
            yield return d + 1;
        }
    }
}
