using System.Globalization;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Reproductions;

/// <summary>The figures of finished runs: drawn, beside what the paper says of them and beside the recorded statistics.</summary>
internal sealed class FigureReport
{
    private readonly Reproduction reproduction;
    private readonly IReadOnlyList<string> paths;
    private readonly List<(string Says, string? Violation)> shapes = [];
    private readonly List<string> differences = [];
    private int compared;

    private FigureReport(Reproduction reproduction, IReadOnlyList<string> paths) => (this.reproduction, this.paths) = (reproduction, paths);

    /// <summary>True when every shape is there and every recorded number came out again.</summary>
    public bool IsMet => shapes.TrueForAll(shape => shape.Violation is null) && differences.Count == 0;

    /// <summary>Draws the figures of finished runs into the reproduction's folder and compares.</summary>
    /// <param name="reproduction">What is repeated.</param>
    /// <param name="recorded">The recorded statistics; none when nothing is.</param>
    /// <param name="outcomes">Finished runs.</param>
    /// <param name="parent">The reproduction's folder.</param>
    /// <exception cref="WageException">A run has no statistics, or a file cannot be written.</exception>
    public static FigureReport Draw(
        Reproduction reproduction, IReadOnlyList<StatisticsRow> recorded, IReadOnlyList<SweepOutcome> outcomes, string parent)
    {
        var folders = outcomes.Select(outcome => new RunFolder(outcome.Folder)).ToList();
        var report = new FigureReport(reproduction, [.. reproduction.Figures.SelectMany(figure => figure.Draw(folders, parent))]);
        foreach (var outcome in outcomes) report.Judge(outcome, recorded);
        return report;
    }

    /// <summary>Writes the pictures' paths and the verdicts.</summary>
    public void Write(TextWriter output)
    {
        foreach (var path in paths) output.WriteLine($"picture  {path}");
        foreach (var says in shapes.Select(shape => shape.Says).Distinct())
        {
            var violations = shapes.Where(shape => shape.Says == says && shape.Violation is not null).Select(shape => shape.Violation).ToList();
            output.WriteLine(violations.Count == 0
                ? $"shape    as expected: {says}" : $"shape    missing: {says}, but {string.Join("; ", violations)}");
        }

        output.WriteLine(
            compared == 0 ? $"figures  no recorded statistics of {reproduction.Name} to compare with"
            : differences.Count == 0 ? $"figures  the recorded statistics of {compared} tensors, all the same"
            : string.Create(CultureInfo.InvariantCulture, $"figures  {differences.Count} of {compared} tensors differ, first {differences[0]}"));
    }

    private void Judge(SweepOutcome outcome, IReadOnlyList<StatisticsRow> recorded)
    {
        var folder = new RunFolder(outcome.Folder);
        var (run, name) = (new FigureRun(RunRecord.Open(folder.Path), RunStatistics.Read(folder)), $"{folder.Path}: ");
        shapes.AddRange(reproduction.Shapes.Select(shape => (shape.Says, shape.Violation(run) is { } violation ? name + violation : null)));
        var known = recorded.Where(row => row.Point == outcome.Run.Cells[0] && row.Seed == outcome.Run.Seed).ToDictionary(row => row.Name);
        if (known.Count == 0) return;
        compared += known.Count;
        var found = StatisticsRow.Of(outcome.Run.Cells[0], outcome.Run.Seed, run.Statistics).ToDictionary(row => row.Name);
        foreach (var (tensor, row) in known)
        {
            if (!found.TryGetValue(tensor, out var again)) differences.Add($"{name}{tensor} is not there");
            else if (again.DifferenceFrom(row) is { } difference) differences.Add($"{name}{tensor}: {difference}");
        }

        differences.AddRange(found.Keys.Where(tensor => !known.ContainsKey(tensor)).Select(tensor => $"{name}{tensor} is not recorded"));
    }
}
