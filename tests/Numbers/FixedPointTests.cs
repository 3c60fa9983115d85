using System.Numerics;
using Wage.Numbers;

namespace Wage.Tests.Numbers;

[Parallelizable]
public sealed class FixedPointTests
{
    private static readonly long[] Limits =
    [
        0, 1, -1, 2, 3, (1L << 62) - 1, 1L << 62, (1L << 62) + 1, long.MaxValue, long.MaxValue - 1, long.MinValue, long.MinValue + 1,
        3L << 61, -(3L << 61),
    ];

    [Test]
    public void EveryQuotientByAPowerOfTwoIsTheNearestWithItsTies([Values(Rounding.HalfEven, Rounding.HalfAway)] Rounding rounding)
    {
        for (var shift = 0; shift <= 8; shift++)
            for (var x = -2000L; x <= 2000; x++)
                Check(x, shift, rounding);
    }

    [Test]
    public void TheLimitsOf64BitsAreRoundedRight([Values(Rounding.HalfEven, Rounding.HalfAway)] Rounding rounding)
    {
        for (var shift = 0; shift <= 62; shift++)
        {
            foreach (var x in Limits) Check(x, shift, rounding);
            for (var odd = -3L; odd <= 3 && shift is > 0 and < 60; odd += 2)
                for (var off = -1L; off <= 1; off++) Check((odd << (shift - 1)) + off, shift, rounding);
        }
    }

    [Test]
    public void ANegativeShiftMultipliesAndStaysWithin64Bits([Values(Rounding.HalfEven, Rounding.HalfAway)] Rounding rounding)
    {
        long[] values = [.. Limits, 5, -7, 127, 1L << 31, -(1L << 31), (1L << 31) - 1];
        for (var shift = 0; shift <= 62; shift++)
        {
            foreach (var x in values.Concat(values.Select(x => x >> shift)).Concat(values.Select(x => (x >> shift) + 1)))
            {
                var expected = BigInteger.Max(long.MinValue, BigInteger.Min((BigInteger)x << shift, long.MaxValue));
                Assert.That((BigInteger)FixedPoint.Round(x, -shift, rounding), Is.EqualTo(expected), $"{x} 2^{shift}");
                Assert.That((BigInteger)FixedPoint.ShiftLeft(x, shift), Is.EqualTo(expected), $"{x} 2^{shift}");
                foreach (var limit in (int[])[0, 1, 127, short.MaxValue, int.MaxValue])
                {
                    var limited = BigInteger.Max(-limit, BigInteger.Min((BigInteger)x << shift, limit));
                    Assert.That((BigInteger)FixedPoint.RoundToLimit(x, -shift, limit, rounding), Is.EqualTo(limited), $"{x} 2^{shift} to {limit}");
                }
            }
        }
    }

    [Test]
    public void EveryQuotientIsTheNearestWithItsTies([Values(Rounding.HalfEven, Rounding.HalfAway)] Rounding rounding)
    {
        for (var divisor = 1L; divisor <= 40; divisor++)
            for (var x = -500L; x <= 500; x++)
                Assert.That((BigInteger)FixedPoint.Divide(x, divisor, rounding), Is.EqualTo(Nearest(x, divisor, rounding)), $"{x} / {divisor}");
        foreach (var x in Limits)
            foreach (var divisor in (long[])[1, 2, 3, 1L << 61, (1L << 62) - 1, 1L << 62])
                Assert.That((BigInteger)FixedPoint.Divide(x, divisor, rounding), Is.EqualTo(Nearest(x, divisor, rounding)), $"{x} / {divisor}");
    }

    [TestCase(2.5, 2, 3)]
    [TestCase(-2.5, -2, -3)]
    [TestCase(-1.5, -2, -2)]
    [TestCase(0.5, 0, 1)]
    [TestCase(-0.5, 0, -1)]
    public void TiesGoToTheEvenOrAwayFromZero(double x, long even, long away)
    {
        Assert.That(FixedPoint.Round((long)(x * 16), 4, Rounding.HalfEven), Is.EqualTo(even));
        Assert.That(FixedPoint.Round((long)(x * 16), 4, Rounding.HalfAway), Is.EqualTo(away));
    }

    [Test]
    public void SaturationLimitsBothSides()
    {
        long[] values = [-9, -8, -7, 0, 7, 8, 9, long.MinValue, long.MaxValue];
        Assert.That(values.Select(x => FixedPoint.Saturate(x, 7)), Is.EqualTo(new[] { -7, -7, -7, 0, 7, 7, 7, -7, 7 }));
    }

    [Test]
    public void TheRoundedLogarithmIsDecidedByTheSquareForEveryMagnitudeUpTo20Bits()
    {
        for (var m = 1L; m < 1 << 20; m++)
        {
            if (FixedPoint.RoundedLog2(m) != Log2BySquare(m)) Assert.Fail($"{m}");
        }
    }

    [Test]
    public void TheRoundedLogarithmIsRightAroundPowersOfTwoAndTheirRootsUpTo63Bits()
    {
        for (var f = 0; f <= 62; f++)
        {
            var root = (long)IntegerMath.SquareRoot(BigInteger.One << ((2 * f) + 1));
            long[] near = [(1L << f) - 1, 1L << f, (1L << f) + 1, root - 1, root, root + 1];
            foreach (var m in near.Where(m => m > 0)) Assert.That(FixedPoint.RoundedLog2(m), Is.EqualTo(Log2BySquare(m)), $"{m}");
        }

        Assert.That(FixedPoint.RoundedLog2(long.MaxValue), Is.EqualTo(63));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(long.MinValue)]
    public void TheLogarithmOfNoMagnitudeIsRefused(long m) =>
        Assert.That(() => FixedPoint.RoundedLog2(m), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void TheErrorShiftBringsTheMaximumIntoTheBits()
    {
        for (var bits = 2; bits <= 16; bits++)
            for (var m = 1L; m < 100_000; m += 7)
                Assert.That(FixedPoint.ErrorShift(m, bits), Is.EqualTo(Log2BySquare(m) - (bits - 1)));
    }

    private static void Check(long x, int shift, Rounding rounding) =>
        Assert.That((BigInteger)FixedPoint.Round(x, shift, rounding), Is.EqualTo(Nearest(x, BigInteger.One << shift, rounding)), $"{x} / 2^{shift}");

    /// <summary>The definition: the neighbour at the smaller distance; at equal distances the even one, or the one farther from zero.</summary>
    private static BigInteger Nearest(BigInteger x, BigInteger divisor, Rounding rounding)
    {
        var floor = (x - (((x % divisor) + divisor) % divisor)) / divisor;
        var (below, above) = (x - (floor * divisor), ((floor + 1) * divisor) - x);
        if (below != above) return below < above ? floor : floor + 1;
        if (rounding == Rounding.HalfEven) return floor.IsEven ? floor : floor + 1;
        return x > 0 ? floor + 1 : floor;
    }

    private static int Log2BySquare(long m)
    {
        var f = BitOperations.Log2((ulong)m);
        return f + ((BigInteger)m * m > BigInteger.One << ((2 * f) + 1) ? 1 : 0);
    }
}
