using System.Numerics;

namespace Wage.Quantization;

/// <summary>Exponents and shifts of tensors with one unit each, 2^e, e known at run time alone.</summary>
public static class UnitShift
{
    /// <summary>The greatest shift of a tensor whose exponent is kept.</summary>
    public const int Most = 30;

    /// <summary>The least s >= 0 with floor(m / 2^s + 1/2) &lt;= limit. Requires m >= 0, limit >= 1.</summary>
    public static int Of(long m, long limit)
    {
        var s = Math.Max(checked(BitOperations.LeadingZeroCount((ulong)limit) - BitOperations.LeadingZeroCount((ulong)m)), 0);
        var rounded = s == 0 ? m : checked((m >> s) + ((m >> checked(s - 1)) & 1));
        return rounded <= limit ? s : checked(s + 1);
    }
}

/// <summary>x = the exponent that a site keeps, y = that of the sums: the shift of a step, from 0 to <see cref="UnitShift.Most"/>.</summary>
public readonly record struct KeptShift : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => Math.Max(Math.Min(checked(x - y), UnitShift.Most), 0);
}

/// <summary>x = the exponent of sums, y = their greatest magnitude: that at which they fit <paramref name="Limit"/>, and some bits more.</summary>
/// <param name="Limit">The greatest magnitude that is stored.</param>
/// <param name="Headroom">The bits.</param>
public readonly record struct FittingExponent(int Limit, int Headroom) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => checked(x + UnitShift.Of(y, Limit) + Headroom);
}

/// <summary>y = the greatest magnitude of a tensor: the shift by which it fits <paramref name="Limit"/>; x does not matter.</summary>
/// <param name="Limit">The greatest magnitude that is stored.</param>
public readonly record struct FittingShift(int Limit) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => UnitShift.Of(y, Limit);
}

/// <summary>x = the exponent of a signal: that of its elements. y does not matter.</summary>
/// <param name="FractionBits">The signal's.</param>
public readonly record struct ExponentOf(int FractionBits) : IPairFunction
{
    /// <inheritdoc/>
    public long Of(long x, long y) => checked(x - FractionBits);
}
