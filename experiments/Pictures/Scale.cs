using System.Globalization;

namespace Wage.Experiments.Pictures;

/// <summary>An axis: where a value lies on the page, and which values get a tick.</summary>
internal abstract class Scale(double low, double high, double start, double end)
{
    /// <summary>The values at both ends; the second is the greater.</summary>
    public double Low { get; } = low;

    /// <summary>See <see cref="Low"/>.</summary>
    public double High { get; } = high;

    /// <summary>The coordinate of a value. <see cref="Low"/> is at start and <see cref="High"/> at end.</summary>
    public double At(double value) => Math.Round(start + ((end - start) * Fraction(value)), 3);

    /// <summary>Values for ticks, ascending, at least <paramref name="gap"/> apart on the page.</summary>
    public IReadOnlyList<double> Ticks(double gap) =>
        Ticks(ticks => ticks.Zip(ticks.Skip(1)).All(pair => Math.Abs(At(pair.Second) - At(pair.First)) >= gap));

    /// <summary>The densest ticks that fit, ascending; the low end alone where none do.</summary>
    public IReadOnlyList<double> Ticks(Func<IReadOnlyList<double>, bool> fit)
    {
        foreach (var candidates in Candidates())
        {
            var ticks = candidates.Where(tick => tick >= Low - (1e-9 * (High - Low)) && tick <= High + (1e-9 * (High - Low))).ToList();
            if (ticks.Count > 0 && fit(ticks)) return ticks;
        }

        return [Low];
    }

    /// <summary>0 at the low end, 1 at the high one.</summary>
    private protected abstract double Fraction(double value);

    /// <summary>Sets of ticks, the densest first.</summary>
    private protected abstract IEnumerable<IEnumerable<double>> Candidates();

    /// <summary>1, 2 or 5 times a power of ten apart, from steps of this fraction of the range on.</summary>
    private protected static IEnumerable<double[]> Round(double low, double high, double finest)
    {
        for (var decade = (int)Math.Floor(Math.Log10((high - low) * finest)); ; decade++)
        {
            foreach (var digit in new[] { 1, 2, 5 })
            {
                var step = digit * Math.Pow(10, decade);
                if (step > 2 * (high - low)) yield break;
                if (step < (high - low) * finest) continue;
                var (first, last) = ((long)Math.Ceiling((low / step) - 1e-9), (long)Math.Floor((high / step) + 1e-9));
                yield return [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => Cleaned((first + i) * step))];
            }
        }
    }

    /// <summary>0.30000000000000004 is meant to be 0.3.</summary>
    private protected static double Cleaned(double value) =>
        double.Parse(value.ToString("G12", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}

/// <summary>Equal steps of the value are equal steps on the page.</summary>
internal sealed class LinearScale(double low, double high, double start, double end, bool whole = false) : Scale(low, high, start, end)
{
    private protected override double Fraction(double value) => High == Low ? 0.5 : (value - Low) / (High - Low);

    private protected override IEnumerable<IEnumerable<double>> Candidates() =>
        High == Low ? [[Low]] : Round(Low, High, 1.0 / 20).Where(ticks => !whole || ticks.All(tick => tick == Math.Round(tick)));
}

/// <summary>Equal factors are equal steps on the page. Both ends are positive.</summary>
internal sealed class LogarithmicScale(double low, double high, double start, double end) : Scale(low, high, start, end)
{
    private protected override double Fraction(double value) => Math.Log(value / Low) / Math.Log(High / Low);

    private protected override IEnumerable<IEnumerable<double>> Candidates()
    {
        var (first, last) = ((int)Math.Floor(Math.Log10(Low)), (int)Math.Ceiling(Math.Log10(High)));
        var decades = Enumerable.Range(first, last - first + 1).ToList();
        double[] coarse = [.. from decade in decades from digit in new[] { 1, 2, 5 } select Cleaned(digit * Math.Pow(10, decade))];
        if (coarse.Count(tick => tick >= Low && tick <= High) < 3)
        {
            foreach (var ticks in Round(Low, High, 1.0 / 8)) yield return ticks;
        }

        yield return coarse;
        for (var every = 1; every <= decades.Count; every++)
            yield return decades.Where(decade => decade % every == 0).Select(decade => Cleaned(Math.Pow(10, decade)));
    }
}
