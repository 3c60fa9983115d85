using System.Numerics;
using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>
/// Convolutions without a matrix of patches: a patch row is contiguous in the padded image, so a tile's rows are six addresses.
/// </content>
public sealed unsafe partial class HostBackend
{
    /// <summary>x padded to what the windows read, by zeros.</summary>
    private static PlaneGeometry PlaneOf(in ConvGeometry g) => new(
        g.Height, g.Width, g.Channels, ((g.OutputHeight - 1) * g.Stride) + g.KernelHeight, ((g.OutputWidth - 1) * g.Stride) + g.KernelWidth,
        g.Padding.Top, g.Padding.Left, 1, g.KernelHeight, g.KernelWidth, g.OutputHeight, g.OutputWidth, g.Stride);

    /// <summary>The same, by the forward product's value.</summary>
    private static PlaneGeometry ForwardPlaneOf(in ConvGeometry g) => PlaneOf(g) with { Value = g.Padding.Value };

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
            Kernel = kernels.Words,
            Offsets = RowOffsets(p),
            Rows = pixels,
            Panels = packed,
            Columns = columns,
            Loop = new TileLoop(1, p.KernelHeight, TileProduct.Pairs(p.KernelWidth * p.Channels), 0, (nint)p.PlaneWidth * p.Channels, 2),
            SafeSteps = SafePairs(source.Type),
        };
        var (images, count) = (source.Length / p.ImageLength, TileProduct.PanelCount(columns));
        var parts = stage is null ? Parts(images, count) : 1;
        pool.Run(images * parts, (product, source, p, destination, planes, parts, count, stage, accumulators, windows), static (in s, item, worker) =>
        {
            var ((image, part), p) = (Math.DivRem(item, s.parts), s.p);
            var (product, pixels) = (s.product, s.product.Rows);
            var plane = s.planes[worker].Ensure<short>((long)p.PlaneLength + p.Excess(product.Kernel));
            product.A = plane;
            if (s.source is HostTensor<short> wide) p.Fill(wide.Pointer + ((long)image * p.ImageLength), plane);
            else p.Fill(((HostTensor<sbyte>)s.source).Pointer + ((long)image * p.ImageLength), plane);
            var (first, last) = (s.count * part / s.parts, s.count * (part + 1) / s.parts);
            if (s.stage is not null)
            {
                var sums = s.accumulators[worker].Ensure<int>((long)pixels * product.Columns);
                product.Into(sums, product.Columns, 0, pixels, 0, s.count, false);
                s.stage.Run(image, sums, s.windows[worker].Ensure<int>(s.stage.RowLength));
                return;
            }

            Into(product, s.destination!, product.Columns, 0, pixels, first, last, (long)image * pixels * product.Columns);
        });
    }

    /// <summary>Where the patch of each output pixel starts.</summary>
    private int* RowOffsets(PlaneGeometry p)
    {
        var n = p.OutputHeight * p.OutputWidth;
        var all = offsets.Ensure<int>(TileProduct.RoundRows(n));
        for (var i = 0; i < n; i++) all[i] = ((i / p.OutputWidth * p.PlaneWidth) + (i % p.OutputWidth)) * p.Step * p.Channels;
        return RepeatLast(all, n);
    }

    /// <summary>The parts into which an image's panels are split so that every thread has work: one, unless images are few.</summary>
    private int Parts(int images, int panelCount) => images >= 2 * pool.Workers ? 1 : Math.Min(panelCount, 2 * pool.Workers);

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
        /// <summary>What is around the image.</summary>
        public int Value { get; init; }

        public int ImageLength => Height * Width * Channels;

        public int PlaneLength => checked(PlaneHeight * PlaneWidth * Channels);

        /// <summary>Elements that the last window is read beyond the plane.</summary>
        public int Excess(TileKernel kernel) => kernel.Excess(KernelWidth * Channels);

        public void Fill<T, TPlane>(T* image, TPlane* plane, TPlane zero = default)
            where T : unmanaged, IBinaryInteger<T>
            where TPlane : unmanaged, IBinaryInteger<TPlane> =>
            Packing.Plane(
                image, Height, Width, Channels, plane, PlaneHeight, PlaneWidth, Top, Left, Dilation, zero, zero ^ TPlane.CreateTruncating(Value));
    }
}
