using System.Globalization;
using System.Text;
using Wage.Experiments.Display;
using Wage.Experiments.Recipes;
using Wage.Experiments.Reports;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The range of every quantizer with a scale of its own over training steps: from the least to the greatest value that a code has, a panel for each
/// tensor; of weights with a scale for each channel from the least of all to the greatest of all.
/// </summary>
internal static class IntervalPicture
{
    private const double WideWidth = 1000, PanelHeight = 84, Gap = 8, RowHeight = 130;
    private const int MostSteps = 200;

    private static readonly (char Tensor, string Title, string Class)[] Columns =
        [('W', "weights", "1"), ('A', "activations", "2"), ('E', "errors", "3")];

    /// <summary>Whether the run recorded a range.</summary>
    public static bool CanDraw(RunStatistics statistics) => Panels(statistics, statistics.Steps).Count > 0;

    /// <summary>Draws the recorded steps.</summary>
    /// <exception cref="WageException">The run recorded no range.</exception>
    public static Canvas Draw(Recipe recipe, RunStatistics statistics, Frame frame)
    {
        var steps = StepSection.Spread(statistics.Steps, MostSteps);
        var panels = Panels(statistics, steps);
        if (panels.Count == 0)
            throw new WageException("intervals: the run's quantizers have no scale of their own.", "take --kind rates, or --kind ranges for errors.");
        var canvas = new Canvas(frame.Width(WideWidth), $"Ranges of the quantizers of {recipe.Name} over training steps");
        var top = frame.Heading(
            canvas, $"{recipe.Name}, {recipe.Bits}, seed {recipe.Seed}: the ranges over the run",
            ("from the least to the greatest value that a code has; S is the step between two codes at the last recorded step", null)) + 20;
        var columns = Columns.Where(column => panels.Exists(panel => panel.Tensor == column.Tensor)).ToList();
        var (across, left) = (frame.IsNarrow ? 1 : columns.Count, 58.0);
        var width = (canvas.Width - (across * (left + 14))) / across;
        var layers = panels.Select(panel => panel.Layer).Distinct().ToList();
        var y = top;
        foreach (var layer in layers)
        {
            foreach (var panel in panels.Where(panel => panel.Layer == layer))
            {
                var column = frame.IsNarrow ? 0 : columns.FindIndex(one => one.Tensor == panel.Tensor);
                Draw(canvas, panel, steps, left + (column * (width + left + 14)), y + 22, width);
                if (frame.IsNarrow) y += RowHeight + 14;
            }

            if (!frame.IsNarrow) y += RowHeight + 14;
        }

        canvas.Height = y + 4;
        return canvas;
    }

    private static void Draw(Canvas canvas, Panel panel, IReadOnlyList<long> steps, double left, double top, double width)
    {
        var (low, high) = (Math.Min(panel.Points.Min(point => point.Least), 0), Math.Max(panel.Points.Max(point => point.Greatest), 0));
        var (x, y) = (new LinearScale(steps[0], steps[^1], left, left + width, whole: true),
            new LinearScale(low, high == low ? low + 1 : high, top + PanelHeight, top));
        var (_, title, number) = Columns.First(column => column.Tensor == panel.Tensor);
        canvas.Text(left, top - 8, $"{Markup.Shorten(panel.Layer, 14)}, {title}", bold: true, size: 12);
        canvas.Text(left + width, top - 8, $"S {Scale(panel.Scale)}", "soft", Anchor.End, 11.5);
        foreach (var tick in y.Ticks(20))
        {
            canvas.Line(left, y.At(tick), left + width, y.At(tick), tick == 0 ? "axis" : "grid");
            canvas.Text(left - Gap, y.At(tick) + 4, Number(tick), "soft", Anchor.End, 11.5);
        }

        foreach (var label in TickLabel.Of(x, at => at, (left - Gap, left + width + 12), 11.5, tick => Format.Count((long)tick)))
            canvas.Text(label.X, top + PanelHeight + 16, label.Text, "soft", Anchor.Middle, 11.5);
        var ends = $"{panel.Layer} {title}: [{Number(panel.Points[0].Least)}, {Number(panel.Points[0].Greatest)}] at first, " +
            $"[{Number(panel.Points[^1].Least)}, {Number(panel.Points[^1].Greatest)}] at last";
        canvas.Group(ends, () =>
        {
            canvas.Path(Band(panel, x, y), $"f{number}", ("fill-opacity", "0.22"));
            (string, Func<Point, double>)[] lines = [("greatest", point => point.Greatest), ("least", point => point.Least)];
            foreach (var (name, value) in lines)
            {
                if (panel.Points.Count == 1) canvas.Circle(x.At(panel.Points[0].Step), y.At(value(panel.Points[0])), 2.6, $"f{number}");
                canvas.Polyline(
                    panel.Points.Select(point => (x.At(point.Step), y.At(value(point)))),
                    new Reading($"{panel.Layer}, {title}", "step", name, panel.Points.Select(point => (point.Step, Number(value(point))))),
                    $"s{number}", ("stroke-width", "1.6"), ("stroke-linejoin", "round"));
            }
        });
    }

    private static string Band(Panel panel, LinearScale x, LinearScale y)
    {
        var path = new StringBuilder("M");
        foreach (var point in panel.Points) path.Append(At(point.Step, point.Greatest));
        foreach (var point in panel.Points.Reverse()) path.Append(At(point.Step, point.Least));
        return path.Append('Z').ToString();

        string At(long step, double value) => $"{Markup.Number(x.At(step))} {Markup.Number(y.At(value))} ";
    }

    private static List<Panel> Panels(RunStatistics statistics, IReadOnlyList<long> steps)
    {
        List<Panel> panels = [];
        foreach (var (layer, column) in statistics.Coded.SelectMany(layer => Columns.Select(column => (layer, column))))
        {
            List<Point> points = [];
            var scale = (0.0, 0.0);
            foreach (var step in steps)
            {
                if (statistics.Find(step, layer, column.Tensor, true) is not { Codes: { } codes }) continue;
                points.Add(new Point(step, codes.Least, codes.Greatest));
                scale = codes.Scale;
            }

            if (points.Count > 0) panels.Add(new Panel(layer, column.Tensor, points, scale));
        }

        return panels;
    }

    private static string Scale((double Least, double Greatest) scale) =>
        scale.Least == scale.Greatest ? Number(scale.Least) : $"{Number(scale.Least)} to {Number(scale.Greatest)}";

    /// <summary>Three digits.</summary>
    private static string Number(double value)
    {
        var culture = CultureInfo.InvariantCulture;
        var text = value != 0 && Math.Abs(value) is < 0.001 or >= 100_000 ? value.ToString("0.##e0", culture)
            : double.Parse(value.ToString("G3", culture), culture).ToString("0.######", culture);
        return text.Replace('-', '\u2212');
    }

    private sealed record Panel(string Layer, char Tensor, IReadOnlyList<Point> Points, (double Least, double Greatest) Scale);

    private sealed record Point(long Step, double Least, double Greatest);
}
