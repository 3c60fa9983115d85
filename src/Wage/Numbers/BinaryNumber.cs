using System.Globalization;
using System.Numerics;

namespace Wage.Numbers;

/// <summary>A value of the float32 domain where there are no floats: Significand * 2^Exponent, exactly. Equal values have equal parts.</summary>
public readonly record struct BinaryNumber : IComparable<BinaryNumber>
{
    private const int Digits = 3;

    /// <summary>significand * 2^exponent, with an odd significand, or 0 * 2^0.</summary>
    public BinaryNumber(long significand, int exponent)
    {
        var zeros = significand == 0 ? 0 : BitOperations.TrailingZeroCount(significand);
        (Significand, Exponent) = (significand >> zeros, significand == 0 ? 0 : exponent + zeros);
    }

    /// <summary>Odd, or 0.</summary>
    public long Significand { get; }

    /// <summary>The exponent of 2.</summary>
    public int Exponent { get; }

    /// <summary>The distance of two.</summary>
    public BinaryNumber DistanceFrom(BinaryNumber other)
    {
        var least = Math.Min(Exponent, other.Exponent);
        var distance = BigInteger.Abs(Units(least) - other.Units(least));
        var bits = (int)Math.Max(0, distance.GetBitLength() - 62);
        return new BinaryNumber((long)(distance >> bits), least + bits);
    }

    /// <summary>floor(100 * this / other): how many percent of another, above 0, this is; at most a million.</summary>
    public int PercentOf(BinaryNumber other)
    {
        if (other.Significand <= 0) throw new ArgumentOutOfRangeException(nameof(other), other, "must be above 0");
        var least = Math.Min(Exponent, other.Exponent);
        return (int)BigInteger.Min(100 * Units(least) / other.Units(least), 1_000_000);
    }

    /// <inheritdoc/>
    public int CompareTo(BinaryNumber other)
    {
        var least = Math.Min(Exponent, other.Exponent);
        return Units(least).CompareTo(other.Units(least));
    }

    /// <summary>With three digits, rounded to the nearest: "0.0123", "6", "-1.25e-7".</summary>
    public override string ToString()
    {
        if (Significand == 0) return "0";
        var (numerator, denominator) = (BigInteger.Abs(Significand), BigInteger.One);
        if (Exponent >= 0) numerator <<= Exponent;
        else denominator <<= -Exponent;
        var scale = 0;                                                          // numerator / denominator * 10^scale has three digits
        for (; numerator >= 1000 * denominator; scale--) denominator *= 10;
        for (; numerator < 100 * denominator; scale++) numerator *= 10;
        var digits = ((2 * numerator) + denominator) / (2 * denominator);
        if (digits == 1000) (digits, scale) = (100, scale - 1);
        var text = digits.ToString(CultureInfo.InvariantCulture);
        var power = Digits - 1 - scale;
        return $"{(Significand < 0 ? "-" : string.Empty)}{Placed(text, power)}";
    }

    private static string Placed(string digits, int power) => power switch
    {
        >= 0 and < 7 => Trimmed($"{digits.PadRight(power + 1, '0')[..(power + 1)]}.{(power + 1 < Digits ? digits[(power + 1)..] : string.Empty)}"),
        < 0 and > -5 => Trimmed($"0.{new string('0', -power - 1)}{digits}"),
        _ => $"{Trimmed($"{digits[0]}.{digits[1..]}")}e{power.ToString(CultureInfo.InvariantCulture)}",
    };

    private static string Trimmed(string text) => text.TrimEnd('0').TrimEnd('.');

    private BigInteger Units(int exponent) => new BigInteger(Significand) << (Exponent - exponent);
}
