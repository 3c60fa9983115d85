using System.Numerics;
using System.Runtime.InteropServices;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// Depthwise convolutions: a sum has a handful of terms, of one channel, so that vectors go over the channels and memory is what limits. The rows
/// that the taps read are kept as pairs, each made once from the image that is read once.
/// </summary>
internal sealed unsafe class DepthwiseProducts(HostEngine engine)
{
    private readonly Scratch scratch = engine.Scratch;
    private readonly WorkerPool pool = engine.Pool;

    /// <summary>The forward product into sums, or, without sums, image by image into a stage.</summary>
    public void Forward(HostTensor<sbyte> x, HostTensor<sbyte> w, in ConvGeometry g, Tensor? sums, ImageStage? stage)
    {
        var taps = new DepthwiseTaps(g.Filters, g.Filters, g.KernelHeight, g.KernelWidth, g.OutputWidth, g.Stride, engine.WideLanes);
        var rows = InputRows(g, 1, taps.LineColumns) with { Value = g.Padding.Value };
        Sums(x, w, g.Batch, g.OutputHeight, taps, rows, false, 1, sums, stage);
    }

    /// <summary>
    /// The error product: that of the errors, zeros between them where there is a stride, with the mirrored kernels; a channel's error is the
    /// sum over the filters that read it. Without sums, image by image into a stage, where one filter reads a channel.
    /// </summary>
    public void Error(Tensor e, HostTensor<sbyte> w, in ConvGeometry g, Tensor? delta, ImageStage? stage = null)
    {
        var taps = new DepthwiseTaps(g.Filters, g.Filters, g.KernelHeight, g.KernelWidth, g.Width, 1, engine.WideLanes);
        var rows = new PairRows(
            g.OutputHeight, g.OutputWidth, g.Filters, g.Filters, 1, g.KernelHeight - 1 - g.Padding.Top, g.KernelWidth - 1 - g.Padding.Left,
            g.Stride, 1, 1, taps.LineColumns);
        if (e is HostTensor<short> wide) Sums(wide, w, g.Batch, g.Height, taps, rows, true, g.GroupFilters, delta, stage);
        else Sums((HostTensor<sbyte>)e, w, g.Batch, g.Height, taps, rows, true, g.GroupFilters, delta, stage);
    }

    private static PairRows InputRows(in ConvGeometry g, int step, int columns) =>
        new(g.Height, g.Width, g.Channels, g.Channels, g.GroupFilters, g.Padding.Top, g.Padding.Left, 1, 1, step, columns);

    /// <summary>Images, or parts of their rows where there are few, are the items.</summary>
    private void Sums<T>(
        HostTensor<T> source, HostTensor<sbyte> w, int images, int height, DepthwiseTaps taps, PairRows rows, bool mirrored, int added, Tensor? sums,
        ImageStage? stage)
        where T : unmanaged, IBinaryInteger<T>
    {
        var packed = scratch.Panels.Ensure<int>(taps.PackedLength);
        taps.Pack(w.Pointer, mirrored, packed);
        var parts = stage is null ? engine.Parts(images, height) : 1;
        var work = (scratch, source, w: (nint)packed, height, taps, rows, parts, added, sums, stage);
        pool.Run(images * parts, work, static (in s, item, worker) =>
        {
            var ((image, part), taps, rows, all) = (Math.DivRem(item, s.parts), s.taps, s.rows, s.taps.Filters);
            var (first, last) = (s.height * part / s.parts, s.height * (part + 1) / s.parts);
            var from = s.source.Pointer + ((long)image * rows.Height * rows.Width * rows.Pixel);
            var lines = stackalloc int*[taps.KernelHeight];
            var length = taps.Columns * all;
            var narrow = s.added == 1 ? s.sums as HostTensor<int> : null;
            var kept = narrow is not null ? null : s.scratch.Accumulators[worker].Ensure<int>(s.stage is null ? length : (long)length * s.height);
            var stream = narrow is not null && taps.Streams(narrow.Pointer, (long)narrow.Length * sizeof(int));
            var block = rows.Multiplier == 1 && (narrow is not null || s.stage is not null) ? DepthwiseLanes.Block : all;
            for (var f = 0; f < all; f += block)
            {
                taps = taps with { Filters = Math.Min(block, all - f) };
                if (rows.Multiplier == 1) rows = rows with { Channels = taps.Filters };
                var ring = new RowRing<T>(rows, from + f, taps.KernelHeight, s.scratch.Planes[worker], s.scratch.PairedPlanes[worker]);
                for (var y = first; y < last; y++)
                {
                    ring.Lines(y * taps.Step, lines);
                    var place = ((long)image * s.height) + y;
                    var to = narrow is not null ? narrow.Pointer + (place * length) : kept + (s.stage is null ? 0 : (long)y * length);
                    taps.Row(lines, (int*)s.w + f, to + f, stream);
                    if (narrow is not null || s.stage is not null) continue;
                    var added = length / s.added;
                    if (s.sums is HostTensor<int> sums) AddFilters(kept, added, s.added, sums.Pointer + (place * added));
                    else AddFilters(kept, added, s.added, ((HostTensor<long>)s.sums!).Pointer + (place * added));
                }
            }

            if (stream) Interlocked.MemoryBarrier();
            if (s.stage is null) return;
            s.stage.Run(image, kept, s.scratch.Windows[worker].Ensure<int>(s.stage.RowLength));
            s.stage.End(image, worker);
        });
    }

