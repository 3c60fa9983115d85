using Wage.Experiments.Display;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Schemes;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The test error over a key of the configuration (WAGE, section 4.3, shows such a figure of k_E): a box for each value with five seeds or more, else
/// a dot for each seed; a line joins the medians where the key is a number.
/// </summary>
internal static class SweepPicture
{
    /// <summary>Quartiles of fewer values would be read from nothing.</summary>
    public const int FewestInBox = 5;

    private const double WideWidth = 1000, PlotHeight = 320;
    private const int LongestName = 40;

    /// <summary>Draws the finished runs.</summary>
    /// <exception cref="WageException">They make no sweep: see <see cref="SweepData.Of"/>.</exception>
    public static Canvas Draw(IReadOnlyList<RunRecord> runs, string? axis, Frame frame)
    {
        var recipes = runs.Select(run => run.Recipe.Name).Distinct().ToList();
        return Draw(recipes is [var one] ? one : $"{runs.Count} runs", SweepData.Of(runs, axis), frame);
    }

    /// <summary>Draws the points.</summary>
    public static Canvas Draw(string title, SweepData data, Frame frame)
    {
        var (canvas, key) = (new Canvas(frame.Width(WideWidth), $"Sweep of {data.Key}, {title}: {Subtitle(data)}"), RunNames.Word(data.Key));
        var top = frame.Heading(canvas, $"{title}: test error over {key}", (Subtitle(data), null)) + 24;
        if (data.Series.Count > 1) top = Key(canvas, frame, data, top - 6) + 18;
        var floor = top + (frame.IsNarrow ? 240 : PlotHeight);
        var y = new ErrorAxis([.. data.Series.SelectMany(series => series.Points).SelectMany(point => point.Percents)], top, floor);
        var (left, right) = (Math.Max(frame.IsNarrow ? 54 : 62, y.Room), canvas.Width - (frame.IsNarrow ? 10 : 24));
        y.Draw(canvas, left, right);
        var x = new ValueAxis(data.Values, left, right);
        for (var i = 0; i < data.Series.Count; i++) Series(canvas, data, i, x, y, key);
        canvas.Height = Labels(canvas, data, x, floor, (left + right) / 2, frame);
        return canvas;
    }

    private static string Subtitle(SweepData data)
    {
        var counts = data.Series.SelectMany(series => series.Points).Select(point => point.Percents.Count).ToList();
        var (least, most) = (counts.Min(), counts.Max());
        var seeds = most == 1 ? "one run each" : least == most ? $"{most} seeds each" : $"{least} to {most} seeds each";
        var marks = most == 1 ? string.Empty
            : most < FewestInBox ? "; bar: median"
            : least < FewestInBox ? $"; box: quartiles and median, whiskers: within 1.5 IQR; dots: fewer than {FewestInBox} seeds"
            : "; box: quartiles and median, whiskers: within 1.5 IQR";
        var left = data.Unfinished == 0 ? string.Empty : $"; {data.Unfinished} unfinished {(data.Unfinished == 1 ? "run is" : "runs are")} left out";
        var what = data.What ?? $"{Chosen.Word(data.OnValidation)} error of each run's best epoch, {Chosen.Note(data.OnValidation)}";
        return $"{what}; {seeds}{marks}{left}";
    }

    private static void Series(Canvas canvas, SweepData data, int series, ValueAxis x, ErrorAxis y, string key)
    {
        var (colour, points) = (Palette.Class(series), data.Series[series].Points);
        var width = Math.Min(44, x.Slot * 0.62) / data.Series.Count;
        var shift = (series - ((data.Series.Count - 1) / 2.0)) * width;
        double At(SweepPoint point) => x.At(point.Value) + shift;
        if (x.IsNumeric && points.Count > 1)
        {
            canvas.Polyline(
                points.Select(point => (At(point), y.At(point.Median))), $"s{colour}", ("stroke-width", "1.4"), ("stroke-opacity", "0.55"),
                ("stroke-dasharray", series < Palette.Series ? "none" : "3 4"), ("data-medians", "true"));
        }

        foreach (var point in points)
        {
            var named = data.Series[series].Name is { Length: > 0 } name ? $", {name}" : string.Empty;
            canvas.Group($"{key} {point.Value}{named}: {Told(point)}", () =>
            {
                if (point.Percents.Count >= FewestInBox) Box(canvas, BoxSummary.Of(point.Percents), At(point), (width * 0.42), y, colour);
                else Dots(canvas, point, At(point), y, colour);
            });
        }
    }

