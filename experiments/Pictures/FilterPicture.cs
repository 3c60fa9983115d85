using Wage.Backends;
using Wage.Experiments.Runs;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The first layer's filters, stored (k_G bits) and as the products use them (k_W bits). One input channel: negative weights orange, positive blue,
/// zero the background. Three channels: red, green and blue around gray. A dense layer on images shows one image of weights for each unit.
/// </summary>
internal static class FilterPicture
{
    private const int MostFilters = 64;
    private const double Top = 70, Margin = 20, Gap = 6, Width = 820;

    /// <summary>Draws the filters of the run's best checkpoint (the last one before an epoch is done).</summary>
    /// <exception cref="WageException">There is no checkpoint, or the first layer sees no image.</exception>
    public static Canvas Draw(RunRecord run)
    {
        var saved = SavedRun.Open(run.Folder.Path);
        using var backend = Devices.Create("cpu", 1);
        var network = RunBuilder.BuildNetwork(saved.Recipe, backend);
        saved.Checkpoint.LoadWeights(network);
        network.QuantizeWeights();
        var (first, images) = (network.Parameters[0], network.Images.Shape);
        var (stored, used) = (backend.Read(first.Stored), backend.Read(first.Value));
        var channels = images[3];
        var size = Size(first.Stored.Shape, images)
            ?? throw new WageException(
                $"filters: the first layer's weights are {stored.Shape}, which are no images of {images[1]}x{images[2]}x{channels}.");
        var bits = saved.Recipe.Options.Bits;
        return Draw(
            $"{run.Recipe.Name}, seed {run.Recipe.Seed}: filters of {first.Name}",
            (stored.Shape[0] > MostFilters ? $"the first {MostFilters} of " : string.Empty)
                + $"{stored.Shape[0]} filters of {size.Height}x{size.Width}x{channels} after {saved.Checkpoint.Epoch} epochs",
            [($"stored W, {bits.G} bits", Filters(stored, size, channels)), ($"W_q in the products, {bits.W} bits", Filters(used, size, channels))],
            size, channels == 3);
    }

    /// <summary>True when the first layer sees images.</summary>
    public static bool CanDraw(Network network) => Size(network.Parameters[0].Stored.Shape, network.Images.Shape) is not null;

    /// <summary>The extents of a filter of these weights on these images; null when it is no image.</summary>
    private static (int Height, int Width)? Size(Shape weights, Shape images) =>
        weights is { Rank: 4 } && weights[1] * weights[2] > 1 ? (weights[1], weights[2]) : weights.Stride == images.Stride ? (images[1], images[2])
            : null;

    /// <summary>Two panels side by side, each with the filters as bitmaps in a grid.</summary>
    private static Canvas Draw(string title, string subtitle, IReadOnlyList<(string Name, List<byte[]> Filters)> panels,
        (int Height, int Width) size, bool coloured)
    {
        var panelWidth = (Width - (3 * Margin)) / 2;
        var count = panels[0].Filters.Count;
        var columns = Columns(count);
        var side = Math.Floor((panelWidth + Gap) / columns) - Gap;
        var (tileWidth, tileHeight) = (side, Math.Round(side * size.Height / size.Width));
        var rows = (count + columns - 1) / columns;
        var canvas = new Canvas(Width, Top + 22 + (rows * (tileHeight + Gap)) + 40, $"{title}: {subtitle}");
        canvas.Text(Margin, 28, title, size: 16, bold: true);
        canvas.Text(Margin, 48, subtitle, "soft");
        for (var p = 0; p < panels.Count; p++)
        {
            var left = Margin + (p * (panelWidth + Margin));
            canvas.Text(left, Top + 12, panels[p].Name, bold: true);
            for (var i = 0; i < count; i++)
            {
                var (x, y) = (left + (i % columns * (tileWidth + Gap)), Top + 22 + (i / columns * (tileHeight + Gap)));
                canvas.Rectangle(x, y, tileWidth, tileHeight, "panel");
                canvas.Image(x, y, tileWidth, tileHeight, panels[p].Filters[i]);
            }
        }

        if (coloured) canvas.Text(Margin, canvas.Height - 21, "red, green and blue weights around gray, which is zero", "soft", size: 12);
        else Key(canvas, canvas.Height - 22);
        return canvas;
    }

    /// <summary>From a square grid to one twice as wide: the one whose last row has the fewest gaps.</summary>
    private static int Columns(int count)
    {
        var least = (int)Math.Ceiling(Math.Sqrt(count));
        return Enumerable.Range(least, least + 1).MinBy(columns => (columns - (count % columns)) % columns);
    }

    private static void Key(Canvas canvas, double y)
    {
        var x = Margin;
        foreach (var (name, colour) in new[] { ("negative", "f2"), ("zero", "panel"), ("positive", "f1") })
        {
            canvas.Rectangle(x, y - 10, 12, 12, colour);
            canvas.Text(x + 18, y + 1, name, "soft", size: 12);
            x += 30 + Markup.Width(name, 12) + 8;
        }
    }

    /// <summary>A bitmap for each filter, all on one scale: full colour from the magnitude on that one weight in fifty reaches.</summary>
    private static List<byte[]> Filters(HostTensor weights, (int Height, int Width) size, int channels)
    {
        var magnitudes = Enumerable.Range(0, weights.Length).Select(i => Math.Abs(weights[i])).Order().ToList();
        var most = Math.Max(1, magnitudes[magnitudes.Count * 49 / 50]);
        var dots = size.Height * size.Width;
        List<byte[]> filters = [];
        for (var filter = 0; filter < Math.Min(MostFilters, weights.Shape[0]); filter++)
        {
            var rgba = new byte[4 * dots];
            for (var dot = 0; dot < dots; dot++) Colour(weights, (((filter * dots) + dot) * channels), channels, most, rgba.AsSpan(4 * dot, 4));
            filters.Add(Png.Encode(size.Width, size.Height, rgba));
        }

        return filters;
    }

    private static void Colour(HostTensor weights, int first, int channels, long most, Span<byte> rgba)
    {
        if (channels == 3)
        {
            for (var c = 0; c < 3; c++) rgba[c] = (byte)(128 + (Math.Clamp(weights[first + c], -most, most) * 127 / most));
            rgba[3] = 255;
            return;
        }

        var sum = 0L;
        for (var c = 0; c < channels; c++) sum += weights[first + c];
        ReadOnlySpan<byte> hue = sum < 0 ? [0xE0, 0x6A, 0x10] : [0x1F, 0x86, 0xC8];
        hue.CopyTo(rgba);
        rgba[3] = (byte)(Math.Min(Math.Abs(sum), most) * 255 / most);
    }
}
