using System.Numerics;

namespace Wage.Numbers;

/// <summary>Every deterministic place where bits are dropped. All backends call these methods or are tested against them bit for bit.</summary>
/// <remarks>
/// Kernels call them as they are, so nothing here that a kernel uses throws, takes a span or clamps (Math.Clamp throws), and sums and products are
/// checked: see <see cref="Wrapping"/>.
/// </remarks>
public static class FixedPoint
{
    /// <summary>floor(2^63 sqrt 2): the point where log2 rounds up, see <see cref="RoundedLog2"/>.</summary>
    private const ulong SqrtTwo63 = 0xB504F333F9DE6484;

    /// <summary>x / 2^shift under <paramref name="rounding"/>; a negative shift is <see cref="ShiftLeft"/>. Requires shift in [-62, 62] and a
    /// rounding that is not stochastic.</summary>
    public static long Round(long x, int shift, Rounding rounding) => shift <= 0
        ? ShiftLeft(x, checked(-shift))
        : new ShiftRounding<Lane64>(shift, 0, rounding).Quotient(new Lane64(x), default).Value;

    /// <summary>x 2^shift, which stays at the ends of 64 bits where they cannot hold it. Requires shift in [0, 62].</summary>
    public static long ShiftLeft(long x, int shift) =>
        x > long.MaxValue >> shift ? long.MaxValue : x < long.MinValue >> shift ? long.MinValue : x << shift;

    /// <summary>x / divisor, half to even or half away. Requires divisor in [1, 2^62].</summary>
    public static long Divide(long x, long divisor, Rounding rounding)
    {
        var quotient = x / divisor;
        var twice = checked(Wrapping.Absolute(x - (quotient * divisor)) * 2);
        var up = twice > divisor || (twice == divisor && (rounding == Rounding.HalfAway || (quotient & 1) != 0));
        return up ? checked(quotient + (x < 0 ? -1 : 1)) : quotient;
    }

    /// <summary>x limited to [-limit, limit]. Requires limit >= 0.</summary>
    public static long Saturate(long x, long limit) => Math.Max(checked(-limit), Math.Min(x, limit));

    /// <summary>
    /// saturate(round(x / 2^shift), limit), of any x and for any shift in [-62, 62]. Requires limit >= 0.
    /// </summary>
    public static long RoundToLimit(long x, int shift, int limit, Rounding rounding) => Saturate(Round(x, shift, rounding), limit);

    /// <summary>x + y, which stays at +-(2^63 - 1) where 64 bits cannot hold it. Requires neither to be -2^63.</summary>
    public static long AddSaturated(long x, long y)
    {
        if (y >= 0) return x > checked(long.MaxValue - y) ? long.MaxValue : checked(x + y);
        return x < checked(-long.MaxValue - y) ? -long.MaxValue : checked(x + y);
    }

    /// <summary>
    /// round(log2 m) without a logarithm: f + [m^2 > 2^(2f+1)], f = floor(log2 m). WAGE's Shift(x) = 2^round(log2 x), eq. 6.
    /// m^2 > 2^(2f+1) means m > 2^f sqrt 2, which is irrational: comparing with its floor decides it. Requires m in [1, 2^63).
    /// </summary>
    public static int RoundedLog2(long m)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(m, 1);
        return NearestLog2(m);
    }

    /// <summary>The bits to drop so that an error tensor with maximum magnitude m fits k bits: RoundedLog2(m) - (bits - 1).</summary>
    public static int ErrorShift(long m, int bits) => RoundedLog2(m) - (bits - 1);

    /// <summary><see cref="RoundedLog2"/> of an m that is known to be at least 1; kernels cannot throw.</summary>
    internal static int NearestLog2(long m)
    {
        var f = checked(63 - BitOperations.LeadingZeroCount(unchecked((ulong)m)));
        return checked(f + (unchecked((ulong)m) > SqrtTwo63 >> (63 - f) ? 1 : 0));
    }
}
