using System.Numerics;
using Wage.Numbers;

namespace Wage.Schemes;

/// <summary>
/// alpha = max(2^round(log2(L_min / L)), 1), L_min = beta sigma(k_W), L = sqrt(c / n): log2 of the root of (beta sigma)^2 n / c, decided in
/// integers. WAGE eq. 4 and 8; L is the fan-in limit before the maximum with L_min.
/// </summary>
internal sealed class WageScale(WageOptions options) : IScaleRule
{
    private const int LimitFractionBits = WageInitializer.LimitFractionBits;

    /// <inheritdoc/>
    public int Log2(int fanIn)
    {
        var (p, q) = MinimumSquared();
        return Math.Max(0, IntegerMath.RoundedLog2OfRoot(p * fanIn, q * options.FanInLimit));
    }

    /// <summary>L' = max(sqrt(c / n), beta sigma(k_W)) in units of 2^-30, rounded down. WAGE eq. 4.</summary>
    public long InitialLimit(int fanIn)
    {
        var (p, q) = MinimumSquared();
        var (c, n) = ((BigInteger)options.FanInLimit, (BigInteger)fanIn);
        var minimumIsGreater = p * n > c * q;
        var (numerator, denominator) = minimumIsGreater ? (p, q) : (c, n);
        return (long)IntegerMath.SquareRoot((numerator << (2 * LimitFractionBits)) / denominator);
    }

    /// <summary>(beta sigma(k_W))^2 as p / q.</summary>
    private (BigInteger P, BigInteger Q) MinimumSquared()
    {
        BigInteger p = options.Beta.Numerator, q = (BigInteger)options.Beta.Denominator << (options.Bits.W - 1);
        return (p * p, q * q);
    }
}

/// <summary>
/// W ~ U(-L', L') on the chosen grid: x = L' (2u + 1 - 2^32) / 2^32 for a uniform 32-bit u, in units of 2^-30,
/// then rounded to k bits and saturated.
/// </summary>
internal sealed class WageInitializer(WageOptions options, WageScale scale) : IWeightInitializer
{
    /// <summary>L' is in units of 2^-30.</summary>
    public const int LimitFractionBits = 30;

    /// <inheritdoc/>
    public void Initialize(int fanIn, in RandomKey key, int first, Span<long> stored)
    {
        var limit = scale.InitialLimit(fanIn);
        var bits = options.InitialWeights == InitialGrid.WeightGrid ? options.Bits.W : options.Bits.G;
        for (var i = 0; i < stored.Length; i++)
        {
            var uniform = (2L * RandomBits.UInt32(key, (ulong)(first + i))) + 1 - (1L << 32);
            var x = (long)(((Int128)limit * uniform) >> 32);
            var rounded = FixedPoint.Round(x, LimitFractionBits - (bits - 1), options.Rounding);
            var onGrid = FixedPoint.Saturate(rounded, BitWidths.Limit(bits)) << (options.Bits.G - bits);
            stored[i] = FixedPoint.Saturate(onGrid, options.StoredUpdate.Clip);
        }
    }
}