    private static void Box(Canvas canvas, BoxSummary box, double x, double half, ErrorAxis y, int colour)
    {
        var (top, bottom) = (y.At(box.UpperQuartile), y.At(box.LowerQuartile));
        foreach (var (from, to) in new[] { (box.LowerQuartile, box.LowerWhisker), (box.UpperQuartile, box.UpperWhisker) })
        {
            canvas.Line(x, y.At(from), x, y.At(to), $"s{colour}", ("stroke-width", "1.2"));
            canvas.Line(x - (half * 0.5), y.At(to), x + (half * 0.5), y.At(to), $"s{colour}", ("stroke-width", "1.2"), ("data-whisker", "true"));
        }

        canvas.Rectangle(x - half, top, 2 * half, bottom - top, "page");
        canvas.Rectangle(x - half, top, 2 * half, bottom - top, $"f{colour} s{colour}", ("fill-opacity", "0.25"), ("stroke-width", "1.2"),
            ("data-box", "true"));
        canvas.Line(x - half, y.At(box.Median), x + half, y.At(box.Median), $"s{colour}", ("stroke-width", "2.6"), ("data-median", "true"));
        foreach (var outlier in box.Outliers)
            canvas.Circle(x, y.At(outlier), 3, $"s{colour}", ("fill", "none"), ("stroke-width", "1.2"), ("data-outlier", "true"));
    }

    private static void Dots(Canvas canvas, SweepPoint point, double x, ErrorAxis y, int colour)
    {
        if (point.Percents.Count > 1)
            canvas.Line(x - 11, y.At(point.Median), x + 11, y.At(point.Median), $"s{colour}", ("stroke-width", "2"), ("data-median", "true"));
        foreach (var percent in point.Percents)
            canvas.Circle(x, y.At(percent), 4, $"f{colour}", ("fill-opacity", "0.75"), ("data-dot", ErrorAxis.Text(percent)));
    }

    private static string Told(SweepPoint point)
    {
        var list = point.Percents.Order().ToList();
        if (list is [var one]) return $"{ErrorAxis.Text(one)} %";
        var range = $"{ErrorAxis.Text(list[0])} to {ErrorAxis.Text(list[^1])} %";
        return $"median {ErrorAxis.Text(point.Median)} %, {range}, {Format.Count(list.Count)} seeds";
    }

    /// <summary>The values below the axis, and below each the median where there is one series and room; gives the picture's height.</summary>
    private static double Labels(Canvas canvas, SweepData data, ValueAxis x, double floor, double centre, Frame frame)
    {
        var (right, hasMedians) = (double.NegativeInfinity, data.Series.Count == 1 && x.Slot >= 38);
        var longest = Math.Max(2, (int)(Math.Max(x.Slot, 40) / 7));
        foreach (var value in data.Values)
        {
            var text = Markup.Shorten(value, longest);
            var half = Markup.Width(text, 12) / 2;
            if (x.At(value) - half < right + 4) continue;
            right = x.At(value) + half;
            canvas.Group(value, () => canvas.Text(x.At(value), floor + 18, text, "soft", Anchor.Middle, 12));
        }

        foreach (var point in hasMedians ? data.Series[0].Points : [])
            canvas.Text(x.At(point.Value), floor + 36, ErrorAxis.Text(point.Median), "ink", Anchor.Middle, frame.IsNarrow ? 10 : 11.5);
        var kind = SchemeRegistry.Kinds.FirstOrDefault(one => RecipeKeys.Find(data.Key, one) is not null);
        var isKey = data.Key.Contains('.', StringComparison.Ordinal);                          // else names of runs, of no key
        var description = isKey ? $"{data.Key}: {RecipeKeys.Require(data.Key, "sweep", kind).Description}" : data.Key;
        var below = floor + (hasMedians ? 58 : 38);
        var figure = data.Series[0].Points.All(point => point.Percents.Count == 1) ? "the error" : "the median";
        var title = $"{description}{(hasMedians ? $"; below each value {figure} in %" : string.Empty)}";
        foreach (var line in Markup.Wrap(title, canvas.Width - (2 * frame.Margin), 12))
        {
            canvas.Text(frame.IsNarrow ? canvas.Width / 2 : centre, below, line, "soft", Anchor.Middle, 12);
            below += 16;
        }

        return below;
    }

    /// <summary>The names of the series in rows; gives the lower end.</summary>
    private static double Key(Canvas canvas, Frame frame, SweepData data, double y)
    {
        var x = frame.Margin;
        for (var i = 0; i < data.Series.Count; i++)
        {
            var name = Markup.Shorten(data.Series[i].Name, LongestName);
            var width = 22 + Markup.Width(name, 12);
            if (x > frame.Margin && x + width > canvas.Width - frame.Margin) (x, y) = (frame.Margin, y + 18);
            canvas.Circle(x + 6, y - 4, 5, $"f{Palette.Class(i)}");
            canvas.Text(x + 17, y, name, "soft", size: 12);
            x += width + 14;
        }

        return y;
    }
}
