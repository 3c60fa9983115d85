using System.Globalization;
using System.Text;

namespace Wage.Experiments.Pictures;

/// <summary>One line of a chart: an error in percent for each epoch, counted from 1.</summary>
public sealed record Curve(string Name, string Colour, IReadOnlyList<(int Epoch, double Percent)> Points);

/// <summary>Learning curves as SVG: error in percent on a logarithmic axis over epochs, readable on light and dark pages.</summary>
public static class CurvePicture
{
    private const int Width = 760, Height = 400, Left = 62, Right = 150, Top = 46, Bottom = 48;

    /// <summary>Draws the curves; the published figure, when there is one, is a dashed line.</summary>
    /// <exception cref="WageException">There is no epoch to draw.</exception>
    public static string Draw(string title, IReadOnlyList<Curve> curves, double? publishedPercent)
    {
        var values = curves.SelectMany(curve => curve.Points).Select(point => point.Percent).Where(percent => percent > 0).ToList();
        if (values.Count == 0) throw new WageException("plot: the run has no finished epoch yet.", "train it further.");
        if (publishedPercent is > 0) values.Add(publishedPercent.Value);
        var (low, high) = (Math.Log10(values.Min()) - 0.04, Math.Log10(values.Max()) + 0.04);
        var epochs = curves.SelectMany(curve => curve.Points).Max(point => point.Epoch);
        double X(double epoch) => Left + ((Width - Left - Right) * (epochs == 1 ? 0.5 : (epoch - 1) / (epochs - 1)));
        double Y(double percent) => Top + ((Height - Top - Bottom) * (high - Math.Log10(Math.Max(percent, values.Min()))) / (high - low));

        var svg = new StringBuilder();
        svg.AppendLine(Text($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\">"));
        svg.AppendLine("<style>.ink{fill:#1f2933}.soft{fill:#5b6773}.grid{stroke:#d9dee3}.page{fill:#ffffff}");
        svg.AppendLine("@media (prefers-color-scheme:dark){.ink{fill:#e6eaee}.soft{fill:#9aa6b2}.grid{stroke:#343c45}.page{fill:#12171c}}</style>");
        svg.AppendLine(Text($"<rect class=\"page\" width=\"{Width}\" height=\"{Height}\" rx=\"6\"/>"));
        svg.AppendLine(Text($"<text class=\"ink\" x=\"{Left}\" y=\"26\" font-size=\"15\" font-weight=\"600\">{Escape(title)}</text>"));
        foreach (var tick in Ticks(Math.Pow(10, low), Math.Pow(10, high)))
        {
            svg.AppendLine(Text($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):f1}\" y2=\"{Y(tick):f1}\"/>"));
            svg.AppendLine(Text($"<text class=\"soft\" x=\"{Left - 8}\" y=\"{Y(tick) + 4:f1}\" text-anchor=\"end\">{tick:0.##} %</text>"));
        }

        var stride = Math.Max(1, (int)Math.Ceiling(epochs / 12.0));
        for (var epoch = stride; epoch <= epochs; epoch += stride)
            svg.AppendLine(Text($"<text class=\"soft\" x=\"{X(epoch):f1}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\">{epoch}</text>"));
        svg.AppendLine(Text($"<text class=\"soft\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">epoch</text>"));

        var labels = new List<(double Y, string Line)>();
        if (publishedPercent is > 0)
        {
            svg.AppendLine(Text($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(publishedPercent.Value):f1}\" y2=\"{Y(publishedPercent.Value):f1}\" stroke=\"#8a94a0\" stroke-dasharray=\"6 5\"/>"));
            labels.Add((Y(publishedPercent.Value), Text($"<tspan class=\"soft\">published {publishedPercent:0.00} %</tspan>")));
        }

        foreach (var curve in curves.Where(curve => curve.Points.Count > 0))
        {
            var path = string.Join(' ', curve.Points.Select(point => Text($"{X(point.Epoch):f1},{Y(point.Percent):f1}")));
            svg.AppendLine(Text($"<polyline fill=\"none\" stroke=\"{curve.Colour}\" stroke-width=\"2.2\" stroke-linejoin=\"round\" points=\"{path}\"/>"));
            foreach (var (epoch, percent) in curve.Points.Count <= 40 ? curve.Points : [])
                svg.AppendLine(Text($"<circle cx=\"{X(epoch):f1}\" cy=\"{Y(percent):f1}\" r=\"2.8\" fill=\"{curve.Colour}\"/>"));
            labels.Add((Y(curve.Points[^1].Percent), Text($"<tspan fill=\"{curve.Colour}\">{Escape(curve.Name)} {curve.Points[^1].Percent:0.00} %</tspan>")));
        }

        foreach (var (y, line) in Apart(labels)) svg.AppendLine(Text($"<text x=\"{Width - Right + 10}\" y=\"{y + 4:f1}\">{line}</text>"));
        return svg.AppendLine("</svg>").ToString();
    }

    /// <summary>Labels moved down so that none covers another.</summary>
    private static IEnumerable<(double Y, string Line)> Apart(IEnumerable<(double Y, string Line)> labels)
    {
        var least = double.NegativeInfinity;
        foreach (var (y, line) in labels.OrderBy(label => label.Y))
        {
            least = Math.Max(y, least + 17);
            yield return (least, line);
        }
    }

    private static IEnumerable<double> Ticks(double low, double high)
    {
        for (var decade = -3; decade <= 2; decade++)
        {
            foreach (var digit in new[] { 1, 2, 5 })
            {
                var tick = digit * Math.Pow(10, decade);
                if (tick >= low && tick <= high) yield return tick;
            }
        }
    }

    private static string Escape(string text) => System.Security.SecurityElement.Escape(text);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
