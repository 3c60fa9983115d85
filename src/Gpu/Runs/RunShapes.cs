using Wage.Backends;

namespace Wage.Gpu.Runs;

/// <summary>A product: how both operands are arranged, and where its terms then lie.</summary>
internal readonly record struct RunPlan(Arrangement Left, Arrangement Right, RunShape Shape);

/// <summary>The matrix products that a convolution's three products are.</summary>
internal static class RunShapes
{
    /// <summary>Terms of a gradient that are summed in registers at once: the tile's rows and columns then stay in the second-level cache.</summary>
    public const int PartRun = 1024;

    /// <summary>Runs start at multiples of it.</summary>
    private const int Alignment = 4;

    /// <summary>Fewer channels than this make runs that are too short: windows are gathered.</summary>
    private const int LeastChannels = 16;

    /// <summary>Whether a forward product's windows are gathered into a run each.</summary>
    public static bool Gathers(in ConvGeometry g) => g.Channels < LeastChannels && g.KernelHeight * g.KernelWidth > 1;

    /// <summary>
    /// left [n, h, w, c] with its zeros around it, right [f, ky, kx, c]: a run is a line of the window.
    /// Gathered, left is [n, y, x, ky kx c], whose arrangement is not used, and right [f, ky kx c].
    /// </summary>
    public static RunPlan Forward(in ConvGeometry g, in PoolGeometry? pool)
    {
        var gathers = Gathers(g);
        var (left, right) = gathers
            ? (Plain(g.Batch, g.OutputHeight, g.OutputWidth, g.FanIn), Plain(g.Filters, 1, 1, g.FanIn))
            : (Plain(g.Batch, g.Height, g.Width, g.Channels), Plain(g.Filters, g.KernelHeight, g.KernelWidth, g.Channels));
        var (stride, line) = gathers ? (1, left.Padded) : (g.Stride, g.KernelWidth * left.Padded);
        if (!gathers) left = Padded(left, g);
        var s = Pixels(left, g.OutputHeight, g.OutputWidth, stride);
        (s.Rows, s.Columns) = (g.Positions, g.Filters);
        (s.Segments, s.Run, s.LeftStep, s.RightStep) = (gathers ? 1 : g.KernelHeight, line, left.Pixels * left.Padded, line);
        (s.Channels, s.KernelWidth, s.ChannelPitch) = (g.Filters, 1, s.Segments * line);
        if (pool is { } windows)
        {
            (s.Window, s.WindowWidth, s.PoolStride) = (windows.Window, windows.WindowWidth, windows.Stride);
            (s.PooledHeight, s.PooledWidth) = (windows.OutputHeight, windows.OutputWidth);
            s.Rows = g.Batch * windows.OutputHeight * windows.OutputWidth * windows.Window;
        }

        return new RunPlan(left, right, Whole(s));
    }

    /// <summary>
    /// left [n, h, w, f] is e, with stride - 1 zeros between its pixels and zeros around them; right [c, KH - 1 - ky, KW - 1 - kx, f].
    /// delta[h, w] reads e[y, x] by tap (ky, kx) where y s + ky - top = h, that is left's line y s + KH - 1 - top = h + (KH - 1 - ky).
    /// </summary>
    public static RunPlan Error(in ConvGeometry g)
    {
        var left = Around(
            Plain(g.Batch, g.OutputHeight, g.OutputWidth, g.Filters), g.KernelHeight - 1 - g.Padding.Top, g.KernelWidth - 1 - g.Padding.Left,
            g.Height + g.KernelHeight - 1, g.Width + g.KernelWidth - 1);
        (left.StepY, left.StepX) = (g.Stride, g.Stride);
        var right = Plain(g.Channels, g.KernelHeight, g.KernelWidth, g.Filters);
        (right.Base, right.OuterPitch, right.InnerPitch) = (g.FanIn - g.Channels, 1, g.FanIn);
        (right.LinePitch, right.PixelPitch) = (-g.KernelWidth * g.Channels, -g.Channels);
        var s = Pixels(left, g.Height, g.Width, 1);
        (s.Rows, s.Columns) = (g.Batch * g.Height * g.Width, g.Channels);
        (s.Segments, s.Run, s.LeftStep, s.RightStep) =
            (g.KernelHeight, g.KernelWidth * left.Padded, left.Pixels * left.Padded, g.KernelWidth * left.Padded);
        (s.Channels, s.KernelWidth, s.ChannelPitch) = (g.Channels, 1, g.KernelHeight * s.Run);
        return new RunPlan(left, right, Whole(s));
    }

