using Wage.Backends;

namespace Wage.Gpu.TensorCores;

/// <summary>The matrix products that a convolution's three products are, channels and filters filled up to segments of 16.</summary>
internal static class WindowShapes
{
    /// <summary>A multiple of 16.</summary>
    public static int Padded(int channels) => (channels + TensorCore.Segment - 1) / TensorCore.Segment * TensorCore.Segment;

    /// <summary>Images x weights.</summary>
    public static WindowShape Forward(in ConvGeometry g) => new()
    {
        Rows = g.Positions,
        Columns = g.Filters,
        Terms = g.KernelHeight * g.KernelWidth * Padded(g.Channels),
        Splits = 1,
        Height = g.Height,
        Width = g.Width,
        Channels = Padded(g.Channels),
        OutputHeight = g.OutputHeight,
        OutputWidth = g.OutputWidth,
        KernelHeight = g.KernelHeight,
        KernelWidth = g.KernelWidth,
        Stride = g.Stride,
        Spread = 0,
        Top = g.Padding.Top,
        Left = g.Padding.Left,
    };

    /// <summary>
    /// Errors x transposed weights: delta[h,w] reads e[y,x] by tap (ky,kx) where h = y s + ky - top, that is y = (h + top - ky) / s,
    /// which with the turned tap ky' = KH - 1 - ky is (h + ky' - (KH - 1 - top)) / s.
    /// </summary>
    public static WindowShape Error(in ConvGeometry g) => new()
    {
        Rows = g.Batch * g.Height * g.Width,
        Columns = g.Channels,
        Terms = g.KernelHeight * g.KernelWidth * Padded(g.Filters),
        Splits = 1,
        Height = g.OutputHeight,
        Width = g.OutputWidth,
        Channels = Padded(g.Filters),
        OutputHeight = g.Height,
        OutputWidth = g.Width,
        KernelHeight = g.KernelHeight,
        KernelWidth = g.KernelWidth,
        Stride = 1,
        Spread = g.Stride / 2,
        Top = g.KernelHeight - 1 - g.Padding.Top,
        Left = g.KernelWidth - 1 - g.Padding.Left,
    };

    /// <summary>A forward product whose rows are ordered by pooling windows of 2 x 2.</summary>
    public static WindowShape Pooled(WindowShape s, in PoolGeometry pool)
    {
        (s.Rows, s.OutputHeight, s.OutputWidth) = (pool.Batch * pool.OutputHeight * pool.OutputWidth, pool.OutputHeight, pool.OutputWidth);
        return s;
    }

    /// <summary>Errors x images.</summary>
    public static GradientShape Gradient(in ConvGeometry g) => new()
    {
        Rows = Padded(g.Filters),
        Columns = g.KernelHeight * g.KernelWidth * Padded(g.Channels),
        Terms = g.Positions,
        Splits = 1,
        Height = g.Height,
        Width = g.Width,
        Channels = Padded(g.Channels),
        OutputHeight = g.OutputHeight,
        OutputWidth = g.OutputWidth,
        KernelWidth = g.KernelWidth,
        Stride = g.Stride,
        Top = g.Padding.Top,
        Left = g.Padding.Left,
    };
}
