using Wage.Numbers;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class StochasticRoundingTests
{
    [Test]
    public void SummedOverAllRandomWordsTheRoundedIsExactlyTheMagnitude()
    {
        for (var dropped = 0; dropped <= 7; dropped++)
        {
            for (var magnitude = 0L; magnitude < 600; magnitude++)
            {
                var sum = 0L;
                for (var r = 0; r < 1 << dropped; r++)
                {
                    var step = StochasticRounding.Drop(magnitude, dropped, (ulong)r);
                    Assert.That(step, Is.EqualTo(magnitude >> dropped).Or.EqualTo((magnitude >> dropped) + 1));
                    sum += step;
                }

                Assert.That(sum, Is.EqualTo(magnitude));
            }
        }
    }

    [Test]
    public void OnlyTheDroppedBitsOfTheRandomWordAreRead()
    {
        for (var r = 0ul; r < 32; r++)
            Assert.That(StochasticRounding.Drop(1234567, 5, r | 0xFFFFFFFF_FFFFFFE0), Is.EqualTo(StochasticRounding.Drop(1234567, 5, r)));
    }

    [TestCase(62, 1L << 62, 1L)]
    [TestCase(62, (1L << 62) - 1, 0L)]
    [TestCase(62, 0L, 0L)]
    public void SixtyTwoBitsCanBeDropped(int dropped, long magnitude, long atTheGreatestWord)
    {
        Assert.That(StochasticRounding.Drop(magnitude, dropped, ulong.MaxValue), Is.EqualTo(atTheGreatestWord));
        Assert.That(StochasticRounding.Drop(magnitude, dropped, 0), Is.EqualTo(magnitude == 0 ? 0 : 1));
    }

    [Test]
    public void ANegativeNumberOfBitsMultipliesAndStaysWithin64Bits()
    {
        Assert.That(StochasticRounding.Drop(5, -3, 0), Is.EqualTo(40));
        Assert.That(StochasticRounding.Drop(5, -62, 0), Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void AWholeRatioIsNeverMovedAndAnyOtherStopsAtANeighbour()
    {
        ulong[] words = [0, 1, 1ul << 63, ulong.MaxValue];
        for (var denominator = 1L; denominator < 30; denominator++)
        {
            for (var numerator = 0L; numerator < 200; numerator++)
            {
                var (quotient, rest) = Math.DivRem(numerator, denominator);
                foreach (var word in words)
                {
                    var r = (long)(((UInt128)word * (ulong)denominator) >> 64);
                    Assert.That(StochasticRounding.Divide(numerator, denominator, word), Is.EqualTo(rest > r ? quotient + 1 : quotient));
                }

                Assert.That(StochasticRounding.Divide(numerator, denominator, 0), Is.EqualTo(rest > 0 ? quotient + 1 : quotient));
                Assert.That(StochasticRounding.Divide(numerator, denominator, ulong.MaxValue), Is.EqualTo(quotient));
            }
        }
    }

    [Test]
    public void OverEquallySpacedWordsARatioHasItsExactExpectation()
    {
        for (var denominator = 1L; denominator <= 32; denominator *= 2)
        {
            for (var numerator = 0L; numerator < 100; numerator++)
            {
                var sum = 0L;
                for (var r = 0L; r < denominator; r++)
                {
                    var random = (ulong)(((UInt128)r << 64) / (ulong)denominator);
                    sum += StochasticRounding.Divide(numerator, denominator, random);
                }

                Assert.That(sum, Is.EqualTo(numerator));
            }
        }
    }

    [Test]
    public void FifteenBitsAreDroppedByTheCoarseRandomizer()
    {
        long[] scaled = [0, 1, 12345, 32767, 32768, 99999];
        foreach (var x in scaled)
        {
            var sum = 0L;
            for (var r = 0; r < 32768; r++) sum += StochasticRounding.Drop15(x, (ulong)r);
            Assert.That(sum, Is.EqualTo(x));
        }
    }
}
