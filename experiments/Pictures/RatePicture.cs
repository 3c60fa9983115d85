using System.Globalization;
using Wage.Experiments.Recipes;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Pictures;

/// <summary>
/// What the quantizers lose over a run, a line for each layer: errors that become zero, activations at the limit, weights that move, the errors'
/// scale.
/// </summary>
internal static class RatePicture
{
    private const double WideWidth = 1000, PanelHeight = 170, DownGap = 74;

    private static readonly Quantity[] Panels =
    [
        new("errors that become zero in Q_E, %", Lost, true), new("activations at the limit of Q_A, %", AtLimit, true),
        new("weights that a step moves, %", Moved, true), new("greatest error: log\u2082 max|e|", Greatest, false),
    ];

    /// <summary>Draws the recorded steps.</summary>
    public static Canvas Draw(Recipe recipe, RunStatistics statistics, Frame frame)
    {
        var layers = statistics.Layers;
        var panels = Panels.Where(panel => layers.Any(layer => statistics.Steps.Any(step => panel.Value(statistics, step, layer) is not null)))
            .ToList();
        var canvas = new Canvas(frame.Width(WideWidth), $"Rates of the quantizers of {recipe.Name} over training steps");
        var heading = frame.Heading(canvas, $"{recipe.Name}, {recipe.Bits}, seed {recipe.Seed}: the quantizers over the run");
        var top = Key(canvas, layers, frame, heading + 18) + 44;
        var (across, left, between) = (frame.IsNarrow ? 1 : 2, frame.IsNarrow ? 36.0 : 62, 84.0);
        var width = (canvas.Width - left - 16 - ((across - 1) * between)) / across;
        for (var i = 0; i < panels.Count; i++)
        {
            Draw(
                canvas, statistics, layers, panels[i], left + (i % across * (width + between)), top + (i / across * (PanelHeight + DownGap)), width);
        }

        canvas.Height = top + ((panels.Count + across - 1) / across * (PanelHeight + DownGap)) - 24;
        return canvas;
    }

    private static void Draw(
        Canvas canvas, RunStatistics statistics, IReadOnlyList<string> layers, Quantity panel, double left, double top, double width)
    {
        var steps = statistics.Steps;
        var lines = layers.Select(layer => steps.Select(step => (Step: step, Value: panel.Value(statistics, step, layer)))
            .Where(point => point.Value is not null).Select(point => (point.Step, Value: point.Value!.Value)).ToList()).ToList();
        var values = lines.SelectMany(line => line).Select(point => point.Value).DefaultIfEmpty(0).ToList();
        var (low, high) = panel.IsPercent ? (0, Math.Max(values.Max() * 1.05, 0.1))
            : (Math.Floor(values.Min() - 0.5), Math.Ceiling(values.Max() + 0.5));
        var x = new LinearScale(steps[0], steps[^1], left, left + width, whole: true);
        var y = new LinearScale(low, high, top + PanelHeight, top, whole: !panel.IsPercent);
        canvas.Text(left, top - 14, panel.Title, bold: true);
        foreach (var tick in y.Ticks(26))
        {
            canvas.Line(left, y.At(tick), left + width, y.At(tick), "grid");
            canvas.Text(left - 8, y.At(tick) + 4, Number(tick), "soft", Anchor.End, 12);
        }

        canvas.Line(left, top + PanelHeight, left + width, top + PanelHeight, "axis");
        foreach (var tick in x.Ticks(52))
            canvas.Text(x.At(tick), top + PanelHeight + 18, tick.ToString("0", CultureInfo.InvariantCulture), "soft", Anchor.Middle, 12);
        canvas.Text(left + (width / 2), top + PanelHeight + 36, "training step", "soft", Anchor.Middle, 12);
        foreach (var (i, points) in lines.Index().Where(line => line.Item.Count > 0))
        {
            var ends = string.Create(CultureInfo.InvariantCulture, $"{points[0].Value:0.##} at first, {points[^1].Value:0.##} at last");
            canvas.Group($"{layers[i]}: {ends}", () =>
            {
                if (points.Count == 1) canvas.Circle(x.At(points[0].Step), y.At(points[0].Value), 2.6, $"f{Palette.Class(i)}");
                canvas.Polyline(
                    points.Select(point => (x.At(point.Step), y.At(point.Value))), $"s{Palette.Class(i)}", ("stroke-width", "1.8"),
                    ("stroke-dasharray", Dash(i)), ("stroke-linejoin", "round"));
            });
        }
    }

    /// <summary>The layers in rows; gives the lower end.</summary>
    private static double Key(Canvas canvas, IReadOnlyList<string> layers, Frame frame, double y)
    {
        var x = frame.Margin;
        for (var i = 0; i < layers.Count; i++)
        {
            var name = Markup.Shorten(layers[i], 12);
            var width = 26 + Markup.Width(name, 12);
            if (x > frame.Margin && x + width > canvas.Width - frame.Margin) (x, y) = (frame.Margin, y + 18);
            canvas.Line(x, y, x + 20, y, $"s{Palette.Class(i)}", ("stroke-width", "2.4"), ("stroke-dasharray", Dash(i)));
            canvas.Text(x + 26, y + 4, name, "soft", size: 12);
            x += width + 18;
        }

        return y;
    }

    private static string Number(double tick) => tick.ToString("0.###", CultureInfo.InvariantCulture).Replace('-', '\u2212');

    private static string Dash(int line) => (line / Palette.Series) switch { 0 => "none", 1 => "6 3", _ => "2 3" };

    private static double? Lost(RunStatistics statistics, long step, string layer) =>
        statistics.Find(step, layer, 'E', false) is { } before && statistics.Find(step, layer, 'E', true) is { } after && before.Count > before.Zeros
            ? 100.0 * (after.Zeros - before.Zeros) / (before.Count - before.Zeros) : null;

    private static double? AtLimit(RunStatistics statistics, long step, string layer) =>
        statistics.Find(step, layer, 'A', true) is { Saturated: { } saturated } after ? 100 * after.Rate(saturated) : null;

    private static double? Moved(RunStatistics statistics, long step, string layer) =>
        statistics.Find(step, layer, 'W', false) is { Moved: { } moved } before ? 100 * before.Rate(moved) : null;

    private static double? Greatest(RunStatistics statistics, long step, string layer) =>
        statistics.Find(step, layer, 'E', false) is { Greatest: > 0 and var most } before
            ? Math.Log2(most) + before.Exponent - before.FractionBits : null;

    /// <summary>What a panel shows of a layer at a step; null for nothing.</summary>
    private sealed record Quantity(string Title, Func<RunStatistics, long, string, double?> Value, bool IsPercent);
}
