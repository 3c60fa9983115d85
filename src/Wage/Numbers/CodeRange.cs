namespace Wage.Numbers;

/// <summary>The codes that a tensor may have.</summary>
/// <param name="Low">The least.</param>
/// <param name="High">The greatest.</param>
public readonly record struct CodeRange(int Low, int High)
{
    /// <summary>
    /// Those of values in [from, to], r = scale (code - zeroPoint): [max(low, Z + round(from / S)), min(high, Z + round(to / S))], halves away from
    /// zero. A ReLU6 as a clamp: from 0 to 6; null where there is no bound.
    /// </summary>
    public CodeRange Within(Ratio scale, int zeroPoint, int? from, int? to) => new(
        from is { } least ? (int)Int128.Max(Low, zeroPoint + Steps(least, scale)) : Low,
        to is { } most ? (int)Int128.Min(High, zeroPoint + Steps(most, scale)) : High);

    private static Int128 Steps(int value, Ratio scale)
    {
        var twice = 2 * Int128.Abs(value) * scale.Denominator;
        var steps = (twice + scale.Numerator) / (2 * (Int128)scale.Numerator);
        return value < 0 ? -steps : steps;
    }
}
