using System.Numerics;

namespace Wage.Numbers;

/// <summary>Square roots and logarithms of exact ratios in integers: a library's last bit differs between platforms, these do not.</summary>
public static class IntegerMath
{
    /// <summary>floor(sqrt(x)) by Newton's iteration. Requires x >= 0.</summary>
    public static BigInteger SquareRoot(BigInteger x)
    {
        if (x < 2) return x;
        var root = BigInteger.One << ((int)((x.GetBitLength() + 1) / 2));
        while (true)
        {
            var next = (root + (x / root)) >> 1;
            if (next >= root) return root;
            root = next;
        }
    }

    /// <summary>floor(x^(1 / degree)), a bit at a time. Requires x >= 0, degree >= 1.</summary>
    internal static BigInteger Root(BigInteger x, int degree)
    {
        var root = BigInteger.Zero;
        for (var bit = (int)(x.GetBitLength() / degree); bit >= 0; bit--)
        {
            var next = root | (BigInteger.One << bit);
            if (BigInteger.Pow(next, degree) <= x) root = next;
        }

        return root;
    }

    /// <summary>floor(sqrt(x)), a bit at a time. Requires x >= 0.</summary>
    public static long SquareRoot(long x)
    {
        var root = 0L;
        for (var bit = 1L << 31; bit > 0; bit >>= 1)
        {
            var next = root | bit;
            if (next <= x / next) root = next;
        }

        return root;
    }

    /// <summary>
    /// round(log2 sqrt(numerator / denominator)), ties to even, decided exactly: the k with 2^(2k-1) &lt;= p / q &lt; 2^(2k+1), and at the
    /// lower bound the even one of k - 1 and k. Requires both parts >= 1.
    /// </summary>
    public static int RoundedLog2OfRoot(BigInteger numerator, BigInteger denominator)
    {
        var k = 0;
        while (Compare(numerator, denominator, (2 * k) + 1) >= 0) k++;
        while (Compare(numerator, denominator, (2 * k) - 1) < 0) k--;
        return Compare(numerator, denominator, (2 * k) - 1) == 0 && (k & 1) != 0 ? k - 1 : k;
    }

    /// <summary>The sign of p / q - 2^exponent.</summary>
    private static int Compare(BigInteger p, BigInteger q, int exponent) =>
        exponent >= 0 ? p.CompareTo(q << exponent) : (p << -exponent).CompareTo(q);
}
