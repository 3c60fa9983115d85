using System.Runtime.CompilerServices;

namespace Wage.Simulation.Products;

/// <summary>A matrix in memory as a product reads it: element (row, term) at First[row * RowStride + term * TermStride].</summary>
internal readonly unsafe record struct FloatRows(nint First, nint RowStride, nint TermStride)
{
    public float* Row(int row) => (float*)First + (row * RowStride);
}

/// <summary>
/// A block of terms of C = start + A B for a panel of B: two vectors of columns, [terms, 2 lanes], zeros past B's last column. A tile's sums stay in
/// registers: eight rows where a machine has 32 of them, six where it has 16.
/// </summary>
internal static unsafe class FloatTile
{
    /// <summary>Terms of a block.</summary>
    public const int BlockTerms = 256;

    /// <summary>The most rows of a tile.</summary>
    private const int MostRows = 8;

    /// <summary>The columns of a panel.</summary>
    public static int Width(int lanes) => 2 * lanes;

    /// <summary>The rows of a whole tile.</summary>
    public static int Rows(int lanes) => lanes >= 16 ? 8 : 6;

    /// <summary>Adds the block to every row.</summary>
    /// <param name="lanes">Values side by side: 1, 4, 8 or 16.</param>
    /// <param name="a">A [rows,terms].</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="panel">The panel of B.</param>
    /// <param name="terms">Terms, at most a block's.</param>
    /// <param name="start">The values that the first block is added to: one row of a panel's width; null: C itself.</param>
    /// <param name="c">The first element of C.</param>
    /// <param name="width">From a row of C to the next.</param>
    /// <param name="columns">Columns of C, at most the panel's.</param>
    public static void Add(int lanes, in FloatRows a, int rows, float* panel, int terms, float* start, float* c, nint width, int columns)
    {
        if (lanes >= 16) Add<SixteenFloats>(a, rows, panel, terms, start, c, width, columns);
        else if (lanes >= 8) Add<EightFloats>(a, rows, panel, terms, start, c, width, columns);
        else if (lanes >= 4) Add<FourFloats>(a, rows, panel, terms, start, c, width, columns);
        else Add<OneFloat>(a, rows, panel, terms, start, c, width, columns);
    }

    private static void Add<T>(in FloatRows a, int rows, float* panel, int terms, float* start, float* c, nint width, int columns)
        where T : struct, IFloatLanes<T>
    {
        if (columns == 2 * T.Count)
        {
            for (var row = 0; row < rows;)
            {
                float* to = c + (row * width), from = start is null ? to : start;
                row += Tile<T>(a.Row(row), a.RowStride, a.TermStride, rows - row, panel, terms, from, start is null ? width : 0, to, width);
            }

            return;
        }

        var stage = stackalloc float[MostRows * 2 * T.Count];
        for (var row = 0; row < rows;)
        {
            var to = c + (row * width);
            if (start is null) Copy(to, width, stage, 2 * T.Count, Math.Min(MostRows, rows - row), columns);
            var (from, step) = ((nint)(start is null ? stage : start), start is null ? 2 * T.Count : 0);
            var done = Tile<T>(a.Row(row), a.RowStride, a.TermStride, rows - row, panel, terms, (float*)from, step, stage, 2 * T.Count);
            Copy(stage, 2 * T.Count, to, width, done, columns);
            row += done;
        }
    }

    private static void Copy(float* from, nint fromWidth, float* to, nint toWidth, int rows, int columns)
    {
        for (var row = 0; row < rows; row++)
            new ReadOnlySpan<float>(from + (row * fromWidth), columns).CopyTo(new Span<float>(to + (row * toWidth), columns));
    }

