using System.Numerics;

namespace Wage.Tests.Traces;

/// <summary>
/// The formulas of docs/wage.md a second time, one element at a time, with big integers where that is plainest; nothing of the framework is used.
/// </summary>
internal static class ScalarMath
{
    /// <summary>x / 2^shift: the nearest integer, ties to even or away from zero.</summary>
    public static long Divide(long x, int shift, bool halfEven)
    {
        if (shift <= 0) return x * (1L << -shift);
        var (divisor, magnitude) = (BigInteger.One << shift, BigInteger.Abs(x));
        var quotient = BigInteger.DivRem(magnitude, divisor, out var rest);
        var twice = rest * 2;
        if (twice > divisor || (twice == divisor && (!halfEven || !quotient.IsEven))) quotient++;
        return x < 0 ? -(long)quotient : (long)quotient;
    }

    public static long Clip(long x, long limit) => x > limit ? limit : x < -limit ? -limit : x;

    /// <summary>The n with 2^(2n - 1) &lt; m^2 &lt; 2^(2n + 1): round(log2 m).</summary>
    public static int RoundedLog2(long m)
    {
        var (square, n) = ((BigInteger)m * m, 0);
        while (square > BigInteger.One << ((2 * n) + 1)) n++;
        return n;
    }

    /// <summary>Word i of Philox 4x32-10 (Salmon et al. 2011): 32 bits, or 64 when wide.</summary>
    public static ulong Philox(ulong seed, uint stream, uint step, long i, bool wide)
    {
        var block = (ulong)(i / (wide ? 2 : 4));
        uint[] c = [(uint)block, (uint)(block >> 32), step, stream];
        var (k0, k1) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < 10; round++)
        {
            var (p0, p1) = (0xD2511F53UL * c[0], 0xCD9E8D57UL * c[2]);
            c = [(uint)(p1 >> 32) ^ c[1] ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c[3] ^ k1, (uint)p0];
            (k0, k1) = (unchecked(k0 + 0x9E3779B9u), unchecked(k1 + 0xBB67AE85u));
        }

        var word = (int)(i % (wide ? 2 : 4));
        return wide ? ((ulong)c[(2 * word) + 1] << 32) | c[2 * word] : c[word];
    }
}
