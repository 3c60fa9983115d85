using System.Numerics;

namespace Wage.Backends.Host;

/// <summary>
/// An image, the padded plane it is copied into, and the windows read from the plane: convolutions need no matrix of patches, for a patch's row is
/// contiguous in the plane.
/// </summary>
internal readonly record struct PlaneGeometry(
    int Height,
    int Width,
    int Channels,
    int PlaneHeight,
    int PlaneWidth,
    int Top,
    int Left,
    int Dilation,
    int KernelHeight,
    int KernelWidth,
    int OutputHeight,
    int OutputWidth,
    int Step)
{
    /// <summary>What is around the image.</summary>
    public int Value { get; init; }

    /// <summary>Elements of an image.</summary>
    public int ImageLength => Height * Width * Channels;

    /// <summary>Elements of a plane.</summary>
    public int PlaneLength => checked(PlaneHeight * PlaneWidth * Channels);

    /// <summary>Windows of a plane.</summary>
    public int Windows => OutputHeight * OutputWidth;

    /// <summary>x padded to what the windows read, by zeros.</summary>
    public static PlaneGeometry OfInputs(in ConvGeometry g) => new(
        g.Height, g.Width, g.Channels, ((g.OutputHeight - 1) * g.Stride) + g.KernelHeight, ((g.OutputWidth - 1) * g.Stride) + g.KernelWidth,
        g.Padding.Top, g.Padding.Left, 1, g.KernelHeight, g.KernelWidth, g.OutputHeight, g.OutputWidth, g.Stride);

    /// <summary>
    /// e with stride - 1 zeros between its pixels, padded so that a convolution with the mirrored filters gives every input's error.
    /// </summary>
    public static PlaneGeometry OfErrors(in ConvGeometry g) => new(
        g.OutputHeight, g.OutputWidth, g.Filters, g.Height + g.KernelHeight - 1, g.Width + g.KernelWidth - 1,
        g.KernelHeight - 1 - g.Padding.Top, g.KernelWidth - 1 - g.Padding.Left, g.Stride, g.KernelHeight, g.KernelWidth, g.Height, g.Width, 1);

    /// <summary>Elements that the last window is read beyond the plane.</summary>
    public int Excess(TileKernel kernel) => kernel.Excess(KernelWidth * Channels);

    /// <summary>Copies an image, in the kernel's elements.</summary>
    public unsafe void Fill<T>(T* image, void* plane, TileKernel kernel)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (kernel.Terms == TileLoop.Quad) Fill(image, (byte*)plane, kernel.Bias);
        else Fill(image, (short*)plane, default);
    }

    /// <summary>Copies an image; bytes are combined with <paramref name="zero"/> by exclusive or.</summary>
    public unsafe void Fill<T, TPlane>(T* image, TPlane* plane, TPlane zero)
        where T : unmanaged, IBinaryInteger<T>
        where TPlane : unmanaged, IBinaryInteger<TPlane> =>
        Packing.Plane(
            image, Height, Width, Channels, plane, PlaneHeight, PlaneWidth, Top, Left, Dilation, zero, zero ^ TPlane.CreateTruncating(Value));
}
