using System.Globalization;
using Wage.Experiments.Recipes;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Reproductions;

/// <summary>A run of a reproduction.</summary>
/// <param name="Label">Its value on the axis: "4".</param>
/// <param name="Published">The published test error in percent, or null.</param>
/// <param name="Settings">"key=value" on top of the reproduction's.</param>
internal sealed record ReproductionPoint(string Label, double? Published, params string[] Settings);

/// <summary>A published row, table or figure as runs that anybody can repeat.</summary>
/// <param name="Name">Its name, that of its recorded results and of its folder.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Source">Where it is published.</param>
/// <param name="Recipe">The recipe that its runs start from.</param>
/// <param name="Axis">What varies from point to point; an empty text when there is one point.</param>
/// <param name="Points">The runs, in the order of the published table.</param>
internal sealed record Reproduction(string Name, string Title, string Source, string Recipe, string Axis, IReadOnlyList<ReproductionPoint> Points)
{
    /// <summary>"key=value" for every point.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Points along which the best test error must fall from each to the next: the shape of the effect.</summary>
    public IReadOnlyList<string> Falling { get; init; } = [];

    /// <summary>Pictures of the runs, drawn when they are finished; they need <see cref="StatsEvery"/>.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>Steps between two looks into the quantizers; null: none.</summary>
    public int? StatsEvery { get; init; }

    /// <summary>What the pictures must show: the shape of the effect.</summary>
    public IReadOnlyList<FigureShape> Shapes { get; init; } = [];

    /// <summary>What the published figures are of, where the runs are of something smaller; else empty.</summary>
    public string PublishedFor { get; init; } = string.Empty;

    /// <summary>The key that varies from point to point: "scheme.kG"; null when there is one point.</summary>
    public string? AxisKey => Axis.Length == 0 ? null : Points[0].Settings[0].Split('=')[0];

    /// <summary>How long a run of all points takes.</summary>
    public required string Duration { get; init; }

    /// <summary>The seeds when none are asked for.</summary>
    public string Seeds { get; init; } = "1";

    /// <summary>The recipe of a point.</summary>
    /// <exception cref="WageException">The settings do not go together.</exception>
    public Recipe Load(ReproductionPoint point, IEnumerable<GivenValue> over) =>
        RecipeCatalog.Load(Recipe, [.. Settings.Concat(point.Settings).Select(GivenValue.FromSetting), .. over]);

    /// <summary>The runs of these points with these seeds.</summary>
    /// <param name="labels">The points; none: all.</param>
    /// <param name="seeds">"1..3"; null: the reproduction's.</param>
    /// <exception cref="WageException">There is no such point, or the seeds are none.</exception>
    public SweepPlan Plan(IReadOnlyList<string> labels, string? seeds)
    {
        var chosen = labels.Count == 0 ? Points : [.. labels.Select(Point).Distinct()];
        var seedValues = SweepAxis.Seeds(seeds ?? Seeds).Values.Select(seed => ulong.Parse(seed, CultureInfo.InvariantCulture)).ToList();
        var runs = chosen.SelectMany(point => seedValues, (point, seed) => SweepPlan.Make(
            given => Load(point, given), Axis.Length == 0 ? "all" : $"{Axis}={point.Label}", [point.Label], seed, []));
        return new SweepPlan([Axis.Length == 0 ? "row" : Axis], [.. runs]);
    }

    /// <summary>The point that this recipe is a run of, with any seed; null when it is of none.</summary>
    public ReproductionPoint? PointOf(Recipe recipe) => Points.FirstOrDefault(point =>
        Load(point, []).Differences(recipe)
            .All(key => key == "training.seed" || (key != "training.epochs" && Runs.Run.ChangeableOnResume.Contains(key))));

    private ReproductionPoint Point(string label) => Points.FirstOrDefault(point => point.Label == label)
        ?? throw new WageException($"{Name}: has no point '{OneLine.Quote(label)}'.",
            $"there are {string.Join(", ", Points.Select(point => point.Label))}.");
}
