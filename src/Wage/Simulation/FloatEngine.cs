using System.Runtime.Intrinsics;
using Wage.Backends.Host;

namespace Wage.Simulation;

/// <summary>The float32 products on this machine's cores: <see cref="FloatProduct"/> says what they are, this one who does which part.</summary>
/// <param name="pool">The threads; null: the caller's alone.</param>
/// <param name="lanes">The greatest number of values side by side: 1, 4, 8 or 16.</param>
internal sealed unsafe class FloatEngine(WorkerPool? pool, int lanes)
{
    /// <summary>The extents of C that one thread does at a time.</summary>
    private const int PartRows = 32, PartColumns = 128;

    /// <summary>What this machine's vectors hold.</summary>
    public static int Widest => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

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
        var parts = across * ((rows + PartRows - 1) / PartRows);
        if (pool is not null) pool.Run(parts, work, static (in w, item, _) => Part(w, item));
        else for (var item = 0; item < parts; item++) Part(work, item);
    }

    private static void Part(in Work w, int item)
    {
        var (row, column) = (item / w.Across * PartRows, item % w.Across * PartColumns);
        var (rows, columns) = (Math.Min(PartRows, w.Rows - row), Math.Min(PartColumns, w.Columns - column));
        var c = (float*)w.C;
        for (var r = row; r < row + rows; r++)
        {
            var part = new Span<float>(c + ((nint)r * w.Columns) + column, columns);
            if (w.Start == 0) part.Clear();
            else new ReadOnlySpan<float>((float*)w.Start + column, columns).CopyTo(part);
        }

        FloatProduct.Add(w.Lanes, w.A, (float*)w.B, c, w.Columns, w.Terms, row, rows, column, columns);
    }

    private readonly record struct Work(FloatRows A, nint B, nint Start, nint C, int Lanes, int Rows, int Columns, int Terms, int Across);
}
