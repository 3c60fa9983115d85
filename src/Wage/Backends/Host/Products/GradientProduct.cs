using System.Numerics;
using System.Runtime.InteropServices;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>The weights' gradients: sums over positions, two or four neighbouring positions to a step.</summary>
internal sealed unsafe class GradientProduct(HostEngine engine, TileDriver tiles)
{
    /// <summary>The steps of a gradient's tile: what a row and a panel of them touch stays in a first-level cache.</summary>
    private const int TileSteps = 128;

    private readonly Scratch scratch = engine.Scratch;
    private readonly WorkerPool pool = engine.Pool;
    private readonly WinogradGradient winograd = new(engine, tiles);

    /// <summary>The gradient of a layer without groups.</summary>
    public void Run<T>(HostTensor<sbyte> x, HostTensor<T> e, in ConvGeometry g, Tensor gradient)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (g.IsDense) Dense(x, e, g, gradient);
        else if (e is HostTensor<sbyte> errors && winograd.Takes(GradientKernel(e, g.OutputWidth), g)) Winograd(x, errors, g, gradient);
        else Convolution(x, e, g, gradient);
    }

    private void Winograd(HostTensor<sbyte> x, HostTensor<sbyte> e, in ConvGeometry g, Tensor gradient)
    {
        var (parts, size, kernel) = (Math.Min(pool.Workers, g.Batch), (long)g.FanIn * g.Filters, GradientKernel(e, g.OutputWidth));
        var wide = gradient is HostTensor<long>;
        var sums = scratch.Partials.Ensure<long>(wide ? parts * size : ((parts * size) + 1) / 2);
        if (wide) winograd.Run(x, e, g, kernel, sums, size, parts);
        else winograd.Run(x, e, g, kernel, (int*)sums, size, parts);
        AddParts((nint)sums, parts, size, g.Filters, g, gradient);
    }

    /// <summary>
    /// gradient[f, c] = sum over samples: rows are filters, columns inputs, the terms samples. Tiles of inputs are the items.
    /// </summary>
    private void Dense<T>(HostTensor<sbyte> x, HostTensor<T> e, in ConvGeometry g, Tensor gradient)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (batch, inputs, filters, kernel) = (g.Batch, g.Channels, g.Filters, GradientKernel(e, g.Batch));
        var (count, pitch) = (kernel.Steps(batch), PairedPitch(filters));
        var errors = scratch.Rows.Ensure<int>((long)count * pitch);
        pool.Run(count, (e, filters, batch, pitch, kernel, errors: (nint)errors), static (in s, step, _) =>
        {
            var first = step * s.kernel.Terms;
            var from = s.e.Pointer + ((long)first * s.filters);
            StepPacking.Interleave(
                s.kernel.Terms, from, s.filters, s.batch - first, s.filters, (int*)s.errors + ((long)step * s.pitch), s.filters, s.kernel.Bias);
        });
        var product = new TileProduct
        {
            Kernel = kernel,
            A = errors,
            Offsets = tiles.RowOffsets(filters, kernel.Terms),
            Rows = filters,
            Columns = inputs,
            Loop = new TileLoop(1, 1, count, 0, 0, kernel.Terms * pitch),
            SafeSteps = SafeSteps(kernel, e.Type),
        };
        var panelCount = TileProduct.PanelCount(inputs);
        product.Panels = scratch.Panels.Ensure<int>((long)panelCount * count * TileLoop.Columns);
        product.Start = kernel.Terms == TileLoop.Quad ? scratch.Starts.Ensure<int>(panelCount * TileLoop.Columns) : null;
        pool.Run(kernel.Groups(panelCount), (product, x, batch, panelCount, gradient), static (in s, group, _) =>
        {
            var (product, inputs, kernel) = (s.product, s.product.Columns, s.product.Kernel);
            var (firstPanel, lastPanel) = (group * kernel.Panels, Math.Min(s.panelCount, (group + 1) * kernel.Panels));
            for (var panel = firstPanel; panel < lastPanel; panel++)
            {
                var first = panel * TileLoop.Columns;
                var to = (int*)product.Panel(panel);
                for (var step = 0; step < product.Loop.Steps; step++)
                {
                    var sample = step * kernel.Terms;
                    var from = s.x.Pointer + ((long)sample * inputs) + first;
                    StepPacking.Interleave(
                        kernel.Terms, from, inputs, s.batch - sample, Math.Min(TileLoop.Columns, inputs - first),
                            to + (step * TileLoop.Columns), TileLoop.Columns, 0);
                }

                product.SetStart(panel);
            }

            product.Into(s.gradient, 0, product.Rows, firstPanel, lastPanel, 0);
        });
    }

    /// <summary>
    /// Rows are taps (ky, kx, c), columns filters, the terms neighbouring positions of a row. Each thread adds up the images it
    /// takes; the threads' sums are added at the end, exact in any order.
    /// </summary>
    private void Convolution<T>(HostTensor<sbyte> x, HostTensor<T> e, in ConvGeometry geometry, Tensor gradient)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (g, kernel) = (geometry, GradientKernel(e, geometry.OutputWidth));
        var p = PlaneGeometry.OfInputs(g) with { Value = g.Padding.Value };
        var terms = kernel.Terms;
        var (taps, pixel, pitch) = (g.FanIn, PixelPitch(g.Channels), PairedPitch(p.PlaneWidth * PixelPitch(g.Channels)));
        var product = new TileProduct
        {
            Kernel = kernel,
            Offsets = TapOffsets(g, pixel, pitch, terms),
            Rows = kernel.RoundRows(taps),
            Columns = TileProduct.PanelCount(g.Filters) * TileLoop.Columns,
            Loop = new TileLoop(
                1, g.OutputHeight, kernel.Steps(g.OutputWidth), terms * (nint)pitch * p.PlaneHeight, terms * (nint)g.Stride * pitch,
                terms * terms * (nint)g.Stride * pixel),
            SafeSteps = SafeSteps(kernel, e.Type),
        };
        var parts = Math.Min(pool.Workers, g.Batch);
        var size = (long)product.Rows * product.Columns;
        var wide = gradient is HostTensor<long>;
        var sums = (byte*)scratch.Partials.Ensure<long>(wide ? parts * size : ((parts * size) + 1) / 2);
        var (group, lines, taken) = (ImagesPerTile(product.Loop.Steps, g.Batch), Math.Max(1, TileSteps / product.Loop.Inner), 0);
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
                var paired = s.self.PairedPlanes(s.x, first, count, s.p, g.Stride, product.Kernel, worker);
                for (var y = 0; y < g.OutputHeight; y += s.lines)
                {
                    var loop = product.Loop with { Planes = count, Outer = Math.Min(s.lines, g.OutputHeight - y) };
                    var errors = s.self.ErrorPanels(s.e, first, count, y, loop.Outer, g, product.Kernel, worker, out var start);
                    var line = paired + (y * loop.OuterStep * product.Kernel.ElementSize);
                    var one = product with { A = line, Panels = errors, Start = start, Loop = loop };
                    if (wide) one.Into((long*)sum, one.Columns, 0, one.Rows, 0, TileProduct.PanelCount(g.Filters), true);
                    else one.Into((int*)sum, one.Columns, 0, one.Rows, 0, TileProduct.PanelCount(g.Filters), true);
                }
            }
        });
        AddParts((nint)sums, parts, size, product.Columns, g, gradient);
    }

    /// <summary>gradient[f][tap] = the sum of the parts' [tap][f].</summary>
    private void AddParts(nint sums, int parts, long size, int columns, in ConvGeometry g, Tensor gradient) =>
        pool.Run(TileProduct.PanelCount(g.Filters), (g, sums, parts, size, columns, gradient), static (in s, panel, _) =>
        {
            if (s.gradient is HostTensor<long> wide) AddParts((long*)s.sums, s.parts, s.size, s.columns, panel, s.g, wide.Pointer);
            else AddParts((int*)s.sums, s.parts, s.size, s.columns, panel, s.g, ((HostTensor<int>)s.gradient).Pointer);
        });

    /// <summary>Where the steps of tap (ky, kx, c) start.</summary>
    private int* TapOffsets(in ConvGeometry g, int pixel, int pitch, int terms)
    {
        var all = scratch.Offsets.Ensure<int>(TileProduct.RoundRows(g.FanIn));
        for (var i = 0; i < g.FanIn; i++)
        {
            var (place, c) = Math.DivRem(i, g.Channels);
            var (ky, kx) = Math.DivRem(place, g.KernelWidth);
            all[i] = terms * ((ky * pitch) + (kx * pixel) + c);
        }

        return TileDriver.RepeatLast(all, g.FanIn);
    }

    /// <summary>Small images share a tile's sums, so that reading and writing these weighs less.</summary>
    private int ImagesPerTile(int imageSteps, int batch) => Math.Clamp(TileSteps / imageSteps, 1, Math.Max(1, batch / (4 * pool.Workers)));

    /// <summary>
    /// Words from one row of pairs to the next: an odd number of cache lines, so that a walk down the rows does not fall on the same few
    /// sets of a cache.
    /// </summary>
    private static int PairedPitch(int rowLength) => (((rowLength + 15) / 16) | 1) * 16;

    /// <summary>Pairs from one pixel to the next, an odd number of cache lines for the same reason where there are many.</summary>
    private static int PixelPitch(int channels) => channels >= 64 && channels % 32 == 0 ? channels + 16 : channels;

    /// <summary>Padded images as steps: (value at x, value at x + stride, ...) for every value.</summary>
    private byte* PairedPlanes(HostTensor<sbyte> x, int first, int count, PlaneGeometry p, int stride, TileKernel kernel, int worker)
    {
        var (channels, pixel, step, terms) = (p.Channels, PixelPitch(p.Channels), stride * p.Channels, kernel.Terms);
        var (row, pitch) = (p.PlaneWidth * channels, PairedPitch(p.PlaneWidth * pixel));
        var run = pixel == channels ? row : channels;
        var all = scratch.PairedPlanes[worker].Ensure<int>((long)count * p.PlaneHeight * pitch);
        var to = all;
        var plane = scratch.Planes[worker].Ensure<short>(p.PlaneLength + ((terms - 1) * step));
        for (var i = 0; i < count; i++)
        {
            p.Fill(x.Pointer + ((long)(first + i) * p.ImageLength), plane, kernel);
            for (var y = 0; y < p.PlaneHeight; y++, to += pitch)
            {
                for (var value = 0; value < row; value += run)
                {
                    var place = to + ((long)(value / channels) * pixel);
                    var from = ((long)y * row) + value;
                    if (terms == TileLoop.Quad) StepPacking.Interleave(terms, (sbyte*)plane + from, step, terms, run, place, run, 0);
                    else StepPacking.Interleave(terms, plane + from, step, terms, run, place, run, 0);
                }
            }
        }

        return (byte*)all;
    }

    /// <summary>
    /// The errors of rows [firstRow, firstRow + height) of some images: [panel][image][row][step of columns][16][terms], and what each
    /// column starts from.
    /// </summary>
    private void* ErrorPanels<T>(
        HostTensor<T> e, int firstImage, int count, int firstRow, int height, in ConvGeometry g, TileKernel kernel, int worker, out int* start)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (width, filters, terms) = (g.OutputWidth, g.Filters, kernel.Terms);
        var (panelCount, steps) = (TileProduct.PanelCount(filters), count * height * kernel.Steps(width));
        var all = scratch.Pairs[worker].Ensure<int>((long)panelCount * steps * TileLoop.Columns);
        var to = all;
        start = terms == TileLoop.Quad ? scratch.PairStarts[worker].Ensure<int>(panelCount * TileLoop.Columns) : null;
        for (var first = 0; first < filters; first += TileLoop.Columns)
        {
            for (var line = 0; line < count * height; line++)
            {
                var y = ((long)(firstImage + (line / height)) * g.OutputHeight) + firstRow + (line % height);
                var row = e.Pointer + (y * width * filters) + first;
                for (var column = 0; column < width; column += terms, row += terms * filters, to += TileLoop.Columns)
                    StepPacking.Interleave(terms, row, filters, width - column, Math.Min(TileLoop.Columns, filters - first), to, TileLoop.Columns, 0);
            }

            if (start is not null) QuadPacking.Start((sbyte*)(to - ((long)steps * TileLoop.Columns)), steps, start + first);
        }

        return all;
    }

    /// <summary>
    /// Bytes where the instructions multiply them over their whole range, else pairs; a line of <paramref name="terms"/> must not overflow int32.
    /// </summary>
    private TileKernel GradientKernel(Tensor e, int terms) =>
        engine.Kernels.Bytes is { } bytes && e is HostTensor<sbyte> && bytes.Steps(terms) <= TileProduct.SafeQuads ? bytes : engine.Kernels.Words;

    private static int SafeSteps(TileKernel kernel, ElementType errors) =>
        kernel.Terms == TileLoop.Quad ? TileProduct.SafeQuads : TileProduct.SafePairs(errors);

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
