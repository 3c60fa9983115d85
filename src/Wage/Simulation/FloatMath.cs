using Wage.Numbers;

namespace Wage.Simulation;

/// <summary>
/// Exponential and logarithm of float32, from sums, products and quotients of doubles, which every machine rounds alike; the runtime's own differ
/// from platform to platform. Both are within 0.5001 units in the last place of the exact value.
/// </summary>
internal static class FloatMath
{
    private const double Ln2 = 0.693147180559945309417;
    private const double Log2E = 1.442695040888963407360;
    private const double HalfRoot = 0.707106781186547524401;

    /// <summary>A ratio as the nearest double; null: 0.</summary>
    public static double ToDouble(Ratio? ratio) => ratio is { } given ? (double)given.Numerator / given.Denominator : 0;

    /// <summary>The float32 nearest to that.</summary>
    public static float ToFloat(Ratio? ratio) => (float)ToDouble(ratio);

    /// <summary>e^x = 2^k e^r with k = round(x / ln 2), so |r| is at most ln(2) / 2: the Taylor series to r^11, whose rest is below 2^-47.</summary>
    public static float Exp(float x) => float.IsNaN(x) ? x : x > 89 ? float.PositiveInfinity : x < -104 ? 0 : (float)Exp((double)x);

    /// <summary>The same of a double from -700 to 700, below which it is 0.</summary>
    public static double Exp(double x)
    {
        if (x < -700) return 0;
        var k = Math.Round(x * Log2E);
        var r = x - (k * Ln2);
        var sum = 1.0 / 39916800;
        sum = (sum * r) + (1.0 / 3628800);
        sum = (sum * r) + (1.0 / 362880);
        sum = (sum * r) + (1.0 / 40320);
        sum = (sum * r) + (1.0 / 5040);
        sum = (sum * r) + (1.0 / 720);
        sum = (sum * r) + (1.0 / 120);
        sum = (sum * r) + (1.0 / 24);
        sum = (sum * r) + (1.0 / 6);
        sum = (sum * r) + 0.5;
        sum = (sum * r) + 1;
        sum = (sum * r) + 1;
        return sum * BitConverter.Int64BitsToDouble(((long)k + 1023) << 52);
    }

    /// <summary>
    /// ln x = e ln 2 + 2 artanh(s) for x = 2^e m, m in [1/sqrt 2, sqrt 2), s = (m - 1) / (m + 1): the series to s^21, the rest below 2^-60 of it.
    /// </summary>
    public static float Log(float x)
    {
        if (float.IsNaN(x) || x < 0) return float.NaN;
        if (x == 0) return float.NegativeInfinity;
        if (float.IsPositiveInfinity(x)) return x;
        var bits = BitConverter.DoubleToInt64Bits(x);
        var (e, m) = ((int)(bits >> 52) - 1022, BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | (1022L << 52)));
        if (m < HalfRoot) (e, m) = (e - 1, m * 2);
        var s = (m - 1) / (m + 1);
        var z = s * s;
        var sum = 1.0 / 21;
        sum = (sum * z) + (1.0 / 19);
        sum = (sum * z) + (1.0 / 17);
        sum = (sum * z) + (1.0 / 15);
        sum = (sum * z) + (1.0 / 13);
        sum = (sum * z) + (1.0 / 11);
        sum = (sum * z) + (1.0 / 9);
        sum = (sum * z) + (1.0 / 7);
        sum = (sum * z) + (1.0 / 5);
        sum = (sum * z) + (1.0 / 3);
        sum = (sum * z) + 1;
        return (float)((e * Ln2) + (2 * s * sum));
    }

    /// <summary>x^n by squares, n from 0: products of doubles, which all machines round alike; the runtime's power function is not.</summary>
    public static double Power(double x, long n)
    {
        var power = 1.0;
        for (; n > 0; n >>= 1, x *= x)
        {
            if ((n & 1) != 0) power *= x;
        }

        return power;
    }
}
