namespace Wage.Backends.Host;

/// <summary>
/// A matrix product cut into tiles: c[r, j] = sum over the pairs of row r and column j. Every product of a layer is one of these with its
/// own rows, panels and walk. Columns come in panels of 16, [panel][pair][16][2], zero where there is no column or no second element of a
/// pair.
/// </summary>
internal unsafe struct TileProduct
{
    /// <summary>The kernel, chosen by the machine's capabilities.</summary>
    public delegate*<short*, int*, short*, TileLoop*, int*, nint, bool, void> Kernel;

    /// <summary>The rows' memory.</summary>
    public short* A;

    /// <summary>Where each row starts; readable up to the next multiple of 6.</summary>
    public int* Offsets;

    /// <summary>The number of rows.</summary>
    public int Rows;

    /// <summary>The columns' memory.</summary>
    public short* Panels;

    /// <summary>The number of columns.</summary>
    public int Columns;

    /// <summary>The walk over the terms.</summary>
    public TileLoop Loop;

    /// <summary>The most pairs whose sum cannot leave int32; only sums into int64 heed it.</summary>
    public int SafePairs;

    /// <summary>Panels of a number of columns.</summary>
    public static int PanelCount(int columns) => (columns + TileLoop.Columns - 1) / TileLoop.Columns;

    /// <summary>Rows rounded up to whole tiles.</summary>
    public static int RoundRows(int rows) => (rows + TileLoop.Rows - 1) / TileLoop.Rows * TileLoop.Rows;

    /// <summary>The pairs of n terms: an odd term is paired with a zero.</summary>
    public static int Pairs(int terms) => (terms + 1) / 2;

    /// <summary>
    /// Rows [first, last) and panels [firstPanel, lastPanel) into int32; first is a multiple of 6. The sums were proved to fit.
    /// </summary>
    public void Into(int* c, nint stride, int first, int last, int firstPanel, int lastPanel, bool accumulate)
    {
        var loop = Loop;
        var tile = stackalloc int[TileLoop.Rows * TileLoop.Columns];
        var order = new TileOrder(first, last, firstPanel, lastPanel, (nint)loop.Pairs * TileLoop.PairLength * sizeof(short));
        while (order.Next(out var r, out var p))
        {
            var b = Panels + ((nint)p * loop.Pairs * TileLoop.PairLength);
            var to = c + (r * stride) + (p * TileLoop.Columns);
            var (rows, columns) = (Math.Min(TileLoop.Rows, last - r), Math.Min(TileLoop.Columns, Columns - (p * TileLoop.Columns)));
            if (rows == TileLoop.Rows && columns == TileLoop.Columns)
            {
                Kernel(A, Offsets + r, b, &loop, to, stride, accumulate);
                continue;
            }

            Kernel(A, Offsets + r, b, &loop, tile, TileLoop.Columns, false);
            for (var row = 0; row < rows; row++)
                for (var j = 0; j < columns; j++)
                    to[(row * stride) + j] = tile[(row * TileLoop.Columns) + j] + (accumulate ? to[(row * stride) + j] : 0);
        }
    }

    /// <summary>The same into int64, in chunks of terms that cannot overflow int32.</summary>
    public void Into(long* c, nint stride, int first, int last, int firstPanel, int lastPanel, bool accumulate)
    {
        var sums = stackalloc long[TileLoop.Rows * TileLoop.Columns];
        for (var p = firstPanel; p < lastPanel; p++)
        {
            var columns = Math.Min(TileLoop.Columns, Columns - (p * TileLoop.Columns));
            for (var r = first; r < last; r += TileLoop.Rows)
            {
                Sum(r, Panels + ((nint)p * Loop.Pairs * TileLoop.PairLength), sums);
                var to = c + (r * stride) + (p * TileLoop.Columns);
                for (var row = 0; row < Math.Min(TileLoop.Rows, last - r); row++)
                    for (var j = 0; j < columns; j++)
                        to[(row * stride) + j] = sums[(row * TileLoop.Columns) + j] + (accumulate ? to[(row * stride) + j] : 0);
            }
        }
    }

    private void Sum(int row, short* b, long* sums)
    {
        var tile = stackalloc int[TileLoop.Rows * TileLoop.Columns];
        new Span<long>(sums, TileLoop.Rows * TileLoop.Columns).Clear();
        var runs = Math.Max(1, SafePairs / Loop.Inner);
        var pairs = Math.Min(SafePairs, Loop.Inner);
        for (var plane = 0; plane < Loop.Planes; plane++)
        {
            for (var outer = 0; outer < Loop.Outer; outer += runs)
            {
                for (var inner = 0; inner < Loop.Inner; inner += pairs)
                {
                    var chunk = Loop with { Planes = 1, Outer = Math.Min(runs, Loop.Outer - outer), Inner = Math.Min(pairs, Loop.Inner - inner) };
                    var from = A + (plane * Loop.PlaneStep) + (outer * Loop.OuterStep) + (inner * Loop.InnerStep);
                    var first = (((((nint)plane * Loop.Outer) + outer) * Loop.Inner) + inner) * TileLoop.PairLength;
                    Kernel(from, Offsets + row, b + first, &chunk, tile, TileLoop.Columns, false);
                    for (var i = 0; i < TileLoop.Rows * TileLoop.Columns; i++) sums[i] += tile[i];
                }
            }
        }
    }
}
