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
    private const double Width = 1000, Left = 62, Top = 96, PanelWidth = 396, PanelHeight = 170, AcrossGap = 84, DownGap = 74;

    private static readonly (string Title, Func<RunStatistics, long, string, double?> Value, bool Percent)[] Panels =
    [
        ("errors that become zero in Q_E, %", Lost, true), ("activations at the limit of Q_A, %", AtLimit, true),
        ("weights that a step moves, %", Moved, true),
        ("greatest error: log\u2082 max|e|", Greatest, false),
    ];

    /// <summary>Draws the recorded steps.</summary>
    public static Canvas Draw(Recipe recipe, RunStatistics statistics)
    {
        var layers = statistics.Layers;
        var canvas = new Canvas(Width, Top + (2 * PanelHeight) + DownGap + 60, $"Rates of the quantizers of {recipe.Name} over training steps");
        canvas.Text(20, 28, $"{recipe.Name}, {recipe.Options.Bits}, seed {recipe.Seed}: the quantizers over the run", size: 16, bold: true);
        Key(canvas, layers);
        for (var i = 0; i < Panels.Length; i++)
            Draw(canvas, statistics, layers, Panels[i], Left + (i % 2 * (PanelWidth + AcrossGap)), Top + (i / 2 * (PanelHeight + DownGap)));
        return canvas;
    }

    private static void Draw(
        Canvas canvas, RunStatistics statistics, IReadOnlyList<string> layers,
        (string Title, Func<RunStatistics, long, string, double?> Value, bool Percent) panel,
        double left, double top)
    {
        var steps = statistics.Steps;
        var lines = layers.Select(layer => steps.Select(step => (Step: step, Value: panel.Value(statistics, step, layer)))
            .Where(point => point.Value is not null).Select(point => (point.Step, Value: point.Value!.Value)).ToList()).ToList();
        var values = lines.SelectMany(line => line).Select(point => point.Value).DefaultIfEmpty(0).ToList();
        var (low, high) = panel.Percent ? (0, Math.Max(values.Max() * 1.05, 0.1))
            : (Math.Floor(values.Min() - 0.5), Math.Ceiling(values.Max() + 0.5));
        var x = new LinearScale(steps[0], steps[^1], left, left + PanelWidth, whole: true);
        var y = new LinearScale(low, high, top + PanelHeight, top, whole: !panel.Percent);
        canvas.Text(left, top - 14, panel.Title, bold: true);
        foreach (var tick in y.Ticks(26))
        {
            canvas.Line(left, y.At(tick), left + PanelWidth, y.At(tick), "grid");
            canvas.Text(left - 8, y.At(tick) + 4, tick.ToString("0.###", CultureInfo.InvariantCulture).Replace('-', '\u2212'), "soft", Anchor.End,
                12);
        }

        foreach (var tick in x.Ticks(52))
            canvas.Text(x.At(tick), top + PanelHeight + 18, tick.ToString("0", CultureInfo.InvariantCulture), "soft", Anchor.Middle, 12);
        canvas.Text(left + (PanelWidth / 2), top + PanelHeight + 36, "training step", "soft", Anchor.Middle, 12);
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Count == 0) continue;
            var (name, points) = (layers[i], lines[i]);
            canvas.Polyline(
                points.Select(point => (x.At(point.Step), y.At(point.Value))), $"s{Palette.Class(i)}", ("stroke-width", "1.8"),
                ("stroke-dasharray", Dash(i)), ("stroke-linejoin", "round"))
                .Add(Canvas.Title(string.Create(CultureInfo.InvariantCulture,
                    $"{name}: {points[0].Value:0.##} at first, {points[^1].Value:0.##} at last")));
            if (points.Count == 1) canvas.Circle(x.At(points[0].Step), y.At(points[0].Value), 2.6, $"f{Palette.Class(i)}");
        }
    }

    private static void Key(Canvas canvas, IReadOnlyList<string> layers)
    {
        var x = 20.0;
        for (var i = 0; i < layers.Count; i++)
        {
            var name = Markup.Shorten(layers[i], 12);
            if (x + 30 + Markup.Width(name, 12) > Width) return;
            canvas.Line(x, 50, x + 20, 50, $"s{Palette.Class(i)}", ("stroke-width", "2.4"), ("stroke-dasharray", Dash(i)));
            canvas.Text(x + 26, 54, name, "soft", size: 12);
            x += 44 + Markup.Width(name, 12);
        }
    }

    private static string Dash(int line) => (line / Palette.Series) switch { 0 => "none", 1 => "6 3", _ => "2 3" };

    private static double? Lost(RunStatistics statistics, long step, string layer) =>
        statistics.Find(step, layer, 'E', false) is { } before && statistics.Find(step, layer, 'E', true) is { } after && before.Count > before.Zeros
            ? 100.0 * (after.Zeros - before.Zeros) / (before.Count - before.Zeros) : null;

    private static double? AtLimit(RunStatistics statistics, long step, string layer) =>
        statistics.Find(step, layer, 'A', true) is { Saturated: { } saturated } after ? 100 * after.Rate(saturated) : null;

    private static double? Moved(RunStatistics statistics, long step, string layer) =>
        statistics.Find(step, layer, 'W', false) is { Moved: { } moved } before ? 100 * before.Rate(moved) : null;

    private static double? Greatest(RunStatistics statistics, long step, string layer) =>
        statistics.Find(step, layer, 'E', false) is { } before && Math.Max(-(double)before.Min, before.Max) is > 0 and var most
            ? Math.Log2(most) + before.Exponent - before.FractionBits : null;
}
