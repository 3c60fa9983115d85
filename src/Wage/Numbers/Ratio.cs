using System.Globalization;
using System.Numerics;

namespace Wage.Numbers;

/// <summary>An exact positive ratio p / q in lowest terms: learning rates and beta, never a float.</summary>
public readonly record struct Ratio
{
    /// <summary>p / q, reduced.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A part is less than 1.</exception>
    public Ratio(long numerator, long denominator)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numerator, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(denominator, 1);
        var divisor = (long)BigInteger.GreatestCommonDivisor(numerator, denominator);
        Numerator = numerator / divisor;
        Denominator = denominator / divisor;
    }

    /// <summary>p, at least 1.</summary>
    public long Numerator { get; }

    /// <summary>q, at least 1.</summary>
    public long Denominator { get; }

    /// <summary>e in ratio = (odd p / odd q) * 2^e.</summary>
    public int Exponent => checked(BitOperations.TrailingZeroCount(Numerator) - BitOperations.TrailingZeroCount(Denominator));

    /// <summary>The odd part of p.</summary>
    public long OddNumerator => Numerator >> BitOperations.TrailingZeroCount(Numerator);

    /// <summary>The odd part of q.</summary>
    public long OddDenominator => Denominator >> BitOperations.TrailingZeroCount(Denominator);

    /// <summary>True when the ratio is 2^<see cref="Exponent"/>.</summary>
    public bool IsPowerOfTwo => OddNumerator == 1 && OddDenominator == 1;

    /// <summary>Reads "8", "1/8", "0.125" or "2^-3", exactly.</summary>
    /// <returns>False when the text is none of these, is not positive, or has a part beyond 2^63 - 1.</returns>
    public static bool TryParse(string text, out Ratio ratio)
    {
        ratio = default;
        var s = text.Trim();
        if (s.StartsWith("2^", StringComparison.Ordinal))
        {
            var isNumber = int.TryParse(s.AsSpan(2), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var e);
            if (!isNumber || e is < -62 or > 62) return false;
            ratio = e >= 0 ? new Ratio(1L << e, 1) : new Ratio(1, 1L << -e);
            return true;
        }

        var slash = s.IndexOf('/');
        if (slash >= 0)
        {
            if (!TryWhole(s[..slash], out var p) || !TryWhole(s[(slash + 1)..], out var q)) return false;
            ratio = new Ratio(p, q);
            return true;
        }

        var dot = s.IndexOf('.');
        if (dot < 0) dot = s.Length;
        var places = Math.Max(0, s.Length - dot - 1);
        if (places > 18) return false;
        var scale = (long)BigInteger.Pow(10, places);
        if (!TryWhole(s.Remove(dot, s.Length > dot ? 1 : 0), out var digits)) return false;
        ratio = new Ratio(digits, scale);
        return true;
    }

    /// <summary>"8" or "1/8".</summary>
    public override string ToString() => Denominator == 1
        ? Numerator.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");

    private static bool TryWhole(string text, out long value) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;
}
