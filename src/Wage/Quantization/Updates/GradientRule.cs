using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>How a gradient becomes an update: the rate eta and the randomizer. WAGE eq. 9-11.</summary>
/// <param name="Rate">eta, exact.</param>
/// <param name="Randomizer">Exact stochastic rounding or the paper's 16 bits.</param>
/// <param name="Rounding">How the 16-bit randomizer rounds to its 15 fraction bits.</param>
/// <param name="RangeBits">
/// 0: the scale is made of the gradient's own maximum, or an earlier one, and nothing is clipped. Else of a range in units of 2^-RangeBits
/// (<see cref="MovingMaximum.FractionBits"/>), less than 1 counting as 1, to which gradients are clipped.
/// </param>
/// <param name="FirstRandom">The random bits of element i are those of index FirstRandom + i: a multiple of 8.</param>
public readonly record struct GradientRule(Ratio Rate, Randomizer Randomizer, Rounding Rounding, int RangeBits = 0, int FirstRandom = 0);

/// <summary>The resolution of the stochastic rounding of gradients.</summary>
public enum Randomizer
{
    /// <summary>Every dropped bit takes part: the probability is exact.</summary>
    Exact,

    /// <summary>15 fraction bits and a 15-bit random integer, as the paper's hardware: gradients under 2^-16 of the scale are lost.</summary>
    Bits16,
}

