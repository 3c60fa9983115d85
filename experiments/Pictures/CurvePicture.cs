using System.Globalization;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Pictures;

/// <summary>A line of the picture.</summary>
/// <param name="Name">The label at its end.</param>
/// <param name="Series">Its colour: see <see cref="Palette.Class"/>.</param>
/// <param name="Points">The error in percent for each epoch, counted from 1.</param>
/// <param name="IsTest">The best epoch is marked and named; others are thin and dashed.</param>
internal sealed record Curve(string Name, int Series, IReadOnlyList<(int Epoch, double Percent)> Points, bool IsTest);

/// <summary>Learning curves: errors in percent on a logarithmic axis over epochs.</summary>
internal static class CurvePicture
{
    private const int Width = 820, Left = 62, Top = 66, Bottom = 50, LabelHeight = 34, LongestName = 30;
    private const double SmallSize = 11.5;

    /// <summary>Both errors of one run, or the test errors of several, each with its published figure as a line.</summary>
    /// <exception cref="WageException">No run has a finished epoch.</exception>
    public static Canvas Draw(IReadOnlyList<RunRecord> runs)
    {
        var names = RunNames.Of(runs);
        var published = runs.Select(run => run.PublishedPercent).OfType<double>().Distinct().Order().ToList();
        if (runs is [var only])
        {
            return Draw(
                $"{only.Recipe.Name}, {only.Recipe.Options.Bits}, seed {only.Recipe.Seed}", "error over epochs; the ring marks the best test epoch",
                [Test("test", 0, only), new Curve("train", 1, [.. only.Rows.Select(row => (row.Epoch, 100 * row.TrainError))], false)], published);
        }

        var recipes = runs.Select(run => run.Recipe.Name).Distinct().ToList();
        return Draw(
            recipes is [var one] ? $"{one}, {runs.Count} runs" : $"{runs.Count} runs", "test error over epochs; rings mark the best epochs",
            [.. runs.Select((run, i) => Test(names[i], i, run))], published);
    }

    /// <summary>Draws the curves; each published figure is a dashed line.</summary>
    /// <exception cref="WageException">There is no epoch to draw.</exception>
    public static Canvas Draw(string title, string subtitle, IReadOnlyList<Curve> curves, IReadOnlyList<double> published)
    {
        var drawn = curves.Where(curve => curve.Points.Count > 0).ToList();
        if (drawn.Count == 0) throw new WageException("plot: no run has a finished epoch yet.", "train further.");
        var labels = drawn.Count + published.Count;
        var height = Math.Max(420, Top + Bottom + (labels * LabelHeight));
        var right = 24 + drawn.Max(curve => Math.Max(Markup.Width(Markup.Shorten(curve.Name, LongestName), 13),
            Markup.Width(Figures(curve), SmallSize)));
        var values = drawn.SelectMany(curve => curve.Points).Select(point => point.Percent).ToList();
        var (low, high) = Range([.. values.Where(value => value > 0), .. published]);
        var zero = values.Contains(0);
        var floor = height - Bottom;
        var y = new LogarithmicScale(low, high, zero ? floor - 26 : floor, Top);
        var epochs = drawn.Max(curve => curve.Points[^1].Epoch);
        var x = new LinearScale(1, epochs, Left + 8, Width - right, whole: true);
        double Y(double percent) => percent > 0 ? y.At(percent) : floor;

        var canvas = new Canvas(Width, height, $"{title}: {subtitle}");
        canvas.Text(Left, 28, title, size: 16, bold: true);
        canvas.Text(Left, 48, subtitle, "soft");
        foreach (var tick in y.Ticks(24)) Tick(canvas, Y(tick), Percent(tick), right);
        if (zero) Tick(canvas, floor, "0 %", right);
        foreach (var tick in x.Ticks(30)) canvas.Text(x.At(tick), floor + 20, tick.ToString(CultureInfo.InvariantCulture), "soft", Anchor.Middle);
        canvas.Text((Left + Width - right) / 2, height - 10, "epoch", "soft", Anchor.Middle);

        List<Label> ends = [];
        foreach (var percent in published)
        {
            canvas.Line(Left, Y(percent), Width - right, Y(percent), "axis", ("stroke-dasharray", "6 5"), ("stroke-width", "1.5"),
                ("data-published", Text(percent)));
            ends.Add(new Label(Y(percent), $"published {Text(percent)} %", null, "soft"));
        }

        foreach (var curve in drawn.AsEnumerable().Reverse())
        {
            Draw(canvas, curve, point => (x.At(point.Epoch), Y(point.Percent)));
            ends.Add(new Label(Y(curve.Points[^1].Percent), Markup.Shorten(curve.Name, LongestName), Figures(curve),
                $"f{Palette.Class(curve.Series)}"));
        }

        Write(canvas, ends, Width - right + 12, height - Bottom + 8);
        return canvas;
    }