    /// <summary>to[c] = the sum of as many neighbours as are added.</summary>
    private static void AddFilters<T>(int* from, int count, int added, T* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var c = 0; c < count; c++)
        {
            var sum = 0L;
            for (var j = 0; j < added; j++) sum += *from++;
            to[c] = T.CreateTruncating(sum);
        }
    }

    /// <summary>Each thread adds up the rows that it takes; the threads' sums are added at the end, exact in any order.</summary>
    public void Gradient<T>(HostTensor<sbyte> x, HostTensor<T> e, in ConvGeometry g, Tensor gradient)
        where T : unmanaged, IBinaryInteger<T>
    {
        var taps = new DepthwiseGradient(g.Filters, g.Filters, g.KernelHeight, g.KernelWidth, g.OutputWidth, g.Stride, engine.WideLanes);
        var inputs = InputRows(g, g.Stride, taps.LineColumns) with { Value = g.Padding.Value };
        var errors = new PairRows(g.OutputHeight, g.OutputWidth, g.Filters, g.Filters, 1, 0, 0, 1, 2, 1, taps.Pairs);
        var (parts, wide, length) = (engine.Parts(g.Batch, g.OutputHeight), gradient is HostTensor<long>, taps.SumLength);
        var sums = (byte*)scratch.Partials.Ensure<long>(pool.Workers * length);
        NativeMemory.Clear(sums, (nuint)(pool.Workers * length * sizeof(long)));
        var work = (scratch, x, e, sums: (nint)sums, g.OutputHeight, taps, inputs, errors, parts, wide, length);
        pool.Run(g.Batch * parts, work, static (in s, item, worker) =>
        {
            var ((image, part), taps, inputs, errors, all) = (Math.DivRem(item, s.parts), s.taps, s.inputs, s.errors, s.taps.Filters);
            var (first, last) = (s.OutputHeight * part / s.parts, s.OutputHeight * (part + 1) / s.parts);
            var from = s.x.Pointer + ((long)image * inputs.Height * inputs.Width * inputs.Pixel);
            var e = s.e.Pointer + ((long)image * errors.Height * errors.Width * errors.Pixel);
            var lines = stackalloc int*[taps.KernelHeight];
            var pairs = s.scratch.Pairs[worker].Ensure<int>(errors.Length);
            var spare = s.scratch.PairStarts[worker].Ensure<T>(errors.SpareLength);
            var mine = s.sums + (worker * (nint)s.length * sizeof(long));
            var block = inputs.Multiplier == 1 ? DepthwiseLanes.Block : all;
            for (var f = 0; f < all; f += block)
            {
                taps = taps with { Filters = Math.Min(block, all - f) };
                if (inputs.Multiplier == 1) inputs = inputs with { Channels = taps.Filters };
                errors = errors with { Channels = taps.Filters };
                var ring = new RowRing<sbyte>(inputs, from + f, taps.KernelHeight, s.scratch.Planes[worker], s.scratch.PairedPlanes[worker]);
                for (var y = first; y < last; y++)
                {
                    ring.Lines(y * taps.Step, lines);
                    errors.Fill(e + f, y, pairs, spare);
                    if (s.wide) taps.Add(lines, pairs, (long*)mine + f);
                    else taps.Add(lines, pairs, (int*)mine + f);
                }
            }
        });
        if (gradient is HostTensor<long> all) AddParts((long*)sums, all.Pointer, g);
        else AddParts((int*)sums, ((HostTensor<int>)gradient).Pointer, g);

        void AddParts<TSum>(TSum* from, TSum* to, in ConvGeometry g)
            where TSum : unmanaged, IBinaryInteger<TSum>
        {
            var (step, pitch) = (length * (sizeof(long) / sizeof(TSum)), DepthwiseLanes.Whole(g.Filters));
            for (var f = 0; f < g.Filters; f++)
            {
                for (var tap = 0; tap < g.FanIn; tap++, to++)
                {
                    *to = TSum.Zero;
                    for (var worker = 0; worker < pool.Workers; worker++) *to += from[(worker * step) + ((long)tap * pitch) + f];
                }
            }
        }
    }
}
