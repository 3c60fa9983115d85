using System.Runtime.Intrinsics;
using Wage.Backends;
using Wage.Backends.Host;

namespace Wage.Simulation.Products;

/// <summary>
/// The float32 products on this machine's cores. <see cref="FloatDefinition"/> says what each is, <see cref="FloatSum"/> in which order: every number
/// of lanes and threads gives these bits. With one lane and no threads the definition itself runs. One caller at a time; a product that ran once
/// allocates nothing.
/// </summary>
/// <param name="pool">The threads; null: the caller's alone.</param>
/// <param name="lanes">The greatest number of values side by side: 1, 4, 8 or 16.</param>
internal sealed unsafe class FloatEngine(WorkerPool? pool, int lanes)
{
    /// <summary>The extents of C that one thread does at a time.</summary>
    private const int PartRows = 32, PartColumns = 128;

    private readonly FloatScratch weights = new();
    private readonly FloatScratch[] strips = [.. Enumerable.Range(0, pool?.Workers ?? 1).Select(_ => new FloatScratch())];

    /// <summary>What this machine's vectors hold.</summary>
    public static int Widest => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    /// <summary>The greatest number of values side by side.</summary>
    public int Lanes => lanes;

    private bool IsDefinition => pool is null && lanes == 1;

    /// <summary>y = x * w + bias. x [N,H,W,C], w [F,KH,KW,C/G], bias [F] or null, y [N,OH,OW,F].</summary>
    /// <exception cref="ArgumentException">A tensor has another size.</exception>
    public void Convolve(FloatTensor x, FloatTensor w, FloatTensor? bias, in ConvGeometry g, FloatTensor y)
    {
        Require(x, g.InputLength, nameof(x));
        Require(w, g.WeightLength, nameof(w));
        Require(y, g.OutputLength, nameof(y));
        if (bias is not null) Require(bias, g.Filters, nameof(bias));
        if (IsDefinition)
        {
            FloatDefinition.Convolve(x, w, bias, g, y);
            return;
        }

        var b = weights.Take(g.WeightLength);
        for (var f = 0; f < g.Filters; f++)
        {
            for (var t = 0; t < g.FanIn; t++) b[((nint)t * g.Filters) + f] = w.Pointer[((nint)f * g.FanIn) + t];
        }

        Windows(new(g, (nint)x.Pointer, (nint)b, bias is null ? 0 : (nint)bias.Pointer, (nint)y.Pointer, null));
    }

    /// <summary>The error of the input. e [N,OH,OW,F], w [F,KH,KW,C/G], delta [N,H,W,C].</summary>
    /// <exception cref="ArgumentException">A tensor has another size.</exception>
    public void ConvolveError(FloatTensor e, FloatTensor w, in ConvGeometry g, FloatTensor delta)
    {
        Require(e, g.OutputLength, nameof(e));
        Require(w, g.WeightLength, nameof(w));
        Require(delta, g.InputLength, nameof(delta));
        if (IsDefinition)
        {
            FloatDefinition.ConvolveError(e, w, g, delta);
            return;
        }

        if (g.Stride > 1) delta.Span.Clear();
        for (var y = 0; y < Math.Min(g.Stride, g.Height); y++)
        {
            for (var x = 0; x < Math.Min(g.Stride, g.Width); x++)
            {
                var phase = new ErrorPhase(g, y, x);
                if (!phase.HasTaps) continue;
                var p = phase.Geometry;
                var b = weights.Take(p.WeightLength);
                Transpose(w.Pointer, phase, p, b);
                Windows(new(p, (nint)e.Pointer, (nint)b, 0, (nint)delta.Pointer, g.Stride == 1 ? null : phase));
            }
        }
    }

    /// <summary>The gradient of the weights. x [N,H,W,C], e [N,OH,OW,F], gradient [F,KH,KW,C/G].</summary>
    /// <exception cref="ArgumentException">A tensor has another size.</exception>
    public void ConvolveGradient(FloatTensor x, FloatTensor e, in ConvGeometry g, FloatTensor gradient)
    {
        Require(x, g.InputLength, nameof(x));
        Require(e, g.OutputLength, nameof(e));
        Require(gradient, g.WeightLength, nameof(gradient));
        if (IsDefinition)
        {
            FloatDefinition.ConvolveGradient(x, e, g, gradient);
            return;
        }

        gradient.Span.Clear();
        var parts = (g.GroupFilters + PartRows - 1) / PartRows;
        var work = new GradientWork(g, (nint)x.Pointer, (nint)e.Pointer, (nint)gradient.Pointer, parts);
        Run(parts * g.Groups, (Engine: this, Work: work), static (in w, item, worker) => w.Engine.Gradient(w.Work, item, worker));
    }

