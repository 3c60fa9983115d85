using System.Numerics;
using System.Runtime.InteropServices;
using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>The weights' gradients: sums over positions, two neighbouring positions to a pair.</content>
public sealed unsafe partial class HostBackend
{
    /// <summary>The pairs of a gradient's tile: what a row and a panel of them touch stays in a first-level cache.</summary>
    private const int TilePairs = 128;

    /// <summary>
    /// gradient[f, c] = sum over samples: rows are filters, columns inputs, the terms pairs of samples. Panels of inputs are the items.
    /// </summary>
    private void DenseGradient<T>(HostTensor<sbyte> x, HostTensor<T> e, in ConvGeometry g, Tensor gradient)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (batch, inputs, filters, count) = (g.Batch, g.Channels, g.Filters, TileProduct.Pairs(g.Batch));
        var pitch = PairedPitch(filters);
        var errors = rows.Ensure<short>(2L * count * pitch);
        pool.Run(count, (e, filters, batch, pitch, errors: (nint)errors), static (in s, pair, _) =>
        {
            var first = s.e.Pointer + (2L * pair * s.filters);
            var to = (short*)s.errors + (2L * pair * s.pitch);
            Packing.Interleave(first, (2 * pair) + 1 < s.batch ? first + s.filters : null, s.filters, to, s.filters);
        });
        var product = new TileProduct
        {
            Kernel = kernel,
            A = errors,
            Offsets = RowOffsets(filters, 2),
            Rows = filters,
            Columns = inputs,
            Loop = new TileLoop(1, 1, count, 0, 0, 2 * pitch),
            SafePairs = SafePairs(e.Type),
        };
        var run = (long)count * TileLoop.PairLength;
        product.Panels = panels.Ensure<short>(TileProduct.PanelCount(inputs) * run);
        pool.Run(TileProduct.PanelCount(inputs), (product, x, batch, run, gradient), static (in s, panel, _) =>
        {
            var (product, inputs, first) = (s.product, s.product.Columns, panel * TileLoop.Columns);
            var to = product.Panels + (panel * s.run);
            for (var pair = 0; pair < product.Loop.Pairs; pair++, to += TileLoop.PairLength)
            {
                var from = s.x.Pointer + (2L * pair * inputs) + first;
                Packing.Interleave(from, (2 * pair) + 1 < s.batch ? from + inputs : null, Math.Min(TileLoop.Columns, inputs - first), to, TileLoop.Columns);
            }

            Into(product, s.gradient, inputs, 0, product.Rows, panel, panel + 1, 0);
        });
    }

    /// <summary>
    /// Rows are taps (ky, kx, c), columns filters, the terms pairs of neighbouring positions of a row. Each thread adds up the images it
    /// takes; the threads' sums are added at the end, exact in any order.
    /// </summary>
    private void ConvolutionGradient<T>(HostTensor<sbyte> x, HostTensor<T> e, in ConvGeometry geometry, Tensor gradient)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (g, p) = (geometry, PlaneOf(geometry));
        var (taps, pixel, pitch) = (g.FanIn, PixelPitch(g.Channels), PairedPitch(p.PlaneWidth * PixelPitch(g.Channels)));
        var product = new TileProduct
        {
            Kernel = kernel,
            Offsets = TapOffsets(g, pixel, pitch),
            Rows = TileProduct.RoundRows(taps),
            Columns = TileProduct.PanelCount(g.Filters) * TileLoop.Columns,
            Loop = new TileLoop(
                1, g.OutputHeight, TileProduct.Pairs(g.OutputWidth), 2 * (nint)pitch * p.PlaneHeight, 2 * (nint)g.Stride * pitch, 4 * (nint)g.Stride * pixel),
            SafePairs = SafePairs(e.Type),
        };
        var parts = Math.Min(pool.Workers, g.Batch);
        var size = (long)product.Rows * product.Columns;
        var wide = gradient is HostTensor<long>;
        var sums = (byte*)partials.Ensure<long>(wide ? parts * size : ((parts * size) + 1) / 2);
        var (group, lines, taken) = (ImagesPerTile(product.Loop.Pairs, g.Batch), Math.Max(1, TilePairs / product.Loop.Inner), 0);
        var work = (self: this, x, e, g, p, product, sums: (nint)sums, size, wide, group, lines, taken: (nint)(&taken));
        pool.Run(parts, work, static (in s, part, worker) =>
        {
            var (g, product, size, wide, group) = (s.g, s.product, s.size, s.wide, s.group);
            var sum = (byte*)s.sums + (part * size * (wide ? sizeof(long) : sizeof(int)));
            NativeMemory.Clear(sum, (nuint)(size * (wide ? sizeof(long) : sizeof(int))));
            int end;
            while ((end = Interlocked.Add(ref *(int*)s.taken, group)) < g.Batch + group)
            {
                var (first, count) = (end - group, Math.Min(end, g.Batch) - (end - group));
                var paired = s.self.PairedPlanes(s.x, first, count, s.p, g.Stride, worker);
                for (var y = 0; y < g.OutputHeight; y += s.lines)
                {
                    var loop = product.Loop with { Planes = count, Outer = Math.Min(s.lines, g.OutputHeight - y) };
                    var errors = s.self.ErrorPanels(s.e, first, count, y, loop.Outer, g, worker);
                    var one = product with { A = paired + (y * loop.OuterStep), Panels = errors, Loop = loop };
                    if (wide) one.Into((long*)sum, one.Columns, 0, one.Rows, 0, TileProduct.PanelCount(g.Filters), true);
                    else one.Into((int*)sum, one.Columns, 0, one.Rows, 0, TileProduct.PanelCount(g.Filters), true);
                }
            }
        });
        pool.Run(TileProduct.PanelCount(g.Filters), (g, sums: (nint)sums, parts, size, product.Columns, gradient), static (in s, panel, _) =>
        {
            if (s.gradient is HostTensor<long> wide) AddParts((long*)s.sums, s.parts, s.size, s.Columns, panel, s.g, wide.Pointer);
            else AddParts((int*)s.sums, s.parts, s.size, s.Columns, panel, s.g, ((HostTensor<int>)s.gradient).Pointer);
        });
    }

    /// <summary>Where the pairs of tap (ky, kx, c) start.</summary>
    private int* TapOffsets(in ConvGeometry g, int pixel, int pitch)
    {
        var all = offsets.Ensure<int>(TileProduct.RoundRows(g.FanIn));
        for (var i = 0; i < g.FanIn; i++)
        {
            var (place, c) = Math.DivRem(i, g.Channels);
            var (ky, kx) = Math.DivRem(place, g.KernelWidth);
            all[i] = 2 * ((ky * pitch) + (kx * pixel) + c);
        }

        return RepeatLast(all, g.FanIn);
    }

    /// <summary>Small images share a tile's sums, so that reading and writing these weighs less.</summary>
    private int ImagesPerTile(int imagePairs, int batch) => Math.Clamp(TilePairs / imagePairs, 1, Math.Max(1, batch / (4 * pool.Workers)));

    /// <summary>
    /// Words from one row of pairs to the next: an odd number of cache lines, so that a walk down the rows does not fall on the same few
    /// sets of a cache.
    /// </summary>
    private static int PairedPitch(int rowLength) => (((rowLength + 15) / 16) | 1) * 16;

    /// <summary>Pairs from one pixel to the next, an odd number of cache lines for the same reason where there are many.</summary>
    private static int PixelPitch(int channels) => channels >= 64 && channels % 32 == 0 ? channels + 16 : channels;

    /// <summary>Padded images as pairs: (value at x, value at x + stride) for every value.</summary>
    private short* PairedPlanes(HostTensor<sbyte> x, int first, int count, PlaneGeometry p, int stride, int worker)
    {
        var (channels, pixel, step) = (p.Channels, PixelPitch(p.Channels), stride * p.Channels);
        var (row, pitch) = (p.PlaneWidth * channels, PairedPitch(p.PlaneWidth * pixel));
        var run = pixel == channels ? row : channels;
        var to = pairedPlanes[worker].Ensure<short>(2L * count * p.PlaneHeight * pitch);
        var plane = planes[worker].Ensure<short>(p.PlaneLength + step);
        var paired = to;
        for (var i = 0; i < count; i++)
        {
            p.Fill(x.Pointer + ((long)(first + i) * p.ImageLength), plane);
            for (var y = 0; y < p.PlaneHeight; y++, to += 2L * pitch)
            {
                var line = plane + ((long)y * row);
                for (var value = 0; value < row; value += run) Packing.Interleave(line + value, line + value + step, run, to + (2L * (value / channels) * pixel), run);
            }
        }

        return paired;
    }

    /// <summary>The errors of rows [firstRow, firstRow + height) of some images: [panel][image][row][pair of columns][16][2].</summary>
    private short* ErrorPanels<T>(HostTensor<T> e, int firstImage, int count, int firstRow, int height, in ConvGeometry g, int worker)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (width, filters) = (g.OutputWidth, g.Filters);
        var run = TileProduct.Pairs(width) * TileLoop.PairLength;
        var all = pairs[worker].Ensure<short>((long)TileProduct.PanelCount(filters) * count * height * run);
        var to = all;
        for (var first = 0; first < filters; first += TileLoop.Columns)
        {
            for (var line = 0; line < count * height; line++)
            {
                var y = ((long)(firstImage + (line / height)) * g.OutputHeight) + firstRow + (line % height);
                var row = e.Pointer + (y * width * filters) + first;
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
