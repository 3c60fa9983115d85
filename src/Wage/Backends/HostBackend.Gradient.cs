using System.Numerics;
using System.Runtime.InteropServices;
using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>The weights' gradients: sums over positions, two neighbouring positions to a pair.</content>
public sealed unsafe partial class HostBackend
{
    /// <summary>gradient[f, c] = sum over samples: rows are filters, columns inputs, the terms pairs of samples. Panels of inputs are the items.</summary>
    private void DenseGradient<T>(HostTensor<sbyte> x, HostTensor<T> e, in ConvGeometry g, Tensor gradient)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (batch, inputs, filters, count) = (g.Batch, g.Channels, g.Filters, TileProduct.Pairs(g.Batch));
        var errors = rows.Ensure<short>(2L * count * filters);
        pool.Run(count, (pair, _) =>
        {
            var first = e.Pointer + (2L * pair * filters);
            Packing.Interleave(first, (2 * pair) + 1 < batch ? first + filters : null, filters, errors + (2L * pair * filters), filters);
        });
        var product = new TileProduct
        {
            Kernel = kernel,
            A = errors,
            Offsets = RowOffsets(filters, i => 2 * i),
            Rows = filters,
            Columns = inputs,
            Loop = new TileLoop(1, 1, count, 0, 0, 2 * filters),
            SafePairs = SafePairs(e.Type),
        };
        var run = (long)count * TileLoop.PairLength;
        var packed = panels.Ensure<short>(TileProduct.PanelCount(inputs) * run);
        product.Panels = packed;
        pool.Run(TileProduct.PanelCount(inputs), (panel, _) =>
        {
            var first = panel * TileLoop.Columns;
            for (var pair = 0; pair < count; pair++)
            {
                var from = x.Pointer + (2L * pair * inputs) + first;
                var to = packed + (panel * run) + (pair * TileLoop.PairLength);
                Packing.Interleave(from, (2 * pair) + 1 < batch ? from + inputs : null, Math.Min(TileLoop.Columns, inputs - first), to, TileLoop.Columns);
            }

            Into(product, gradient, inputs, 0, filters, panel, panel + 1, 0);
        });
    }

    /// <summary>
    /// Rows are taps (ky, kx, c), columns filters, the terms pairs of neighbouring positions of a row. Each thread adds up the images it takes; the
    /// threads' sums are added at the end, exact in any order.
    /// </summary>
    private void ConvolutionGradient<T>(HostTensor<sbyte> x, HostTensor<T> e, in ConvGeometry geometry, Tensor gradient)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (g, p) = (geometry, PlaneOf(geometry));
        var (taps, step) = (g.FanIn, g.Stride * g.Channels);
        var product = new TileProduct
        {
            Kernel = kernel,
            Offsets = RowOffsets(taps, i => 2 * ((i / (g.KernelWidth * g.Channels) * p.PlaneWidth * g.Channels) + (i % (g.KernelWidth * g.Channels)))),
            Rows = TileProduct.RoundRows(taps),
            Columns = TileProduct.PanelCount(g.Filters) * TileLoop.Columns,
            Loop = new TileLoop(
                1, g.OutputHeight, TileProduct.Pairs(g.OutputWidth), 2 * (nint)p.PlaneLength, 2 * (nint)g.Stride * p.PlaneWidth * g.Channels, 4 * (nint)step),
            SafePairs = SafePairs(e.Type),
        };
        var parts = Math.Min(pool.Workers, g.Batch);
        var size = (long)product.Rows * product.Columns;
        var wide = gradient is HostTensor<long>;
        var sums = (byte*)partials.Ensure<long>(wide ? parts * size : ((parts * size) + 1) / 2);
        var (group, taken) = (ImagesPerTile(product.Loop.Pairs, p.PlaneLength, g.Batch), 0);
        pool.Run(parts, (part, worker) =>
        {
            var sum = sums + (part * size * (wide ? sizeof(long) : sizeof(int)));
            NativeMemory.Clear(sum, (nuint)(size * (wide ? sizeof(long) : sizeof(int))));
            int end;
            while ((end = Interlocked.Add(ref taken, group)) < g.Batch + group)
            {
                var (first, count) = (end - group, Math.Min(end, g.Batch) - (end - group));
                var one = product with
                {
                    A = PairedPlanes(x, first, count, p, step, worker),
                    Panels = ErrorPanels(e, first, count, g, worker),
                    Loop = product.Loop with { Planes = count },
                };
                if (wide) one.Into((long*)sum, one.Columns, 0, one.Rows, 0, TileProduct.PanelCount(g.Filters), true);
                else one.Into((int*)sum, one.Columns, 0, one.Rows, 0, TileProduct.PanelCount(g.Filters), true);
            }
        });
        pool.Run(TileProduct.PanelCount(g.Filters), (panel, _) =>
        {
            if (wide) AddParts((long*)sums, parts, size, product.Columns, panel, g, ((HostTensor<long>)gradient).Pointer);
            else AddParts((int*)sums, parts, size, product.Columns, panel, g, ((HostTensor<int>)gradient).Pointer);
        });
    }

    /// <summary>Small images share a tile's sums, so that reading and writing these weighs less; as long as their planes stay in a cache of 256 KiB.</summary>
    private int ImagesPerTile(int imagePairs, int planeLength, int batch)
    {
        const int enoughPairs = 256, cache = 256 * 1024;
        var images = Math.Min((enoughPairs + imagePairs - 1) / imagePairs, cache / (2 * sizeof(short)) / planeLength);
        return Math.Clamp(images, 1, Math.Max(1, batch / (4 * pool.Workers)));
    }

    /// <summary>Padded images as pairs: (value at x, value at x + stride) for every value.</summary>
    private short* PairedPlanes(HostTensor<sbyte> x, int first, int count, PlaneGeometry p, int step, int worker)
    {
        var plane = planes[worker].Ensure<short>((2L * count * p.PlaneLength) + p.PlaneLength + step);
        var paired = plane + p.PlaneLength + step;
        for (var i = 0; i < count; i++)
        {
            p.Fill(x.Pointer + ((long)(first + i) * p.ImageLength), plane);
            Packing.Interleave(plane, plane + step, p.PlaneLength, paired + (2L * i * p.PlaneLength), p.PlaneLength);
        }

        return paired;
    }

    /// <summary>The images' errors: [panel][image][row][pair of columns][16][2].</summary>
    private short* ErrorPanels<T>(HostTensor<T> e, int firstImage, int count, in ConvGeometry g, int worker)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (width, filters, lines) = (g.OutputWidth, g.Filters, count * g.OutputHeight);
        var all = pairs[worker].Ensure<short>((long)TileProduct.PanelCount(filters) * lines * TileProduct.Pairs(width) * TileLoop.PairLength);
        var from = e.Pointer + ((long)firstImage * g.OutputHeight * width * filters);
        var to = all;
        for (var first = 0; first < filters; first += TileLoop.Columns)
        {
            for (var line = 0; line < lines; line++)
            {
                var row = from + ((long)line * width * filters) + first;
                for (var column = 0; column < width; column += 2, row += 2 * filters, to += TileLoop.PairLength)
                    Packing.Interleave(row, column + 1 < width ? row + filters : null, Math.Min(TileLoop.Columns, filters - first), to, TileLoop.Columns);
            }
        }

        return all;
    }

    /// <summary>gradient[f][tap] = the sum of the parts' [tap][f], for the filters of one panel.</summary>
    private static void AddParts<T>(T* sums, int parts, long size, int columns, int panel, in ConvGeometry g, T* gradient)
        where T : unmanaged, IBinaryInteger<T>
    {
        var first = panel * TileLoop.Columns;
        var filters = Math.Min(TileLoop.Columns, g.Filters - first);
        for (var tap = 0; tap < g.FanIn; tap++)
        {
            for (var f = 0; f < filters; f++)
            {
                var sum = T.Zero;
                for (var part = 0; part < parts; part++) sum += sums[(part * size) + ((long)tap * columns) + first + f];
                gradient[((long)(first + f) * g.FanIn) + tap] = sum;
            }
        }
    }
}
