using System.Globalization;
using Wage.Experiments.Display;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Reproductions;

/// <summary>Runs beside what is published and what was recorded.</summary>
internal sealed class ReproductionComparison(Reproduction reproduction, IReadOnlyList<ExpectedRow> recorded, IReadOnlyList<SweepOutcome> outcomes)
{
    /// <summary>True when every recorded run came out with the same bits and the effect has its shape.</summary>
    public bool IsMet => HasTheSameBits && MissingFall() is null;

    private bool HasTheSameBits => outcomes.All(outcome => Expected(outcome) is not { } row || row.WeightsSha256 == outcome.WeightsSha256);

    /// <summary>Writes the table and the verdict.</summary>
    public void Write(TextWriter output)
    {
        var table = new TextTable(reproduction.Axis.Length == 0 ? "row" : reproduction.Axis, "seed", "published", "measured", "recorded", "weights")
            .RightAlign(0, 1, 2, 3, 4);
        foreach (var outcome in outcomes)
        {
            var point = reproduction.Points.First(point => point.Label == outcome.Run.Cells[0]);
            var row = Expected(outcome);
            table.Add(
                point.Label, outcome.Run.Seed.ToString(CultureInfo.InvariantCulture), Percent(point.Published),
                Percent(outcome.Best is { } best ? 100 * best : null), Percent(row?.BestTestError),
                row is null ? "not recorded" : row.WeightsSha256 == outcome.WeightsSha256 ? "same bits" : "differ");
        }

        table.Write(output);
        var publishedFor = reproduction.PublishedFor.Length == 0 ? string.Empty : $"; published: {reproduction.PublishedFor}";
        output.WriteLine($"test errors in percent, of each run's best epoch, chosen on the test set{publishedFor}");
        if (reproduction.Welch is { } pair) output.WriteLine($"welch    {Welch(pair)}");
        if (reproduction.Falling.Count > 0) output.WriteLine($"shape    {Shape()}");
        var known = outcomes.Count(outcome => Expected(outcome) is not null);
        output.WriteLine(known == 0
            ? "recorded nothing to compare with"
            : HasTheSameBits ? $"recorded {known} of {outcomes.Count} runs, all with the same bits"
            : "recorded results differ: see the column weights");
    }

    private string Welch((string Point, string Other) pair)
    {
        var (ours, theirs) = (Last(pair.Point), Last(pair.Other));
        return ours.Count < 2 || theirs.Count < 2 ? $"not judged: {pair.Point} and {pair.Other} need two seeds or more"
            : $"{pair.Point} beside {pair.Other}, last epoch: {WelchTest.Of(ours, theirs)}";

        List<double> Last(string label) => [.. outcomes.Where(outcome => outcome.Run.Cells[0] == label && outcome.Last is not null)
            .Select(outcome => 100 * outcome.Last!.Value)];
    }

    private string Rows => string.Join("; ", reproduction.Falling.Select(row => string.Join(", ", row)));

    private string Shape()
    {
        if (reproduction.Falling.SelectMany(row => row).FirstOrDefault(label => Mean(label) is null) is { } absent)
            return $"not judged: {reproduction.Axis} = {absent} was not run";
        return MissingFall() is { } missing
            ? $"missing: the error does not fall from {reproduction.Axis} = {missing.From} to {missing.To}"
            : $"as expected: the error falls along {reproduction.Axis} = {Rows}";
    }

    /// <summary>The first two neighbours of the shape between which the error does not fall; null when it falls, or a point was not run.</summary>
    private (string From, string To)? MissingFall()
    {
        foreach (var (from, to) in reproduction.Falling.SelectMany(row => row.Zip(row.Skip(1))))
        {
            if (Mean(from) <= Mean(to)) return (from, to);
        }

        return null;
    }

    private double? Mean(string label) =>
        outcomes.Where(outcome => outcome.Run.Cells[0] == label).Select(outcome => outcome.Best).DefaultIfEmpty(null).Average();

    private ExpectedRow? Expected(SweepOutcome outcome) =>
        recorded.FirstOrDefault(row => row.Point == outcome.Run.Cells[0] && row.Seed == outcome.Run.Seed && outcome.Epochs == row.Epochs);

    private static string Percent(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
