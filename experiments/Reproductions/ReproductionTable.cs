using System.Globalization;
using System.Text;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Reproductions;

/// <summary>Published beside measured, as Markdown made from the recorded rows: docs/reproductions.md holds this text, the README its first table,
/// and a test compares both.</summary>
internal static class ReproductionTable
{
    /// <summary>All reproductions that have a result, and the names of those that have none.</summary>
    public static string Markdown() => Markdown(Recorded.Of);

    /// <summary>The same with other rows.</summary>
    public static string Markdown(Func<Reproduction, Recorded> recorded)
    {
        var measured = ReproductionCatalog.All.Select(reproduction => (Of: reproduction, Recorded: recorded(reproduction)))
            .Where(pair => pair.Recorded.Rows.Count > 0).ToList();
        var text = new StringBuilder();
        if (Rows(recorded) is { Length: > 0 } rows) text.Append(rows).Append('\n');
        foreach (var (reproduction, of) in measured.Where(pair => pair.Of is { Axis.Length: > 0, HasIntegers: false }))
            text.Append(Sweep(reproduction, of.Rows));
        foreach (var (reproduction, of) in measured)
            text.Append(QuantizerTable.Markdown(reproduction, of)).Append(IntegerTable.Markdown(reproduction, of));
        var missing = ReproductionCatalog.All.Where(reproduction => !measured.Exists(pair => pair.Of == reproduction))
            .Select(reproduction => $"`{reproduction.Name}`");
        text.Append("Without a recorded result: ").AppendJoin(", ", missing).Append(".\n");
        return text.ToString();
    }

    /// <summary>The reproductions of one row each, without sweeps and figures; an empty text when none has a result.</summary>
    public static string Rows(Func<Reproduction, Recorded> recorded)
    {
        var lines = ReproductionCatalog.All.Where(IsRow)
            .Select(reproduction => (Of: reproduction, recorded(reproduction).Rows)).Where(pair => pair.Rows.Count > 0)
            .Select(pair => Row(pair.Of, pair.Rows)).ToList();
        if (lines.Count == 0) return string.Empty;
        const string titles = "| | bits W-A-G-E | epochs | best epoch | last epoch | compare | with | commit |\n|---|---|---|---|---|---|---|---|\n";
        return titles + string.Concat(lines);
    }

    /// <summary>True for one published figure: no sweep, and no pictures.</summary>
    public static bool IsRow(Reproduction reproduction) => reproduction.Axis.Length == 0 && reproduction.Figures.Count == 0;

    /// <summary>The mean of the best test errors of a point in percent, or null when it has no row.</summary>
    public static double? Best(IReadOnlyList<ExpectedRow> rows, string label) =>
        rows.Where(row => row.Point == label).Select(row => (double?)row.BestTestError).DefaultIfEmpty(null).Average();

    private static string Row(Reproduction reproduction, IReadOnlyList<ExpectedRow> rows) =>
        $"| {ReproductionCatalog.FullTitle(reproduction)} (`{reproduction.Name}`) | {reproduction.Points[0].Label} | " +
        $"{Each(rows.Select(row => row.Epochs))} | " +
        $"{Mean(rows.Select(row => row.BestTestError), true)} | {Mean(rows.Select(row => row.LastTestError), true)} | " +
        $"{Percent(reproduction.Points[0].Published)} | {(reproduction.Points[0].Published is null ? "-" : reproduction.Source)} | " +
        $"{Each(rows.Select(row => Short(row.Commit)))} |\n";

    private static string Sweep(Reproduction reproduction, IReadOnlyList<ExpectedRow> rows)
    {
        var points = reproduction.Points.Where(point => rows.Any(row => row.Point == point.Label)).ToList();
        var text = new StringBuilder(Heading(reproduction, rows)).Append(":\n\n");
        text.Append(Line(reproduction.Axis, points.Select(point => point.Label))).Append('|').Insert(text.Length, "---|", points.Count + 1)
            .Append('\n');
        text.Append(Line($"published{(reproduction.PublishedFor.Length == 0 ? string.Empty : $" ({reproduction.PublishedFor})")}",
            points.Select(point => Percent(point.Published))));
        text.Append(Line("measured, best epoch",
            points.Select(point => Mean(rows.Where(row => row.Point == point.Label).Select(row => row.BestTestError)))));
        text.Append(Line("measured, last epoch",
            points.Select(point => Mean(rows.Where(row => row.Point == point.Label).Select(row => row.LastTestError)))));
        if (reproduction.Welch is { } pair && Last(rows, pair.Point).Count > 1 && Last(rows, pair.Other).Count > 1)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nThe test error of {pair.Point} after the last epoch is, beside that of {pair.Other}, ");
            text.Append(CultureInfo.InvariantCulture, $"{WelchTest.Of(Last(rows, pair.Point), Last(rows, pair.Other))} (Welch's test).\n");
        }

        return text.Append('\n').ToString();
    }

    /// <summary>What it is, with seeds, epochs and commits.</summary>
    public static string Heading(Reproduction reproduction, IReadOnlyList<ExpectedRow> rows) =>
        $"{reproduction.Source}: {ReproductionCatalog.FullTitle(reproduction)} (`{reproduction.Name}`, "
        + $"{Seeds([.. rows.Select(row => row.Seed).Distinct().Order()])}, {Each(rows.Select(row => row.Epochs))} epochs, "
        + $"commit {Each(rows.Select(row => Short(row.Commit)))})";

    /// <summary>The first seven digits.</summary>
    public static string Short(string commit) => commit[..Math.Min(7, commit.Length)];

    private static List<double> Last(IReadOnlyList<ExpectedRow> rows, string label) =>
        [.. rows.Where(row => row.Point == label).Select(row => row.LastTestError)];

    private static string Line(string title, IEnumerable<string> cells) => $"| {title} | {string.Join(" | ", cells)} |\n";

    /// <summary>Their mean, of several with the standard deviation.</summary>
    public static string Mean(IEnumerable<double> percents, bool counts = false)
    {
        var s = SampleStatistics.Of([.. percents]);
        if (s.Deviation is not { } deviation) return Percent(s.Mean);
        return string.Create(CultureInfo.InvariantCulture, $"{s.Mean:0.00} ± {deviation:0.00}{(counts ? $" ({s.Count} seeds)" : string.Empty)}");
    }

    private static string Seeds(IReadOnlyList<ulong> seeds) =>
        seeds.Count == 1 ? $"seed {Each(seeds)}"
        : seeds[^1] - seeds[0] == (ulong)seeds.Count - 1 ? string.Create(CultureInfo.InvariantCulture, $"seeds {seeds[0]} to {seeds[^1]}")
        : $"seeds {Each(seeds)}";

    private static string Each<T>(IEnumerable<T> values) =>
        string.Join(", ", values.Distinct().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));

    private static string Percent(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
