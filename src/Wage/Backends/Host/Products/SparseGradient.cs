using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>The weights' gradients over the errors that are not 0, where the inputs are not negative: what follows a ReLU.</summary>
internal sealed unsafe class SparseGradient(HostEngine engine)
{
    private readonly Scratch scratch = engine.Scratch;
    private readonly WorkerPool pool = engine.Pool;

    /// <summary>
    /// False where this is not the way: no AVX2, instructions that multiply all errors as bytes and are always faster so,
    /// sums of 64 bits, negative inputs (those around the image too), or rows so short that a vector is mostly empty.
    /// </summary>
    public bool Try(HostTensor<sbyte> x, HostTensor<sbyte> e, in ConvGeometry g, Tensor gradient)
    {
        if (engine.Kernels.ErrorsPerEntry == 0 || !SparseTile.IsSupported || gradient is not HostTensor<int> sums) return false;
        if (g.KernelWidth * g.Channels < SparseTile.Columns / 2 || g.Padding.Value < 0 || AnyNegative(x)) return false;
        return Run(x, e, g, sums);
    }

    /// <summary>
    /// For blocks of images: the inputs are padded and the errors listed by segment (rows of positions that share a cache) and filter; then the
    /// sums' chunks (a kernel row, up to 192 of its columns, a few filters) are the items, each of one thread alone. False, with nothing written,
    /// where the first block's errors are so many or so great that the product of all of them is faster.
    /// </summary>
    private bool Run(HostTensor<sbyte> x, HostTensor<sbyte> e, in ConvGeometry geometry, HostTensor<int> gradient)
    {
        var (g, p) = (geometry, PlaneGeometry.OfInputs(geometry) with { Value = geometry.Padding.Value });
        var plan = new SparsePlan(g, p, pool.Workers);
        var whole = g.IsDense && g.Channels % SparseTile.Columns == 0;
        var all = (SparseList*)scratch.Lists.Ensure<byte>((long)plan.Segments * g.Filters * sizeof(SparseList));
        var capacity = SparseList.Capacity(plan.SegmentLines * g.OutputWidth);
        var at = scratch.ListOffsets.Ensure<int>((long)plan.Segments * g.Filters * capacity);
        var values = scratch.ListValues.Ensure<sbyte>((long)plan.Segments * g.Filters * capacity);
        var counts = scratch.ListPairs.Ensure<ushort>((long)plan.Segments * g.Filters * capacity / 2);
        for (var i = 0; i < plan.Segments * g.Filters; i++)
        {
            var place = (long)i * capacity;
            all[i] = new SparseList { Offsets = at + place, Values = values + place, Pairs = counts + (place / 2) };
        }

        var inputs = whole ? x.Pointer : scratch.Rows.Ensure<sbyte>(((long)plan.Images * p.PlaneLength) + plan.Excess);
        for (var first = 0; first < g.Batch; first += plan.Images)
        {
            var images = Math.Min(plan.Images, g.Batch - first);
            if (!whole)
            {
                pool.Run(images, (x, p, first, inputs: (nint)inputs), static (in s, image, _) =>
                    s.p.Fill(s.x.Pointer + ((long)(s.first + image) * s.p.ImageLength), (byte*)s.inputs + ((long)image * s.p.PlaneLength), (byte)0));
            }

            pool.Run(plan.Segments * plan.ListItems, (e, g, p, plan, first, images, all: (nint)all), static (in s, item, _) =>
            {
                var (segment, part) = Math.DivRem(item, s.plan.ListItems);
                var filter = part * 32;
                var mine = (SparseList*)s.all + ((long)segment * s.g.Filters) + filter;
                var from = s.e.Pointer + ((long)s.first * s.g.OutputHeight * s.g.OutputWidth * s.g.Filters);
                List(from, s.g, s.p, s.plan, s.images, segment, filter, mine);
            });
            if (first == 0 && !Pays(all, plan.Segments * g.Filters, (long)images * g.OutputHeight * g.OutputWidth * g.Filters)) return false;
            var work = (g, plan, first, all: (nint)all, inputs: (nint)(inputs + (whole ? (long)first * g.Channels : 0)), p, gradient);
            pool.Run(plan.Items, work, static (in s, item, _) =>
                AddLists((SparseList*)s.all, (byte*)s.inputs, s.g, s.p, s.plan, item, s.first == 0, s.gradient.Pointer));
        }

        return true;
    }

