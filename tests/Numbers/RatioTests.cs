using System.Numerics;
using Wage.Numbers;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class RatioTests
{
    [TestCase("8", 8, 1)]
    [TestCase(" 1/8 ", 1, 8)]
    [TestCase("6/4", 3, 2)]
    [TestCase("0.125", 1, 8)]
    [TestCase(".5", 1, 2)]
    [TestCase("1.5", 3, 2)]
    [TestCase("0.1", 1, 10)]
    [TestCase("007", 7, 1)]
    [TestCase("2^-3", 1, 8)]
    [TestCase("2^10", 1024, 1)]
    [TestCase("2^62", 1L << 62, 1)]
    [TestCase("2^-62", 1, 1L << 62)]
    [TestCase("9223372036854775807", long.MaxValue, 1)]
    [TestCase("1/9223372036854775807", 1, long.MaxValue)]
    [TestCase("0.000000000000000001", 1, 1_000_000_000_000_000_000)]
    public void TheFourSpellingsAreReadExactly(string text, long numerator, long denominator)
    {
        Assert.That(Ratio.TryParse(text, out var ratio), Is.True);
        Assert.That((ratio.Numerator, ratio.Denominator), Is.EqualTo((numerator, denominator)));
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("+1")]
    [TestCase("1/0")]
    [TestCase("0/1")]
    [TestCase("1/-2")]
    [TestCase("1/2/3")]
    [TestCase("/2")]
    [TestCase("1/")]
    [TestCase(".")]
    [TestCase("0.0")]
    [TestCase("1.2.3")]
    [TestCase("1e3")]
    [TestCase("1,000")]
    [TestCase("NaN")]
    [TestCase("2^63")]
    [TestCase("2^-63")]
    [TestCase("2^")]
    [TestCase("2^x")]
    [TestCase("0x10")]
    [TestCase("9223372036854775808")]
    [TestCase("1/9223372036854775808")]
    [TestCase("0.0000000000000000001")]
    [TestCase("9.223372036854775808")]
    [TestCase("1 000")]
    [TestCase("٣")]
    public void EverythingElseIsRefused(string text) => Assert.That(Ratio.TryParse(text, out _), Is.False);

    [Test]
    public void WhatIsWrittenIsReadBackHoweverLarge()
    {
        for (var e = -62; e <= 62; e++)
        {
            Assert.That(Ratio.TryParse($"2^{e}", out var power), Is.True);
            Assert.That(Ratio.TryParse(power.ToString(), out var read) && read == power, Is.True, power.ToString());
        }
    }

    [Test]
    public void WhatIsWrittenIsReadBack()
    {
        for (var p = 1; p < 60; p++)
        {
            for (var q = 1; q < 60; q++)
            {
                var ratio = new Ratio(p, q);
                Assert.That(Ratio.TryParse(ratio.ToString(), out var read) && read == ratio, Is.True, ratio.ToString());
            }
        }
    }

    [Test]
    public void ARatioIsItsOddPartsTimesAPowerOfTwo()
    {
        for (var p = 1; p < 70; p++)
        {
            for (var q = 1; q < 70; q++)
            {
                var ratio = new Ratio(p, q);
                Assert.That(BigInteger.GreatestCommonDivisor(ratio.Numerator, ratio.Denominator), Is.EqualTo(BigInteger.One));
                Assert.That(ratio.OddNumerator % 2 + ratio.OddDenominator % 2, Is.EqualTo(2));
                var (left, right) = ((BigInteger)p * ratio.OddDenominator, (BigInteger)q * ratio.OddNumerator);
                Assert.That(ratio.Exponent >= 0 ? left == right << ratio.Exponent : left << -ratio.Exponent == right, Is.True, ratio.ToString());
                var isPower = BigInteger.Max(ratio.Numerator, ratio.Denominator).IsPowerOfTwo
                    && (ratio.Numerator == 1 || ratio.Denominator == 1);
                Assert.That(ratio.IsPowerOfTwo, Is.EqualTo(isPower));
            }
        }
    }

    [TestCase(0, 1)]
    [TestCase(1, 0)]
    [TestCase(-1, 1)]
    public void APartBelowOneIsRefused(long p, long q) => Assert.That(() => new Ratio(p, q), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
