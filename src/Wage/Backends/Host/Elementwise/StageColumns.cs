using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// What differs between a stage's columns, in memory where the columns begin again behind the last, so that sixteen neighbours of any column are
/// read at once.
/// </summary>
internal readonly unsafe struct StageColumns
{
    private const int Excess = Lanes.Count - 1;
    private readonly int step;
    private readonly int* start;
    private readonly int* multipliers;
    private readonly int* shifts;

    public StageColumns(in StageTensors t, NativeBuffer memory)
    {
        Count = t.Columns;
        step = Count < Lanes.Count ? Lanes.Count % Count : Lanes.Count;
        var to = memory.Ensure<int>(3L * (Count + Excess));
        start = Repeat(t.Start, to);
        multipliers = Repeat(t.Multipliers, to + Count + Excess);
        shifts = Repeat(t.Shifts, to + (2 * (Count + Excess)));
    }

    /// <summary>0 where none differ.</summary>
    public int Count { get; }

    /// <summary>The column of an element.</summary>
    public int At(long element) => Count == 0 ? 0 : (int)(element % Count);

    /// <summary>The column sixteen elements behind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(int column)
    {
        column += step;
        return column < Count ? column : column - Count;
    }

    /// <summary>Accumulators, the first of which is of this column, and what their columns add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Started(int column, Vector256<int> v) => start is null ? v : v + Vector256.Load(start + column);

    /// <inheritdoc cref="Started(int, Vector256{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Int32x16 Started(int column, Int32x16 v) => start is null ? v : v + Int32x16.Load(start + column);

    /// <inheritdoc cref="Started(int, Vector256{int})"/>
    public long Started(int column, long v) => start is null ? v : checked(v + start[column]);

    /// <summary>Eight columns from this one on; without scales of their own they have those of <paramref name="all"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StageColumn<Int32x8> Of(int column, Vector256<int> random, in StageColumn<Int32x8> all) => new()
    {
        Random = new(random),
        Multiplier = multipliers is null ? all.Multiplier : new(Vector256.Load(multipliers + column)),
        Shift = multipliers is null ? all.Shift : new(Vector256.Load(shifts + column)),
    };

    /// <summary>Sixteen, without random words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StageColumn<Int32x16> Of(int column, in StageColumn<Int32x16> all) => new()
    {
        Multiplier = multipliers is null ? all.Multiplier : Int32x16.Load(multipliers + column),
        Shift = multipliers is null ? all.Shift : Int32x16.Load(shifts + column),
    };

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
