namespace Wage.Experiments.Pictures;

/// <summary>The names and results of curves: beside their ends where there is room, else below the picture as a list.</summary>
internal sealed class CurveLegend
{
    private const int LongestName = 34;
    private const double SmallSize = 11.5, PairHeight = 34, SingleHeight = 20;
    private readonly Frame frame;
    private readonly IReadOnlyList<Curve> curves;
    private readonly IReadOnlyList<double> published;

    /// <summary>A legend of these curves and published figures in percent.</summary>
    public CurveLegend(Frame frame, IReadOnlyList<Curve> curves, IReadOnlyList<double> published)
    {
        (this.frame, this.curves, this.published) = (frame, curves, published);
        Width = 24 + curves.Max(curve => Math.Max(Markup.Width(Markup.Shorten(curve.Name, LongestName), 13), Markup.Width(curve.Figures, SmallSize)));
        Height = (curves.Count * PairHeight) + (published.Count * SingleHeight);
    }

    /// <summary>The width that it takes beside the picture.</summary>
    public double Width { get; }

    /// <summary>The height that it takes there.</summary>
    public double Height { get; }

    /// <summary>Draws it; gives the picture's height.</summary>
    /// <param name="canvas">The picture.</param>
    /// <param name="y">Where the curves' ends are.</param>
    /// <param name="beside">The x of a legend beside the picture.</param>
    /// <param name="bottom">The lower end of what is drawn so far.</param>
    public double Draw(Canvas canvas, ErrorAxis y, double beside, double bottom)
    {
        if (frame.IsNarrow) return List(canvas, bottom);
        Write(
            canvas,
            [
                .. published.Select(percent => new Label(y.At(percent), $"published {ErrorAxis.Text(percent)} %", string.Empty, "soft")),
                .. curves.Select(curve => new Label(
                    y.At(curve.Points[^1].Percent), Markup.Shorten(curve.Name, LongestName), curve.Figures, $"f{Palette.Class(curve.Series)}")),
            ],
            beside, bottom);
        return bottom + 4;
    }

    private double List(Canvas canvas, double y)
    {
        foreach (var curve in curves)
        {
            y += 18;
            canvas.Line(
                frame.Margin, y - 4, frame.Margin + 22, y - 4, $"s{Palette.Class(curve.Series)}", ("stroke-width", curve.Thickness),
                ("stroke-dasharray", curve.Dashes));
            canvas.Text(frame.Margin + 30, y, Markup.Shorten(curve.Name, LongestName), $"f{Palette.Class(curve.Series)}", bold: true);
            canvas.Text(frame.Margin + 30, y += 15, curve.Figures, "soft", size: SmallSize);
            y += 4;
        }

        foreach (var percent in published)
        {
            y += 18;
            canvas.Line(frame.Margin, y - 4, frame.Margin + 22, y - 4, "axis", ("stroke-dasharray", "6 5"), ("stroke-width", "1.5"));
            canvas.Text(frame.Margin + 30, y, $"published {ErrorAxis.Text(percent)} %", "soft");
        }

        return y + 10;
    }

    /// <summary>Labels as near to their lines as they can be without covering each other or leaving the page.</summary>
    private static void Write(Canvas canvas, List<Label> labels, double x, double bottom)
    {
        labels.Sort((left, right) => left.Y.CompareTo(right.Y));
        var places = labels.Select(label => label.Y).ToArray();
        for (var i = 1; i < places.Length; i++) places[i] = Math.Max(places[i], places[i - 1] + labels[i - 1].Height);
        var limit = bottom - labels[^1].SecondLine;
        for (var i = places.Length - 1; i >= 0; i--)
        {
            places[i] = Math.Min(places[i], limit);
            if (i > 0) limit = places[i] - labels[i - 1].Height;
        }

        for (var i = 0; i < places.Length; i++)
        {
            var label = labels[i];
            canvas.Text(x, places[i] + 4, label.Name, label.Colour, bold: label.Figures.Length > 0);
            if (label.Figures.Length > 0) canvas.Text(x, places[i] + 4 + label.SecondLine, label.Figures, "soft", size: SmallSize);
        }
    }

    private sealed record Label(double Y, string Name, string Figures, string Colour)
    {
        public double Height => Figures.Length == 0 ? SingleHeight : PairHeight;

        public double SecondLine => Figures.Length == 0 ? 0 : 15;
    }
}
