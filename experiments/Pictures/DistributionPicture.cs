using Wage.Experiments.Recipes;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The distributions of W, A, E and G before and after quantization, layer by layer, at one step (WAGE's Figure 2 sketches what each quantizer
/// does). Logarithmic heights: most of an error's mass is at zero, and what matters is beside it.
/// </summary>
internal static class DistributionPicture
{
    public const double Width = 1000;
    private const double Left = 108, Top = 122, PanelWidth = 204, PanelHeight = 84, RowHeight = 132, Between = 20, Bottom = 26;
    private const double LeastShare = 1e-6;

    private static readonly (char Tensor, string Title, string Axis)[] Columns =
    [
        ('W', "W  weights", "stored \u2192 in the products"), ('A', "A  activations", "accumulators \u2192 Q_A"),
        ('E', "E  errors", "accumulators \u2192 Q_E"),
        ('G', "G  gradients", "\u03B7 g \u2192 steps of \u03C3(k_G)"),
    ];

    /// <summary>Draws all layers with weights at this step.</summary>
    public static Canvas Draw(Recipe recipe, RunStatistics statistics, long step)
    {
        var (layers, epoch) = (statistics.Layers, statistics.At(step)[0].Epoch);
        var subtitle = $"step {step}, epoch {epoch}: share of the elements for each step of the quantizer's grid";
        var canvas = new Canvas(Width, Top + (layers.Count * RowHeight) + Bottom, $"Distributions of {recipe.Name}: {subtitle}");
        canvas.Text(20, 28, $"{recipe.Name}, {recipe.Options.Bits}, seed {recipe.Seed}: before and after quantization", size: 16, bold: true);
        canvas.Text(20, 48, subtitle, "soft").SetAttributeValue("data-key", "distributions.subtitle");
        Key(canvas);
        for (var column = 0; column < Columns.Length; column++)
        {
            canvas.Text(X(column), Top - 28, Columns[column].Title, bold: true);
            canvas.Text(X(column), Top - 12, Columns[column].Axis, "soft", size: 11.5);
        }

        for (var row = 0; row < layers.Count; row++)
        {
            var top = Top + (row * RowHeight);
            canvas.Text(20, top + (PanelHeight / 2) + 4, Markup.Shorten(layers[row], 8), bold: true);
            foreach (var (column, panel) in Panels(recipe, statistics, layers[row], step)) Draw(canvas, panel, X(column), top, labelled: column == 0);
        }

        return canvas;
    }

    /// <summary>What changes from step to step: the value of each data-key of the picture.</summary>
    public static Dictionary<string, string> Changes(Recipe recipe, RunStatistics statistics, long step)
    {
        var changes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["distributions.subtitle"] =
                $"step {step}, epoch {statistics.At(step)[0].Epoch}: share of the elements for each step of the quantizer's grid",
        };
        var layers = statistics.Layers;
        for (var row = 0; row < layers.Count; row++)
        {
            foreach (var (column, panel) in Panels(recipe, statistics, layers[row], step))
            {
                var (x, y) = (panel.X(X(column)), Y(Top + (row * RowHeight)));
                changes[$"{panel.Name}.before"] = panel.Content.Before(x, y);
                changes[$"{panel.Name}.after"] = panel.Content.After(x, y);
                changes[$"{panel.Name}.caption"] = panel.Content.Caption;
            }
        }

        return changes;
    }

    private static IEnumerable<(int Column, Panel Panel)> Panels(Recipe recipe, RunStatistics statistics, string layer, long step)
    {
        for (var column = 0; column < Columns.Length; column++)
        {
            var tensor = Columns[column].Tensor;
            var content = Content(recipe, statistics, layer, tensor, step);
            if (content is null) continue;

            // One axis for all steps, so that a step slider moves the data and not the axis.
            var all = statistics.Steps.Select(known => Content(recipe, statistics, layer, tensor, known)).OfType<Distribution>().ToList();
            yield return (column, new Panel($"{layer}.{tensor}", tensor, content, all.Max(one => one.Reach), all.TrueForAll(one => one.IsPositive)));
        }
    }

    private static Distribution? Content(Recipe recipe, RunStatistics statistics, string layer, char tensor, long step)
    {
        var (before, after) = (statistics.Find(step, layer, tensor, false), statistics.Find(step, layer, tensor, true));
        return before is null && after is null ? null : new Distribution(before, after, recipe.Rate.At(Math.Max(0, (before ?? after)!.Epoch - 1)));
    }

    private static void Draw(Canvas canvas, Panel panel, double left, double top, bool labelled)
    {
        var (x, y) = (panel.X(left), Y(top));
        canvas.Rectangle(left, top, PanelWidth, PanelHeight, "panel");
        foreach (var tick in new[] { 1e-4, 1e-2, 1 })
        {
            canvas.Line(left, y.At(tick), left + PanelWidth, y.At(tick), "grid");
            if (labelled) canvas.Text(left - 6, y.At(tick) + 4, tick switch { 1 => "1", 1e-2 => "10\u207B\u00B2", _ => "10\u207B\u2074" }, "soft",
                Anchor.End, 10);
        }

        canvas.Path(panel.Content.Before(x, y), "f1", ("fill-opacity", "0.45"), ("data-key", $"{panel.Name}.before"));
        canvas.Path(panel.Content.After(x, y), "s2", ("fill", "none"), ("stroke-width", "0.9"), ("data-key", $"{panel.Name}.after"));
        foreach (var tick in x.Ticks(38))
        {
            canvas.Line(x.At(tick), top + PanelHeight, x.At(tick), top + PanelHeight + 4, "axis");
            canvas.Text(x.At(tick), top + PanelHeight + 15, tick.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture).Replace('-',
                '\u2212'), "soft", Anchor.Middle, 10);
        }

        canvas.Text(left, top + PanelHeight + 31, panel.Content.Caption, "soft", size: 11).SetAttributeValue("data-key", $"{panel.Name}.caption");
    }

    private static void Key(Canvas canvas)
    {
        canvas.Rectangle(20, 62, 14, 10, "f1", ("fill-opacity", "0.45"));
        canvas.Text(40, 71, "before the quantizer", "soft", size: 12);
        canvas.Line(180, 67, 196, 67, "s2", ("stroke-width", "2"));
        canvas.Text(202, 71, "after it", "soft", size: 12);
    }

    private static double X(int column) => Left + (column * (PanelWidth + Between));

    private static LogarithmicScale Y(double top) => new(LeastShare, 1, top + PanelHeight, top);

    private sealed record Panel(string Name, char Tensor, Distribution Content, double Reach, bool IsPositive)
    {
        /// <summary>At least the quantizer's range, and not much more: what lies far outside is clipped.</summary>
        public LinearScale X(double left)
        {
            var reach = Tensor == 'W' ? 1 : Tensor == 'G' ? Math.Max(1.5, Reach + 0.5) : Math.Clamp(Reach, 1, 2);
            return new LinearScale(IsPositive ? 0 : -reach, reach, left + 4, left + PanelWidth - 4);
        }
    }
}
