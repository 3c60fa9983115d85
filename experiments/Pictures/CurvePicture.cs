using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Pictures;

/// <summary>Learning curves: errors in percent on a logarithmic axis over epochs.</summary>
internal static class CurvePicture
{
    /// <summary>So many configurations have a name and a colour; of more, the best ones.</summary>
    public const int MostNamed = 12;

    private const double WideWidth = 1000, PlotHeight = 320, Below = 44;

    /// <summary>
    /// Both errors of one run, or the test errors of several, each with its published figure as a line. Runs that differ only in their seeds share a
    /// colour: a thin line each, a bold one for their mean.
    /// </summary>
    /// <exception cref="WageException">No run has a finished epoch.</exception>
    public static Canvas Draw(IReadOnlyList<RunRecord> runs, Frame frame)
    {
        var published = runs.Select(run => run.PublishedPercent).OfType<double>().Distinct().Order().ToList();
        if (runs is [var only])
        {
            return Draw(
                $"{only.Recipe.Name}, {only.Recipe.Bits}, seed {only.Recipe.Seed}",
                $"error over epochs; the ring marks the best epoch, {Chosen.Note(only.Best is { OnValidation: true })}",
                [Curve.Test(Chosen.Word(only.Rows), 0, only), Curve.Train("train", 1, only)], published, frame);
        }

        var recipes = runs.Select(run => run.Recipe.Name).Distinct().ToList();
        var groups = RunGroup.Of([.. runs.Where(run => run.Rows.Count > 0)]);
        return Draw(
            $"{(recipes is [var one] ? $"{one}, " : string.Empty)}{(groups is [{ Runs.Count: > 1 } seeds] ? seeds.Name : $"{runs.Count} runs")}",
            Subtitle(groups), Curves(groups), published, frame);
    }

    /// <summary>Draws the curves; each published figure is a dashed line.</summary>
    /// <exception cref="WageException">There is no epoch to draw.</exception>
    public static Canvas Draw(string title, string subtitle, IReadOnlyList<Curve> curves, IReadOnlyList<double> published, Frame frame)
    {
        var drawn = curves.Where(curve => curve.Points.Count > 0).ToList();
        if (drawn.Count == 0) throw new WageException("plot: no run has a finished epoch yet.", "train further.");
        var canvas = new Canvas(frame.Width(WideWidth), $"{title}: {subtitle}");
        var top = frame.Heading(canvas, title, (subtitle, null)) + 24;
        var legend = new CurveLegend(frame, [.. drawn.Where(curve => curve.Figures.Length > 0)], published);
        var floor = top + Math.Max(frame.IsNarrow ? 240 : PlotHeight, frame.IsNarrow ? 0 : legend.Height - Below);
        var y = new ErrorAxis([.. drawn.SelectMany(curve => curve.Points).Select(point => point.Percent), .. published], top, floor);
        var (left, right) = (Math.Max(frame.IsNarrow ? 54 : 62, y.Room), canvas.Width - (frame.IsNarrow ? 10 : legend.Width));
        var x = new LinearScale(1, drawn.Max(curve => curve.Points[^1].Epoch), left + 8, right, whole: true);
        y.Draw(canvas, left, right);
        foreach (var label in TickLabel.Of(x, at => at, (0, right + 10), 12, tick => Format.Count((long)tick)))
            canvas.Text(label.X, floor + 18, label.Text, "soft", Anchor.Middle, 12);
        canvas.Text((left + right) / 2, floor + 36, "epoch", "soft", Anchor.Middle, 12);
        foreach (var percent in published)
        {
            canvas.Line(
                left, y.At(percent), right, y.At(percent), "axis", ("stroke-dasharray", "6 5"), ("stroke-width", "1.5"),
                ("data-published", ErrorAxis.Text(percent)));
        }

        // A few seeds shall be seen; those of many configurations shall not cover the means.
        var seedOpacity = drawn.Count(curve => curve.Kind == CurveKind.Mean) <= 3 ? "0.45" : "0.2";
        foreach (var curve in drawn.AsEnumerable().Reverse().OrderByDescending(curve => curve.Kind))
            Draw(canvas, curve, point => (x.At(point.Epoch), y.At(point.Percent)), seedOpacity);
        canvas.Height = legend.Draw(canvas, y, right + 12, floor + Below);
        return canvas;
    }

    private static void Draw(Canvas canvas, Curve curve, Func<(int Epoch, double Percent), (double X, double Y)> at, string seedOpacity)
    {
        var colour = curve.Kind == CurveKind.Other ? "grid" : $"s{Palette.Class(curve.Series)}";
        canvas.Group(curve.Told, () =>
        {
            canvas.Polyline(
                curve.Points.Select(at), curve.Reading, colour, ("stroke-width", curve.Thickness), ("stroke-linejoin", "round"),
                ("stroke-dasharray", curve.Dashes), ("stroke-opacity", curve.Kind == CurveKind.Seed ? seedOpacity : "1"));
            if (curve.Kind is CurveKind.Seed or CurveKind.Other) return;
            foreach (var point in curve.Points.Count <= 40 ? curve.Points : [])
                canvas.Circle(at(point).X, at(point).Y, curve.Kind == CurveKind.Train ? 1.8 : 2.6, $"f{Palette.Class(curve.Series)}");
            if (curve.Kind != CurveKind.Test) return;
            var best = at(curve.Points.MinBy(point => point.Percent));
            canvas.Circle(best.X, best.Y, 6, colour, ("fill", "none"), ("stroke-width", "1.6"), ("data-best", "true"));
        });
    }

