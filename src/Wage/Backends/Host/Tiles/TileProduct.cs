using System.Runtime.CompilerServices;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// A matrix product cut into tiles: c[r, j] = sum over the steps of row r and column j. Every product of a layer is one of these with its
/// own rows, panels and walk. Columns come in panels of 16, [panel][pair][16][2] of int16 or [panel][quad][16][4] of int8, zero where there
/// is no column or no further element of a step. Unsigned rows hold d + 128, and sum (d + 128) w - 128 sum w = sum d w: every column starts
/// from its own -128 sum w.
/// </summary>
internal unsafe struct TileProduct
{
    /// <summary>The most quads of int8 by int8 whose sum cannot leave int32.</summary>
    public const int SafeQuads = int.MaxValue / (TileLoop.Quad << 14);

    /// <summary>The kernel, chosen by the machine's capabilities.</summary>
    public TileKernel Kernel;

    /// <summary>The rows' memory.</summary>
    public void* A;

    /// <summary>Where each row starts, in elements; readable up to the next multiple of <see cref="TileKernel.WholeRows"/>.</summary>
    public int* Offsets;

    /// <summary>The number of rows.</summary>
    public int Rows;

    /// <summary>The columns' memory.</summary>
    public void* Panels;

    /// <summary>What each column of whole panels starts from, where the rows are unsigned bytes.</summary>
    public int* Start;

    /// <summary>The number of columns.</summary>
    public int Columns;

    /// <summary>The walk over the terms.</summary>
    public TileLoop Loop;

    /// <summary>The most steps whose sum cannot leave int32; only sums into int64 heed it.</summary>
    public int SafeSteps;

    /// <summary>Panels of a number of columns.</summary>
    public static int PanelCount(int columns) => (columns + TileLoop.Columns - 1) / TileLoop.Columns;

    /// <summary>Rows rounded up to whole tiles of every kernel.</summary>
    public static int RoundRows(int rows) => (rows + TileKernel.WholeRows - 1) / TileKernel.WholeRows * TileKernel.WholeRows;

    /// <summary>The pairs of n terms: an odd term is paired with a zero.</summary>
    public static int Pairs(int terms) => (terms + 1) / 2;

    /// <summary>The pairs of products of errors or activations of this type with int8 that cannot leave int32.</summary>
    public static int SafePairs(ElementType type) => int.MaxValue / (type == ElementType.Int16 ? 1 << 15 : 1 << 7) / (1 << 7) / 2;

    /// <summary>Where a panel begins.</summary>
    public readonly byte* Panel(int panel) => (byte*)Panels + ((long)panel * Loop.Steps * TileLoop.StepBytes);

    /// <summary>What the columns of a packed panel start from, where the rows are bytes.</summary>
    public readonly void SetStart(int panel)
    {
        if (Start is not null) QuadPacking.Start((sbyte*)Panel(panel), Loop.Steps, StartOf(panel));
    }

    /// <summary>Rows and panels into a matrix of all columns that begins at an element of an Int32 or Int64 tensor.</summary>
    public readonly void Into(Tensor c, int first, int last, int firstPanel, int lastPanel, long offset)
    {
        if (c is HostTensor<int> narrow) Into(narrow.Pointer + offset, Columns, first, last, firstPanel, lastPanel, false);
        else Into(((HostTensor<long>)c).Pointer + offset, Columns, first, last, firstPanel, lastPanel, false);
    }

