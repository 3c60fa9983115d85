using Wage.Experiments.Traffic;

namespace Wage.Experiments.Pictures;

/// <summary>The bytes of each product: two bars, of a pass whose range is known before and of one that finds it in the accumulators.</summary>
internal static class TrafficPicture
{
    private const double WideWidth = 1000, RowHeight = 40, Bar = 13, Gap = 8;

    /// <summary>Draws the layers, at least one.</summary>
    public static Canvas Draw(string name, int batch, IReadOnlyList<TrafficLayer> layers, Frame frame)
    {
        var title = $"{name}: bytes that the forward pass of each product moves";
        var canvas = new Canvas(frame.Width(WideWidth), title);
        var images = batch == 1 ? "one image" : $"a batch of {batch}";
        var top = frame.Heading(canvas, title, ($"codes of 1 byte, accumulators of 4, {images}; behind each pair: dynamic / static", null)) + 26;
        Key(canvas, frame.Margin, top - 4);
        top += 26;
        var longest = Markup.Shorten(layers.MaxBy(layer => layer.Name.Length)!.Name, frame.IsNarrow ? 14 : 30);
        var (left, right) = (frame.Margin + Markup.Width(longest, 12) + Gap, canvas.Width - 64);
        var floor = top + (layers.Count * RowHeight);
        var x = new LinearScale(0, layers.Max(layer => layer.Bytes.Dynamic) / 1024.0, left, right);
        foreach (var tick in x.Ticks(frame.IsNarrow ? 60 : 80))
        {
            canvas.Line(x.At(tick), top - 6, x.At(tick), floor, "grid");
            canvas.Text(x.At(tick), floor + 18, Display.Format.Count((long)tick), "soft", Anchor.Middle, 12);
        }

        canvas.Line(left, top - 6, left, floor, "axis");
        canvas.Text((left + right) / 2, floor + 38, "KB (1,024 bytes)", "soft", Anchor.Middle, 12);
        for (var i = 0; i < layers.Count; i++)
        {
            var (layer, y) = (layers[i], top + (i * RowHeight));
            var (first, second) = (x.At(layer.Bytes.Static / 1024.0), x.At(layer.Bytes.Dynamic / 1024.0));
            var told = $"{layer.Name}: {TrafficTable.Kilobytes(layer.Bytes.Static)} KB static, " +
                $"{TrafficTable.Kilobytes(layer.Bytes.Dynamic)} KB dynamic";
            canvas.Group(told, () =>
            {
                canvas.Text(left - Gap, y + Bar + 4, Markup.Shorten(layer.Name, frame.IsNarrow ? 14 : 30), "ink", Anchor.End, 12);
                canvas.Rectangle(left, y, first - left, Bar, "f1");
                canvas.Rectangle(left, y + Bar + 1, second - left, Bar, "f2");
                canvas.Text(second + 6, y + Bar + 5, TrafficTable.Ratio(layer.Bytes.Dynamic, layer.Bytes.Static), "ink", size: 12);
            });
        }

        canvas.Height = floor + 54;
        return canvas;
    }

    private static void Key(Canvas canvas, double x, double y)
    {
        foreach (var (colour, text) in new[] { ("f1", "static"), ("f2", "dynamic") })
        {
            canvas.Rectangle(x, y - 10, 12, 12, colour);
            canvas.Text(x + 18, y, text, "soft", size: 12);
            x += 34 + Markup.Width(text, 12);
        }
    }
}
