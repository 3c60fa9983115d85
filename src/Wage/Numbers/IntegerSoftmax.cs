using System.Numerics;

namespace Wage.Numbers;

/// <summary>
/// Exponential and logarithm in fixed point, by powers of two: e^-d = 2^-(d log2 e) = 2^-n 2^-r with n whole and r in [0, 1), 2^-r by its
/// Taylor polynomial of degree 9 about 1/2. The tests measure the error against float64: an exponential is off by less than 2 units of
/// 2^-30 (less than 3 when its distance has more than 28 fraction bits and is rounded to them), a probability among n classes by less than
/// n units of 2^-30, a logarithm by less than 2 units of 2^-20.
/// </summary>
public static class IntegerSoftmax
{
    /// <summary>Fraction bits of an exponential and of a probability.</summary>
    public const int ProbabilityBits = 30;

    /// <summary>Fraction bits of a logarithm.</summary>
    public const int LogBits = 20;

    private const long One = 1L << ProbabilityBits;
    private const long Log2E = 1549082005;
    private const long Ln2 = 744261118;

    /// <summary>e^-(distance / 2^fractionBits) in units of 2^-30, in [0, 2^30]. Requires distance >= 0, fractionBits in [0, 62].</summary>
    public static long Exponential(long distance, int fractionBits)
    {
        if (distance >> fractionBits >= 32) return 0;
        var d = FixedPoint.Round(distance, checked(fractionBits - 28), Rounding.HalfEven);
        var t = FixedPoint.Round(checked(d * (Log2E >> 2)), 26, Rounding.HalfEven);
        var whole = (int)(t >> 30);
        return FixedPoint.Round(PowerOfMinus(t & (One - 1)), checked(whole + 2), Rounding.HalfEven);
    }

    /// <summary>exponential / sum in units of 2^-30: a probability. Requires 0 &lt;= exponential &lt;= 2^30, sum >= 1.</summary>
    public static long Probability(long exponential, long sum) => FixedPoint.Divide(exponential << ProbabilityBits, sum, Rounding.HalfEven);

    /// <summary>
    /// -ln p = distance / 2^fractionBits + ln(sum / 2^30) in units of 2^-20, distance the label's score below the greatest,
    /// saturated at 2^30 (a loss of 1024 nats).
    /// </summary>
    public static long NegativeLog(long distance, int fractionBits, long sum)
    {
        if (distance >> fractionBits >= 1000) return One;
        return checked(
            FixedPoint.Round(distance, fractionBits - LogBits, Rounding.HalfEven)
            + FixedPoint.Round(Log2(sum) * (Ln2 >> 2), 24 + 28 - LogBits, Rounding.HalfEven));
    }

    /// <summary>2^-(r / 2^30) in units of 2^-32, r in [0, 2^30): Horner's rule in c = r - 1/2; coefficient k is 2^-1/2 (-ln 2)^k / k!.</summary>
    private static long PowerOfMinus(long r)
    {
        checked
        {
            var c = r - (One >> 1);
            var sum = -309L;
            sum = 4014 + ((sum * c) >> 30);
            sum = -46323 + ((sum * c) >> 30);
            sum = 467805 + ((sum * c) >> 30);
            sum = -4049402 + ((sum * c) >> 30);
            sum = 29210263 + ((sum * c) >> 30);
            sum = -168566006 + ((sum * c) >> 30);
            sum = 729568022 + ((sum * c) >> 30);
            sum = -2105088334 + ((sum * c) >> 30);
            return 3037000500 + ((sum * c) >> 30);
        }
    }

    /// <summary>log2(sum / 2^30) in units of 2^-24, a bit at a time by squaring the mantissa. Requires sum >= 2^30 / 2^20.</summary>
    private static long Log2(long sum)
    {
        checked
        {
            var whole = 63 - BitOperations.LeadingZeroCount((ulong)sum);
            var mantissa = whole >= 31 ? (ulong)sum >> (whole - 31) : (ulong)sum << (31 - whole);
            var result = (long)(whole - 30);
            for (var bit = 0; bit < 24; bit++)
            {
                mantissa = (mantissa * mantissa) >> 31;
                result <<= 1;
                if (mantissa < 1UL << 32) continue;
                mantissa >>= 1;
                result++;
            }

            return result;
        }
    }
}
