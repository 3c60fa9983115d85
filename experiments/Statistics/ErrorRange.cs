namespace Wage.Experiments.Statistics;

/// <summary>A layer's errors before Q_E and what Q_E keeps of them. Magnitudes are powers of two: -3 is 2^-3.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Octaves">The share of the nonzero errors from 2^Low to 2^(Low + 1), ascending; empty octaves are left out.</param>
/// <param name="Window">From the least magnitude that does not become zero to the greatest that is not clipped; null without Q_E.</param>
/// <param name="Lost">The share of the nonzero errors that become zero.</param>
/// <param name="Clipped">The share of all errors at the limit.</param>
internal sealed record ErrorRange(string Layer, IReadOnlyList<(double Low, double Share)> Octaves, (double Low, double High)? Window, double Lost,
    double Clipped)
{
    /// <summary>The least of what there is to draw.</summary>
    public double Low => Octaves.Count == 0 ? Window?.Low ?? 0 : Octaves[0].Low;

    /// <summary>The greatest.</summary>
    public double High => Math.Max(Octaves.Count == 0 ? Low + 1 : Octaves[^1].Low + 1, Window?.High ?? double.NegativeInfinity);

    /// <summary>The layer's errors at a step; null when there are none.</summary>
    public static ErrorRange? Of(RunStatistics statistics, string layer, long step)
    {
        if (statistics.Find(step, layer, 'E', false) is not { } before) return null;
        var after = statistics.Find(step, layer, 'E', true);
        var (unit, nonzero) = (before.Exponent - before.FractionBits, before.Count - before.Zeros);
        var octaves = new SortedDictionary<double, double>();
        foreach (var (low, high, elements) in before.Bins())
        {
            if (low == 0) continue;
            var octave = Math.Floor(Math.Log2(Math.Min(Math.Abs(low), Math.Abs(high)))) + unit;
            octaves[octave] = octaves.GetValueOrDefault(octave) + ((double)elements / nonzero);
        }

        // Half a unit of the result rounds to zero (ties go to even); half a unit past the limit is clipped.
        (double, double)? window = after is { Limit: { } limit, Shift: { } shift } ? (unit + shift - 1, unit + shift + Math.Log2(limit + 0.5)) : null;
        if (after?.Codes is { } codes)
            window = (Math.Log2(codes.Scale.Least) - 1, Math.Log2(Math.Max(-codes.Least, codes.Greatest) + (codes.Scale.Greatest / 2)));
        var lost = after is null || nonzero == 0 ? 0 : (double)(after.Zeros - before.Zeros) / nonzero;
        return new ErrorRange(
            layer, [.. octaves.Select(octave => (octave.Key, octave.Value))], window, Math.Max(0, lost), after is { Saturated: { } saturated }
                ? after.Rate(saturated) : 0);
    }
}
