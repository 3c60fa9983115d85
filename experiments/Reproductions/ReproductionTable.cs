using System.Globalization;
using System.Text;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Reproductions;

/// <summary>Published beside measured, as Markdown made from the recorded rows: docs/reproductions.md holds this text, and a test compares.</summary>
internal static class ReproductionTable
{
    /// <summary>All reproductions that have a result, and the names of those that have none.</summary>
    public static string Markdown() => Markdown(Recorded.Of);

    /// <summary>The same with other rows.</summary>
    public static string Markdown(Func<Reproduction, Recorded> recorded)
    {
        var measured = ReproductionCatalog.All.Select(reproduction => (Of: reproduction, Recorded: recorded(reproduction)))
            .Select(pair => (pair.Of, pair.Recorded.Rows, pair.Recorded.Statistics)).Where(pair => pair.Rows.Count > 0).ToList();
        var text = new StringBuilder();
        var single = measured.Where(pair => pair.Of.Axis.Length == 0).ToList();
        if (single.Count > 0)
        {
            text.Append("| | source | published | measured, best epoch | measured, last epoch | epochs | commit |\n|---|---|---|---|---|---|---|\n");
            foreach (var (reproduction, rows, _) in single) text.Append(Row(reproduction, rows));
            text.Append('\n');
        }

        foreach (var (reproduction, rows, _) in measured.Where(pair => pair.Of.Axis.Length > 0)) text.Append(Sweep(reproduction, rows));
        foreach (var (reproduction, _, statistics) in measured) text.Append(QuantizerTable.Markdown(reproduction, statistics));
        var missing = ReproductionCatalog.All.Where(reproduction => !measured.Exists(pair => pair.Of == reproduction))
            .Select(reproduction => $"`{reproduction.Name}`");
        text.Append("Without a recorded result: ").AppendJoin(", ", missing).Append(".\n");
        return text.ToString();
    }

    /// <summary>The mean of the best test errors of a point in percent, or null when it has no row.</summary>
    public static double? Best(IReadOnlyList<ExpectedRow> rows, string label) =>
        rows.Where(row => row.Point == label).Select(row => (double?)row.BestTestError).DefaultIfEmpty(null).Average();

    private static string Row(Reproduction reproduction, IReadOnlyList<ExpectedRow> rows) =>
        $"| {ReproductionCatalog.FullTitle(reproduction)} (`{reproduction.Name}`) | {reproduction.Source} | " +
        $"{Percent(reproduction.Points[0].Published)} | " +
        $"{Mean(rows.Select(row => row.BestTestError), true)} | {Mean(rows.Select(row => row.LastTestError), true)} | " +
        $"{Each(rows.Select(row => row.Epochs))} | {Each(rows.Select(row => Short(row.Commit)))} |\n";

    private static string Sweep(Reproduction reproduction, IReadOnlyList<ExpectedRow> rows)
    {
        var points = reproduction.Points.Where(point => rows.Any(row => row.Point == point.Label)).ToList();
        var text = new StringBuilder($"{reproduction.Source}: {ReproductionCatalog.FullTitle(reproduction)} (`{reproduction.Name}`, ");
        text.Append(CultureInfo.InvariantCulture, $"seed {Each(rows.Select(row => row.Seed))}, {Each(rows.Select(row => row.Epochs))} epochs, ");
        text.Append(CultureInfo.InvariantCulture, $"commit {Each(rows.Select(row => Short(row.Commit)))}):\n\n");
        text.Append(Line(reproduction.Axis, points.Select(point => point.Label))).Append('|').Insert(text.Length, "---|", points.Count + 1)
            .Append('\n');
        text.Append(Line($"published{(reproduction.PublishedFor.Length == 0 ? string.Empty : $" ({reproduction.PublishedFor})")}",
            points.Select(point => Percent(point.Published))));
        text.Append(Line("measured, best epoch",
            points.Select(point => Mean(rows.Where(row => row.Point == point.Label).Select(row => row.BestTestError)))));
        text.Append(Line("measured, last epoch",
            points.Select(point => Mean(rows.Where(row => row.Point == point.Label).Select(row => row.LastTestError)))));
        return text.Append('\n').ToString();
    }

    private static string Line(string title, IEnumerable<string> cells) => $"| {title} | {string.Join(" | ", cells)} |\n";

    private static string Mean(IEnumerable<double> percents, bool counts = false)
    {
        var s = SampleStatistics.Of([.. percents]);
        if (s.Deviation is not { } deviation) return Percent(s.Mean);
        return string.Create(CultureInfo.InvariantCulture, $"{s.Mean:0.00} ± {deviation:0.00}{(counts ? $" ({s.Count} seeds)" : string.Empty)}");
    }

    private static string Each<T>(IEnumerable<T> values) =>
        string.Join(", ", values.Distinct().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));

    private static string Percent(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";

    private static string Short(string commit) => commit[..Math.Min(7, commit.Length)];
}
