namespace Wage.Numbers;

/// <summary>floor(x) + Bernoulli(x - floor(x)): the places where bits are dropped at random. WAGE eq. 10-11.</summary>
public static class StochasticRounding
{
    /// <summary>
    /// magnitude / 2^dropped rounded to a neighbour with the exact probability: (magnitude >> d) + [magnitude mod 2^d > r],
    /// r the low d bits of <paramref name="random"/>. d &lt;= 0 is <see cref="FixedPoint.ShiftLeft"/> and uses no randomness.
    /// Requires magnitude >= 0, dropped in [-62, 62].
    /// </summary>
    public static long Drop(long magnitude, int dropped, ulong random)
    {
        if (dropped <= 0) return FixedPoint.ShiftLeft(magnitude, checked(-dropped));
        var mask = checked((1L << dropped) - 1);
        return checked((magnitude >> dropped) + ((magnitude & mask) > (unchecked((long)random) & mask) ? 1 : 0));
    }

    /// <summary>
    /// numerator / denominator rounded to a neighbour: quotient + [remainder > r], r = floor(denominator * random / 2^64), uniform in
    /// [0, denominator) to within 2^-64 of each probability times the denominator. Requires numerator >= 0, denominator >= 1.
    /// </summary>
    public static long Divide(long numerator, long denominator, ulong random)
    {
        var quotient = numerator / denominator;
        var remainder = checked(numerator - (quotient * denominator));
        var r = (long)Wrapping.HighProduct((ulong)denominator, random);
        return checked(quotient + (remainder > r ? 1 : 0));
    }

    /// <summary>
    /// The paper's 16-bit randomizer: <paramref name="scaled"/> has 15 fraction bits; (scaled >> 15) + [scaled mod 2^15 > r], r the low
    /// 15 bits of <paramref name="random"/>. Magnitudes under 2^-16 never move. Requires scaled >= 0.
    /// </summary>
    public static long Drop15(long scaled, ulong random) => Drop(scaled, 15, random);
}
