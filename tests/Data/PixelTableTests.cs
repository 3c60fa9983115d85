using System.Numerics;
using Wage.Data;

namespace Wage.Tests.Data;

[Parallelizable]
public sealed class PixelTableTests
{
    [Test]
    public void EveryEntryIsTheNearestIntegerByExactRatios([Range(2, 8)] int bits)
    {
        var table = PixelTable.Create(bits);
        var limit = (1 << (bits - 1)) - 1;
        for (var p = 0; p < 256; p++)
        {
            // |entry - exact| <= 1/2, times 2 * 255, for all that is not clipped.
            var exact = new BigInteger((2 * p) - 255) * (1 << (bits - 1));
            if (BigInteger.Abs(exact) * 2 <= 255 * ((2 * limit) + 1))
                Assert.That(BigInteger.Abs((table[p] * 255) - exact) * 2, Is.LessThanOrEqualTo(new BigInteger(255)));
            else
                Assert.That((int)table[p], Is.EqualTo(exact.Sign * limit));
        }
    }

    [Test]
    public void TheFloatFormulaGivesTheSame([Range(2, 8)] int bits)
    {
        var sigma = Math.Pow(2, 1 - bits);
        for (var p = 0; p < 256; p++)
        {
            var q = Math.Clamp(sigma * Math.Round(((p / 127.5) - 1) / sigma), -1 + sigma, 1 - sigma);
            Assert.That((double)PixelTable.Create(bits)[p], Is.EqualTo(q / sigma));
        }
    }

    [Test]
    public void TheTableIsOddAroundItsMiddle([Range(2, 8)] int bits)
    {
        var table = PixelTable.Create(bits);
        for (var p = 0; p < 256; p++) Assert.That((int)table[p], Is.EqualTo(-table[255 - p]));
    }

    [TestCase(1), TestCase(9)]
    public void OtherWidthsAreRefused(int bits) => Assert.Throws<ArgumentOutOfRangeException>(() => PixelTable.Create(bits));

    [Test]
    public void InTheUnitRangeBlackIsZeroAndEveryEntryIsTheNearestInteger([Range(2, 8)] int bits)
    {
        var table = PixelTable.Create(bits, InputRange.Unit);
        var sigma = Math.Pow(2, 1 - bits);
        Assert.That(table[0], Is.Zero);
        for (var p = 0; p < 256; p++)
        {
            var q = Math.Min(sigma * Math.Round(p / 255.0 / sigma), 1 - sigma);
            Assert.That((double)table[p], Is.EqualTo(q / sigma));
        }
    }
}
