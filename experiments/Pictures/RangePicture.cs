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
    private const double Width = 1000, Left = 90, Right = 190, Top = 84, RowHeight = 62, HalfHeight = 22;
    private const int MostOctaves = 80;

    /// <summary>Draws the errors of all layers at this step.</summary>
    /// <exception cref="WageException">The step holds no errors.</exception>
    public static Canvas Draw(Recipe recipe, RunStatistics statistics, long step)
    {
        var rows = Rows(statistics, step);
        if (rows.Count == 0) throw new WageException("ranges: the step holds no errors.", "choose another with --step.");
        var x = Axis(statistics);
        var height = Top + (rows.Count * RowHeight) + 54;
        var subtitle = Subtitle(statistics, step);
        var canvas = new Canvas(Width, height, $"Ranges of errors of {recipe.Name}: {subtitle}");
        canvas.Text(20, 28, $"{recipe.Name}, {recipe.Options.Bits}, seed {recipe.Seed}: ranges of the errors before Q_E", size: 16, bold: true);
        canvas.Text(20, 48, subtitle, "soft").SetAttributeValue("data-key", "ranges.subtitle");
        canvas.Rectangle(20, 59, 14, 12, "f2", ("fill-opacity", "0.18"));
        canvas.Text(40, 69, $"the window of k_E = {recipe.Options.Bits.E} bits", "soft", size: 12);
        foreach (var tick in x.Ticks(44))
        {
            canvas.Line(x.At(tick), Top, x.At(tick), height - 50, "grid");
            canvas.Text(x.At(tick), height - 32, Power(tick), "soft", Anchor.Middle, 12);
        }

        canvas.Text((Left + Width - Right) / 2, height - 10, "|e|, in units of the loss derivative", "soft", Anchor.Middle);
        for (var i = 0; i < rows.Count; i++)
        {
            var (row, centre) = (rows[i], Centre(i));
            canvas.Text(20, centre + 4, Markup.Shorten(row.Layer, 9), bold: true);
            canvas.Path(Window(row, x, centre), "f2", ("fill-opacity", "0.18"), ("data-key", $"{row.Layer}.window"));
            canvas.Path(Bars(row, x, centre), "f1", ("data-key", $"{row.Layer}.bars"));
            canvas.Text(Width - Right + 14, centre - 3, Lost(row), "ink", size: 12).SetAttributeValue("data-key", $"{row.Layer}.lost");
            canvas.Text(Width - Right + 14, centre + 13, Clipped(row), "soft", size: 12).SetAttributeValue("data-key", $"{row.Layer}.clipped");
        }

        return canvas;
    }

    /// <summary>What changes from step to step: the value of each data-key of the picture.</summary>
    public static Dictionary<string, string> Changes(RunStatistics statistics, long step)
    {
        var (rows, x) = (Rows(statistics, step), Axis(statistics));
        var changes = new Dictionary<string, string>(StringComparer.Ordinal) { ["ranges.subtitle"] = Subtitle(statistics, step) };
        for (var i = 0; i < rows.Count; i++)
        {
            var (row, centre) = (rows[i], Centre(i));
            changes[$"{row.Layer}.window"] = Window(row, x, centre);
            changes[$"{row.Layer}.bars"] = Bars(row, x, centre);
            changes[$"{row.Layer}.lost"] = Lost(row);
            changes[$"{row.Layer}.clipped"] = Clipped(row);
        }

        return changes;
    }

    private static List<ErrorRange> Rows(RunStatistics statistics, long step) =>
        [.. statistics.Layers.Select(layer => ErrorRange.Of(statistics, layer, step)).OfType<ErrorRange>()];

    /// <summary>One axis for all steps, so that a step slider moves the data and not the axis.</summary>
    private static LinearScale Axis(RunStatistics statistics)
    {
        var all = statistics.Steps.SelectMany(step => Rows(statistics, step)).ToList();
        var high = Math.Ceiling(all.Max(row => row.High)) + 1;
        return new LinearScale(Math.Max(Math.Floor(all.Min(row => row.Low)), high - MostOctaves), high, Left, Width - Right, whole: true);
    }

    private static string Bars(ErrorRange row, LinearScale x, double centre)
    {
        var most = row.Octaves.Count == 0 ? 1 : row.Octaves.Max(octave => octave.Share);
        var path = new StringBuilder();
        foreach (var (low, share) in row.Octaves.Where(octave => octave.Low >= x.Low))
        {
            var half = Math.Max(0.5, HalfHeight * share / most);
            path.Append(Box(x.At(low) + 0.5, x.At(low + 1) - 0.5, centre - half, centre + half));
        }

        return path.ToString();
    }

    private static string Window(ErrorRange row, LinearScale x, double centre) => row.Window is not { } window ? string.Empty
        : Box(x.At(Math.Max(window.Low, x.Low)), x.At(Math.Max(x.Low, Math.Min(window.High, x.High))), centre - HalfHeight - 3, centre + HalfHeight
            + 3);

    private static string Box(double left, double right, double top, double bottom) =>
        $"M{Markup.Number(left)} {Markup.Number(top)}H{Markup.Number(right)}V{Markup.Number(bottom)}H{Markup.Number(left)}Z";

    private static string Subtitle(RunStatistics statistics, long step) =>
        $"step {step}, epoch {statistics.At(step)[0].Epoch}: share of the nonzero errors in each octave";

    private static string Lost(ErrorRange row) => $"{Distribution.Short(row.Lost)} become zero";

    private static string Clipped(ErrorRange row) => $"{Distribution.Short(row.Clipped)} at the limit";

    private static double Centre(int row) => Top + (row * RowHeight) + (RowHeight / 2);

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
