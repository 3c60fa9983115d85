using ILGPU;

namespace Wage.Gpu.Kernels;

/// <summary>
/// Where a row, a column or a term of a product lies in its tensors;
/// what the four numbers mean is between the methods of one <see cref="IOperands"/>.
/// </summary>
internal readonly record struct Place(int Base, int Y, int X, int Channel);

/// <summary>
/// One of a layer's three products seen as a matrix product: sum[row, column] = sum over terms of Left * Right.
/// The matrices are never made: their elements are read from the tensors where they lie (implicit GEMM).
/// </summary>
internal interface IOperands
{
    static abstract Place Row(ProductShape s, int row);

    static abstract Place Column(ProductShape s, int column);

    static abstract Place Term(ProductShape s, int term);

    /// <summary>The places of a row and a column of a grouped convolution: the tensor that has a group's channels starts at them.</summary>
    static abstract (Place Row, Place Column) Pair(ProductShape s, int row, int column);

    static abstract int Left<TLeft>(ArrayView<byte> left, ProductShape s, Place row, Place term)
        where TLeft : struct, IElement;

    static abstract int Right<TRight>(ArrayView<byte> right, ProductShape s, Place term, Place column)
        where TRight : struct, IElement;
}

/// <summary>
/// accumulator[n,y,x | f] = x[n, y s + ky - top, x s + kx - left, c] * w[f | ky,kx,c].
/// The rows are ordered by pooling window, each window's elements next to each other, so that a thread's four rows are one 2x2 window.
/// </summary>
internal readonly struct ForwardOperands : IOperands
{
    public static Place Row(ProductShape s, int row)
    {
        var (window, element) = (row / s.PoolWindow, row % s.PoolWindow);
        var (line, column) = (window / s.PooledWidth, window % s.PooledWidth);
        var y = ((line % s.PooledHeight) * s.PoolStride) + (element / s.PoolWindowWidth);
        var x = (column * s.PoolStride) + (element % s.PoolWindowWidth);
        return new Place(line / s.PooledHeight * s.Height * s.Width, (y * s.Stride) - s.Top, (x * s.Stride) - s.Left, 0);
    }

    public static Place Column(ProductShape s, int column) => new(column * s.Terms, 0, 0, 0);

    public static Place Term(ProductShape s, int term)
    {
        var tap = term / s.GroupChannels;
        return new Place(term, tap / s.KernelWidth, tap % s.KernelWidth, term % s.GroupChannels);
    }

    public static (Place Row, Place Column) Pair(ProductShape s, int row, int column)
    {
        var place = Row(s, row);
        return (new Place(place.Base, place.Y, place.X, column / s.GroupFilters * s.GroupChannels), Column(s, column));
    }

    public static int Left<TLeft>(ArrayView<byte> left, ProductShape s, Place row, Place term)
        where TLeft : struct, IElement =>
        Image.Read<TLeft>(left, s, row.Base, row.Y + term.Y, row.X + term.X, row.Channel + term.Channel, s.Outside);

    public static int Right<TRight>(ArrayView<byte> right, ProductShape s, Place term, Place column)
        where TRight : struct, IElement => (int)TRight.Get(right, column.Base + term.Base);
}

/// <summary>delta[n,h,w | c] = e[n,y,x,f] * w[f,ky,kx | c] where (y s + ky - top, x s + kx - left) = (h, w).</summary>
internal readonly struct ErrorOperands : IOperands
{
    public static Place Row(ProductShape s, int row)
    {
        var line = row / s.Width;
        return new Place(line / s.Height * s.OutputHeight * s.OutputWidth, (line % s.Height) + s.Top, (row % s.Width) + s.Left, 0);
    }

    public static Place Column(ProductShape s, int column) => new(column, 0, 0, 0);

    public static Place Term(ProductShape s, int term)
    {
        var (tap, f) = (term / s.GroupFilters, term % s.GroupFilters);
        var (ky, kx) = (tap / s.KernelWidth, tap % s.KernelWidth);
        return new Place(((((f * s.KernelHeight) + ky) * s.KernelWidth) + kx) * s.GroupChannels, ky, kx, f);
    }

    public static (Place Row, Place Column) Pair(ProductShape s, int row, int column)
    {
        var (place, group) = (Row(s, row), column / s.GroupChannels);
        var first = group * s.GroupFilters;
        var weights = first * s.KernelHeight * s.KernelWidth * s.GroupChannels;
        return (new Place(place.Base, place.Y, place.X, first), Column(s, weights + (column % s.GroupChannels)));
    }

    public static int Left<TLeft>(ArrayView<byte> left, ProductShape s, Place row, Place term)
        where TLeft : struct, IElement
    {
        var (y, x) = (row.Y - term.Y, row.X - term.X);
        if (y < 0 || x < 0 || y % s.Stride != 0 || x % s.Stride != 0) return 0;
        (y, x) = (y / s.Stride, x / s.Stride);
        if (y >= s.OutputHeight || x >= s.OutputWidth) return 0;
        return (int)TLeft.Get(left, ((row.Base + (y * s.OutputWidth) + x) * s.Filters) + row.Channel + term.Channel);
    }

    public static int Right<TRight>(ArrayView<byte> right, ProductShape s, Place term, Place column)
        where TRight : struct, IElement => (int)TRight.Get(right, term.Base + column.Base);
}

/// <summary>gradient[f | ky,kx,c] = e[n,y,x | f] * x[n, y s + ky - top, x s + kx - left, c]; the terms are the output positions.</summary>
internal readonly struct GradientOperands : IOperands
{
    public static Place Row(ProductShape s, int row) => new(row, 0, 0, 0);

    public static Place Column(ProductShape s, int column)
    {
        var tap = column / s.GroupChannels;
        return new Place(0, tap / s.KernelWidth, tap % s.KernelWidth, column % s.GroupChannels);
    }

    public static (Place Row, Place Column) Pair(ProductShape s, int row, int column)
    {
        var place = Column(s, column);
        return (Row(s, row), new Place(0, place.Y, place.X, place.Channel + (row / s.GroupFilters * s.GroupChannels)));
    }

    /// <summary>The channel's place keeps the image's first pixel.</summary>
    public static Place Term(ProductShape s, int term)
    {
        var line = term / s.OutputWidth;
        return new Place(
            term * s.Filters,
            ((line % s.OutputHeight) * s.Stride) - s.Top,
            ((term % s.OutputWidth) * s.Stride) - s.Left,
            line / s.OutputHeight * s.Height * s.Width);
    }

    public static int Left<TLeft>(ArrayView<byte> left, ProductShape s, Place row, Place term)
        where TLeft : struct, IElement => (int)TLeft.Get(left, term.Base + row.Base);

    public static int Right<TRight>(ArrayView<byte> right, ProductShape s, Place term, Place column)
        where TRight : struct, IElement =>
        Image.Read<TRight>(right, s, term.Channel, term.Y + column.Y, term.X + column.X, column.Channel, s.Outside);
}

/// <summary>An image with one value around it.</summary>
internal static class Image
{
    /// <summary>The channel of the pixel; <paramref name="outside"/> outside the image, whose first pixel is <paramref name="first"/>.</summary>
    public static int Read<TX>(ArrayView<byte> x, ProductShape s, int first, int row, int column, int channel, int outside)
        where TX : struct, IElement =>
        row < 0 || column < 0 || row >= s.Height || column >= s.Width
            ? outside
            : (int)TX.Get(x, ((first + (row * s.Width) + column) * s.Channels) + channel);
}
