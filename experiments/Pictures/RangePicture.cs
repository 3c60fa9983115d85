using System.Globalization;
using System.Text;
using Wage.Experiments.Recipes;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The magnitudes of the errors before Q_E, layer by layer on one logarithmic axis, with the window that k_E bits keep: below it errors become zero,
/// above it they are clipped. Every layer's window is where its greatest error put it.
/// </summary>
internal static class RangePicture
{
    private const double WideWidth = 1000, PlotWidth = 720, HalfHeight = 22;
    private const int MostOctaves = 80;
    private const string Height = "height: share of the layer's nonzero errors in each octave";

    /// <summary>Draws the errors of all layers at this step.</summary>
    /// <exception cref="WageException">The step holds no errors.</exception>
    public static Canvas Draw(Recipe recipe, RunStatistics statistics, long step, Frame frame)
    {
        var rows = Rows(statistics, step);
        if (rows.Count == 0) throw new WageException("ranges: the step holds no errors.", "choose another with --step.");
        var (x, subtitle) = (Axis(statistics), Subtitle(statistics, step));
        var canvas = new Canvas(frame.Width(WideWidth), $"Ranges of errors of {recipe.Name}: {subtitle}, {Height}");
        var y = frame.Heading(
            canvas, $"{recipe.Name}, {recipe.Bits}, seed {recipe.Seed}: ranges of the errors before Q_E", (subtitle, "ranges.subtitle"),
            (Height, null)) + 21;
        if (rows.Exists(row => row.Window is not null))
        {
            canvas.Rectangle(frame.Margin, y - 10, 14, 12, "f2", ("fill-opacity", "0.18"));
            var windows = string.Join(" or ", recipe.AllBits.Select(bits => bits.E).Distinct());
            canvas.Text(frame.Margin + 20, y, $"the window of k_E = {windows} bits", "soft", size: 12);
        }

        var (left, width) = frame.IsNarrow ? (14.0, canvas.Width - 28) : (90.0, PlotWidth);
        var (top, rowHeight, stretch) = (y + 14, frame.IsNarrow ? 96 : 62, width / PlotWidth);
        var floor = top + (rows.Count * rowHeight) + 4;
        foreach (var label in TickLabel.Of(x, at => left + (stretch * at), (0, canvas.Width), 12, Power))
        {
            canvas.Line(label.At, top, label.At, floor, "grid");
            canvas.Text(label.X, floor + 17, label.Text, "soft", Anchor.Middle, 12);
        }

        canvas.Line(left, floor, left + width, floor, "axis");
        canvas.Text(left + (width / 2), floor + 37, "|e|, in units of the loss derivative", "soft", Anchor.Middle);
        for (var i = 0; i < rows.Count; i++) Draw(canvas, rows[i], x, top + (i * rowHeight), left, stretch, frame);
        canvas.Height = floor + 48;
        return canvas;
    }

    /// <summary>What changes from step to step: the value of each data-key of the picture at each of these steps, in any frame.</summary>
    public static IEnumerable<Dictionary<string, string>> Changes(RunStatistics statistics, IEnumerable<long> steps)
    {
        var x = Axis(statistics);
        return steps.Select(step => Changes(statistics, step, x));
    }

    private static Dictionary<string, string> Changes(RunStatistics statistics, long step, LinearScale x)
    {
        var changes = new Dictionary<string, string>(StringComparer.Ordinal) { ["ranges.subtitle"] = Subtitle(statistics, step) };
        foreach (var row in Rows(statistics, step))
        {
            changes[$"{row.Layer}.window"] = Window(row, x);
            changes[$"{row.Layer}.bars"] = Bars(row, x);
            changes[$"{row.Layer}.lost"] = Lost(row);
            changes[$"{row.Layer}.clipped"] = Clipped(row);
        }

        return changes;
    }

