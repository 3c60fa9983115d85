using System.Runtime.Intrinsics;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// Forward and error products, of int16 in pairs or, twice as fast, of int8 in quads: packed weights times rows of a matrix or patches of padded
/// images.
/// </summary>
internal sealed unsafe class TileDriver(HostEngine engine)
{
    /// <summary>Rows of a matrix that are an item of work: a few tiles.</summary>
    private const int RowBlock = 2 * TileKernel.WholeRows;

    /// <summary>Items of a dense product that ends in a stage: enough that no thread waits long for the last.</summary>
    private const int ItemsOfThread = 4;

    /// <summary>Columns of such an item, at least where there is one for each thread: the stage begins anew with every row.</summary>
    private const int StageColumns = 256;

    /// <summary>Groups of panels of such an item, at most: with their rows the sums are half of <see cref="ImageBlock.MostBytes"/>.</summary>
    private const int MostGroups = 32;

    /// <summary>Sums of a convolution that are made before they end in a stage.</summary>
    private const int StageSums = 1 << 11;

    private readonly Scratch scratch = engine.Scratch;

    /// <summary>
    /// A product of runs of terms, whose panels are to be packed. Its kernel multiplies bytes where the instructions have that and data and sums
    /// allow it; narrow weights alone where widening would cost more than it gains.
    /// </summary>
    public TileProduct Product(Tensor data, HostTensor<sbyte> weights, int columns, int runs, int terms, Tensor? sums)
    {
        var (kernel, count, steps) = (engine.Kernels.Words, TileProduct.PanelCount(columns), int.MaxValue);
        if (data is HostTensor<sbyte> && sums is null or HostTensor<int>)
        {
            if (engine.Kernels.Bytes is { } bytes) kernel = bytes;
            else if (engine.Kernels.Narrow is { } narrow && Greatest(weights) is var weight && weight <= narrow.MostWeight
                && 3L * QuadPacking.Bias * Math.Max(1, weight) * runs * terms <= int.MaxValue)
                (kernel, steps) = (narrow, Avx2NarrowTile.Steps(weight));
        }

        var loop = new TileLoop(1, runs, kernel.Steps(terms), 0, 0, kernel.Terms) { SafeSteps = steps };
        return new TileProduct
        {
            Kernel = kernel,
            Panels = scratch.Panels.Ensure<byte>((long)count * loop.Steps * TileLoop.StepBytes),
            Start = kernel.Terms == TileLoop.Quad ? scratch.Starts.Ensure<int>(count * TileLoop.Columns) : null,
            Columns = columns,
            Loop = loop,
            SafeSteps = TileProduct.SafePairs(data.Type),
        };
    }

    /// <summary>The product into sums, or, without sums, image by image into a stage.</summary>
    public void Multiply(Tensor data, TileProduct product, in ConvGeometry g, in PlaneGeometry plane, Tensor? sums, ImageStage? stage = null)
    {
        if (g.IsDense) MultiplyRows(data, g.Batch, plane.Channels, product, sums, stage);
        else Correlate(data, plane, product, sums, stage);
    }

    /// <summary>Whole tiles of rows that are <paramref name="step"/> elements apart.</summary>
    public int* RowOffsets(int n, int step)
    {
        var all = scratch.Offsets.Ensure<int>(TileProduct.RoundRows(n));
        for (var i = 0; i < n; i++) all[i] = i * step;
        return RepeatLast(all, n);
    }

    /// <summary>Whole tiles: the rows beyond the last are the last again.</summary>
    public static int* RepeatLast(int* all, int n)
    {
        for (var i = n; i < TileProduct.RoundRows(n); i++) all[i] = all[n - 1];
        return all;
    }

    /// <summary>Where the patch of each window starts.</summary>
    private int* RowOffsets(in PlaneGeometry p)
    {
        var all = scratch.Offsets.Ensure<int>(TileProduct.RoundRows(p.Windows));
        for (var i = 0; i < p.Windows; i++) all[i] = ((i / p.OutputWidth * p.PlaneWidth) + (i % p.OutputWidth)) * p.Step * p.Channels;
        return RepeatLast(all, p.Windows);
    }

    /// <summary>
    /// destination[n, y, x, j] = sum of plane n at (y * step + ky, x * step + kx) times panel column j. Images are the items.
    /// </summary>
    private void Correlate(Tensor source, PlaneGeometry p, TileProduct product, Tensor? destination, ImageStage? stage)
    {
        product.Offsets = RowOffsets(p);
        product.Rows = p.Windows;
        product.Loop = product.Loop with { OuterStep = (nint)p.PlaneWidth * p.Channels };
        var (images, count) = (source.Length / p.ImageLength, TileProduct.PanelCount(product.Columns));
        var parts = stage is null ? engine.Parts(images, count) : 1;
        engine.Pool.Run(images * parts, (product, source, p, destination, scratch, parts, count, stage), static (in s, item, worker) =>
        {
            var ((image, part), p, product) = (Math.DivRem(item, s.parts), s.p, s.product);
            product.A = s.scratch.Planes[worker].Ensure<byte>(((long)p.PlaneLength + p.Excess(product.Kernel)) * product.Kernel.ElementSize);
            if (s.source is HostTensor<short> wide) p.Fill(wide.Pointer + ((long)image * p.ImageLength), product.A, product.Kernel);
            else p.Fill(((HostTensor<sbyte>)s.source).Pointer + ((long)image * p.ImageLength), product.A, product.Kernel);
            if (s.stage is not null)
            {
                var rows = s.stage.RowLength > 0 ? product.Rows : StageRows(product);
                var sums = s.scratch.Accumulators[worker].Ensure<int>((long)Math.Min(rows, product.Rows) * product.Columns);
                if (rows >= product.Rows)
                {
                    product.Into(sums, product.Columns, 0, product.Rows, 0, s.count, false);
                    s.stage.Run(image, sums, s.scratch.Windows[worker].Ensure<int>(s.stage.RowLength));
                    s.stage.End(image, worker);
                    return;
                }

                for (var row = 0; row < product.Rows; row += rows)
                {
                    var end = Math.Min(row + rows, product.Rows);
                    product.Into(sums - ((long)row * product.Columns), product.Columns, row, end, 0, s.count, false);
                    s.stage.Run(sums, (((long)image * product.Rows) + row) * product.Columns, 1, (end - row) * product.Columns, 0);
                }

                s.stage.End(image, worker);
                return;
            }

            var (first, last) = (s.count * part / s.parts, s.count * (part + 1) / s.parts);
            product.Into(s.destination!, 0, product.Rows, first, last, (long)image * product.Rows * product.Columns);
        });
    }

