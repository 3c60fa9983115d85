using System.Text;
using Wage.Experiments.Pictures;

namespace Wage.Experiments.Reproductions;

/// <summary>How integers answer, point by point: as cells, as Markdown, and as the data of a picture.</summary>
internal static class IntegerTable
{
    private const string BitsKey = "scheme.kW";
    private const string What = "test error of the integers after the last epoch";

    /// <summary>What the columns hold.</summary>
    public const string Explanation =
        "test errors in percent after the last epoch; same class: of integers and simulation, the least over seeds; codes: of all tensors, trained"
        + " and calibrated, given the simulation's codes";

    /// <summary>The columns.</summary>
    public static IReadOnlyList<string> Titles { get; } =
    [
        "point", "float32", "trained", "as integers", "same class", "calibrated", "as integers", "same class", "codes equal", "within 1",
    ];

    /// <summary>A line for each point that has scores.</summary>
    public static IEnumerable<string[]> Lines(Reproduction reproduction, IReadOnlyList<IntegerScore> scores)
    {
        foreach (var point in reproduction.Points)
        {
            List<IntegerScore> all = [.. scores.Where(score => score.Point == point.Label)];
            if (all.Count == 0) continue;
            yield return
            [
                point.Label, Errors(all, score => score.Float32), .. Columns([.. all.Where(score => score.Way == IntegerScore.Trained)]),
                .. Columns([.. all.Where(score => score.Way == IntegerScore.Calibrated)]),
                Share(all, score => score.Equal), Share(all, score => score.WithinOne),
            ];
        }
    }

    /// <summary>The table of the recorded scores; an empty text without any.</summary>
    public static string Markdown(Reproduction reproduction, Recorded recorded)
    {
        if (recorded.Integers.Count == 0) return string.Empty;
        var text = new StringBuilder(ReproductionTable.Heading(reproduction, recorded.Rows));
        text.Append("; ").Append(Explanation).Append(":\n\n| ").AppendJoin(" | ", Titles).Append(" |\n|");
        text.Insert(text.Length, "---|", Titles.Count).Append('\n');
        foreach (var cells in Lines(reproduction, recorded.Integers)) text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        return text.Append('\n').ToString();
    }

    /// <summary>The errors over the bits, with the name of the float32 network that they start from, whose error is a line of its own.</summary>
    public static IEnumerable<(string Name, SweepData Data)> Sweeps(Reproduction reproduction, IReadOnlyList<IntegerScore> scores)
    {
        var bits = reproduction.Points.ToDictionary(point => point.Label, point => reproduction.Load(point, [])[BitsKey]);
        foreach (var network in reproduction.Points.Where(point => point.Start is not null).GroupBy(point => point.Start!))
        {
            var series = new List<SweepSeries>();
            foreach (var family in network.GroupBy(point => Family(point.Label)))
            {
                var of = scores.Where(score => family.Any(point => point.Label == score.Point)).ToList();
                foreach (var way in (string[])[IntegerScore.Trained, IntegerScore.Calibrated])
                    Add($"{family.Key}, {way}", of.Where(score => score.Way == way), score => score.Integers);
            }

            if (series.Count == 0) continue;
            var all = scores.Where(score => network.Any(point => point.Label == score.Point));
            Add(network.Key, all.DistinctBy(score => (Bits(score), score.Seed)), score => score.Float32);
            string[] values = [.. series.SelectMany(one => one.Points).Select(point => point.Value).Distinct().Order(StringComparer.Ordinal)];
            yield return (Family(network.Key), new SweepData(BitsKey, values, series, 0) { What = What });

            void Add(string name, IEnumerable<IntegerScore> rows, Func<IntegerScore, long> correct)
            {
                SweepPoint[] points = [.. rows.GroupBy(Bits).OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => new SweepPoint(group.Key, [.. group.Select(score => Percent(score, correct))]))];
                if (points.Length > 0) series.Add(new SweepSeries(name, points));
            }
        }

        string Bits(IntegerScore score) => bits[score.Point];
    }

    /// <summary>"lenet" of "lenet-8".</summary>
    private static string Family(string label) => label[..label.LastIndexOf('-')];

    private static string[] Columns(IReadOnlyList<IntegerScore> rows) => rows.Count == 0 ? ["-", "-", "-"] :
    [
        Errors(rows, score => score.Simulated), Errors(rows, score => score.Integers),
        $"{rows.Min(score => Math.Floor(1e4 * score.SameClass / score.Images) / 100):0.00}",
    ];

    private static string Errors(IReadOnlyList<IntegerScore> rows, Func<IntegerScore, long> correct) =>
        ReproductionTable.Mean(rows.DistinctBy(row => row.Seed).Select(row => Percent(row, correct)));

    private static double Percent(IntegerScore score, Func<IntegerScore, long> correct) => 100 - (100.0 * correct(score) / score.Images);

    /// <summary>Cut, not rounded: "all" is all of them.</summary>
    private static string Share(IReadOnlyList<IntegerScore> rows, Func<IntegerScore, long> part)
    {
        var (some, all) = (rows.Sum(part), rows.Sum(row => row.Codes));
        return some == all ? "all" : $"{Math.Floor(1e5 * some / all) / 1e3:0.000}";
    }
}
