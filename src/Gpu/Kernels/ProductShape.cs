using Wage.Backends;

namespace Wage.Gpu.Kernels;

/// <summary>
/// Everything that a product kernel must know: the matrix product's extents, its division among groups, and the convolution's extents.
/// </summary>
internal struct ProductShape
{
    public int Rows, Columns, Terms;

    /// <summary>A group has Side x Side threads, each with 4 x 4 sums.</summary>
    public int Side;

    /// <summary>The terms are cut into this many slices, each summed by another group; SliceTerms terms each.</summary>
    public int Slices, SliceTerms;

    public int Height, Width, Channels, Filters, GroupChannels, GroupFilters, KernelHeight, KernelWidth, Stride, Top, Left, OutputHeight, OutputWidth;

    /// <summary>What a forward product and a gradient read outside the image.</summary>
    public int Outside;

    /// <summary>Whether a row meets the columns of its group alone.</summary>
    public readonly bool IsGrouped => GroupFilters != Filters;

    /// <summary>The windows by which a forward product orders its rows: PoolWindow elements, 1 without a pool.</summary>
    public int PoolWindow, PoolWindowWidth, PoolStride, PooledHeight, PooledWidth;

    /// <summary>The extents of a convolution, without a pool, undivided.</summary>
    public static ProductShape Of(in ConvGeometry g, int rows, int columns, int terms) => new()
    {
        Rows = rows,
        Columns = columns,
        Terms = terms,
        Slices = 1,
        SliceTerms = terms,
        Height = g.Height,
        Width = g.Width,
        Channels = g.Channels,
        Filters = g.Filters,
        GroupChannels = g.GroupChannels,
        GroupFilters = g.GroupFilters,
        KernelHeight = g.KernelHeight,
        KernelWidth = g.KernelWidth,
        Stride = g.Stride,
        Top = g.Padding.Top,
        Left = g.Padding.Left,
        Outside = g.Padding.Value,
        OutputHeight = g.OutputHeight,
        OutputWidth = g.OutputWidth,
        PoolWindow = 1,
        PoolWindowWidth = 1,
        PoolStride = 1,
        PooledHeight = g.OutputHeight,
        PooledWidth = g.OutputWidth,
    };
}
