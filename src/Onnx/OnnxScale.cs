using System.Globalization;
using Wage.Numbers;

namespace Wage.Onnx;

/// <summary>
/// A positive float32, Mantissa * 2^Exponent, in integers: the scale of codes. Products and quotients are rounded once, ties to even.
/// </summary>
/// <param name="Mantissa">24 bits, the first of them 1.</param>
/// <param name="Exponent">Of the last bit.</param>
internal readonly record struct OnnxScale(uint Mantissa, int Exponent)
{
    private const int Bits = 24, ExponentBias = 127, MostExponent = 127, FewestBits = 2;

    /// <summary>1.</summary>
    public static OnnxScale One => PowerOfTwo(0);

    /// <summary>Whether it is a power of two.</summary>
    public bool IsPowerOfTwo => Mantissa == 1u << (Bits - 1);

    /// <summary>The power of two at most as great.</summary>
    public int Log2 => Exponent + Bits - 1;

    /// <summary>Whether it is 1 but for what rounding did.</summary>
    public bool IsNearlyOne => (Log2 == 0 && Mantissa <= (1u << (Bits - 1)) + FewestBits) || (Log2 == -1 && Mantissa >= (1u << Bits) - FewestBits);

    /// <summary>2^exponent.</summary>
    public static OnnxScale PowerOfTwo(int exponent) => new(1u << (Bits - 1), exponent - Bits + 1);

    /// <summary>M0 2^(shift - 31), of a multiplier that is not 0.</summary>
    public static OnnxScale Of(QuantizedMultiplier scale) => Of((uint)scale.Multiplier, scale.Shift - 31);

    /// <summary>value 2^exponent, of a value that is not 0.</summary>
    public static OnnxScale Of(UInt128 value, int exponent)
    {
        var more = 128 - (int)UInt128.LeadingZeroCount(value) - Bits;
        if (more <= 0) return new((uint)(value << -more), exponent + more);
        var (floor, rest, half) = (value >> more, value & ((UInt128.One << more) - 1), UInt128.One << (more - 1));
        if (rest > half || (rest == half && (floor & 1) != 0)) floor++;
        return floor >> Bits == 0 ? new((uint)floor, exponent + more) : new((uint)(floor >> 1), exponent + more + 1);
    }

    /// <summary>The product.</summary>
    public OnnxScale Times(OnnxScale other) => Of((UInt128)Mantissa * other.Mantissa, Exponent + other.Exponent);

    /// <summary>The product with a power of two.</summary>
    public OnnxScale Times(int powerOfTwo) => this with { Exponent = Exponent + powerOfTwo };

    /// <summary>The quotient.</summary>
    public OnnxScale Over(OnnxScale other)
    {
        const int More = 64;
        var (quotient, rest) = UInt128.DivRem((UInt128)Mantissa << More, other.Mantissa);
        return Of((quotient << 1) | (rest == 0 ? 0u : 1), Exponent - other.Exponent - More - 1);      // the last bit stands for the rest
    }

    /// <summary>"2^-7", or "9012345*2^-30".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{(IsPowerOfTwo ? string.Empty : $"{Mantissa}*")}2^{(IsPowerOfTwo ? Log2 : Exponent)}");

    /// <summary>The bits of times * this as a float32, rounded once.</summary>
    /// <exception cref="WageException">A float32 does not reach so far.</exception>
    public int ToSingle(long times = 1)
    {
        if (times == 0) return 0;
        var of = Of((UInt128)(ulong)Math.Abs(times) * Mantissa, Exponent);
        if (Math.Abs(of.Log2) >= MostExponent)
            throw new WageException($"a scale of about 2^{of.Log2} is beyond what a float32 holds.", OnnxFloatNodes.Remedy);
        return (times < 0 ? int.MinValue : 0) | ((of.Log2 + ExponentBias) << (Bits - 1)) | (int)(of.Mantissa & ((1u << (Bits - 1)) - 1));
    }
}
