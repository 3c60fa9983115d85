using System.Numerics;
using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>
/// Convolutions without a matrix of patches: a patch row is contiguous in the padded image, so a tile's rows are six addresses.
/// </content>
public sealed unsafe partial class HostBackend
{
    /// <summary>x zero-padded to what the windows read.</summary>
    private static PlaneGeometry PlaneOf(in ConvGeometry g) => new(
        g.Height, g.Width, g.Channels, ((g.OutputHeight - 1) * g.Stride) + g.KernelHeight, ((g.OutputWidth - 1) * g.Stride) + g.KernelWidth,
        g.Padding.Top, g.Padding.Left, 1, g.KernelHeight, g.KernelWidth, g.OutputHeight, g.OutputWidth, g.Stride);

    /// <summary>
    /// e with stride - 1 zeros between its pixels, padded so that a convolution with the mirrored filters gives every input's error.
    /// </summary>
    private static PlaneGeometry ErrorPlaneOf(in ConvGeometry g) => new(
        g.OutputHeight, g.OutputWidth, g.Filters, g.Height + g.KernelHeight - 1, g.Width + g.KernelWidth - 1,
        g.KernelHeight - 1 - g.Padding.Top, g.KernelWidth - 1 - g.Padding.Left, g.Stride, g.KernelHeight, g.KernelWidth, g.Height, g.Width, 1);

    /// <summary>
    /// destination[n, y, x, j] = sum of plane n at (y * step + ky, x * step + kx) times panel column j. Images are the items.
    /// </summary>
    private void Correlate(Tensor source, PlaneGeometry p, short* packed, int columns, Tensor? destination, ImageStage? stage = null)
    {
        var pixels = p.OutputHeight * p.OutputWidth;
        var product = new TileProduct
        {
            Kernel = kernel,
            Offsets = RowOffsets(pixels, i => ((i / p.OutputWidth * p.Step * p.PlaneWidth) + (i % p.OutputWidth * p.Step)) * p.Channels),
            Rows = pixels,
            Panels = packed,
            Columns = columns,
            Loop = new TileLoop(1, p.KernelHeight, TileProduct.Pairs(p.KernelWidth * p.Channels), 0, (nint)p.PlaneWidth * p.Channels, 2),
            SafePairs = SafePairs(source.Type),
        };
        pool.Run(source.Length / p.ImageLength, (image, worker) =>
        {
            var plane = product with { A = planes[worker].Ensure<short>(p.PlaneLength) };
            if (source is HostTensor<short> wide) p.Fill(wide.Pointer + ((long)image * p.ImageLength), plane.A);
            else p.Fill(((HostTensor<sbyte>)source).Pointer + ((long)image * p.ImageLength), plane.A);
            if (stage is null)
            {
                Into(plane, destination!, columns, 0, pixels, 0, TileProduct.PanelCount(columns), (long)image * pixels * columns);
                return;
            }

            var sums = accumulators[worker].Ensure<int>((long)pixels * columns);
            plane.Into(sums, columns, 0, pixels, 0, TileProduct.PanelCount(columns), false);
            stage.Run(image, sums, windows[worker].Ensure<int>(columns));
        });
    }

    /// <summary>An image, the plane it is copied into, and the windows read from the plane.</summary>
    private readonly record struct PlaneGeometry(
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
        public int ImageLength => Height * Width * Channels;

        public int PlaneLength => checked(PlaneHeight * PlaneWidth * Channels);

        public void Fill<T>(T* image, short* plane)
            where T : unmanaged, IBinaryInteger<T> =>
            Packing.Plane(image, Height, Width, Channels, plane, PlaneHeight, PlaneWidth, Top, Left, Dilation);
    }
}
