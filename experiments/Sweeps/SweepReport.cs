using System.Globalization;
using System.Text;
using Wage.Experiments.Display;
using Wage.Files;

namespace Wage.Experiments.Sweeps;

/// <summary>The table of a sweep, and its two files: runs.csv with a line per run, points.csv with a line per point. Errors in percent.</summary>
internal static class SweepReport
{
    /// <summary>A line per point: the mean over its seeds with standard deviation and 95 % interval.</summary>
    public static TextTable Table(SweepPlan plan, IReadOnlyList<SweepOutcome> outcomes)
    {
        var titles = plan.Titles;
        string[] columns = titles.Count == 0 ? ["runs"] : [.. titles, "runs"];
        var table = new TextTable([.. columns, "best", "s", "95 % interval", "last", "s", "weights"]);
        table.RightAlign([.. Enumerable.Range(0, columns.Length + 5)]);
        foreach (var point in Points(outcomes))
        {
            var cells = (string[])[.. point.Cells, point.Count.ToString(CultureInfo.InvariantCulture)];
            if (point.Best is not { } best || point.Last is not { } last)
            {
                table.Add([.. cells, "-", "-", "refused", "-", "-", "-"]);
                continue;
            }

            table.Add(
                [.. cells, Short(best.Mean), Short(best.Deviation), Interval(best), Short(last.Mean), Short(last.Deviation),
                    point.Sha256 is { Length: >= 12 } hash ? hash[..12] : "-"]);
        }

        return table;
    }

    /// <summary>Writes both files into the sweep's folder.</summary>
    /// <exception cref="WageException">They cannot be written.</exception>
    public static void WriteFiles(string folder, SweepPlan plan, IReadOnlyList<SweepOutcome> outcomes)
    {
        var hasValidation = outcomes.Any(outcome => outcome.OnValidation);
        var error = hasValidation ? "ValidationError" : "TestError";
        var runs = new List<IEnumerable<string>>
        {
            (string[])[.. plan.Titles, "seed", "state", "epochs", $"best{error}", "bestEpoch", $"last{error}", "weightsSha256", "folder",
                "refusal", .. hasValidation ? ["testError"] : Array.Empty<string>()],
        };
        runs.AddRange(outcomes.Select(o => (string[])
        [
            .. o.Run.Cells, o.Run.Seed.ToString(CultureInfo.InvariantCulture), o.State == SweepState.Refused ? "refused" : "finished", Text(o.Epochs),
            Percent(o.Best), Text(o.BestEpoch), Percent(o.Last), o.WeightsSha256 ?? string.Empty, o.Run.FolderName, o.Refusal ?? string.Empty,
            .. hasValidation ? [Percent(o.TestError)] : Array.Empty<string>(),
        ]));
        Write(Path.Combine(folder, "runs.csv"), runs);
        var points = new List<IEnumerable<string>>
        {
            (string[])[.. plan.Titles, "runs", "bestMean", "bestDeviation", "bestLow95", "bestHigh95", "lastMean", "lastDeviation", "lastLow95",
                "lastHigh95"],
        };
        points.AddRange(Points(outcomes).Select(p => (string[])
            [.. p.Cells, p.Count.ToString(CultureInfo.InvariantCulture), .. Columns(p.Best), .. Columns(p.Last)]));
        Write(Path.Combine(folder, "points.csv"), points);
    }

    private static IEnumerable<PointResult> Points(IReadOnlyList<SweepOutcome> outcomes)
    {
        foreach (var group in outcomes.GroupBy(outcome => outcome.Run.Point))
        {
            var done = group.Where(outcome => outcome is { Best: not null, Last: not null }).ToList();
            SampleStatistics? best = done.Count == 0 ? null : SampleStatistics.Of([.. done.Select(outcome => outcome.Best!.Value)]);
            SampleStatistics? last = done.Count == 0 ? null : SampleStatistics.Of([.. done.Select(outcome => outcome.Last!.Value)]);
            yield return new PointResult(group.First().Run.Cells, done.Count, best, last, group.Count() == 1 ? group.First().WeightsSha256 : null);
        }
    }

    private static string[] Columns(SampleStatistics? s) =>
        [Percent(s?.Mean), Percent(s?.Deviation), Percent(s?.Interval?.Low), Percent(s?.Interval?.High)];

    private static string Interval(SampleStatistics s) => s.Interval is { } ends ? $"{Short(Math.Max(0, ends.Low))} to {Short(ends.High)}" : "-";

    private static string Short(double? fraction) => fraction is { } known ? (100 * known).ToString("0.00", CultureInfo.InvariantCulture) : "-";

    private static string Percent(double? fraction) => fraction is { } known ? (100 * known).ToString("0.00##", CultureInfo.InvariantCulture) : "-";

    private static string Text(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static void Write(string path, IEnumerable<IEnumerable<string>> rows) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(Csv.Write(rows)));

    private sealed record PointResult(IReadOnlyList<string> Cells, int Count, SampleStatistics? Best, SampleStatistics? Last, string? Sha256);
}
