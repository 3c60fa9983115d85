using System.Runtime.CompilerServices;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// What differs between a stage's columns, in memory where the columns begin again behind the last, so that as many neighbours of any
/// column as there are lanes are read at once.
/// </summary>
internal readonly unsafe struct StageColumns
{
    private const int Excess = Lanes.Count - 1;
    private readonly int* start;
    private readonly int* multipliers;
    private readonly int* shifts;

    public StageColumns(in StageTensors t, NativeBuffer memory)
    {
        Count = t.Columns;
        var to = memory.Ensure<int>(3L * (Count + Excess));
        start = Repeat(t.Start, to);
        multipliers = Repeat(t.Multipliers, to + Count + Excess);
        shifts = Repeat(t.Shifts, to + (2 * (Count + Excess)));
        ScaleDown = start is not null && shifts is not null && !new ReadOnlySpan<int>(shifts, Count).ContainsAnyInRange(0, int.MaxValue);
    }

    /// <summary>0 where none differ.</summary>
    public int Count { get; }

    /// <summary>Whether every column has a start and a scale of its own, all of a shift below 0.</summary>
    public bool ScaleDown { get; }

    /// <summary>Whether they have scales.</summary>
    public bool Scales => multipliers is not null;

    /// <summary>The column of an element.</summary>
    public int At(long element) => Count == 0 ? 0 : (int)(element % Count);

    /// <summary>How far columns advance by a vector of lanes.</summary>
    public int Step(int lanes) => Count > lanes ? lanes : Count == 0 ? 0 : lanes % Count;

    /// <summary>The column a <see cref="Step"/> behind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(int column, int step)
    {
        column += step;
        return column < Count ? column : column - Count;
    }

    /// <summary>Accumulators, the first of which is of this column, and what their columns add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Started<T>(int column, T v)
        where T : struct, IVectorLanes<T> => start is null ? v : v + T.Load(start + column);

    /// <summary>The same of lanes <paramref name="behind"/> the column's, in all at most <see cref="Lanes.Count"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Started<T>(int column, int behind, T v)
        where T : struct, IVectorLanes<T> => start is null ? v : v + T.Load(start + column + behind);

    /// <summary>The same of one.</summary>
    public long Started(int column, long v) => start is null ? v : checked(v + start[column]);

    /// <summary>The scales of the columns from this one on, where they have their own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Scale<T>(int column, ref StageColumn<T> to)
        where T : struct, IVectorLanes<T>
    {
        if (multipliers is not null) (to.Multiplier, to.Shift) = (T.Load(multipliers + column), T.Load(shifts + column));
    }

    /// <summary>Both, where <see cref="ScaleDown"/> says that they are there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T StartedAndScaled<T>(int column, T v, ref StageColumn<T> to)
        where T : struct, IVectorLanes<T>
    {
        (to.Multiplier, to.Shift) = (T.Load(multipliers + column), T.Load(shifts + column));
        return v + T.Load(start + column);
    }

    /// <summary>The scale of this column.</summary>
    public void Scale(int column, ref StageColumn<Lane64> to)
    {
        if (multipliers is not null) (to.Multiplier, to.Shift) = (new(multipliers[column]), new(shifts[column]));
    }

    private int* Repeat(Tensor? values, int* to)
    {
        if (values is null) return null;
        var from = ((HostTensor<int>)values).Pointer;
        for (var i = 0; i < Count + Excess; i++) to[i] = from[i % Count];
        return to;
    }
}
