using System.Numerics;
using Wage.Data;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tests.Training;

namespace Wage.Tests.Quantization;

/// <summary>Which rates 64-bit arithmetic takes: all that are let through give the formula's steps.</summary>
[Parallelizable]
public sealed class GradientScaleTests
{
    private static readonly long[] Odd = [1, 3, 7, 99, 1_048_573, (1L << 40) - 1, (1L << 58) - 1, (1L << 61) - 1];

    /// <summary>Every magnitude that is hard: next to a power of two and next to where log2 rounds up.</summary>
    [Test]
    public void EveryRateThatFitsStepsAsTheFormulaSays([Values] Randomizer randomizer)
    {
        var fitting = 0;
        foreach (var (p, q) in from p in Odd from q in Odd where p == 1 || q == 1 || p + q < 2000 select (p, q))
        {
            for (var e = -62; e <= 62; e++)
            {
                if (Rate(p, q, e) is not { } eta) continue;
                for (var bits = 1; bits <= 63; bits += 2)
                {
                    var bound = long.MaxValue >> (63 - bits);
                    if (!GradientScale.Fits(bound, eta)) continue;
                    fitting++;
                    foreach (var maximum in (long[])[1, Math.Min(3, bound), (bound / 2) + 1, bound - (bound / 4), bound])
                        Check(maximum, maximum, eta, randomizer);
                    Check(1, bound, eta, randomizer);
                    foreach (var earlier in (long[])[1, 2, (bound / 1000) + 1, (bound / 2) + 1]) Check(bound, earlier, eta, randomizer);
                }
            }
        }

        Assert.That(fitting, Is.GreaterThan(3000));
    }

    [Test]
    public void MoreImagesThanTheLossAddsUpAreRefused()
    {
        const int Count = (1 << 24) + 1;
        var set = new ImageSet(new byte[Count], new byte[Count], 1, 1, 1);
        Assert.That(
            () => TinyRun.Start(data: new Dataset("many", set, set, 2)),
            Throws.TypeOf<WageException>().With.Message.StartsWith("images: there are 16777217; the loss is summed over at most 16777216"));
    }

    private static Ratio? Rate(long p, long q, int e)
    {
        var (numerator, denominator) = ((BigInteger)p << Math.Max(0, e), (BigInteger)q << Math.Max(0, -e));
        return numerator <= long.MaxValue && denominator <= long.MaxValue ? new Ratio((long)numerator, (long)denominator) : null;
    }

    /// <summary>floor(eta |g| / 2^s) or one more, at most 32767; the paper's randomizer rounds to 15 fraction bits before.</summary>
    private static void Check(long g, long maximum, Ratio eta, Randomizer randomizer)
    {
        var scale = new GradientScale(maximum, new GradientRule(eta, randomizer, Rounding.HalfEven));
        var divisor = (BigInteger)eta.Denominator << FixedPoint.RoundedLog2(maximum);
        var floor = BigInteger.Min((BigInteger)g * eta.Numerator / divisor, short.MaxValue);
        foreach (var random in (ulong[])[0, ulong.MaxValue])
        {
            var step = scale.Step(g, random);
            Assert.That(step, Is.EqualTo((long)floor).Or.EqualTo((long)BigInteger.Min(floor + 1, short.MaxValue)), $"g {g} of {maximum}, eta {eta}");
        }
    }
}