    private static string Subtitle(IReadOnlyList<RunGroup> groups)
    {
        var (single, repeated) = (groups.Any(group => group.Runs.Count == 1), groups.Any(group => group.Runs.Count > 1));
        var most = groups.Count > MostNamed
            ? $"; the {MostNamed} best of {groups.Count} configurations are named, the others are gray" : string.Empty;
        bool[] onValidation = [.. groups.SelectMany(group => group.Runs).Select(run => run.Best is { OnValidation: true })];
        var word = Chosen.Word(!onValidation.Contains(false));
        return $"{word} error over epochs" + (single ? $"; rings mark the best epochs, {Chosen.Note(onValidation)}" : string.Empty)
            + (repeated ? "; thin: a seed, bold: the mean of the seeds, \u00B1: their standard deviation" : string.Empty) + most;
    }

    private static List<Curve> Curves(IReadOnlyList<RunGroup> groups)
    {
        var named = groups.OrderBy(group => group.ChooserErrors()[^1].Percent.Mean).Take(MostNamed).ToList();
        List<Curve> curves = [];
        var series = 0;
        foreach (var group in groups)
        {
            var isNamed = named.Contains(group);
            curves.AddRange((group.Runs.Count, isNamed) switch
            {
                (1, true) => [Curve.Test(group.Name, series, group.Runs[0])],
                (_, true) => group.Runs.Select(run => Curve.Seed($"{group.Name}, seed {run.Recipe.Seed}", series, run))
                    .Append(Curve.Mean(groups.Count == 1 ? $"mean of {group.Name}" : $"{group.Name}, {group.Runs.Count} seeds", series, group)),
                _ => group.Runs.Select(run => Curve.Other(group.Name, run)),
            });
            if (isNamed) series++;
        }

        return curves;
    }
}

/// <summary>What a line is; those further down are drawn first, beneath the others.</summary>
internal enum CurveKind
{
    /// <summary>The mean of several seeds.</summary>
    Mean,

    /// <summary>A run's test errors; the best epoch is marked.</summary>
    Test,

    /// <summary>Its training errors.</summary>
    Train,

    /// <summary>One of several seeds.</summary>
    Seed,

    /// <summary>One of too many to name.</summary>
    Other,
}

/// <summary>A line of the picture.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Series">Its colour: see <see cref="Palette.Class"/>.</param>
/// <param name="Points">The error in percent for each epoch, counted from 1.</param>
/// <param name="Kind">How it is drawn.</param>
/// <param name="Figures">Its results for the legend, which leaves out lines without.</param>
internal sealed record Curve(string Name, int Series, IReadOnlyList<(int Epoch, double Percent)> Points, CurveKind Kind, string Figures)
{
    /// <summary>A tooltip.</summary>
    public string Told => Figures.Length > 0 ? $"{Name}: {Figures}" : Points.Count > 0 ? $"{Name}: {LastAndBest(Points)}" : Name;

    /// <summary>For a page's script.</summary>
    public Reading Reading => new(
        "error", "epoch", Name, Points.Select(point => ((long)point.Epoch, $"{ErrorAxis.Text(point.Percent)} %")));

    /// <summary>In units of the page.</summary>
    public string Thickness => Kind switch { CurveKind.Mean => "2.8", CurveKind.Test => "2.2", CurveKind.Train => "1.6", _ => "1.2" };

    /// <summary>Dots tell the eighth colour from the first.</summary>
    public string Dashes => Kind == CurveKind.Train || Series >= Palette.Series ? "3 4" : "none";

    /// <summary>The test errors of one run.</summary>
    public static Curve Test(string name, int series, RunRecord run) => Test(name, series, Errors(run));

    /// <summary>The test errors of one run.</summary>
    public static Curve Test(string name, int series, IReadOnlyList<(int Epoch, double Percent)> points) =>
        new(name, series, points, CurveKind.Test, points.Count == 0 ? string.Empty : LastAndBest(points));

    /// <summary>Its training errors.</summary>
    public static Curve Train(string name, int series, RunRecord run) => new(
        name, series, [.. run.Rows.Select(row => (row.Epoch, 100 * row.TrainError))], CurveKind.Train,
        run.Rows.Count == 0 ? string.Empty : $"last {ErrorAxis.Text(100 * run.Rows[^1].TrainError)} %");

    /// <summary>One of several seeds.</summary>
    public static Curve Seed(string name, int series, RunRecord run) => new(name, series, Errors(run), CurveKind.Seed, string.Empty);

    /// <summary>The mean of several seeds.</summary>
    public static Curve Mean(string name, int series, RunGroup group)
    {
        var errors = group.ChooserErrors();
        return new Curve(
            name, series, [.. errors.Select(error => (error.Epoch, error.Percent.Mean))], CurveKind.Mean,
            errors.Count == 0 ? string.Empty : $"last {Spread(errors[^1].Percent)} %, best {Spread(group.Best()!.Value)} %");
    }

    /// <summary>One of too many to name.</summary>
    public static Curve Other(string name, RunRecord run) => new(name, 0, Errors(run), CurveKind.Other, string.Empty);

    private static string LastAndBest(IReadOnlyList<(int Epoch, double Percent)> points) =>
        $"last {ErrorAxis.Text(points[^1].Percent)} %, best {ErrorAxis.Text(points.Min(point => point.Percent))} %";

    private static string Spread(SampleStatistics s) => $"{ErrorAxis.Text(s.Mean)} \u00B1 {ErrorAxis.Text(s.Deviation ?? 0)}";

    private static IReadOnlyList<(int Epoch, double Percent)> Errors(RunRecord run) =>
        [.. run.Rows.Select(row => (row.Epoch, 100 * row.ChooserError))];
}