    /// <summary>
    /// c = a * panels for a [rows, terms]: a dense layer's forward product or its error. Blocks of rows times panels are the items; without c, of an
    /// error, each ends in a stage.
    /// </summary>
    private void MultiplyRows(Tensor a, int count, int terms, TileProduct product, Tensor? c, ImageStage? stage)
    {
        product.A = Converted(a, product.Kernel, terms);
        product.Offsets = RowOffsets(count, terms);
        product.Rows = count;
        var (blocks, panelCount) = ((count + RowBlock - 1) / RowBlock, TileProduct.PanelCount(product.Columns));
        if (stage is not null)
        {
            var (groups, workers) = (product.Kernel.Groups(panelCount), engine.Pool.Workers);
            var wanted = Math.Max((workers + blocks - 1) / blocks, Math.Min(ItemsOfThread * workers / blocks, product.Columns / StageColumns));
            var parts = Math.Clamp(wanted, (groups + MostGroups - 1) / MostGroups, groups);
            engine.Pool.Run(parts * blocks, (product, blocks, parts, groups, panelCount, stage, scratch), static (in s, item, worker) =>
            {
                var ((part, block), product, panels) = (Math.DivRem(item, s.blocks), s.product, s.product.Kernel.Panels);
                var (first, panel) = (block * RowBlock, s.groups * part / s.parts * panels);
                var last = Math.Min(product.Rows, first + RowBlock);
                var lastPanel = Math.Min(s.panelCount, s.groups * (part + 1) / s.parts * panels);
                var column = panel * TileLoop.Columns;
                var width = Math.Min(product.Columns, lastPanel * TileLoop.Columns) - column;
                var sums = s.scratch.Accumulators[worker].Ensure<int>((long)(last - first) * width);
                product.Into(sums - ((long)first * width) - column, width, first, last, panel, lastPanel, false);
                s.stage.Run(sums, ((long)first * product.Columns) + column, last - first, width, product.Columns);
            });
            return;
        }

        engine.Pool.Run(product.Kernel.Groups(panelCount) * blocks, (product, c: c!, blocks, panelCount), static (in s, item, _) =>
        {
            var (group, first) = (item / s.blocks, item % s.blocks * RowBlock);
            var panel = group * s.product.Kernel.Panels;
            var lastPanel = Math.Min(s.panelCount, panel + s.product.Kernel.Panels);
            s.product.Into(s.c, first, Math.Min(s.product.Rows, first + RowBlock), panel, lastPanel, 0);
        });
    }

    /// <summary>
    /// Rows of an image whose sums are in a first-level cache when the stage reads them; all of them where the panels are too many to be read again.
    /// </summary>
    private static int StageRows(in TileProduct product)
    {
        var panels = (long)TileProduct.PanelCount(product.Columns) * product.Loop.Steps * TileLoop.StepBytes;
        if (panels > TileOrder.CacheBytes) return product.Rows;
        return TileProduct.RoundRows(Math.Max(1, StageSums / product.Columns));
    }

    /// <summary>A matrix in the kernel's elements.</summary>
    private void* Converted(Tensor a, TileKernel kernel, int terms)
    {
        var to = scratch.Rows.Ensure<byte>(((long)a.Length + kernel.Excess(terms)) * kernel.ElementSize);
        engine.Ranges(a.Length, (a, kernel, to: (nint)to), static (in s, start, n) =>
        {
            if (s.kernel.Terms == TileLoop.Quad) QuadPacking.Biased(((HostTensor<sbyte>)s.a).Pointer + start, (byte*)s.to + start, n, s.kernel.Bias);
            else if (s.a is HostTensor<short> wide) Packing.Widen(wide.Pointer + start, (short*)s.to + start, n);
            else Packing.Widen(((HostTensor<sbyte>)s.a).Pointer + start, (short*)s.to + start, n);
        });
        return to;
    }

    /// <summary>The greatest magnitude.</summary>
    private int Greatest(HostTensor<sbyte> weights)
    {
        var most = 0;
        engine.Ranges(weights.Length, (weights, engine.Joining, most: (nint)(&most)), static (in s, start, n) =>
        {
            var from = s.weights.Pointer + start;
            var (i, greatest) = (0, Vector256<byte>.Zero);
            for (; i + Vector256<byte>.Count <= n; i += Vector256<byte>.Count)
                greatest = Vector256.Max(greatest, Vector256.Abs(Vector256.Load(from + i)).AsByte());
            var mine = 0;
            for (var lane = 0; lane < Vector256<byte>.Count; lane++) mine = Math.Max(mine, greatest[lane]);
            for (; i < n; i++) mine = Math.Max(mine, Math.Abs((int)from[i]));
            lock (s.Joining) *(int*)s.most = Math.Max(*(int*)s.most, mine);
        });
        return most;
    }
}
