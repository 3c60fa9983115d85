using System.Globalization;
using System.Text;

namespace Wage.Experiments.Reproductions;

/// <summary>What a figure shows as numbers: a line of Markdown for each layer, from the recorded statistics of one run.</summary>
internal static class QuantizerTable
{
    private static readonly (string Title, Func<Func<string, StatisticsRow?>, string> Cell)[] Columns =
    [
        ("W that are 0", of => Share(of("W after"), "zeros")),
        ("W moved", of => Share(of("W before"), "moved")),
        ("A that are 0", of => Share(of("A after"), "zeros")),
        ("A at the limit", of => Share(of("A after"), "saturated")),
        ("E that become 0", of => Lost(of("E before"), of("E after"))),
        ("E at the limit", of => Share(of("E after"), "saturated")),
        ("log\u2082 max\\|e\\|", of => Greatest(of("E before"))),
    ];

    /// <summary>The table of the run with the smallest seed; an empty text without rows.</summary>
    public static string Markdown(Reproduction reproduction, Recorded recorded)
    {
        if (recorded.Statistics.Count == 0) return string.Empty;
        var seed = recorded.Statistics.Min(row => row.Seed);
        var run = recorded.Statistics.Where(row => row.Seed == seed).ToList();
        var result = recorded.Rows.First(row => row.Seed == seed && row.Point == run[0].Point);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{reproduction.Source}: the quantizers of `{reproduction.Name}` in step {run[0].Step}, ");
        text.Append(CultureInfo.InvariantCulture, $"seed {seed} ({result.Epochs} epochs, test error {result.LastTestError:0.00}, ");
        text.Append(CultureInfo.InvariantCulture, $"commit {ReproductionTable.Short(result.Commit)}), in percent; ");
        text.Append("\"E that become 0\" of those that are not 0 before Q_E:\n\n");
        text.Append("| layer | ").AppendJoin(" | ", Columns.Select(column => column.Title)).Append(" |\n|");
        text.Insert(text.Length, "---|", Columns.Length + 1).Append('\n');
        foreach (var layer in run.Where(row => row.Tensor == "W").Select(row => row.Layer).Distinct())
        {
            StatisticsRow? Of(string tensor) => run.Find(row => row.Name == $"{layer} {tensor}");
            text.Append(CultureInfo.InvariantCulture, $"| {layer} | ").AppendJoin(" | ", Columns.Select(column => column.Cell(Of))).Append(" |\n");
        }

        return text.Append('\n').ToString();
    }

    private static string Share(StatisticsRow? row, string title) =>
        row?.Value(title) is { } part && row.Value("count") is { } count ? Percent(part, count) : "-";

    private static string Lost(StatisticsRow? before, StatisticsRow? after) =>
        before is null || after is null ? "-" : Percent(after.Value("zeros")!.Value - before.Value("zeros")!.Value, Nonzero(before));

    private static string Greatest(StatisticsRow? errors)
    {
        if (errors is null) return "-";
        var greatest = Math.Max(-(double)errors.Value("min")!.Value, errors.Value("max")!.Value);
        var exponent = errors.Value("exponent")!.Value - errors.Value("fractionBits")!.Value;
        var rounded = Math.Round(Math.Log2(greatest) + exponent, 1) + 0.0; // minus zero becomes zero
        return rounded.ToString("0.0", CultureInfo.InvariantCulture).Replace('-', '\u2212');
    }

    private static long Nonzero(StatisticsRow errors) => errors.Value("count")!.Value - errors.Value("zeros")!.Value;

    private static string Percent(long part, long count) =>
        count == 0 ? "-" : (100.0 * part / count).ToString("0.00", CultureInfo.InvariantCulture);
}