    /// <summary>
    /// Rows [first, last) and panels [firstPanel, lastPanel) into int32; first is a multiple of the tile's rows. The sums were proved to
    /// fit.
    /// </summary>
    [SkipLocalsInit]
    public readonly void Into(int* c, nint stride, int first, int last, int firstPanel, int lastPanel, bool accumulate)
    {
        var kernel = Kernel;
        var loop = Loop with { PanelStep = (nint)Loop.Steps * TileLoop.StepBytes };
        if (lastPanel - firstPanel == 1 && kernel.Tall is { } tall && Columns - (firstPanel * TileLoop.Columns) >= TileLoop.Columns)
        {
            // Whole tall tiles; what is left, or does not lie so, is done as everywhere.
            var b = (byte*)Panels + (firstPanel * loop.PanelStep);
            var start = StartOf(firstPanel);
            for (; first + tall.Rows <= last && TileKernel.AreEven(Offsets + first); first += tall.Rows)
                tall.Of(1)(A, Offsets + first, b, &loop, start, c + (first * stride) + (firstPanel * TileLoop.Columns), stride, accumulate);
        }

        var tile = stackalloc int[TileKernel.MostSums];
        var order = new TileOrder(first, last, firstPanel, lastPanel, kernel, loop.PanelStep);
        while (order.Next(out var r, out var p))
        {
            var panels = Math.Min(kernel.Panels, lastPanel - p);
            var panel = (byte*)Panels + (p * loop.PanelStep);
            var from = StartOf(p);
            var to = c + (r * stride) + (p * TileLoop.Columns);
            var (rows, width) = (Math.Min(kernel.Rows, last - r), panels * TileLoop.Columns);
            var columns = Math.Min(width, Columns - (p * TileLoop.Columns));
            if (rows == kernel.Rows && columns == width)
            {
                kernel.Of(panels)(A, Offsets + r, panel, &loop, from, to, stride, accumulate);
                continue;
            }

            kernel.Of(panels)(A, Offsets + r, panel, &loop, from, tile, width, false);
            for (var row = 0; row < rows; row++)
                for (var j = 0; j < columns; j++)
                    to[(row * stride) + j] = tile[(row * width) + j] + (accumulate ? to[(row * stride) + j] : 0);
        }
    }

    /// <summary>The same into int64, in chunks of terms that cannot overflow int32; bytes are one chunk.</summary>
    /// <exception cref="InvalidOperationException">The terms of a product of bytes are too many for one chunk.</exception>
    public readonly void Into(long* c, nint stride, int first, int last, int firstPanel, int lastPanel, bool accumulate)
    {
        if (Start is not null && Loop.Steps > SafeSteps) throw new InvalidOperationException($"{Loop.Steps} quads in one sum, {SafeSteps} fit");
        var sums = stackalloc long[TileKernel.MostSums];
        for (var p = firstPanel; p < lastPanel; p++)
        {
            var columns = Math.Min(TileLoop.Columns, Columns - (p * TileLoop.Columns));
            for (var r = first; r < last; r += Kernel.Rows)
            {
                Sum(r, p, sums);
                var to = c + (r * stride) + (p * TileLoop.Columns);
                for (var row = 0; row < Math.Min(Kernel.Rows, last - r); row++)
                    for (var j = 0; j < columns; j++)
                        to[(row * stride) + j] = sums[(row * TileLoop.Columns) + j] + (accumulate ? to[(row * stride) + j] : 0);
            }
        }
    }

    private readonly int* StartOf(int panel) => Start is null ? null : Start + (panel * TileLoop.Columns);

    private readonly void Sum(int row, int panel, long* sums)
    {
        var count = Kernel.Rows * TileLoop.Columns;
        var tile = stackalloc int[TileKernel.MostSums];
        var b = Panel(panel);
        var start = StartOf(panel);
        new Span<long>(sums, count).Clear();
        var (whole, runs, steps) = (Loop.Steps <= SafeSteps, Math.Max(1, SafeSteps / Loop.Inner), Math.Min(SafeSteps, Loop.Inner));
        for (var plane = 0; plane < (whole ? 1 : Loop.Planes); plane++)
        {
            for (var outer = 0; outer < (whole ? 1 : Loop.Outer); outer += runs)
            {
                for (var inner = 0; inner < (whole ? 1 : Loop.Inner); inner += steps)
                {
                    var chunk = whole
                        ? Loop
                        : Loop with { Planes = 1, Outer = Math.Min(runs, Loop.Outer - outer), Inner = Math.Min(steps, Loop.Inner - inner) };
                    var from = (byte*)A + (((plane * Loop.PlaneStep) + (outer * Loop.OuterStep) + (inner * Loop.InnerStep)) * Kernel.ElementSize);
                    var first = (((((nint)plane * Loop.Outer) + outer) * Loop.Inner) + inner) * TileLoop.StepBytes;
                    Kernel.Of(1)(from, Offsets + row, b + first, &chunk, start, tile, TileLoop.Columns, false);
                    for (var i = 0; i < count; i++) sums[i] += tile[i];
                }
            }
        }
    }
}
