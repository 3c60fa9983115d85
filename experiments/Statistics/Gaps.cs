using System.Globalization;

namespace Wage.Experiments.Statistics;

/// <summary>The numbers that a file of numbered records lacks.</summary>
internal static class Gaps
{
    private const int MostNamed = 4;

    /// <summary>The ranges of missing ones.</summary>
    /// <param name="known">Those that are there, ascending.</param>
    /// <param name="interval">From one to the next.</param>
    /// <param name="first">The first that must be there.</param>
    /// <param name="end">Behind the last that must be there.</param>
    public static List<(long First, long Last)> Of(IReadOnlyList<long> known, long interval, long first, long end)
    {
        List<(long, long)> gaps = [];
        var next = first;
        foreach (var one in known.Append(end))
        {
            if (one > next) gaps.Add((next, next + ((one - 1 - next) / interval * interval)));
            next = one + interval;
        }

        return gaps;
    }

    /// <summary>"steps 60 to 118 and 130".</summary>
    public static string Words(string noun, IReadOnlyList<(long First, long Last)> gaps)
    {
        var named = gaps.Take(MostNamed).Select(gap => gap.First == gap.Last
            ? gap.First.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{gap.First} to {gap.Last}")).ToList();
        if (gaps.Count > MostNamed) named.Add(string.Create(CultureInfo.InvariantCulture, $"{gaps.Count - MostNamed} more such ranges"));
        var plural = gaps.Count > 1 || gaps[0].First < gaps[0].Last ? "s" : string.Empty;
        return $"{noun}{plural} {(named.Count == 1 ? named[0] : $"{string.Join(", ", named[..^1])} and {named[^1]}")}";
    }
}
