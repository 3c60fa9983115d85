using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>A statistic of columns in parts, each with sums of its own: rows of whole vectors in lanes, the rest one after the other.</summary>
/// <param name="X">The elements.</param>
/// <param name="Y">As many, or null.</param>
/// <param name="Layout">The columns.</param>
/// <param name="Statistic">The numbers.</param>
/// <param name="Width">Columns of the rows that are read in lanes, a multiple of the tensor's; 0: none are.</param>
/// <param name="Parts">How many.</param>
internal readonly unsafe record struct ColumnReduction<R>(Tensor X, Tensor? Y, ColumnLayout Layout, R Statistic, int Width, int Parts)
    where R : unmanaged, IColumnStatistic
{
    /// <summary>Elements that are read while they are in a first-level cache.</summary>
    private const int Chunk = 1 << 13;

    /// <summary>Columns that sums are kept of.</summary>
    public int Columns => Math.Max(Width, Layout.Count);

    /// <summary>Sums of a part: [Results, Columns].</summary>
    public int Length => R.Results * Columns;

    /// <summary>What differs by column, of as many.</summary>
    public RepeatedColumns Constants { get; init; }

    /// <summary>[Parts, Length].</summary>
    public nint Sums { get; init; }

    /// <summary>One part.</summary>
    public void Run(int part)
    {
        var sums = (long*)Sums + ((nint)part * Length);
        new Span<long>(sums, Length).Clear();
        var rows = Width == 0 ? 0 : X.Length / Width;
        var (firstRow, lastRow) = (First(rows, part), First(rows, part + 1));
        Rows((long)firstRow * Width, lastRow - firstRow, sums);
        var rest = X.Length - (rows * Width);
        OneByOne((rows * Width) + First(rest, part), (rows * Width) + First(rest, part + 1), sums);
    }

    /// <summary>Whole rows of the tensor join the sums of a part: its elements from <paramref name="first"/> on, which is in column 0.</summary>
    public void Add(int first, int count, int part)
    {
        var sums = (long*)Sums + ((nint)part * Length);
        var rows = Width == 0 ? 0 : count / Width;
        Rows(first, rows, sums);
        OneByOne(first + (rows * Width), first + count, sums);
    }

    /// <summary>The parts' sums, joined; their order does not matter.</summary>
    public void Join(Span<long> results)
    {
        results.Clear();
        for (var row = 0; row < Parts * R.Results; row++)
        {
            for (var i = 0; i < Columns; i++)
            {
                ref var result = ref results[(row % R.Results * Layout.Count) + (i % Layout.Count)];
                result = ColumnStatistic.Join<R>(result, ((long*)Sums)[((nint)row * Columns) + i]);
            }
        }
    }

    private void Rows(long first, int rows, long* sums)
    {
        var size = Width == 0 ? 1 : Math.Clamp(Chunk / Width, 1, ColumnLoops.MostRows);
        for (var row = 0; row < rows; row += size) Lanes(first + ((long)row * Width), Math.Min(size, rows - row), sums);
    }

    private int First(int all, int part) => (int)((long)all * part / Parts);

    private void Lanes(long first, int rows, long* sums)
    {
        if (X is HostTensor<sbyte> bytes) Lanes(bytes.Pointer + first, first, rows, sums);
        else Lanes(((HostTensor<short>)X).Pointer + first, first, rows, sums);
    }

    private void Lanes<TX>(TX* x, long first, int rows, long* sums)
        where TX : unmanaged
    {
        if (Y is null) Lanes(x, (NoOperand*)x, rows, sums);
        else if (Y is HostTensor<sbyte> bytes) Lanes(x, bytes.Pointer + first, rows, sums);
        else Lanes(x, ((HostTensor<short>)Y).Pointer + first, rows, sums);
    }

    private void Lanes<TX, TY>(TX* x, TY* y, int rows, long* sums)
        where TX : unmanaged
        where TY : unmanaged
    {
        if (Int32x16.IsSupported) ColumnLoops.Reduce<Int32x16, TX, TY, R>(x, y, Statistic, Constants, Width, rows, sums);
        else ColumnLoops.Reduce<Int32x8, TX, TY, R>(x, y, Statistic, Constants, Width, rows, sums);
    }

    private void OneByOne(int first, int last, long* sums)
    {
        long* left = stackalloc long[Elements.Block], right = stackalloc long[Elements.Block];
        new Span<long>(right, Elements.Block).Clear();
        for (var i = first; i < last; i += Elements.Block)
        {
            var count = Math.Min(Elements.Block, last - i);
            Elements.Read(X, i, count, left);
            if (Y is not null) Elements.Read(Y, i, count, right);
            for (var j = 0; j < count; j++)
            {
                var column = Layout.Of(i + j);
                for (var k = 0; k < R.Results; k++)
                {
                    ref var sum = ref sums[(k * Columns) + column];
                    sum = ColumnStatistic.Join<R>(sum, Statistic.Of(new Lane64(left[j]), new Lane64(right[j]), Constants.At(column), k).Value);
                }
            }
        }
    }
}
