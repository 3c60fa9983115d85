using System.Numerics;
using FsCheck.Fluent;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Tests.Quantization;

/// <summary>How a range follows maxima: R in units of 2^-8, R += RHE((2^8 m - R) w, 16).</summary>
[Parallelizable]
public sealed class MovingMaximumTests
{
    private static readonly MovingMaximum Usual = MovingMaximum.ForMomentum(new Ratio(9, 10));

    [Test]
    public void ItMovesByTheFormulaInUnboundedIntegers() => Laws.Hold(
        from range in Gen.Choose(0, int.MaxValue)
        from rangeBits in Gen.Choose(0, 30)
        from maximum in Gen.Choose(0, int.MaxValue)
        from maximumBits in Gen.Choose(0, 22)
        from weight in Gen.OneOf(Gen.Choose(1, 1 << 16), Gen.Constant(6554), Gen.Constant(1 << 15))
        select (range: ((long)range << rangeBits) + 256, maximum: (long)maximum << maximumBits, weight),
        law =>
        {
            var (range, maximum, weight) = law;
            BigInteger product = ((((BigInteger)maximum) << 8) - range) * weight, floor = product >> 16, rest = product - (floor << 16);
            var step = rest > 1 << 15 || (rest == 1 << 15 && !floor.IsEven) ? floor + 1 : floor;
            Assert.That(new MovingMaximum(weight).Of(range, maximum), Is.EqualTo(maximum == 0 ? range : (long)(range + step)));
        });

    [Test]
    public void TheFirstMaximumBeginsItAndZerosLeaveItAlone()
    {
        Assert.That((Usual.Of(0, 0), Usual.Of(0, 5), Usual.Of(1280, 0), Usual.Of(1280, 5)), Is.EqualTo((0L, 1280L, 1280L, 1280L)));
        Assert.That(MovingMaximum.ForMomentum(null).Of(1280, 7), Is.EqualTo(7 << 8), "without momentum the last maximum is the range");
    }

    [TestCase(9, 10, 6554), TestCase(1, 2, 1 << 15), TestCase(99, 100, 655), TestCase(999_999, 1_000_000, 1)]
    public void TheWeightIsTheRestOfTheMomentumRoundedHalfToEven(long p, long q, int weight) =>
        Assert.That(MovingMaximum.ForMomentum(new Ratio(p, q)).Weight, Is.EqualTo(weight));

    /// <summary>With a momentum of 9/10, as the paper's average: half of a 100x jump, and a 1000x fall to twice the new maximum.</summary>
    [TestCase(100, 10_000, 7), TestCase(1_000_000, 1000, 66)]
    public void ItCatchesUpInAsManySteps(long before, long after, int steps)
    {
        var range = Usual.Of(0, before);
        var moved = 0;
        for (; after > before ? range < (after << 8) / 2 : range >= (2 * after) << 8; moved++) range = Usual.Of(range, after);
        Assert.That(moved, Is.EqualTo(steps));
    }

    [Test]
    public void ItStaysWithinWhatItHasSeenAndNeverLeaves64Bits()
    {
        foreach (var maximum in new[] { 1, 255, int.MaxValue, (1L << 54) - 1, long.MaxValue })
        {
            var range = Usual.Of(0, maximum);
            foreach (var next in new[] { 1, long.MaxValue, 1, 1 })
            {
                range = Usual.Of(range, next);
                Assert.That(range, Is.InRange(256, 1L << 62));
            }
        }
    }
}