    private static void Draw(Canvas canvas, Curve curve, Func<(int Epoch, double Percent), (double X, double Y)> at)
    {
        var colour = Palette.Class(curve.Series);
        canvas.Group($"{curve.Name}: {Figures(curve)}", () =>
        {
            canvas.Polyline(
                curve.Points.Select(at), $"s{colour}", ("stroke-width", curve.IsTest ? "2.2" : "1.6"), ("stroke-linejoin", "round"),
                ("stroke-dasharray", curve.IsTest && curve.Series < Palette.Series ? "none" : "3 4"));
            foreach (var point in curve.Points.Count <= 40 ? curve.Points : [])
                canvas.Circle(at(point).X, at(point).Y, curve.IsTest ? 2.6 : 1.8, $"f{colour}");
            if (!curve.IsTest) return;
            var best = at(curve.Points.MinBy(point => point.Percent));
            canvas.Circle(best.X, best.Y, 6, $"s{colour}", ("fill", "none"), ("stroke-width", "1.6"), ("data-best", "true"));
        });
    }

    private static Curve Test(string name, int series, RunRecord run) =>
        new(name, series, [.. run.Rows.Select(row => (row.Epoch, 100 * row.TestError))], true);

    private static void Tick(Canvas canvas, double y, string text, double right)
    {
        canvas.Line(Left, y, Width - right, y, "grid");
        canvas.Text(Left - 8, y + 4, text, "soft", Anchor.End);
    }

    private static string Figures(Curve curve) => curve.IsTest
        ? $"last {Text(curve.Points[^1].Percent)} %, best {Text(curve.Points.Min(point => point.Percent))} %"
            : $"last {Text(curve.Points[^1].Percent)} %";

    /// <summary>A little more than the values, and never a single point.</summary>
    private static (double Low, double High) Range(List<double> values)
    {
        if (values.Count == 0) return (0.1, 100);
        var (low, high) = (values.Min() / 1.1, Math.Max(values.Max(), values.Min() * 1.2) * 1.1);
        return (low, high);
    }

    /// <summary>Labels as near to their lines as they can be without covering each other or leaving the page.</summary>
    private static void Write(Canvas canvas, List<Label> labels, double x, double bottom)
    {
        labels.Sort((left, right) => left.Y.CompareTo(right.Y));
        var places = labels.Select(label => label.Y).ToArray();
        for (var i = 1; i < places.Length; i++) places[i] = Math.Max(places[i], places[i - 1] + Height(labels[i - 1]));
        var limit = bottom;
        for (var i = places.Length - 1; i >= 0; i--)
        {
            places[i] = Math.Min(places[i], limit - (labels[i].Figures is null ? 0 : 15));
            limit = places[i] - (i > 0 && labels[i - 1].Figures is null ? 20 : LabelHeight - 15);
        }

        for (var i = 0; i < places.Length; i++)
        {
            canvas.Text(x, places[i] + 4, labels[i].Name, labels[i].Colour, bold: labels[i].Figures is not null);
            if (labels[i].Figures is { } figures) canvas.Text(x, places[i] + 19, figures, "soft", size: SmallSize);
        }
    }

    private static double Height(Label label) => label.Figures is null ? 20 : LabelHeight;

    private static string Percent(double tick) => string.Create(CultureInfo.InvariantCulture, $"{tick:0.###} %");

    private static string Text(double percent) => percent.ToString("0.00", CultureInfo.InvariantCulture);

    private sealed record Label(double Y, string Name, string? Figures, string Colour);
}
