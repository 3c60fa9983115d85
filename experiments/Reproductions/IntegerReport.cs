using System.Globalization;
using System.Text;
using Wage.Experiments.Display;
using Wage.Experiments.Pictures;
using Wage.Experiments.Sweeps;
using Wage.Files;

namespace Wage.Experiments.Reproductions;

/// <summary>The integers of a reproduction's runs: beside the simulation, beside calibration alone, and beside the recorded scores.</summary>
internal sealed class IntegerReport
{
    private readonly Reproduction reproduction;
    private readonly IReadOnlyList<IntegerScore> scores;
    private readonly List<string> differences = [];
    private readonly int compared;

    private IntegerReport(Reproduction reproduction, IReadOnlyList<IntegerScore> recorded, IReadOnlyList<IntegerScore> scores)
    {
        (this.reproduction, this.scores) = (reproduction, scores);
        foreach (var score in scores)
        {
            if (recorded.FirstOrDefault(row => (row.Point, row.Seed, row.Way) == (score.Point, score.Seed, score.Way)) is not { } known) continue;
            compared++;
            if (score.DifferenceFrom(known) is { } difference)
                differences.Add($"{Name(score)}: {difference}");
        }
    }

    /// <summary>True when every recorded count came out again, and no code is more than a step from the simulation's.</summary>
    public bool IsMet => differences.Count == 0 && scores.All(IsWithinOne);

    /// <summary>Scores the finished runs that started from others; null when the token was cancelled before the last one.</summary>
    /// <exception cref="WageException">A file is missing or damaged, or a network has no integers.</exception>
    public static IntegerReport? Of(
        Reproduction reproduction, IReadOnlyList<IntegerScore> recorded, IReadOnlyList<SweepOutcome> outcomes, SweepSettings settings,
        TextWriter output, CancellationToken token)
    {
        var (scorer, scores) = (new IntegerScorer(settings), new List<IntegerScore>());
        foreach (var outcome in outcomes.Where(outcome => outcome.State != SweepState.Refused && reproduction.Of(outcome).Start is not null))
        {
            if (token.IsCancellationRequested) return null;
            var rows = scorer.Score(outcome);
            scores.AddRange(rows);
            output.WriteLine($"integers {outcome.Run.FolderName}: {string.Join(", ", rows.Select(row => $"{row.Way} {Error(row)} wrong"))}");
        }

        return new IntegerReport(reproduction, recorded, scores);
    }

    /// <summary>Writes the table and the verdicts.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine();
        var table = new TextTable([.. IntegerTable.Titles]).RightAlign([.. Enumerable.Range(1, IntegerTable.Titles.Count - 1)]);
        foreach (var cells in IntegerTable.Lines(reproduction, scores)) table.Add(cells);
        table.Write(output);
        output.WriteLine(IntegerTable.Explanation);
        const string says = "each code of the integers is at most a step from the simulation's, given the same codes";
        output.WriteLine(scores.FirstOrDefault(score => !IsWithinOne(score)) is { } beyond
            ? $"shape    missing: {says}, but not those of {Name(beyond)}"
            : $"shape    as expected: {says}");
        output.WriteLine(
            compared == 0 ? $"integers no recorded scores of {reproduction.Name} to compare with"
            : differences.Count == 0 ? $"integers {compared} of {scores.Count} rows recorded, all the same"
            : $"integers {differences.Count} of {compared} recorded rows differ, first {differences[0]}");
    }

    /// <summary>Draws the test errors over the bits, a picture for each float32 network; the files.</summary>
    /// <exception cref="WageException">A file cannot be written.</exception>
    public IReadOnlyList<string> Draw(string into)
    {
        var paths = new List<string>();
        foreach (var (name, data) in IntegerTable.Sweeps(reproduction, scores))
        {
            var path = Path.Combine(into, $"integers-{name}.svg");
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(SweepPicture.Draw($"{reproduction.Name}, {name}", data, new Frame()).ToFile(Theme.Auto)));
            paths.Add(path);
        }

        return paths;
    }

    private static bool IsWithinOne(IntegerScore score) => score.WithinOne == score.Codes;

    private static string Name(IntegerScore score) =>
        string.Create(CultureInfo.InvariantCulture, $"{score.Point}, seed {score.Seed}, {score.Way}");

    private static string Error(IntegerScore score) => Format.Percent(1 - ((double)score.Integers / score.Images));
}