    /// <summary>The gradient of a bias: sums [F] over all positions of e [..,F].</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public void SumPositions(FloatTensor e, FloatTensor sums)
    {
        var filters = sums.Span.Length;
        if (e.Span.Length % filters != 0) throw new ArgumentException($"sum of positions: {e.Shape} does not end in {sums.Shape}", nameof(sums));
        if (IsDefinition)
        {
            FloatDefinition.SumPositions(e, sums);
            return;
        }

        sums.Span.Clear();
        var one = 1f;
        FloatProduct.Add(lanes, new FloatRows((nint)(&one), 0, 0), e.Pointer, sums.Pointer, filters, e.Span.Length / filters, 0, 1, 0, filters);
    }

    /// <summary>Runs body(state, item, worker) for every item in [0, items) on the threads. An item's result must not depend on the thread.</summary>
    public void Run<TState>(int items, TState state, WorkBody<TState> body)
    {
        if (pool is not null) pool.Run(items, state, body);
        else for (var item = 0; item < items; item++) body(in state, item, 0);
    }

    /// <summary>C = start + A B.</summary>
    /// <param name="a">A [rows,terms].</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="b">B [terms,columns], row-major.</param>
    /// <param name="terms">Terms.</param>
    /// <param name="start">[columns], the start of every row; null: 0.</param>
    /// <param name="c">C [rows,columns].</param>
    public void Multiply(in FloatRows a, int rows, FloatTensor b, int terms, FloatTensor? start, FloatTensor c)
    {
        var columns = c.Span.Length / rows;
        if (b.Span.Length != terms * columns) throw new ArgumentException($"product: {b.Shape} is not [{terms},{columns}]", nameof(b));
        if (start is not null && start.Span.Length != columns)
            throw new ArgumentException($"product: {start.Shape} is not [{columns}]", nameof(start));
        var across = (columns + PartColumns - 1) / PartColumns;
        var work = new Work(a, (nint)b.Pointer, start is null ? 0 : (nint)start.Pointer, (nint)c.Pointer, lanes, rows, columns, terms, across);
        Run(across * ((rows + PartRows - 1) / PartRows), work, static (in w, item, _) => Part(w, item));
    }

    private static void Part(in Work w, int item)
    {
        var (row, column) = (item / w.Across * PartRows, item % w.Across * PartColumns);
        var (rows, columns) = (Math.Min(PartRows, w.Rows - row), Math.Min(PartColumns, w.Columns - column));
        var c = (float*)w.C;
        for (var r = row; r < row + rows; r++) Start(w.Start == 0 ? null : (float*)w.Start + column, c + ((nint)r * w.Columns) + column, columns);
        FloatProduct.Add(w.Lanes, w.A, (float*)w.B, c, w.Columns, w.Terms, row, rows, column, columns);
    }

    private static void Start(float* start, float* c, int columns)
    {
        var row = new Span<float>(c, columns);
        if (start is null) row.Clear();
        else new ReadOnlySpan<float>(start, columns).CopyTo(row);
    }

    /// <summary>w [F,KH,KW,C/G] as [KH,KW,F/G,C] of a phase's taps: the filters of a channel's group.</summary>
    private static void Transpose(float* w, in ErrorPhase phase, in ConvGeometry p, float* b)
    {
        var g = phase.Forward;
        for (var row = 0; row < p.KernelHeight; row++)
        {
            for (var column = 0; column < p.KernelWidth; column++)
            {
                for (var j = 0; j < g.GroupFilters; j++)
                {
                    for (var group = 0; group < g.Groups; group++, b += g.GroupChannels)
                    {
                        var tap = (((((nint)group * g.GroupFilters) + j) * g.KernelHeight) + phase.KernelRow(row)) * g.KernelWidth;
                        var from = w + ((tap + phase.KernelColumn(column)) * g.GroupChannels);
                        new ReadOnlySpan<float>(from, g.GroupChannels).CopyTo(new Span<float>(b, g.GroupChannels));
                    }
                }
            }
        }
    }

