namespace Wage.Quantization;

/// <summary>
/// What units weigh in a <see cref="Roulette"/>, in integers: u = max(1, floor(2^40 F / sum F)), F = floor(2^24 f), f = 1 / (e + 2^-23) of the error
/// e = distance / sum, 0 of a unit of zeros. Dong et al. 2017, their linear function.
/// </summary>
internal static class SelectionWeights
{
    private const int EpsilonBits = 23, FractionBits = 24, OneBits = 40;

    /// <summary>F of a unit, from 2^23 up to 2^47; both numbers are below 2^47.</summary>
    public static long Of(long distance, long sum) => sum == 0
        ? 1L << (EpsilonBits + FractionBits)
        : (long)(((UInt128)sum << (EpsilonBits + FractionBits)) / (((UInt128)distance << EpsilonBits) + (UInt128)sum));

    /// <summary>The weights of units with these F, in their place.</summary>
    public static void Share(Span<long> weights)
    {
        var all = default(UInt128);
        foreach (var one in weights) all += (UInt128)one;
        foreach (ref var one in weights) one = Math.Max(1, (long)(((UInt128)one << OneBits) / all));
    }
}
