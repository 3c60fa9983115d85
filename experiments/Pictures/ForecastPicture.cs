using System.Globalization;
using Wage.Experiments.Display;

namespace Wage.Experiments.Pictures;

/// <summary>The predicted speed of 1, 2, 4, ... workers, beside what as many would do if nothing had to be sent.</summary>
internal static class ForecastPicture
{
    private const double WideWidth = 800, PlotHeight = 300;

    /// <summary>Draws the curve.</summary>
    public static Canvas Draw(string name, int batch, string link, IReadOnlyList<(int Workers, double ImagesPerSecond)> curve, Frame frame)
    {
        var title = $"{name}: predicted speed of training by N workers";
        var canvas = new Canvas(frame.Width(WideWidth), title);
        var how = $"batches of {batch} shared over links of {link}; predicted from steps measured on one machine";
        var top = frame.Heading(canvas, title, (how, null)) + 30;
        var (left, right, floor) = (frame.Margin + 70, canvas.Width - frame.Margin - 20, top + PlotHeight);
        var most = curve[^1].Workers * curve[0].ImagesPerSecond;
        var x = new LinearScale(0, Math.Max(1, curve.Count - 1), left, right);
        var y = new LinearScale(0, Math.Log2(Math.Max(2, most / curve[0].ImagesPerSecond)), floor, top);
        for (var i = 0; i < curve.Count; i++)
        {
            var (workers, speed) = curve[i];
            canvas.Line(x.At(i), top, x.At(i), floor, "grid");
            canvas.Text(x.At(i), floor + 18, workers.ToString(CultureInfo.InvariantCulture), "soft", Anchor.Middle, 12);
            canvas.Line(left, y.At(Math.Log2(workers)), right, y.At(Math.Log2(workers)), "grid");
            canvas.Text(left - 8, y.At(Math.Log2(workers)) + 4, Format.Count((long)(workers * curve[0].ImagesPerSecond)), "soft", Anchor.End, 12);
            var height = Math.Log2(speed / curve[0].ImagesPerSecond);
            var (across, up) = (x.At(i) - 3, y.At(height) - 3);
            canvas.Group($"{workers} workers: {Format.Count((long)speed)} images/s predicted", () => canvas.Rectangle(across, up, 6, 6, "f1"));
            if (i == 0) continue;
            var (fewer, slower) = curve[i - 1];
            canvas.Line(x.At(i - 1), y.At(Math.Log2(slower / curve[0].ImagesPerSecond)), x.At(i), y.At(height), "s1");
            canvas.Line(x.At(i - 1), y.At(Math.Log2(fewer)), x.At(i), y.At(Math.Log2(workers)), "axis");
        }

        canvas.Text((left + right) / 2, floor + 40, "workers; grey: as many times as fast", "soft", Anchor.Middle, 12);
        canvas.Text(left - 8, top - 12, "images/s", "soft", Anchor.End, 12);
        canvas.Height = floor + 56;
        return canvas;
    }
}
