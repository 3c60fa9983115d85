namespace Wage.Numbers;

/// <summary>A scale as integers: M0 2^(shift - 31). TensorFlow Lite: QuantizeMultiplier.</summary>
/// <param name="Multiplier">M0, from 2^30 to 2^31 - 1, or 0.</param>
/// <param name="Shift">From -31 to 30.</param>
public readonly record struct QuantizedMultiplier(int Multiplier, int Shift)
{
    private const int MantissaBits = 52, Bias = 1023;

    /// <summary>
    /// That of the double with these 64 bits, which is not negative and finite: M0 = round(q 2^31), halves away from zero, of q in [1/2, 1). 0 below
    /// 2^-32; the greatest from 2^30 on.
    /// </summary>
    /// <exception cref="WageException">It is negative, infinite or no number.</exception>
    public static QuantizedMultiplier OfDoubleBits(ulong bits)
    {
        var (exponent, mantissa) = ((int)(bits >> MantissaBits), bits & ((1UL << MantissaBits) - 1));
        if (exponent > 2 * Bias)
        {
            throw new WageException(
                $"a multiplier: the double of bits 0x{bits:X16} is no scale, which is finite and not negative.",
                "a tensor that it is made of has a range that is infinite or no number.");
        }

        if (exponent == 0) return default;
        var shift = exponent - Bias + 1;
        var multiplier = (long)((mantissa | (1UL << MantissaBits)) + (1UL << (MantissaBits - 31))) >> (MantissaBits - 30);
        if (multiplier == 1L << 31) (multiplier, shift) = (1L << 30, shift + 1);
        return shift < -31 ? default : shift > 30 ? new(int.MaxValue, 30) : new((int)multiplier, shift);
    }

    /// <summary>Whether <see cref="FixedMultiply.Scale"/> is defined for it.</summary>
    internal bool IsValid => Multiplier >= 0 && Shift is >= -31 and <= 30;

    /// <summary><see cref="FixedMultiply.Scale"/> of one number.</summary>
    public int Scale(int x, MultiplierRounding rounding) =>
        (int)FixedMultiply.Scale(new Lane64(x), new Lane64(Multiplier), new Lane64(Shift), rounding).Value;
}
