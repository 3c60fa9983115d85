using System.Numerics;

namespace Wage.Quantization;

/// <summary>Exponents and shifts of tensors with one unit each, 2^e, e known at run time alone.</summary>
public static class UnitShift
{
    /// <summary>The greatest shift of a tensor whose exponent is kept.</summary>
    public const int Most = 30;

    /// <summary>Below every exponent that a step leaves.</summary>
    public const int NoLeast = -(1 << 24);

    /// <summary>The least s >= 0 with floor(m / 2^s + 1/2) &lt;= limit. Requires m >= 0, limit >= 1.</summary>
    public static int Of(long m, long limit)
    {
        var s = Math.Max(checked(BitOperations.LeadingZeroCount((ulong)limit) - BitOperations.LeadingZeroCount((ulong)m)), 0);
        var rounded = s == 0 ? m : checked((m >> s) + ((m >> checked(s - 1)) & 1));
        return rounded <= limit ? s : checked(s + 1);
    }
}

/// <summary>x = the exponent that a site keeps, y = that of the sums: the shift of a step, from 0 to <see cref="UnitShift.Most"/>.</summary>
/// <param name="Least">The least exponent of what is stored.</param>
public readonly record struct KeptShift(int Least) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => Math.Max(Math.Min(checked(Math.Max(x, Least) - y), UnitShift.Most), 0);
}

/// <summary>
/// x = the exponent of sums, y = their greatest magnitude: that at which they fit <paramref name="Limit"/>, and some bits more; of zeros
/// <see cref="None"/>, which is below all others.
/// </summary>
/// <param name="Limit">The greatest magnitude that is stored.</param>
/// <param name="Headroom">The bits.</param>
/// <param name="Least">The least exponent.</param>
public readonly record struct FittingExponent(int Limit, int Headroom, int Least) : IPairFunction
{
    /// <summary>Of sums that are all 0.</summary>
    internal const long None = long.MinValue;

    /// <inheritdoc/>
    public long Of(long x, long y) => y == 0 ? None : Math.Max(checked(x + UnitShift.Of(y, Limit) + Headroom), Least);
}

/// <summary>x = what a step has left, y = what was kept before: x, or y where x is <see cref="FittingExponent.None"/>.</summary>
public readonly record struct LatestExponent : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => x == FittingExponent.None ? y : x;
}

/// <summary>
/// x = the exponent of sums, y = their greatest magnitude: the shift by which they fit <paramref name="Limit"/>, and have no smaller exponent than
/// <paramref name="Least"/>. Without such a one x does not matter.
/// </summary>
/// <param name="Limit">The greatest magnitude that is stored.</param>
/// <param name="Least">The least exponent of what is stored.</param>
public readonly record struct FittingShift(int Limit, int Least) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) =>
        Least == UnitShift.NoLeast ? UnitShift.Of(y, Limit) : Math.Max(UnitShift.Of(y, Limit), Math.Min(checked(Least - x), UnitShift.Most));
}

/// <summary>x = the exponent of a signal: that of its elements. y does not matter.</summary>
/// <param name="FractionBits">The signal's.</param>
public readonly record struct ExponentOf(int FractionBits) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => checked(x - FractionBits);
}
