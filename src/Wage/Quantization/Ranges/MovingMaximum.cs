using System.Numerics;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// A range that follows a tensor's maxima in fixed point: R, in units of 2^-8, becomes R + RHE((2^8 m - R) w, 16), RHE(x, n) being x / 2^n rounded
/// half to even and w = RHE((1 - momentum) 2^16): 6554 for a momentum of 9/10. The first maximum that is not 0 begins it (R = 2^8 m), and an m of
/// 0, a tensor of zeros, leaves it alone; so R is 0 or at least 2^8. Fournarakis and Nagel 2021, in integers.
/// </summary>
/// <param name="Weight">w, from 1 to 2^16.</param>
public readonly record struct MovingMaximum(int Weight) : IPairFunction
{
    /// <summary>R is in units of 2^-8 of the maximum.</summary>
    public const int FractionBits = 8;

    private const int WeightBits = 16;

    /// <summary>The greatest m that is told from greater ones, so that every product below fits 64 bits.</summary>
    private const long Most = (1L << 54) - 1;

    /// <summary>The weight of a new maximum under this momentum, at least 1.</summary>
    /// <param name="momentum">Below 1; null: 0, the last maximum alone.</param>
    public static MovingMaximum ForMomentum(Ratio? momentum)
    {
        if (momentum is not { } kept) return new MovingMaximum(1 << WeightBits);
        BigInteger share = kept.Denominator - (BigInteger)kept.Numerator, whole = kept.Denominator;
        var floor = BigInteger.DivRem(share << WeightBits, whole, out var rest);
        var isUp = 2 * rest > whole || (2 * rest == whole && !floor.IsEven);
        return new MovingMaximum(Math.Max(1, (int)(isUp ? floor + 1 : floor)));
    }

    /// <summary>The next R, of x = R and y = m.</summary>
    public long Of(long x, long y)
    {
        if (y == 0) return x;
        var target = Math.Min(y, Most) << FractionBits;
        if (x == 0) return target;

        // Of d = hi 2^16 + lo, d w / 2^16 is hi w, and lo w rounded; a tie looks at the whole quotient.
        const long below = (1L << WeightBits) - 1, half = 1L << (WeightBits - 1);
        var d = checked(target - x);
        var low = checked((d & below) * Weight);
        var quotient = checked(((d >> WeightBits) * Weight) + (low >> WeightBits));
        var rest = low & below;
        return checked(x + quotient + (rest > half || (rest == half && (quotient & 1) != 0) ? 1L : 0L));
    }
}