    private static void Require(FloatTensor tensor, long length, string name)
    {
        if (tensor.Span.Length != length) throw new ArgumentException($"product: {name} is {tensor.Shape}, not of {length} values", name);
    }

    /// <summary>The product of the windows that each output reads with B [FanIn,F].</summary>
    private void Windows(in WindowWork work)
    {
        var parts = (work.Geometry.Positions + PartRows - 1) / PartRows;
        Run(parts, (Engine: this, Work: work), static (in w, item, worker) => w.Engine.Windows(w.Work, item, worker));
    }

    private void Windows(in WindowWork work, int item, int worker)
    {
        var (g, first) = (work.Geometry, item * PartRows);
        var rows = Math.Min(PartRows, g.Positions - first);
        var windows = strips[worker].Take((long)PartRows * (g.FanIn + g.Filters));
        var c = work.Phase is null ? (float*)work.Y + ((nint)first * g.Filters) : windows + ((nint)PartRows * g.FanIn);
        for (var r = 0; r < rows; r++) Start((float*)work.Start, c + ((nint)r * g.Filters), g.Filters);
        for (var group = 0; group < g.Groups; group++)
        {
            FloatWindows.Write((float*)work.X, g, group, first, rows, windows);
            var a = new FloatRows((nint)windows, g.FanIn, 1);
            FloatProduct.Add(lanes, a, (float*)work.B, c, g.Filters, g.FanIn, 0, rows, group * g.GroupFilters, g.GroupFilters);
        }

        if (work.Phase is not { } phase) return;
        var full = phase.Forward;
        for (var r = 0; r < rows; r++)
        {
            var (line, column) = Math.DivRem(first + r, phase.Columns);
            var (n, row) = Math.DivRem(line, phase.Rows);
            var y = ((((nint)n * full.Height) + phase.Y0 + (row * full.Stride)) * full.Width) + phase.X0 + (column * full.Stride);
            new ReadOnlySpan<float>(c + ((nint)r * g.Filters), g.Filters).CopyTo(new Span<float>((float*)work.Y + (y * g.Filters), g.Filters));
        }
    }

    /// <summary>Some filters of a group: e^T times the windows, a block of positions at a time.</summary>
    private void Gradient(in GradientWork work, int item, int worker)
    {
        var g = work.Geometry;
        var (group, part) = Math.DivRem(item, work.Parts);
        var (row, rows) = (part * PartRows, Math.Min(PartRows, g.GroupFilters - (part * PartRows)));
        var first = group * g.GroupFilters;
        var windows = strips[worker].Take((long)FloatProduct.BlockTerms * g.FanIn);
        for (var position = 0; position < g.Positions; position += FloatProduct.BlockTerms)
        {
            var count = Math.Min(FloatProduct.BlockTerms, g.Positions - position);
            FloatWindows.Write((float*)work.X, g, group, position, count, windows);
            var errors = new FloatRows((nint)((float*)work.E + ((nint)position * g.Filters) + first), 1, g.Filters);
            FloatProduct.Add(lanes, errors, windows, (float*)work.Gradient + ((nint)first * g.FanIn), g.FanIn, count, row, rows, 0, g.FanIn);
        }
    }

    /// <param name="Geometry">Which outputs read what.</param>
    /// <param name="X">[N,H,W,C].</param>
    /// <param name="B">[FanIn,F].</param>
    /// <param name="Start">[F]; 0: zeros.</param>
    /// <param name="Y">[N,OH,OW,F].</param>
    /// <param name="Phase">Where the outputs go, if they are a phase's inputs.</param>
    private readonly record struct WindowWork(ConvGeometry Geometry, nint X, nint B, nint Start, nint Y, ErrorPhase? Phase);

    private readonly record struct GradientWork(ConvGeometry Geometry, nint X, nint E, nint Gradient, int Parts);

    private readonly record struct Work(FloatRows A, nint B, nint Start, nint C, int Lanes, int Rows, int Columns, int Terms, int Across);
}