    /// <summary>As many rows as one tile takes; their number.</summary>
    private static int Tile<T>(
        float* a, nint row, nint term, int rows, float* b, int terms, float* start, nint startWidth, float* c, nint width)
        where T : struct, IFloatLanes<T>
    {
        if (T.Count == 16 && rows >= 8) return Eight<T>(a, row, term, b, terms, start, startWidth, c, width);
        if (T.Count < 16 && rows >= 6) return Six<T>(a, row, term, b, terms, start, startWidth, c, width);
        return rows >= 4 ? Four<T>(a, row, term, b, terms, start, startWidth, c, width) : One<T>(a, term, b, terms, start, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Eight<T>(float* a, nint row, nint term, float* b, int terms, float* start, nint startWidth, float* c, nint width)
        where T : struct, IFloatLanes<T>
    {
        T s00 = T.Of(0), s10 = s00, s20 = s00, s30 = s00, s40 = s00, s50 = s00, s60 = s00, s70 = s00;
        T s01 = s00, s11 = s00, s21 = s00, s31 = s00, s41 = s00, s51 = s00, s61 = s00, s71 = s00;
        var a4 = a + (4 * row);
        var row3 = 3 * row;
        for (var end = b + ((nint)terms * 2 * T.Count); b < end; b += 2 * T.Count)
        {
            T b0 = T.Load(b), b1 = T.Load(b + T.Count);
            var x = T.Of(a[0]);
            s00 = T.MultiplyAdd(x, b0, s00);
            s01 = T.MultiplyAdd(x, b1, s01);
            x = T.Of(a[row]);
            s10 = T.MultiplyAdd(x, b0, s10);
            s11 = T.MultiplyAdd(x, b1, s11);
            x = T.Of(a[2 * row]);
            s20 = T.MultiplyAdd(x, b0, s20);
            s21 = T.MultiplyAdd(x, b1, s21);
            x = T.Of(a[row3]);
            s30 = T.MultiplyAdd(x, b0, s30);
            s31 = T.MultiplyAdd(x, b1, s31);
            x = T.Of(a4[0]);
            s40 = T.MultiplyAdd(x, b0, s40);
            s41 = T.MultiplyAdd(x, b1, s41);
            x = T.Of(a4[row]);
            s50 = T.MultiplyAdd(x, b0, s50);
            s51 = T.MultiplyAdd(x, b1, s51);
            x = T.Of(a4[2 * row]);
            s60 = T.MultiplyAdd(x, b0, s60);
            s61 = T.MultiplyAdd(x, b1, s61);
            x = T.Of(a4[row3]);
            s70 = T.MultiplyAdd(x, b0, s70);
            s71 = T.MultiplyAdd(x, b1, s71);
            a += term;
            a4 += term;
        }

        Put(s00, s01, start, c);
        Put(s10, s11, start += startWidth, c += width);
        Put(s20, s21, start += startWidth, c += width);
        Put(s30, s31, start += startWidth, c += width);
        Put(s40, s41, start += startWidth, c += width);
        Put(s50, s51, start += startWidth, c += width);
        Put(s60, s61, start += startWidth, c += width);
        Put(s70, s71, start + startWidth, c + width);
        return 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Six<T>(float* a, nint row, nint term, float* b, int terms, float* start, nint startWidth, float* c, nint width)
        where T : struct, IFloatLanes<T>
    {
        T s00 = T.Of(0), s10 = s00, s20 = s00, s30 = s00, s40 = s00, s50 = s00;
        T s01 = s00, s11 = s00, s21 = s00, s31 = s00, s41 = s00, s51 = s00;
        var a3 = a + (3 * row);
        for (var end = b + ((nint)terms * 2 * T.Count); b < end; b += 2 * T.Count)
        {
            T b0 = T.Load(b), b1 = T.Load(b + T.Count);
            var x = T.Of(a[0]);
            s00 = T.MultiplyAdd(x, b0, s00);
            s01 = T.MultiplyAdd(x, b1, s01);
            x = T.Of(a[row]);
            s10 = T.MultiplyAdd(x, b0, s10);
            s11 = T.MultiplyAdd(x, b1, s11);
            x = T.Of(a[2 * row]);
            s20 = T.MultiplyAdd(x, b0, s20);
            s21 = T.MultiplyAdd(x, b1, s21);
            x = T.Of(a3[0]);
            s30 = T.MultiplyAdd(x, b0, s30);
            s31 = T.MultiplyAdd(x, b1, s31);
            x = T.Of(a3[row]);
            s40 = T.MultiplyAdd(x, b0, s40);
            s41 = T.MultiplyAdd(x, b1, s41);
            x = T.Of(a3[2 * row]);
            s50 = T.MultiplyAdd(x, b0, s50);
            s51 = T.MultiplyAdd(x, b1, s51);
            a += term;
            a3 += term;
        }

        Put(s00, s01, start, c);
        Put(s10, s11, start += startWidth, c += width);
        Put(s20, s21, start += startWidth, c += width);
        Put(s30, s31, start += startWidth, c += width);
        Put(s40, s41, start += startWidth, c += width);
        Put(s50, s51, start + startWidth, c + width);
        return 6;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Four<T>(float* a, nint row, nint term, float* b, int terms, float* start, nint startWidth, float* c, nint width)
        where T : struct, IFloatLanes<T>
    {
        T s00 = T.Of(0), s10 = s00, s20 = s00, s30 = s00, s01 = s00, s11 = s00, s21 = s00, s31 = s00;
        var row3 = 3 * row;
        for (var end = b + ((nint)terms * 2 * T.Count); b < end; b += 2 * T.Count)
        {
            T b0 = T.Load(b), b1 = T.Load(b + T.Count);
            var x = T.Of(a[0]);
            s00 = T.MultiplyAdd(x, b0, s00);
            s01 = T.MultiplyAdd(x, b1, s01);
            x = T.Of(a[row]);
            s10 = T.MultiplyAdd(x, b0, s10);
            s11 = T.MultiplyAdd(x, b1, s11);
            x = T.Of(a[2 * row]);
            s20 = T.MultiplyAdd(x, b0, s20);
            s21 = T.MultiplyAdd(x, b1, s21);
            x = T.Of(a[row3]);
            s30 = T.MultiplyAdd(x, b0, s30);
            s31 = T.MultiplyAdd(x, b1, s31);
            a += term;
        }

        Put(s00, s01, start, c);
        Put(s10, s11, start += startWidth, c += width);
        Put(s20, s21, start += startWidth, c += width);
        Put(s30, s31, start + startWidth, c + width);
        return 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int One<T>(float* a, nint term, float* b, int terms, float* start, float* c)
        where T : struct, IFloatLanes<T>
    {
        T s0 = T.Of(0), s1 = s0;
        for (var end = b + ((nint)terms * 2 * T.Count); b < end; b += 2 * T.Count)
        {
            var x = T.Of(*a);
            s0 = T.MultiplyAdd(x, T.Load(b), s0);
            s1 = T.MultiplyAdd(x, T.Load(b + T.Count), s1);
            a += term;
        }

        Put(s0, s1, start, c);
        return 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T>(T first, T second, float* start, float* c)
        where T : struct, IFloatLanes<T>
    {
        (T.Load(start) + first).Store(c);
        (T.Load(start + T.Count) + second).Store(c + T.Count);
    }
}
