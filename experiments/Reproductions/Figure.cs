using System.Text;
using Wage.Experiments.Commands;
using Wage.Experiments.Pictures;
using Wage.Experiments.Runs;
using Wage.Files;

namespace Wage.Experiments.Reproductions;

/// <summary>A published figure as a picture of the runs that repeat it.</summary>
/// <param name="Stem">Its file: "figure-4-error-ranges".</param>
/// <param name="Kind">How `wage plot` calls the picture.</param>
/// <param name="Together">True: one picture of all runs; false: one of each.</param>
internal sealed record Figure(string Stem, string Kind, bool Together)
{
    /// <summary>
    /// WAGE's Figures 2 to 4, as far as its own network goes: what each quantizer does, the training curve, the errors with their window.
    /// </summary>
    public static IReadOnlyList<Figure> OfWage { get; } =
    [
        new("figure-2-distributions", "distributions", Together: false),
        new("figure-3-curves", "curves", Together: true),
        new("figure-4-error-ranges", "ranges", Together: false),
    ];

    /// <summary>The test error over the axis of a sweep: for k_E the right half of WAGE's Figure 4.</summary>
    public static Figure OfSweep { get; } = new("test-error", "sweep", Together: true);

    /// <summary>Draws the test errors of named runs, whatever they differ in; the file.</summary>
    /// <exception cref="WageException">The file cannot be written.</exception>
    public static string DrawNamed(string title, string axis, IReadOnlyList<(string Name, RunFolder Folder)> runs, string into)
    {
        var path = Path.Combine(into, $"{OfSweep.Stem}.svg");
        var data = SweepData.Named(axis, [.. runs.Select(run => (run.Name, RunRecord.Open(run.Folder.Path)))]);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(SweepPicture.Draw(title, data, new Frame()).ToFile(Theme.Auto)));
        return path;
    }

    /// <summary>Draws the figure from finished runs, each shown at its last recorded step; the files.</summary>
    /// <param name="runs">The runs' folders.</param>
    /// <param name="into">The folder of the pictures.</param>
    /// <param name="axis">The key on the axis of a sweep's picture.</param>
    /// <exception cref="WageException">A run does not hold what the figure shows, or a file cannot be written.</exception>
    public IReadOnlyList<string> Draw(IReadOnlyList<RunFolder> runs, string into, string? axis = null)
    {
        var records = runs.Select(run => RunRecord.Open(run.Path)).ToList();
        return Together ? [Write($"{Stem}.svg", records)] : [.. records.Select(run => Write($"{Stem}-{run.FolderName}.svg", [run]))];

        string Write(string name, IReadOnlyList<RunRecord> shown)
        {
            var path = Path.Combine(into, name);
            var canvas = PlotKinds.Find(Kind, shown.Count)(shown, new PlotRequest { Axis = axis });
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(canvas.ToFile(Theme.Auto)));
            return path;
        }
    }
}
