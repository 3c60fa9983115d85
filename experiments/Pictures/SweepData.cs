using System.Globalization;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Pictures;

/// <summary>The runs of one configuration, up to the seed.</summary>
/// <param name="Value">The value of the key on the axis, as configurations spell it.</param>
/// <param name="Percents">The test error of each run's best epoch, as the paper measures, in percent.</param>
internal sealed record SweepPoint(string Value, IReadOnlyList<double> Percents)
{
    /// <summary>The middle of the errors.</summary>
    public double Median => BoxSummary.Of(Percents).Median;
}

/// <summary>Points that differ in the key on the axis and in nothing else but what goes with it.</summary>
/// <param name="Name">What tells it from other series; empty when there is one.</param>
/// <param name="Points">One or more, in the axis's order.</param>
internal sealed record SweepSeries(string Name, IReadOnlyList<SweepPoint> Points);

/// <summary>The errors of finished runs over a key of their configurations.</summary>
/// <param name="Key">"scheme.kE".</param>
/// <param name="Values">Its values: numbers ascending, words in order of the alphabet.</param>
/// <param name="Series">One or more.</param>
/// <param name="Unfinished">Runs left out because they are not at their end.</param>
internal sealed record SweepData(string Key, IReadOnlyList<string> Values, IReadOnlyList<SweepSeries> Series, int Unfinished)
{
    /// <summary>True where validation images chose the epochs, and the errors are of them.</summary>
    public bool OnValidation { get; init; }

    /// <summary>What the errors are; null: those of each run's best epoch.</summary>
    public string? What { get; init; }

    private const string Seed = "training.seed";

    /// <summary>The data of these runs.</summary>
    /// <param name="runs">Finished ones and others.</param>
    /// <param name="axis">The key to take when several differ; null: the one that differs.</param>
    /// <exception cref="WageException">
    /// No run is finished; none or several keys differ, and no axis is named; or the runs do not differ in the axis that is named.
    /// </exception>
    public static SweepData Of(IReadOnlyList<RunRecord> runs, string? axis)
    {
        var finished = Finished(runs);
        if (finished.Count == 0) throw new WageException("sweep: no run is finished yet.", "`wage train` with the same options goes on with them.");
        var keys = Keys(finished);
        var key = Axis(keys, axis, finished.Count);

        // Where eta goes with k_G, a value of one has one of the other: nothing to tell apart.
        var others = keys.Where(other => other != key && finished.GroupBy(run => run.Recipe[key])
            .Any(group => group.Select(run => run.Recipe[other]).Distinct().Count() > 1)).ToList();
        var values = Ordered(finished.Select(run => run.Recipe[key]).Distinct());
        var series = finished.GroupBy(run => RunNames.Values(run.Recipe, others)).Select(group => new SweepSeries(
            group.Key, [.. values.Select(value => Point(group, key, value)).Where(point => point.Percents.Count > 0)]));
        return new SweepData(key, values, [.. series], runs.Count - finished.Count)
        {
            OnValidation = finished.TrueForAll(run => run.Best is { OnValidation: true }),
        };
    }

    /// <summary>The data of runs that have names, in this order, whatever they differ in.</summary>
    /// <param name="axis">What the names are of.</param>
    /// <param name="runs">A name for each.</param>
    public static SweepData Named(string axis, IReadOnlyList<(string Name, RunRecord Run)> runs)
    {
        var finished = runs.Where(run => run.Run.IsAtItsEnd).ToList();
        var points = finished.GroupBy(run => run.Name).Select(group =>
            new SweepPoint(group.Key, [.. group.Select(run => 100 * run.Run.Best!.ChooserError)]));
        string[] names = [.. finished.Select(run => run.Name).Distinct()];
        return new SweepData(axis, names, [new SweepSeries(string.Empty, [.. points])], runs.Count - finished.Count)
        {
            OnValidation = finished.TrueForAll(run => run.Run.Best is { OnValidation: true }),
        };
    }

    /// <summary>The data of runs of which a finished one exists and that differ in one key; null for others.</summary>
    public static SweepData? TryOf(IReadOnlyList<RunRecord> runs)
    {
        var finished = Finished(runs);
        return finished.Count > 0 && Keys(finished).Count == 1 ? Of(runs, null) : null;
    }

    /// <summary>The number that a value is, fractions such as 1/2 among them; null for words and schedules.</summary>
    public static double? Number(string value)
    {
        var parts = value.Split('/');
        var numbers = parts.Select(part => double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number : double.NaN).ToList();
        var quotient = numbers.Count switch { 1 => numbers[0], 2 => numbers[0] / numbers[1], _ => double.NaN };
        return double.IsFinite(quotient) ? quotient : null;
    }

    private static SweepPoint Point(IEnumerable<RunRecord> runs, string key, string value) =>
        new(value, [.. runs.Where(run => run.Recipe[key] == value).Select(run => 100 * run.Best!.ChooserError)]);

    private static List<RunRecord> Finished(IReadOnlyList<RunRecord> runs) =>
        [.. runs.Where(run => run.IsAtItsEnd)];

    private static List<string> Keys(List<RunRecord> runs) =>
        [.. RunNames.DifferingKeys([.. runs.Select(run => run.Recipe)]).Where(key => key != Seed)];

    private static string Axis(List<string> keys, string? asked, int runs)
    {
        if (keys.Count == 0)
        {
            throw new WageException(
                runs == 1 ? "sweep: one finished run makes no axis." : $"sweep: the {runs} finished runs differ in no key but the seed.",
                "draw the runs of `wage train --sweep`; seeds over each other are --kind curves.");
        }

        var list = string.Join(", ", keys);
        if (asked is null)
            return keys is [var only] ? only : throw new WageException($"sweep: the runs differ in {list}.", $"name the axis: --x {keys[0]}.");
        if (keys.Contains(asked)) return asked;
        throw new WageException($"--x: is '{OneLine.Quote(asked)}', but the runs differ in {list}.", NearestName.Of(asked, keys) is { } near
            ? $"did you mean {near}?" : null);
    }

    private static List<string> Ordered(IEnumerable<string> values)
    {
        var all = values.ToList();
        return all.TrueForAll(value => Number(value) is not null) ? [.. all.OrderBy(value => Number(value))] : [.. all.Order(StringComparer.Ordinal)];
    }
}