    /// <summary>One layer: its name and what is lost at the sides, or above where there is no room.</summary>
    private static void Draw(Canvas canvas, ErrorRange row, LinearScale x, double top, double left, double stretch, Frame frame)
    {
        var centre = top + (frame.IsNarrow ? 66 : 31);
        var (side, anchor) = frame.IsNarrow ? (canvas.Width - frame.Margin, Anchor.End) : (left + PlotWidth + 14, Anchor.Start);
        var (first, second) = frame.IsNarrow ? (top + 15, top + 31) : (centre - 3, centre + 13);
        canvas.Text(frame.Margin, frame.IsNarrow ? first : centre + 4, Markup.Shorten(row.Layer, frame.IsNarrow ? 20 : 9), bold: true);
        canvas.Place(left, centre, stretch, () =>
        {
            canvas.Path(Window(row, x), "f2", ("fill-opacity", "0.18"), ("data-key", $"{row.Layer}.window"));
            canvas.Path(Bars(row, x), "f1", ("data-key", $"{row.Layer}.bars"));
        });
        canvas.Text(side, first, Lost(row), "ink", anchor, 12).SetAttributeValue("data-key", $"{row.Layer}.lost");
        canvas.Text(side, second, Clipped(row), "soft", anchor, 12).SetAttributeValue("data-key", $"{row.Layer}.clipped");
    }

    private static List<ErrorRange> Rows(RunStatistics statistics, long step) =>
        [.. statistics.Layers.Select(layer => ErrorRange.Of(statistics, layer, step)).OfType<ErrorRange>()];

    /// <summary>One axis for all steps, so that a step slider moves the data and not the axis.</summary>
    private static LinearScale Axis(RunStatistics statistics)
    {
        var all = statistics.Steps.SelectMany(step => Rows(statistics, step)).ToList();
        var high = Math.Ceiling(all.Max(row => row.High)) + 1;
        return new LinearScale(Math.Max(Math.Floor(all.Min(row => row.Low)), high - MostOctaves), high, 0, PlotWidth, whole: true);
    }

    /// <summary>The bars, in a row's own coordinates: its middle is 0.</summary>
    private static string Bars(ErrorRange row, LinearScale x)
    {
        var most = row.Octaves.Count == 0 ? 1 : row.Octaves.Max(octave => octave.Share);
        var path = new StringBuilder();
        foreach (var (low, share) in row.Octaves.Where(octave => octave.Low >= x.Low))
        {
            var half = Math.Max(0.5, HalfHeight * share / most);
            path.Append(Box(x.At(low) + 0.5, x.At(low + 1) - 0.5, -half, half));
        }

        return path.ToString();
    }

    private static string Window(ErrorRange row, LinearScale x)
    {
        if (row.Window is not { } window) return string.Empty;
        var (low, high) = (Math.Max(window.Low, x.Low), Math.Max(x.Low, Math.Min(window.High, x.High)));
        return Box(x.At(low), x.At(high), -HalfHeight - 3, HalfHeight + 3);
    }

    private static string Box(double left, double right, double top, double bottom) =>
        $"M{Markup.Number(left)} {Markup.Number(top)}H{Markup.Number(right)}V{Markup.Number(bottom)}H{Markup.Number(left)}Z";

    private static string Subtitle(RunStatistics statistics, long step) => $"step {step}, epoch {statistics.At(step)[0].Epoch}";

    private static string Lost(ErrorRange row) => row.Window is null ? "not quantized" : $"{Distribution.Short(row.Lost)} become zero";

    private static string Clipped(ErrorRange row) => row.Window is null ? string.Empty : $"{Distribution.Short(row.Clipped)} at the limit";

    /// <summary>"2" with its exponent raised.</summary>
    private static string Power(double exponent) => "2" + string.Concat(exponent.ToString("0", CultureInfo.InvariantCulture).Select(c => c switch
    {
        '-' => '\u207B',
        '1' => '\u00B9',
        '2' => '\u00B2',
        '3' => '\u00B3',
        _ => (char)('\u2070' + (c - '0')),
    }));
}
