using System.Numerics;
using MathNet.Numerics.Distributions;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Tests.Quantization;

/// <summary>dW has the expectation and the distribution of the formula; chi-square at the level 0.001, from a fixed seed.</summary>
[Parallelizable]
public sealed class UpdateStatisticsTests
{
    private const int Draws = 20_000;
    private const double Level = 0.001;

    [Test]
    public void OverAllRandomWordsTheExactUpdateIsTheScaledGradientExactly()
    {
        foreach (var (maximum, eta) in ((long, Ratio)[])[(200, new(1, 1)), (1000, new(8, 1)), (4000, new(1, 4)), (5, new(64, 1))])
        {
            var scale = new GradientScale(maximum, new GradientRule(eta, Randomizer.Exact, Rounding.HalfEven));
            var dropped = FixedPoint.RoundedLog2(maximum) - eta.Exponent;
            for (var g = -maximum; g <= maximum; g += 1 + (maximum / 97))
            {
                var sum = 0L;
                for (var r = 0; r < 1 << Math.Max(0, dropped); r++) sum += scale.Step(g, (ulong)r);
                Assert.That(sum, Is.EqualTo(dropped >= 0 ? g : g << -dropped));
            }
        }
    }

    [TestCase(Randomizer.Exact, 1, 1)]
    [TestCase(Randomizer.Exact, 8, 1)]
    [TestCase(Randomizer.Exact, 3, 5)]
    [TestCase(Randomizer.Exact, 1, 100)]
    [TestCase(Randomizer.Bits16, 1, 1)]
    [TestCase(Randomizer.Bits16, 8, 1)]
    [TestCase(Randomizer.Bits16, 3, 5)]
    public void StepsAreDistributedAsTheFormulaSays(Randomizer randomizer, long p, long q)
    {
        const long Maximum = 1_000_003;
        var scale = new GradientScale(Maximum, new GradientRule(new Ratio(p, q), randomizer, Rounding.HalfEven));
        var (chiSquare, freedom) = (0.0, 0);
        for (var g = 12_345L; g <= Maximum; g += 61_728)
        {
            var x = (double)g * p / q / Math.Pow(2, 20);
            if (randomizer == Randomizer.Bits16) x = Math.Round(x * 32768, MidpointRounding.ToEven) / 32768;
            var (whole, fraction) = (Math.Floor(x), x - Math.Floor(x));
            var ups = 0;
            var key = new RandomKey(11, RandomStream.Gradient(0), (uint)g);
            for (var i = 0; i < Draws; i++)
            {
                var step = scale.Step(-g, scale.Random(key, i));
                Assert.That(-step, Is.EqualTo(whole).Or.EqualTo(whole + 1));
                if (-step > whole) ups++;
            }

            if (fraction * Draws < 5 || (1 - fraction) * Draws < 5) continue;
            var z = ups - (fraction * Draws);
            chiSquare += z * z / (Draws * fraction * (1 - fraction));
            freedom++;
        }

        Assert.That(freedom, Is.GreaterThanOrEqualTo(10));
        Assert.That(
            ChiSquared.CDF(freedom, chiSquare), Is.LessThan(1 - Level).And.GreaterThan(Level),
            $"chi-square {chiSquare} with {freedom} degrees of freedom");
    }

    [Test]
    public void OtherRatesThanPowersOfTwoAreExact()
    {
        const long Maximum = 777;
        var eta = new Ratio(3, 10);
        var scale = new GradientScale(Maximum, new GradientRule(eta, Randomizer.Exact, Rounding.HalfEven));
        for (var g = 0L; g <= Maximum; g++)
        {
            var (n, d) = (g * 3, 10L * 1024);
            var up = 0;
            foreach (var r in (long[])[0, n % d, Math.Max(0, (n % d) - 1), d - 1])
            {
                var word = (ulong)((((BigInteger)r << 64) / d) + 1);
                var expected = (n / d) + (n % d > r ? 1 : 0);
                Assert.That(scale.Step(g, word), Is.EqualTo(expected), $"{g} with r = {r}");
                up += (int)(expected - (n / d));
            }

            Assert.That(up > 0, Is.EqualTo(n % d > 0));
        }
    }

    [Test]
    public void TheCoarseRandomizerLosesGradientsUnder65536thOfTheScale()
    {
        const long Maximum = 1L << 30;
        var coarse = new GradientScale(Maximum, new GradientRule(new Ratio(1, 1), Randomizer.Bits16, Rounding.HalfEven));
        var exact = new GradientScale(Maximum, new GradientRule(new Ratio(1, 1), Randomizer.Exact, Rounding.HalfEven));
        foreach (var g in (long[])[1, 1L << 10, (1L << 14) - 1, 1L << 14])
        {
            for (var r = 0ul; r < 32768; r += 11) Assert.That(coarse.Step(g, r), Is.Zero, "under half of 2^-15, a tie to even at it");
            Assert.That(exact.Step(g, 0), Is.EqualTo(1));
        }

        Assert.That(coarse.Step((1L << 14) + 1, 0), Is.EqualTo(1));
    }

    [Test]
    public void ALargeStepSaturatesAt16Bits()
    {
        var scale = new GradientScale(1, new GradientRule(new Ratio(1L << 20, 1), Randomizer.Exact, Rounding.HalfEven));
        Assert.That((scale.Step(1, 0), scale.Step(-1, 0)), Is.EqualTo(((long)short.MaxValue, -(long)short.MaxValue)));
    }

    [Test]
    public void ARateThatDoesNotFit64BitsThrowsAndNeverWraps()
    {
        Assert.That(() => Scale(1L << 60, new Ratio(1, 3L << 20)), Throws.InstanceOf<OverflowException>(), "the bits dropped");
        Assert.That(() => Scale(1, new Ratio(1L << 62, 1)), Throws.InstanceOf<OverflowException>(), "the bits added");
        Assert.That(() => Scale(1L << 61, new Ratio(1, 5)).Step(1, 0), Throws.InstanceOf<OverflowException>(), "the denominator");
        Assert.That(() => Scale(1L << 61, new Ratio(7, 1)).Step(1L << 61, 0), Throws.InstanceOf<OverflowException>(), "the numerator");
    }

    private static GradientScale Scale(long maximum, Ratio eta) => new(maximum, new GradientRule(eta, Randomizer.Exact, Rounding.HalfEven));
}