    /// <summary>
    /// Widening a group's sums takes the time of one and a half pairs of entries; an entry, that of so many errors in the product of all.
    /// </summary>
    private bool Pays(SparseList* lists, int count, long errors)
    {
        var time = 0L;
        for (var i = 0; i < count; i++) time += lists[i].Count + (3L * lists[i].Groups);
        return time * engine.Kernels.ErrorsPerEntry <= errors;
    }

    /// <summary>The lists of up to 32 filters over one segment of a block whose first error is e.</summary>
    private static void List(
        sbyte* e, in ConvGeometry g, in PlaneGeometry p, in SparsePlan plan, int images, int segment, int filter, SparseList* mine)
    {
        var filters = Math.Min(32, g.Filters - filter);
        for (var f = 0; f < filters; f++) mine[f].Count = 0;
        var (last, width, step) = (Math.Min((segment + 1) * plan.SegmentLines, images * g.OutputHeight), g.OutputWidth, g.Stride * g.Channels);
        for (var line = segment * plan.SegmentLines; line < last; line++)
        {
            var (image, y) = Math.DivRem(line, g.OutputHeight);
            var offset = (image * p.PlaneLength) + (y * g.Stride * p.PlaneWidth * p.Channels);
            var from = e + ((long)line * width * g.Filters) + filter;
            for (var column = 0; column < width; column++, from += g.Filters, offset += step)
                SparseList.Append(mine, from, filters, offset);
        }

        for (var f = 0; f < filters; f++) mine[f].Group();
    }

    /// <summary>One item: some filters' sums over one chunk of one kernel row.</summary>
    private static void AddLists(
        SparseList* lists, byte* inputs, in ConvGeometry g, in PlaneGeometry p, in SparsePlan plan, int item, bool fresh, int* gradient)
    {
        var (block, chunk) = Math.DivRem(item, plan.Chunks * g.KernelHeight);
        var ky = Math.DivRem(chunk, plan.Chunks, out chunk);
        var (terms, first) = (g.KernelWidth * g.Channels, chunk * SparsePlan.ChunkColumns);
        var columns = Math.Min(SparsePlan.ChunkColumns, terms - first);
        var vectors = (columns + SparseTile.Columns - 1) / SparseTile.Columns;
        var from = inputs + ((long)ky * p.PlaneWidth * p.Channels) + first;
        var to = gradient + ((long)ky * terms) + first;
        var (firstFilter, lastFilter) = (block * plan.Filters, Math.Min(g.Filters, (block + 1) * plan.Filters));
        var tile = stackalloc int[SparsePlan.ChunkColumns];
        if (fresh)
            for (var f = firstFilter; f < lastFilter; f++) new Span<int>(to + ((long)f * g.FanIn), columns).Clear();
        for (var segment = 0; segment < plan.Segments; segment++)
        {
            for (var f = firstFilter; f < lastFilter; f++)
            {
                var list = lists + ((long)segment * g.Filters) + f;
                var sums = to + ((long)f * g.FanIn);
                if (columns % SparseTile.Columns == 0)
                {
                    SparseTile.Add(vectors, *list, from, sums);
                    continue;
                }

                new Span<int>(tile, SparsePlan.ChunkColumns).Clear();
                SparseTile.Add(vectors, *list, from, tile);
                for (var j = 0; j < columns; j++) sums[j] += tile[j];
            }
        }
    }

    private bool AnyNegative(HostTensor<sbyte> x)
    {
        var any = 0;
        engine.Ranges(x.Length, (x, any: (nint)(&any)), static (in s, start, n) =>
        {
            if (SparseTile.AnyNegative(s.x.Pointer + start, n)) Volatile.Write(ref *(int*)s.any, 1);
        });
        return any != 0;
    }
}
