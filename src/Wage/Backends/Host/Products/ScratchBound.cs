using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>How much memory the packed operands take.</summary>
internal static class ScratchBound
{
    /// <summary>Bytes of the lists of errors that are not 0, and of the inputs beside them: see <see cref="SparsePlan.ListBytes"/>.</summary>
    private const long MostListed = 3 * SparsePlan.ListBytes;

    /// <summary>
    /// A bound on the scratch memory of products of these extents: packed weights and errors, a thread's padded images and its sums of a gradient.
    /// </summary>
    /// <param name="products">The products, each with the widest type of its sums.</param>
    /// <param name="threads">The threads.</param>
    public static long Of(IEnumerable<(ConvGeometry Geometry, ElementType Sums)> products, int threads)
    {
        var (panel, rows, sums, planes, groups, blocks, winograd) = (0L, 0L, 0L, 0L, 0L, 0L, 0L);
        foreach (var (whole, type) in products)
        {
            blocks = Math.Max(blocks, BlockBytes(whole, type.Size()));
            if (whole.Stride > 1) groups += StridedBytes(whole, type.Size());
            if (whole.IsDepthwise)
            {
                var (packed, pairs) = DepthwiseBytes(whole);
                (panel, planes) = (Math.Max(panel, packed), Math.Max(planes, pairs));
                sums = Math.Max(sums, threads * packed * (sizeof(long) / sizeof(int)));
                continue;
            }

            var g = whole.Groups == 1 ? whole : whole.Group;
            if (whole.Groups > 1) groups += GroupBytes(g);
            var (filters, channels) = (Whole(g.Filters), Whole(g.Channels));
            var forward = g.KernelHeight * filters * ((g.KernelWidth * (long)g.Channels) + 3);
            var backward = g.KernelHeight * channels * ((g.KernelWidth * (long)g.Filters) + 3);
            panel = Math.Max(panel, sizeof(short) * Math.Max(forward, backward));
            if (g.IsDense)
            {
                panel = Math.Max(panel, sizeof(short) * channels * (g.Batch + 3L));
                var errors = (sizeof(short) * (filters + 32) * (g.Batch + 3L)) + (filters * g.Batch * sizeof(int));
                rows = Math.Max(rows, Math.Max(sizeof(short) * g.Batch * channels, errors));
                continue;
            }

            if (g is { KernelHeight: 3, KernelWidth: 3, Stride: 1 })
            {
                panel = Math.Max(panel, sizeof(short) * WinogradProduct.Points * filters * channels);
                blocks = Math.Max(blocks, BlockBytes(whole, type.Size()) + (threads * WinogradProduct.BytesOfTerm * Math.Max(filters, channels)));
                if (filters * channels <= WinogradGradient.MostWeights) winograd = Math.Max(winograd, WinogradGradient.Bytes(g));
            }

            var taps = Math.Max(TileProduct.RoundRows(g.FanIn), g.FanIn) + 64L;
            sums = Math.Max(sums, Math.Min(threads, g.Batch) * taps * filters * type.Size());
            var (height, width) = (g.Height + g.KernelHeight + g.Stride, g.Width + g.KernelWidth + g.Stride);
            var image = (long)height * width * (channels + 32);
            var output = (long)(g.OutputHeight + g.KernelHeight) * (g.OutputWidth + g.KernelWidth) * g.Stride * g.Stride * filters;
            planes = Math.Max(planes, (sizeof(short) * (image + output)) + (2 * sizeof(int) * image) + (2 * sizeof(int) * output));
        }

        return panel + rows + sums + groups + blocks + (threads * (planes + winograd + (1 << 20))) + MostListed;

        static long Whole(int columns) => TileProduct.PanelCount(columns) * TileLoop.Columns;
    }

    /// <summary>Of a product that ends in its stage in blocks of images: a block's sums and maxima forward, and its sums of an error.</summary>
    private static long BlockBytes(in ConvGeometry g, int size)
    {
        return (2 * Of(g, g.OutputLength)) + Of(g, g.InputLength);

        long Of(in ConvGeometry g, long sums) => ImageBlock.Images(g, sums / g.Batch * size) * (sums / g.Batch * size);
    }

    /// <summary>Of a strided error: the taps and the sums of its parts, of the whole batch and of a block of images.</summary>
    private static long StridedBytes(in ConvGeometry g, int size)
    {
        var inBlocks = ImageBlock.Images(g, g.InputLength / g.Batch * size) < g.Batch;
        return g.WeightLength + ((inBlocks ? 2 : 1) * g.InputLength * size);
    }

    /// <summary>Of a depthwise product: packed weights, and a thread's rows of pairs, spare pixels and an image of sums.</summary>
    private static (long Packed, long Thread) DepthwiseBytes(in ConvGeometry g)
    {
        var (filters, taps) = (DepthwiseLanes.Pitch(g.Filters), (long)g.KernelHeight * (g.KernelWidth + 1));
        var line = Math.Max(g.Width, g.OutputWidth * (long)g.Stride) + (2 * (g.KernelWidth + g.Stride));
        var (ring, errors) = (g.KernelHeight * line * filters * sizeof(int), ((g.OutputWidth + 1L) / 2) * filters * sizeof(int));
        var spare = 2 * (1L + g.Width) * filters * sizeof(short);
        var kept = (Math.Max((long)g.OutputHeight * g.OutputWidth, g.Width) + 1) * filters * sizeof(int);
        return (taps * filters * sizeof(int), ring + errors + spare + kept);
    }

    /// <summary>Of other grouped products: one group's operands and sums, of the whole batch and of a block of images, all kept.</summary>
    private static long GroupBytes(in ConvGeometry part) =>
        2 * ((part.InputLength * (sizeof(sbyte) + sizeof(long))) + (part.WeightLength * (sizeof(sbyte) + sizeof(long)))
        + (part.OutputLength * (sizeof(long) + sizeof(short))));
}
