using System.Runtime.CompilerServices;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>The constants of neighbouring columns, from memory where the columns begin again behind the last.</summary>
internal readonly unsafe struct ColumnLanes<T>(int* first, int pitch) : IColumnConstants<T>
    where T : struct, IVectorLanes<T>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T At(int row) => T.Load(first + ((nint)row * pitch));
}

/// <summary>The same in registers.</summary>
internal readonly struct FixedColumns<T> : IColumnConstants<T>
    where T : struct, IVectorLanes<T>
{
    /// <summary>The most rows.</summary>
    public const int Most = 6;

    private readonly T c0;
    private readonly T c1;
    private readonly T c2;
    private readonly T c3;
    private readonly T c4;
    private readonly T c5;

    /// <summary>The first rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FixedColumns(in ColumnLanes<T> from, int rows)
    {
        if (rows > 0) c0 = from.At(0);
        if (rows > 1) c1 = from.At(1);
        if (rows > 2) c2 = from.At(2);
        if (rows > 3) c3 = from.At(3);
        if (rows > 4) c4 = from.At(4);
        if (rows > 5) c5 = from.At(5);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T At(int row) => row switch { 0 => c0, 1 => c1, 2 => c2, 3 => c3, 4 => c4, _ => c5 };
}

/// <summary>A column's constants behind a pointer.</summary>
internal readonly unsafe struct PointedColumn(int* first, int pitch) : IColumnConstants<Lane64>
{
    /// <inheritdoc/>
    public Lane64 At(int row) => new(first[(nint)row * pitch]);
}

/// <summary>Constants of columns, repeated so that as many as there are lanes are read from any column on.</summary>
/// <param name="First">[rows, <paramref name="Pitch"/>].</param>
/// <param name="Pitch">From one row to the next.</param>
internal readonly unsafe record struct RepeatedColumns(nint First, int Pitch)
{
    /// <summary>The constants of <paramref name="count"/> columns as <paramref name="pitch"/>.</summary>
    public static RepeatedColumns Of(Tensor? constants, int rows, int count, int pitch, NativeBuffer memory)
    {
        if (rows == 0) return default;
        var from = ((HostTensor<int>)constants!).Pointer;
        var to = memory.Ensure<int>((long)rows * pitch);
        for (var row = 0; row < rows; row++)
            for (var i = 0; i < pitch; i++) to[((nint)row * pitch) + i] = from[((nint)row * count) + (i % count)];
        return new RepeatedColumns((nint)to, pitch);
    }

    /// <summary>Those from this column on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ColumnLanes<T> At<T>(int column)
        where T : struct, IVectorLanes<T> => new((int*)First + column, Pitch);

    /// <summary>Those of this column.</summary>
    public PointedColumn At(int column) => new((int*)First + column, Pitch);
}

/// <summary>A second operand that is not there: lanes of 0.</summary>
internal readonly struct NoOperand;

/// <summary>Functions of columns in lanes, and sums in lanes of 32 bits.</summary>
internal static unsafe class ColumnLoops
{
    /// <summary>Rows whose terms can be added: 2^15 low halves of 16 bits stay below 2^31.</summary>
    public const int MostRows = 1 << 15;

    /// <summary>v[i] = function.Of(x[i], y[i]) of whole vectors; how many. The first element is of this column of <paramref name="count"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Map<T, TX, TY, F, TV>(TX* x, TY* y, in F given, in RepeatedColumns columns, int column, int count, int n, TV* v)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
        where F : unmanaged, IColumnFunction
        where TV : unmanaged
    {
        var (function, constants, step, i) = (given, columns, T.Count % count, 0);
        if (column == 0 && F.Constants <= FixedColumns<T>.Most && (count % T.Count == 0 || T.Count % count == 0))
        {
            // Whole rows, a vector of columns after the other: their constants stay in registers.
            var width = Math.Max(count, T.Count);
            i = n / width * width;
            for (var first = 0; first < width; first += T.Count)
            {
                var c = new FixedColumns<T>(constants.At<T>(first), F.Constants);
                for (var j = first; j < i; j += width)
                {
                    var right = typeof(TY) == typeof(NoOperand) ? T.Of(0) : T.Load(y + j);
                    function.Of(T.Load(x + j), right, c).Store(v + j);
                }
            }
        }

        for (; i + T.Count <= n; i += T.Count)
        {
            var right = typeof(TY) == typeof(NoOperand) ? T.Of(0) : T.Load(y + i);
            function.Of(T.Load(x + i), right, constants.At<T>(column)).Store(v + i);
            column += step;
            if (column >= count) column -= count;
        }

        return i;
    }

    /// <summary>
    /// sums[k, column] joins number k of the statistic over rows of <paramref name="width"/> columns, whole vectors; at most <see cref="MostRows"/>.
    /// A sum's terms are split into halves of 16 bits, so that 32 hold it.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Reduce<T, TX, TY, R>(TX* x, TY* y, in R given, in RepeatedColumns columns, int width, int rows, long* sums)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
        where R : unmanaged, IColumnStatistic
    {
        var (statistic, constants) = (given, columns);
        var parts = stackalloc int[4 * T.Count];
        for (var column = 0; column < width; column += T.Count)
        {
            var c = constants.At<T>(column);
            TX* left = x + column;
            TY* right = y + column;
            T low0 = T.Of(0), high0 = low0, low1 = low0, high1 = low0, half = T.Of(ushort.MaxValue);
            for (var row = 0; row < rows; row++, left += width, right += width)
            {
                var (a, b) = (T.Load(left), typeof(TY) == typeof(NoOperand) ? T.Of(0) : T.Load(right));
                var first = statistic.Of(a, b, c, 0);
                if (R.Adds)
                {
                    low0 += first & half;
                    high0 += T.ShiftRight(first, 16);
                }
                else
                {
                    low0 = T.Max(low0, first);
                }

                if (R.Results == 1) continue;
                var second = statistic.Of(a, b, c, 1);
                if (R.Adds)
                {
                    low1 += second & half;
                    high1 += T.ShiftRight(second, 16);
                }
                else
                {
                    low1 = T.Max(low1, second);
                }
            }

            // All are stored before anything is called: a sum that lives across a call would be in memory in the loop, too.
            low0.Store(parts);
            high0.Store(parts + T.Count);
            low1.Store(parts + (2 * T.Count));
            high1.Store(parts + (3 * T.Count));
            Join<R>(parts, T.Count, sums + column);
            if (R.Results > 1) Join<R>(parts + (2 * T.Count), T.Count, sums + width + column);
        }
    }

    private static void Join<R>(int* parts, int count, long* to)
        where R : unmanaged, IColumnStatistic
    {
        for (var i = 0; i < count; i++) to[i] = ColumnStatistic.Join<R>(to[i], R.Adds ? parts[i] + ((long)parts[count + i] << 16) : parts[i]);
    }
}
