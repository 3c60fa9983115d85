using System.Globalization;

namespace Wage.Experiments.Statistics;

/// <summary>What --stats takes: "every=100".</summary>
internal static class StatsInterval
{
    private const string Prefix = "every=";

    /// <summary>The steps between two observed ones; null when nothing was given.</summary>
    /// <exception cref="WageException">The text is not every=N with N from 1 to 2^31 - 1.</exception>
    public static int? Parse(string? text)
    {
        if (text is null) return null;
        if (text.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var steps) && steps >= 1)
            return steps;
        throw new WageException(
            $"--stats: is '{OneLine.Quote(text)}', but must be every=N with a number of steps N, at least 1.", "for example --stats every=100.");
    }
}
