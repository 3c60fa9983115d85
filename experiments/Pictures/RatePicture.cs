using System.Globalization;
using Wage.Experiments.Display;
using Wage.Experiments.Recipes;
using Wage.Experiments.Reports;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Pictures;

/// <summary>
/// What the quantizers lose over a run, a line for each layer: errors that become zero, activations at the limit, weights that move, the errors'
/// scale.
/// </summary>
internal static class RatePicture
{
    private const double WideWidth = 1000, PanelHeight = 170, DownGap = 74, Gap = 8;

    /// <summary>A page with all of a long run's steps would be heavy; these are spread evenly.</summary>
    private const int MostOnPage = 100;

    private static readonly Quantity[] Panels =
    [
        new("errors that become zero in Q_E, %", Lost, true), new("activations at the limit of Q_A, %", AtLimit, true),
        new("weights that a step moves, %", Moved, true), new("greatest error: log\u2082 max|e|", Greatest, false),
    ];

    private static readonly Quantity[] CodePanels =
    [
        new("codes that weights use, %", (statistics, step, layer) => Used(statistics, step, layer, 'W'), true),
        new("codes that activations use, %", (statistics, step, layer) => Used(statistics, step, layer, 'A'), true),
        new("codes that errors use, %", (statistics, step, layer) => Used(statistics, step, layer, 'E'), true),
        new("activations beyond the range, %", AtLimit, true), new("channels of activations that are 0, %", Dead, true),
        new("folded scales: log\u2082 greatest / least \u03B3/\u03C3", Folded, false),
    ];

    /// <summary>Draws the recorded steps.</summary>
    public static Canvas Draw(Recipe recipe, RunStatistics statistics, Frame frame) => Draw(
        recipe, statistics, frame, ($"Rates of the quantizers of {recipe.Name} over training steps", "the quantizers over the run"),
        statistics.Layers, Panels);

    /// <summary>Draws what becomes of the codes of quantizers with a scale of their own, and of channels, at the recorded steps.</summary>
    /// <exception cref="WageException">The run recorded none.</exception>
    public static Canvas DrawCodes(Recipe recipe, RunStatistics statistics, Frame frame) => Draw(
        recipe, statistics, frame, ($"Codes and channels of {recipe.Name} over training steps", "codes and channels over the run"),
        statistics.Coded is { Count: > 0 } coded ? coded : throw new WageException(
            "codes: the run's statistics count neither codes of quantizers with a scale of their own nor channels.", "take --kind rates."),
        CodePanels);

    private static Canvas Draw(
        Recipe recipe, RunStatistics statistics, Frame frame, (string Description, string Heading) words, IReadOnlyList<string> layers,
        IReadOnlyList<Quantity> quantities)
    {
        var recorded = statistics.Steps;
        var steps = frame.IsTitled ? recorded : StepSection.Spread(recorded, MostOnPage);
        var subtitle = steps.Count == recorded.Count ? Array.Empty<(string, string?)>()
            : [($"{steps.Count} of the {Format.Count(recorded.Count)} recorded steps", null)];
        var panels = quantities.Where(panel => layers.Any(layer => steps.Any(step => panel.Value(statistics, step, layer) is not null)))
            .ToList();
        var canvas = new Canvas(frame.Width(WideWidth), words.Description);
        var heading = frame.Heading(canvas, $"{recipe.Name}, {recipe.Bits}, seed {recipe.Seed}: {words.Heading}", subtitle);
        var top = Key(canvas, layers, frame, heading + 18) + 44;
        var plots = panels.Select(panel => new Plot(statistics, steps, layers, panel)).ToList();
        var (across, left, between) = (frame.IsNarrow ? 1 : 2, Math.Max(frame.IsNarrow ? 36 : 62, plots.Max(plot => plot.Room)), 84.0);
        var width = (canvas.Width - left - 16 - ((across - 1) * between)) / across;
        for (var i = 0; i < plots.Count; i++)
        {
            var (x, y) = (left + (i % across * (width + between)), top + (i / across * (PanelHeight + DownGap)));
            Draw(canvas, steps, layers, plots[i], x, y, width);
        }

        canvas.Height = top + ((panels.Count + across - 1) / across * (PanelHeight + DownGap)) - 24;
        return canvas;
    }