    /// <summary>
    /// left [f, y, x, n] is e, with stride - 1 zeros between the pixels of a line; right [c, h, w, n] is x with its zeros around it:
    /// a run is a line of the errors of all images, beside the line of the inputs that the tap moves.
    /// </summary>
    public static RunPlan Gradient(in ConvGeometry g, int processors)
    {
        var left = Across(g.Batch, g.OutputHeight, g.OutputWidth, g.Filters);
        (left.Pixels, left.StepX) = (((g.OutputWidth - 1) * g.Stride) + 1, g.Stride);
        var right = Padded(Across(g.Batch, g.Height, g.Width, g.Channels), g);
        int leftLine = left.Pixels * left.Padded, rightLine = right.Pixels * right.Padded;
        var s = new RunShape
        {
            Rows = g.Filters,
            Columns = g.FanIn,
            Segments = g.OutputHeight,
            Run = leftLine,
            LeftStep = leftLine,
            RightStep = g.Stride * rightLine,
            Window = 1,
            WindowWidth = 1,
            PoolStride = 1,
            PooledHeight = g.Filters,
            PooledWidth = 1,
            LinePitch = left.Lines * leftLine,
            Channels = g.Channels,
            KernelWidth = g.KernelWidth,
            ChannelPitch = right.Lines * rightLine,
            TapLinePitch = rightLine,
            TapPitch = right.Padded,
            PartSegments = 1,
            PartRun = Math.Min(leftLine, PartRun),
        };
        s.Cuts = Over(s.Run, s.PartRun);
        s.Parts = s.Segments * s.Cuts;
        s.SliceParts = Over(s.Parts, Math.Max(1, Math.Min(s.Parts, Over(processors, Tiles(s)))));
        s.Slices = Over(s.Parts, s.SliceParts);
        (s.TilesAcross, s.Items) = (TilesAcross(s), Tiles(s) * s.Slices);
        return new RunPlan(left, right, s);
    }

    private static int Over(int all, int each) => (all + each - 1) / each;

    private static int Tiles(in RunShape s) => Over(s.Rows, RunProduct.TileRows) * TilesAcross(s);

    private static int TilesAcross(in RunShape s) => Over(s.Columns, RunProduct.TileColumns);

    /// <summary>All terms of a sum in one part.</summary>
    private static RunShape Whole(RunShape s)
    {
        (s.PartSegments, s.PartRun, s.Cuts, s.Parts, s.Slices, s.SliceParts) = (s.Segments, s.Run, 1, 1, 1, 1);
        (s.TilesAcross, s.Items) = (TilesAcross(s), Tiles(s));
        return s;
    }

    /// <summary>The rows of a product are an arrangement's pixels, or windows that start at them.</summary>
    private static RunShape Pixels(in Arrangement left, int height, int width, int stride) => new()
    {
        Window = 1,
        WindowWidth = 1,
        PoolStride = 1,
        PooledHeight = height,
        PooledWidth = width,
        ImagePitch = left.Lines * left.Pixels * left.Padded,
        LinePitch = stride * left.Pixels * left.Padded,
        PixelPitch = stride * left.Padded,
    };

    /// <summary>A tensor [outer, height, width, inner] as it lies.</summary>
    private static Arrangement Plain(int outer, int height, int width, int inner) => new()
    {
        Outer = outer,
        Lines = height,
        Pixels = width,
        Inner = inner,
        Padded = Over(inner, Alignment) * Alignment,
        Height = height,
        Width = width,
        StepY = 1,
        StepX = 1,
        OuterPitch = height * width * inner,
        LinePitch = width * inner,
        PixelPitch = inner,
        InnerPitch = 1,
    };

    /// <summary>A tensor [n, height, width, channels] as [channels, height, width, n].</summary>
    private static Arrangement Across(int batch, int height, int width, int channels)
    {
        var s = Plain(channels, height, width, batch);
        (s.OuterPitch, s.LinePitch, s.PixelPitch, s.InnerPitch) = (1, width * channels, channels, height * width * channels);
        return s;
    }

    /// <summary>Images with their zeros around them.</summary>
    private static Arrangement Padded(Arrangement images, in ConvGeometry g) => Around(
        images, g.Padding.Top, g.Padding.Left, g.Height + g.Padding.Top + g.Padding.Bottom, g.Width + g.Padding.Left + g.Padding.Right);

    /// <summary>The same within more lines and pixels.</summary>
    private static Arrangement Around(Arrangement s, int top, int left, int lines, int pixels)
    {
        (s.Top, s.Left, s.Lines, s.Pixels) = (top, left, lines, pixels);
        return s;
    }
}
