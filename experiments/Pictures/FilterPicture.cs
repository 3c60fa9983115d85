using Wage.Backends;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The first layer's filters, stored (k_G bits) and as the products use them (k_W bits). One input channel: negative weights orange, positive blue,
/// zero gray. Three channels: red, green and blue around gray. A dense layer on images shows one image of weights for each unit.
/// </summary>
internal static class FilterPicture
{
    private const int MostFilters = 64;
    private const double Between = 52, WideWidth = 1000;
    private static readonly byte[] Negative = [0xE0, 0x6A, 0x10], Positive = [0x1F, 0x86, 0xC8];

    /// <summary>Draws the filters of the run's best checkpoint (the last one before an epoch is done).</summary>
    /// <exception cref="WageException">There is no checkpoint, or the first layer sees no image.</exception>
    public static Canvas Draw(RunRecord run, Frame frame)
    {
        var saved = SavedRun.Open(run.Folder.Path);
        using var backend = Devices.Create("cpu", 1);
        using var network = RunBuilder.BuildNetwork(saved.Recipe, backend, saved.Shape);
        saved.Checkpoint.LoadWeights(network);
        network.Prepare();
        if (network.QuantizedWeights is not [var first, ..])
            throw new WageException(
                $"filters: shows weights that are stored as integers, but those of scheme {network.SchemeName} are floats.",
                "--kind codes or distributions shows what its quantizers make of them.");
        var images = network.ImageShape;
        var (stored, used) = (backend.Read(first.Stored), backend.Read(first.Value));
        var channels = images[3];
        var size = Size(first.Stored.Shape, images)
            ?? throw new WageException(
                $"filters: the first layer's weights are {stored.Shape}, which are no images of {images[1]}x{images[2]}x{channels}.");
        var bits = saved.Recipe.BitsOf(first.Name);
        return Draw(
            $"{run.Recipe.Name}, seed {run.Recipe.Seed}: filters of {first.Name}",
            (stored.Shape[0] > MostFilters ? $"the first {MostFilters} of " : string.Empty)
                + $"{stored.Shape[0]} filters of {size.Height}x{size.Width}x{channels} after {Format.Counted(saved.Checkpoint.Epoch, "epoch")}",
            [($"stored W, {bits.G} bits", Filters(stored, size, channels)), ($"W_q in the products, {bits.W} bits", Filters(used, size, channels))],
            new FilterSheet(Math.Min(MostFilters, stored.Shape[0]), size.Height, size.Width), channels == 3, frame);
    }

    /// <summary>True when the first layer sees images.</summary>
    public static bool CanDraw(ITrainable network) =>
        network.QuantizedWeights is [var first, ..] && Size(first.Stored.Shape, network.ImageShape) is not null;

    /// <summary>The extents of a filter of these weights on these images; null when it is no image.</summary>
    private static (int Height, int Width)? Size(Shape weights, Shape images) =>
        weights is { Rank: 4 } && weights[1] * weights[2] > 1 ? (weights[1], weights[2])
            : weights.Stride == images.Stride ? (images[1], images[2]) : null;

    /// <summary>Two panels beside or below each other with a rule between them, each with the filters in a grid.</summary>
    private static Canvas Draw(
        string title, string subtitle, IReadOnlyList<(string Name, List<byte[]> Filters)> panels, FilterSheet sheet, bool coloured, Frame frame)
    {
        var canvas = new Canvas(frame.Width(WideWidth), $"{title}: {subtitle}");
        var top = frame.Heading(canvas, title, (subtitle, null)) + 30;
        var (across, margin) = (frame.IsNarrow ? 1 : panels.Count, frame.Margin);
        var panelWidth = (canvas.Width - (2 * margin) - ((across - 1) * Between)) / across;
        var dot = panelWidth / sheet.Width;
        if (dot > 2) dot = Math.Floor(dot);
        var panelHeight = 10 + (sheet.Height * dot) + (frame.IsNarrow ? Between : 30);
        for (var p = 0; p < panels.Count; p++)
        {
            var (left, upper) = (margin + (p % across * (panelWidth + Between)), top + (p / across * panelHeight));
            if (p > 0 && frame.IsNarrow) canvas.Line(margin, upper - 32, canvas.Width - margin, upper - 32, "axis", ("data-rule", "true"));
            else if (p > 0) canvas.Line(left - (Between / 2), top - 14, left - (Between / 2), top - 20 + panelHeight, "axis", ("data-rule", "true"));
            canvas.Text(left, upper, panels[p].Name, bold: true);
            canvas.Enlarge(left, upper + 10, dot, () =>
            {
                if (!coloured) canvas.Path(sheet.Outline, "zero");
                canvas.Image(sheet.Width, sheet.Height, sheet.Draw(panels[p].Filters));
            });
        }

        var below = top + ((panels.Count + across - 1) / across * panelHeight);
        if (coloured) canvas.Text(margin, below - 4, "red, green and blue weights around gray, which is zero", "soft", size: 12);
        else Key(canvas, margin, below - 4);
        canvas.Height = below + 14;
        return canvas;
    }

    private static void Key(Canvas canvas, double x, double y)
    {
        foreach (var (name, colour) in new[] { ("negative", Negative), ("zero", null), ("positive", Positive) })
        {
            var box = canvas.Rectangle(x, y - 10, 12, 12, "zero");
            if (colour is not null) box.SetAttributeValue("style", $"fill:#{Convert.ToHexStringLower(colour)}");
            canvas.Text(x + 18, y + 1, name, "soft", size: 12);
            x += 30 + Markup.Width(name, 12) + 8;
        }
    }

    /// <summary>The dots of each filter, all on one scale: full colour from the magnitude on that one weight in fifty reaches.</summary>
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
            filters.Add(rgba);
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
        (sum < 0 ? Negative : Positive).CopyTo(rgba);
        rgba[3] = (byte)(Math.Min(Math.Abs(sum), most) * 255 / most);
    }
}
