using System.Runtime.CompilerServices;

namespace Wage.Simulation.Products;

/// <summary>A matrix in memory as a product reads it: element (row, term) at First[row * RowStride + term * TermStride].</summary>
internal readonly unsafe record struct FloatRows(nint First, nint RowStride, nint TermStride)
{
    public float* Row(int row) => (float*)First + (row * RowStride);
}

/// <summary>
/// C = start + A B for A [rows,terms], B [terms,columns] and C [rows,columns], B and C row-major. Its sums have one fixed order. Terms come in blocks
/// of 256: a block's sum begins at 0 and takes a[r,t] b[t,c] for t upwards, each by one fused multiply-add; the element begins with its start and
/// takes the blocks' sums one after the other. Lanes hold columns and rows are on their own, so vectors of any length and any number of threads give
/// the same bits.
/// </summary>
internal static unsafe class FloatProduct
{
    /// <summary>Terms of a block.</summary>
    public const int BlockTerms = 256;

    /// <summary>Rows of C from <paramref name="row"/> and columns from <paramref name="column"/>, whose elements hold their starts.</summary>
    public static void Add(
        int lanes, in FloatRows a, float* b, float* c, int width, int terms, int row, int rows, int column, int columns)
    {
        for (var term = 0; term < terms; term += BlockTerms)
        {
            var (count, end, next) = (Math.Min(BlockTerms, terms - term), column + columns, column);
            if (lanes >= 16) next = Columns<SixteenFloats>(a, b, c, width, term, count, row, rows, next, end);
            if (lanes >= 8) next = Columns<EightFloats>(a, b, c, width, term, count, row, rows, next, end);
            if (lanes >= 4) next = Columns<FourFloats>(a, b, c, width, term, count, row, rows, next, end);
            Columns<OneFloat>(a, b, c, width, term, count, row, rows, next, end);
        }
    }

    /// <summary>As many columns as fill whole vectors; the next one.</summary>
    private static int Columns<T>(in FloatRows a, float* b, float* c, int width, int term, int terms, int row, int rows, int column, int end)
        where T : struct, IFloatLanes<T>
    {
        for (; column + T.Count <= end; column += T.Count)
        {
            var panel = b + ((nint)term * width) + column;
            var r = row;
            for (; r + 8 <= row + rows; r += 8)
                Eight<T>(a.Row(r) + (term * a.TermStride), a.RowStride, a.TermStride, panel, width, terms, c + ((nint)r * width) + column);
            for (; r < row + rows; r++)
                One<T>(a.Row(r) + (term * a.TermStride), a.TermStride, panel, width, terms, c + ((nint)r * width) + column);
        }

        return column;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight<T>(float* a, nint row, nint term, float* b, int width, int terms, float* c)
        where T : struct, IFloatLanes<T>
    {
        T s0 = T.Of(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        var a4 = a + (4 * row);
        var row3 = 3 * row;
        for (var t = 0; t < terms; t++)
        {
            var x = T.Load(b);
            s0 = T.MultiplyAdd(T.Of(a[0]), x, s0);
            s1 = T.MultiplyAdd(T.Of(a[row]), x, s1);
            s2 = T.MultiplyAdd(T.Of(a[2 * row]), x, s2);
            s3 = T.MultiplyAdd(T.Of(a[row3]), x, s3);
            s4 = T.MultiplyAdd(T.Of(a4[0]), x, s4);
            s5 = T.MultiplyAdd(T.Of(a4[row]), x, s5);
            s6 = T.MultiplyAdd(T.Of(a4[2 * row]), x, s6);
            s7 = T.MultiplyAdd(T.Of(a4[row3]), x, s7);
            a += term;
            a4 += term;
            b += width;
        }

        AddTo(c, s0);
        AddTo(c + width, s1);
        AddTo(c + (2 * (nint)width), s2);
        AddTo(c + (3 * (nint)width), s3);
        AddTo(c + (4 * (nint)width), s4);
        AddTo(c + (5 * (nint)width), s5);
        AddTo(c + (6 * (nint)width), s6);
        AddTo(c + (7 * (nint)width), s7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<T>(float* a, nint term, float* b, int width, int terms, float* c)
        where T : struct, IFloatLanes<T>
    {
        var sum = T.Of(0);
        for (var t = 0; t < terms; t++)
        {
            sum = T.MultiplyAdd(T.Of(*a), T.Load(b), sum);
            a += term;
            b += width;
        }

        AddTo(c, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo<T>(float* c, T sum)
        where T : struct, IFloatLanes<T> => (T.Load(c) + sum).Store(c);
}
