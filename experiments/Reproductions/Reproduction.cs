using System.Globalization;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Reproductions;

/// <summary>A run of a reproduction.</summary>
/// <param name="Label">Its value on the axis: "4".</param>
/// <param name="Published">The published test error in percent, or null.</param>
/// <param name="Settings">"key=value" on top of the reproduction's.</param>
internal sealed record ReproductionPoint(string Label, double? Published, params string[] Settings)
{
    /// <summary>The recipe; null: the reproduction's.</summary>
    public string? Recipe { get; init; }

    /// <summary>
    /// The point of whose last weights, of the same seed, this one starts; null: from the seed's. What it trains is then converted to integers, and
    /// those weights by calibration alone beside it: see <see cref="IntegerScorer"/>.
    /// </summary>
    public string? Start { get; init; }
}

/// <summary>A published row, table or figure as runs that anybody can repeat.</summary>
/// <param name="Name">Its name, that of its recorded results and of its folder.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Source">Where it is published.</param>
/// <param name="Recipe">The recipe that its runs start from.</param>
/// <param name="Axis">What varies from point to point; an empty text when there is one point.</param>
/// <param name="Points">The runs, in the order of the published table.</param>
internal sealed record Reproduction(string Name, string Title, string Source, string Recipe, string Axis, IReadOnlyList<ReproductionPoint> Points)
{
    private const string InitialKey = "model.initial";

    /// <summary>"key=value" for every point.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Rows of points along which the best test error must fall from each to the next: the shape of the effect.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Falling { get; init; } = [];

    /// <summary>Two points whose test errors after the last epoch are compared by Welch's test; null: none.</summary>
    public (string Point, string Other)? Welch { get; init; }

    /// <summary>Pictures of the runs, drawn when they are finished; they need <see cref="StatsEvery"/>.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>Steps between two looks into the quantizers; null: none.</summary>
    public int? StatsEvery { get; init; }

    /// <summary>What the pictures must show: the shape of the effect.</summary>
    public IReadOnlyList<FigureShape> Shapes { get; init; } = [];

    /// <summary>What the published figures are of, where the runs are of something smaller; else empty.</summary>
    public string PublishedFor { get; init; } = string.Empty;

    /// <summary>True where points are converted to integers.</summary>
    public bool HasIntegers => Points.Any(point => point.Start is not null);

    /// <summary>The key that varies from point to point: "scheme.kG"; null when there is one point, or more than a key varies.</summary>
    public string? AxisKey => Axis.Length > 0 && !HasIntegers
        && Points.Select(point => point.Settings[0].Split('=')[0]).Distinct().ToList() is [var key] ? key : null;

    /// <summary>How long a run of all points takes.</summary>
    public required string Duration { get; init; }

    /// <summary>The seeds when none are asked for.</summary>
    public string Seeds { get; init; } = "1";

    /// <summary>The recipe of a point.</summary>
    /// <exception cref="WageException">The settings do not go together.</exception>
    public Recipe Load(ReproductionPoint point, IEnumerable<GivenValue> over) =>
        RecipeCatalog.Load(point.Recipe ?? Recipe, [.. Settings.Concat(point.Settings).Select(GivenValue.FromSetting), .. over]);

    /// <summary>The runs of these points with these seeds, and of the points that they start from.</summary>
    /// <param name="labels">The points; none: all.</param>
    /// <param name="seeds">"1..3"; null: the reproduction's.</param>
    /// <param name="parent">The folder of the runs.</param>
    /// <exception cref="WageException">There is no such point, or the seeds are none.</exception>
    public SweepPlan Plan(IReadOnlyList<string> labels, string? seeds, string parent = "")
    {
        var asked = labels.Count == 0 ? Points : [.. labels.Select(Point)];
        var chosen = asked.SelectMany(point => point.Start is { } start ? (ReproductionPoint[])[Point(start), point] : [point]).Distinct();
        var seedValues = SweepAxis.Seeds(seeds ?? Seeds).Values.Select(seed => ulong.Parse(seed, CultureInfo.InvariantCulture)).ToList();
        return new SweepPlan([Axis.Length == 0 ? "row" : Axis], [.. chosen.SelectMany(_ => seedValues, Run)]);

        SweepRun Run(ReproductionPoint point, ulong seed) => SweepPlan.Make(
            given => Load(point, given), Axis.Length == 0 ? "all" : $"{Axis}={point.Label}", [point.Label], seed,
            point.Start is { } start ? [new GivenValue(InitialKey, LastOf(Run(Point(start), seed)), "start")] : []);

        string LastOf(SweepRun run) => Path.GetFullPath(new RunFolder(Path.Combine(parent, run.FolderName)).LastPath);
    }

    /// <summary>The point that this recipe is a run of, with any seed; null when it is of none.</summary>
    public ReproductionPoint? PointOf(Recipe recipe) => Points.FirstOrDefault(point =>
        Load(point, []).Differences(recipe)
            .All(key => key == "training.seed" || (key == InitialKey && point.Start is not null)
                || (key != "training.epochs" && Runs.Run.ChangeableOnResume.Contains(key))));

    /// <summary>The point that this is a run of.</summary>
    public ReproductionPoint Of(SweepOutcome outcome) => Point(outcome.Run.Cells[0]);

    private ReproductionPoint Point(string label) => Points.FirstOrDefault(point => point.Label == label)
        ?? throw new WageException($"{Name}: has no point '{OneLine.Quote(label)}'.",
            $"there are {string.Join(", ", Points.Select(point => point.Label))}.");
}
