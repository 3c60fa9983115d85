using System.Globalization;
using Wage.Experiments.Recipes;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The distributions of W, A, E and G before and after quantization, layer by layer, at one step (WAGE's Figure 2 sketches what each quantizer
/// does). Logarithmic heights: most of an error's mass is at zero, and what matters is beside it.
/// </summary>
internal static class DistributionPicture
{
    private const double WideWidth = 1000, PanelWidth = 204, PanelHeight = 84;
    private const double LeastShare = 1e-6;
    private const string Height = "height: share of the elements for each step of the quantizer's grid";

    private static readonly (char Tensor, string Title, string Axis)[] Columns =
    [
        ('W', "W  weights", "stored \u2192 in the products"), ('A', "A  activations", "accumulators \u2192 Q_A"),
        ('E', "E  errors", "accumulators / 2^s \u2192 Q_E"), ('G', "G  gradients", "lr \u00B7 g / 2^s \u2192 steps of \u03C3(k_G)"),
    ];

    /// <summary>Draws all layers with weights at this step.</summary>
    public static Canvas Draw(Recipe recipe, RunStatistics statistics, long step, Frame frame)
    {
        var (layers, subtitle, axes) = (statistics.Layers, Subtitle(statistics, step), Axes(recipe, statistics));
        var canvas = new Canvas(frame.Width(WideWidth), $"Distributions of {recipe.Name}: {subtitle}, {Height}");
        var top = Key(canvas, frame, frame.Heading(
            canvas, $"{recipe.Name}, {recipe.Bits}, seed {recipe.Seed}: before and after quantization", (subtitle, "distributions.subtitle"),
            (Height, null)) + 20);
        var grid = frame.IsNarrow ? new Grid(2, 32, 16, (canvas.Width - 52) / 2, 176) : new Grid(Columns.Length, 108, 20, PanelWidth, 144);
        top += frame.IsNarrow ? 14 : 54;
        for (var column = 0; !frame.IsNarrow && column < Columns.Length; column++) Titles(canvas, column, grid.X(column), top);
        for (var row = 0; row < layers.Count; row++)
        {
            if (frame.IsNarrow) canvas.Text(frame.Margin, top += 20, layers[row], size: 14, bold: true);
            else canvas.Text(frame.Margin, top + (PanelHeight / 2) + 4, Markup.Shorten(layers[row], 8), bold: true);
            if (frame.IsNarrow) top += 46;
            foreach (var (column, panel) in Panels(recipe, statistics, layers[row], step, axes))
            {
                var (x, y) = (grid.X(column % grid.Across), top + (column / grid.Across * grid.RowHeight));
                if (frame.IsNarrow) Titles(canvas, column, x, y);
                Draw(canvas, panel, x, y, grid.PanelWidth, isLabelled: column % grid.Across == 0);
            }

            top += Columns.Length / grid.Across * grid.RowHeight - (frame.IsNarrow ? 38 : 0);
        }

        canvas.Height = top + 4;
        return canvas;
    }

    /// <summary>What changes from step to step: the value of each data-key of the picture at each of these steps, in any frame.</summary>
    public static IEnumerable<Dictionary<string, string>> Changes(Recipe recipe, RunStatistics statistics, IEnumerable<long> steps)
    {
        var axes = Axes(recipe, statistics);
        return steps.Select(step => Changes(recipe, statistics, step, axes));
    }

    private static Dictionary<string, string> Changes(
        Recipe recipe, RunStatistics statistics, long step, Dictionary<(string Layer, char Tensor), Axis> axes)
    {
        var changes = new Dictionary<string, string>(StringComparer.Ordinal) { ["distributions.subtitle"] = Subtitle(statistics, step) };
        foreach (var (_, panel) in statistics.Layers.SelectMany(layer => Panels(recipe, statistics, layer, step, axes)))
        {
            changes[$"{panel.Name}.before"] = panel.Content.Before(panel.X, Y);
            changes[$"{panel.Name}.after"] = panel.Content.After(panel.X, Y);
            changes[$"{panel.Name}.cuts"] = panel.Content.Cuts(panel.X, Y);
            changes[$"{panel.Name}.zeros"] = panel.Content.Zeros;
            changes[$"{panel.Name}.limit"] = panel.Content.Limit;
        }

        return changes;
    }

    /// <summary>One axis for all steps, so that a step slider moves the data and not the axis.</summary>
    private static Dictionary<(string Layer, char Tensor), Axis> Axes(Recipe recipe, RunStatistics statistics)
    {
        var axes = new Dictionary<(string Layer, char Tensor), Axis>();
        foreach (var (layer, tensor) in statistics.Layers.SelectMany(layer => Columns.Select(column => (layer, column.Tensor))))
        {
            var all = statistics.Steps.Select(step => Content(recipe, statistics, layer, tensor, step)).OfType<Distribution>().ToList();
            if (all.Count > 0) axes.Add((layer, tensor), new Axis(all.Max(one => one.Reach), all.TrueForAll(one => one.IsPositive)));
        }

        return axes;
    }

    private static IEnumerable<(int Column, Panel Panel)> Panels(
        Recipe recipe, RunStatistics statistics, string layer, long step, Dictionary<(string Layer, char Tensor), Axis> axes)
    {
        for (var column = 0; column < Columns.Length; column++)
        {
            var tensor = Columns[column].Tensor;
            var content = Content(recipe, statistics, layer, tensor, step);
            if (content is not null) yield return (column, new Panel($"{layer}.{tensor}", tensor, content, axes[(layer, tensor)]));
        }
    }

    private static Distribution? Content(Recipe recipe, RunStatistics statistics, string layer, char tensor, long step)
    {
        var (before, after) = (statistics.Find(step, layer, tensor, false), statistics.Find(step, layer, tensor, true));
        return before is null && after is null ? null : new Distribution(before, after, recipe.Rate.At(Math.Max(0, (before ?? after)!.Epoch - 1)));
    }

    private static void Draw(Canvas canvas, Panel panel, double left, double top, double width, bool isLabelled)
    {
        var stretch = width / PanelWidth;
        canvas.Rectangle(left, top, width, PanelHeight, "panel");
        foreach (var tick in new[] { 1e-4, 1e-2, 1 })
        {
            canvas.Line(left, top + Y.At(tick), left + width, top + Y.At(tick), "grid");
            if (!isLabelled) continue;
            var power = tick switch { 1 => "1", 1e-2 => "10\u207B\u00B2", _ => "10\u207B\u2074" };
            canvas.Text(left - 6, top + Y.At(tick) + 4, power, "soft", Anchor.End, 10);
        }

        canvas.Place(left, top, stretch, () =>
        {
            canvas.Path(panel.Content.Before(panel.X, Y), "f1", ("fill-opacity", "0.45"), ("data-key", $"{panel.Name}.before"));
            canvas.Path(
                panel.Content.After(panel.X, Y), "s2", ("fill", "none"), ("stroke-width", "0.9"), Canvas.Unstretched,
                ("data-key", $"{panel.Name}.after"));
            canvas.Path(panel.Content.Cuts(panel.X, Y), "ink", ("data-key", $"{panel.Name}.cuts"));
        });
        foreach (var label in TickLabel.Of(panel.X, at => left + (stretch * at), (left - 4, left + width + 4), 10, Number))
        {
            canvas.Line(label.At, top + PanelHeight, label.At, top + PanelHeight + 4, "axis");
            canvas.Text(label.X, top + PanelHeight + 15, label.Text, "soft", Anchor.Middle, 10);
        }

        canvas.Text(left, top + PanelHeight + 31, panel.Content.Zeros, "soft", size: 11).SetAttributeValue("data-key", $"{panel.Name}.zeros");
        canvas.Text(left, top + PanelHeight + 45, panel.Content.Limit, "soft", size: 11).SetAttributeValue("data-key", $"{panel.Name}.limit");
    }

    private static void Titles(Canvas canvas, int column, double left, double top)
    {
        canvas.Text(left, top - 26, Columns[column].Title, bold: true);
        canvas.Text(left, top - 10, Columns[column].Axis, "soft", size: 11);
    }

    private static double Key(Canvas canvas, Frame frame, double y)
    {
        canvas.Rectangle(frame.Margin, y - 9, 14, 10, "f1", ("fill-opacity", "0.45"));
        canvas.Text(frame.Margin + 20, y, "before the quantizer", "soft", size: 12);
        canvas.Line(frame.Margin + 164, y - 4, frame.Margin + 180, y - 4, "s2", ("stroke-width", "2"));
        canvas.Text(frame.Margin + 186, y, "after it", "soft", size: 12);
        var x = frame.Margin + (frame.IsNarrow ? 0 : 256);
        if (frame.IsNarrow) y += 18;
        canvas.Path($"M{Markup.Number(x)} {Markup.Number(y - 1)}h8l-4-6z", "ink");
        canvas.Text(x + 20, y, "cut: goes on beyond the panel", "soft", size: 12);
        return y;
    }

    private static string Number(double tick) => tick.ToString("0.###", CultureInfo.InvariantCulture).Replace('-', '\u2212');

    private static string Subtitle(RunStatistics statistics, long step) => $"step {step}, epoch {statistics.At(step)[0].Epoch}";

    /// <summary>The heights of outlines, in a panel's own coordinates.</summary>
    private static LogarithmicScale Y { get; } = new(LeastShare, 1, PanelHeight, 0);

    /// <summary>Where the panels of a layer are.</summary>
    private sealed record Grid(int Across, double Left, double Between, double PanelWidth, double RowHeight)
    {
        public double X(int column) => Left + (column * (PanelWidth + Between));
    }

    /// <summary>How far a tensor's values reach at any step, and whether all are positive.</summary>
    private readonly record struct Axis(double Reach, bool IsPositive);

    private sealed record Panel(string Name, char Tensor, Distribution Content, Axis Axis)
    {
        /// <summary>In the panel's own coordinates: at least the quantizer's range, and not much more: what lies far outside is clipped.</summary>
        public LinearScale X
        {
            get
            {
                var reach = Tensor == 'W' ? 1 : Tensor == 'G' ? Math.Max(1.5, Axis.Reach + 0.5) : Math.Clamp(Axis.Reach, 1, 2);
                return new LinearScale(Axis.IsPositive ? 0 : -reach, reach, 4, PanelWidth - 4);
            }
        }
    }
}
