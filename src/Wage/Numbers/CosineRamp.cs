using System.Numerics;

namespace Wage.Numbers;

/// <summary>
/// (1 - cos(pi k / n)) / 2 = sin^2(pi k / 2n) for k of n: from 0 to 1 along half a wave. The sine is its Taylor series in units of 2^-96; every
/// product and quotient is rounded down, at most 30 of each, so that the result is off by less than 2^-88, and the same on every machine.
/// </summary>
internal static class CosineRamp
{
    /// <summary>The unit of <see cref="At"/> is 2^-FractionBits.</summary>
    public const int FractionBits = 96;

    /// <summary>pi in units of 2^-96, rounded down.</summary>
    private static readonly BigInteger Pi = BigInteger.Parse("3243F6A8885A308D313198A2E", System.Globalization.NumberStyles.HexNumber, null);

    /// <summary>The value at k of n, 0 to n.</summary>
    public static BigInteger At(BigInteger k, BigInteger n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, BigInteger.One);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, BigInteger.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, n);
        if (k == n) return BigInteger.One << FractionBits;
        var x = Pi * k / (2 * n);
        var (square, term, sum) = ((x * x) >> FractionBits, x, x);
        for (var i = 2; !term.IsZero; i += 2)
        {
            term = ((term * square) >> FractionBits) / (i * (i + 1));
            sum += (i & 2) != 0 ? -term : term;
        }

        return (sum * sum) >> FractionBits;
    }
}
