namespace Wage.Backends.Host;

/// <summary>
/// <see cref="TileProduct"/> for int8 rows and narrow weights. A row's bytes are d + 128, unsigned, and sum (d + 128) w - 128 sum w = sum d w:
/// every column starts from its own -128 sum w, and the zeros around an image are the byte 128.
/// </summary>
internal unsafe struct NarrowProduct
{
    /// <summary>What is added to int8 data to make unsigned bytes of it.</summary>
    public const byte Bias = 128;

    /// <summary>The rows' memory.</summary>
    public byte* A;

    /// <summary>Where each row starts; readable up to the next multiple of 6.</summary>
    public int* Offsets;

    /// <summary>The columns' memory, [panel][quad][16][4].</summary>
    public sbyte* Panels;

    /// <summary>-128 times the sum of each column, whole panels.</summary>
    public int* Start;

    /// <summary>The number of columns.</summary>
    public int Columns;

    /// <summary>The walk over the terms.</summary>
    public NarrowLoop Loop;

    /// <summary>The quads that 16 bits hold.</summary>
    public int Steps;

    /// <summary>Rows [first, last) and panels [firstPanel, lastPanel) into int32; first is a multiple of 6.</summary>
    public readonly void Into(int* c, nint stride, int first, int last, int firstPanel, int lastPanel)
    {
        var loop = Loop;
        var tile = stackalloc int[TileLoop.Rows * TileLoop.Columns];
        var order = new TileOrder(first, last, firstPanel, lastPanel, (nint)loop.Quads * NarrowLoop.QuadLength);
        while (order.Next(out var r, out var p))
        {
            var b = Panels + ((nint)p * loop.Quads * NarrowLoop.QuadLength);
            var start = Start + (p * TileLoop.Columns);
            var to = c + (r * stride) + (p * TileLoop.Columns);
            var (rows, columns) = (Math.Min(TileLoop.Rows, last - r), Math.Min(TileLoop.Columns, Columns - (p * TileLoop.Columns)));
            if (rows == TileLoop.Rows && columns == TileLoop.Columns)
            {
                NarrowTile.Multiply(A, Offsets + r, b, &loop, start, Steps, to, stride);
                continue;
            }

            NarrowTile.Multiply(A, Offsets + r, b, &loop, start, Steps, tile, TileLoop.Columns);
            for (var row = 0; row < rows; row++)
                new ReadOnlySpan<int>(tile + (row * TileLoop.Columns), columns).CopyTo(new Span<int>(to + (row * stride), columns));
        }
    }
}