    private static void Draw(
        Canvas canvas, IReadOnlyList<long> steps, IReadOnlyList<string> layers, Plot plot, double left, double top, double width)
    {
        var x = new LinearScale(steps[0], steps[^1], left, left + width, whole: true);
        double Height(double value) => top + plot.Y.At(value);
        canvas.Text(left, top - 14, plot.Quantity.Title, bold: true);
        foreach (var tick in plot.Ticks)
        {
            canvas.Line(left, Height(tick), left + width, Height(tick), "grid");
            canvas.Text(left - Gap, Height(tick) + 4, Number(tick), "soft", Anchor.End, 12);
        }

        canvas.Line(left, top + PanelHeight, left + width, top + PanelHeight, "axis");
        foreach (var label in TickLabel.Of(x, at => at, (left - Gap, left + width + 16), 12, tick => Format.Count((long)tick)))
            canvas.Text(label.X, top + PanelHeight + 18, label.Text, "soft", Anchor.Middle, 12);
        canvas.Text(left + (width / 2), top + PanelHeight + 36, "training step", "soft", Anchor.Middle, 12);
        foreach (var (i, points) in plot.Lines.Index().Where(line => line.Item.Count > 0))
        {
            var ends = string.Create(CultureInfo.InvariantCulture, $"{Read(points[0].Value)} at first, {Read(points[^1].Value)} at last");
            canvas.Group($"{layers[i]}: {ends}", () =>
            {
                if (points.Count == 1) canvas.Circle(x.At(points[0].Step), Height(points[0].Value), 2.6, $"f{Palette.Class(i)}");
                canvas.Polyline(
                    points.Select(point => (x.At(point.Step), Height(point.Value))),
                    new Reading(plot.Quantity.Title, "step", layers[i], points.Select(point => (point.Step, Read(point.Value)))),
                    $"s{Palette.Class(i)}", ("stroke-width", "1.8"),
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

    private static string Read(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

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

    private static double? Used(RunStatistics statistics, long step, string layer, char tensor) =>
        statistics.Find(step, layer, tensor, true) is { Codes: { } codes } ? 100.0 * codes.Used / codes.Codes : null;

    private static double? Dead(RunStatistics statistics, long step, string layer) =>
        (statistics.Find(step, layer, 'A', true) ?? statistics.Find(step, layer, 'A', false)) is { Channels: { } channels }
            ? 100.0 * channels.Dead / channels.Count : null;

    private static double? Folded(RunStatistics statistics, long step, string layer) =>
        statistics.Find(step, layer, 'W', true) is { Codes.Folded: { Least: > 0 } folded } ? Math.Log2(folded.Greatest / folded.Least) : null;

    /// <summary>The lines of a panel and its vertical axis, 0 at its upper end.</summary>
    private sealed class Plot
    {
        public Plot(RunStatistics statistics, IReadOnlyList<long> steps, IReadOnlyList<string> layers, Quantity quantity)
        {
            Quantity = quantity;
            Lines =
            [
                .. layers.Select(layer => steps.Select(step => (Step: step, Value: quantity.Value(statistics, step, layer)))
                    .Where(point => point.Value is not null).Select(point => (point.Step, point.Value!.Value)).ToList()),
            ];
            var values = Lines.SelectMany(line => line).Select(point => point.Value).DefaultIfEmpty(0).ToList();
            var (low, high) = quantity.IsPercent ? (0, Math.Max(values.Max() * 1.05, 0.1))
                : (Math.Floor(values.Min() - 0.5), Math.Ceiling(values.Max() + 0.5));
            Y = new LinearScale(low, high, PanelHeight, 0, whole: !quantity.IsPercent);
            Ticks = Y.Ticks(26);
        }

        public Quantity Quantity { get; }

        public IReadOnlyList<List<(long Step, double Value)>> Lines { get; }

        public LinearScale Y { get; }

        public IReadOnlyList<double> Ticks { get; }

        /// <summary>What the numbers take left of the axis.</summary>
        public double Room => Gap + Ticks.Max(tick => Markup.DigitsWidth(Number(tick), 12));
    }

    /// <summary>What a panel shows of a layer at a step; null for nothing.</summary>
    private sealed record Quantity(string Title, Func<RunStatistics, long, string, double?> Value, bool IsPercent);
}