/// <summary>
/// The scale of one gradient tensor, known once its maximum is: dW / sigma(k_G) = sgn(g) (floor(x) + Bernoulli(x - floor(x))),
/// x = eta |g| / 2^round(log2 max|g|).
/// </summary>
public readonly struct GradientScale
{
    private const int MostDropped = 62;
    private const int LeastDropped = -MostDropped + 15;
    private const long MostQuotient = 1L << 40;
    private readonly Randomizer randomizer;
    private readonly Rounding rounding;
    private readonly int dropped;
    private readonly long numerator;
    private readonly long denominator;

    /// <summary>The scale for max|g| = <paramref name="maximum"/>; with a maximum of 0 nothing is scaled but by eta.</summary>
    /// <exception cref="OverflowException">eta / 2^round(log2 maximum) is beyond 64-bit arithmetic.</exception>
    public GradientScale(long maximum, in GradientRule rule)
    {
        this = Proved(maximum, rule);
        if (dropped is < LeastDropped or > MostDropped)
        {
            throw new OverflowException(
                $"gradient: eta {rule.Rate} with a greatest gradient of {maximum} drops {dropped} bits; " +
                $"64-bit arithmetic takes {LeastDropped} to {MostDropped}");
        }
    }

    private GradientScale(in GradientRule rule, int dropped, long most)
    {
        (randomizer, rounding, this.dropped, Most) = (rule.Randomizer, rule.Rounding, dropped, most);
        (numerator, denominator) = (rule.Rate.OddNumerator, rule.Rate.OddDenominator);
    }

    /// <summary>The greatest magnitude; a gradient beyond counts as this.</summary>
    public long Most { get; }

    /// <summary>
    /// True where no step of any gradient tensor with magnitudes of at most <paramref name="bound"/> can leave 64 bits, with either randomizer. With
    /// eta = p / q 2^e, p and q odd, and s = round(log2 max|g|): |g| p and q 2^(s - e) stay below 2^62, and, since |g| is below 2^(s + 1/2),
    /// |g| p 2^(e - s + 15) below 2^(bits of p + e + 15 1/2).
    /// </summary>
    public static bool Fits(long bound, Ratio eta)
    {
        var (bits, exponent) = (Bits(bound), eta.Exponent);
        if (eta.IsPowerOfTwo) return bits - exponent <= MostDropped && -exponent >= LeastDropped;
        var (numerator, denominator) = (Bits(eta.OddNumerator), Bits(eta.OddDenominator));
        return bits + numerator <= MostDropped && bits + 1 - exponent + denominator <= MostDropped && numerator + exponent + 16 <= MostDropped + 1;

        static int Bits(long value) => 64 - (int)long.LeadingZeroCount(value);
    }

    /// <summary>The scale where the trainer has proved eta safe for every gradient that the bound allows; kernels cannot throw.</summary>
    internal static GradientScale Proved(long maximum, in GradientRule rule) => new(
        rule,
        maximum == 0 ? 0 : checked(Math.Max(FixedPoint.NearestLog2(maximum) - rule.RangeBits, 0) - rule.Rate.Exponent),
        rule.RangeBits == 0 || maximum == 0 ? long.MaxValue : Math.Max(maximum >> rule.RangeBits, 1));

    /// <summary>The 64 - d low bits of the random word are not used; at most 32 are needed when this is false.</summary>
    public bool NeedsWideRandom => !IsPowerOfTwo ? randomizer == Randomizer.Exact : randomizer == Randomizer.Exact && dropped > 32;

    /// <summary>log2 of the divisor eta leaves, 2^round(log2 max|g|) / eta, when eta is a power of two; else null.</summary>
    internal int? PowerShift => IsPowerOfTwo ? dropped : null;

    private bool IsPowerOfTwo => numerator == 1 && denominator == 1;

    /// <summary>The signed update of gradient <paramref name="g"/>, in units of sigma(k_G), saturated to 16 bits.</summary>
    /// <param name="g">
    /// The accumulated gradient: any that <see cref="Fits"/> was asked for, also beyond the maximum, which may be of an earlier step.
    /// </param>
    /// <param name="random">The element's random word: 64 bits when <see cref="NeedsWideRandom"/>, else at least 32.</param>
    public long Step(long g, ulong random)
    {
        var magnitude = Math.Min(Wrapping.Absolute(g), Most);
        var step = randomizer == Randomizer.Exact ? Exact(magnitude, random) : Coarse(magnitude, random);
        step = Math.Min(step, short.MaxValue);
        return g < 0 ? checked(-step) : step;
    }

    /// <summary>The random word of element <paramref name="index"/>, as wide as this scale needs.</summary>
    public ulong Random(in RandomKey key, int index) =>
        NeedsWideRandom ? RandomBits.UInt64(key, (ulong)index) : RandomBits.UInt32(key, (ulong)index);

    private long Exact(long magnitude, ulong random)
    {
        if (IsPowerOfTwo) return StochasticRounding.Drop(magnitude, dropped, random);
        var (quotient, remainder, divisor) = Divided(magnitude, dropped);
        return checked(quotient + StochasticRounding.Divide(remainder, divisor, random));
    }

    private long Coarse(long magnitude, ulong random)
    {
        var shift = checked(dropped - 15);
        if (IsPowerOfTwo) return StochasticRounding.Drop15(FixedPoint.Round(magnitude, shift, rounding), random);
        var (quotient, remainder, divisor) = Divided(magnitude, shift);
        var nearest = FixedPoint.Divide(remainder, divisor, rounding);
        var isTie = checked(2 * remainder) == divisor;
        if (isTie && rounding == Rounding.HalfEven) nearest = quotient & 1;
        return StochasticRounding.Drop15(checked(quotient + nearest), random);
    }

    /// <summary>
    /// magnitude numerator 2^-shift / denominator as quotient + remainder / divisor, remainder below divisor. A quotient beyond
    /// <see cref="MostQuotient"/> counts as that: with either randomizer the step has long saturated.
    /// </summary>
    private (long Quotient, long Remainder, long Divisor) Divided(long magnitude, int shift)
    {
        var product = checked(magnitude * numerator);
        var divisor = shift >= 0 ? checked(denominator * (1L << shift)) : denominator;
        var left = shift >= 0 ? 0 : checked(-shift);
        if (product <= long.MaxValue >> left) (product, left) = (product << left, 0);
        var quotient = product / divisor;
        var remainder = checked(product - (quotient * divisor));
        for (; left > 0; left = checked(left - 1))
        {
            var twice = checked(2 * remainder);
            var one = twice >= divisor ? 1L : 0L;
            (quotient, remainder) = (Math.Min(checked((2 * Math.Min(quotient, MostQuotient)) + one), MostQuotient), checked(twice - (one * divisor)));
        }

        return (quotient, remainder, divisor);
    }
}
