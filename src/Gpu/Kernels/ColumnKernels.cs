using ILGPU;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>Statistics and functions whose constants differ by column.</summary>
internal static class ColumnKernels
{
    /// <summary>
    /// to[k, c], joined with what is there: a thread takes every so-manieth element of a column. Integers, so the order does not matter.
    /// </summary>
    public static void Reduce<TX, TY, R>(
        ArrayView<byte> x, ArrayView<byte> y, ArrayView<byte> columns, ColumnLayout layout, int parts, R statistic, ArrayView<byte> to)
        where TX : struct, IElement
        where TY : struct, IElement
        where R : unmanaged, IColumnStatistic
    {
        var results = to.Cast<long>();
        for (var item = Threads.First; item < (long)parts * layout.Count; item += Threads.Step)
        {
            int column = (int)(item % layout.Count), part = (int)(item / layout.Count);
            var c = new ColumnView(columns.Cast<int>(), column, layout.Count);
            var (first, second) = (0L, 0L);
            for (var m = (long)part; m < layout.Each; m += parts)
            {
                var i = layout.Element(column, m);
                Lane64 left = new(TX.Get(x, i)), right = new(TY.Get(y, i));
                first = ColumnStatistic.Join<R>(first, statistic.Of(left, right, c, 0).Value);
                if (R.Results > 1) second = ColumnStatistic.Join<R>(second, statistic.Of(left, right, c, 1).Value);
            }

            Put<R>(ref results[column], first);
            if (R.Results > 1) Put<R>(ref results[layout.Count + column], second);
        }
    }

    /// <summary>The formula of every column.</summary>
    public static void Each<F>(ColumnsView numbers, F formula)
        where F : unmanaged, IColumnFormula
    {
        for (var column = Threads.First; column < numbers.Columns; column += Threads.Step)
        {
            numbers.Column = (int)column;
            formula.Of(numbers);
        }
    }

    /// <summary>The function, and the stage of its values; see <see cref="Stages"/>.</summary>
    public static void Map<TX, TY, TOutput, F, S>(
        ArrayView<byte> x, ArrayView<byte> y, ArrayView<byte> columns, ColumnLayout layout, F function, S stage, StageViews t, int length)
        where TX : struct, IElement
        where TY : struct, IElement
        where TOutput : struct, IElement
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        var ready = ReadyStage<S>.Of(stage, t.Range.Cast<long>()[0], t.Has.StatisticLimit);
        var measure = new StageMeasure();
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var c = new ColumnView(columns.Cast<int>(), layout.Of(i), layout.Count);
            var v = function.Of(new Lane64(TX.Get(x, i)), new Lane64(TY.Get(y, i)), c).Value;
            Stages.Put<TOutput, S>(i, v, ready, ready.Constants.Column, t, ref measure);
        }

        Stages.Finish(ready, t, measure);
    }

    private static void Put<R>(ref long to, long own)
        where R : unmanaged, IColumnStatistic
    {
        if (R.Adds) Atomic.Add(ref to, own);
        else Atomic.Max(ref to, own);
    }
}

/// <summary>A second tensor that is not there: 0.</summary>
internal readonly struct NoElement : IElement
{
    public static long Get(ArrayView<byte> tensor, long i) => 0;

    public static void Set(ArrayView<byte> tensor, long i, long value)
    {
    }
}

/// <summary>A column's constants in device memory.</summary>
internal readonly struct ColumnView(ArrayView<int> constants, int column, int columns) : IColumnConstants<Lane64>
{
    private readonly ArrayView<int> constants = constants;
    private readonly int column = column;
    private readonly int columns = columns;

    public Lane64 At(int row) => new(constants[(row * columns) + column]);
}

/// <summary>A tensor of a column's numbers.</summary>
internal struct NumbersView
{
    /// <summary>Its memory.</summary>
    public ArrayView<byte> Memory;

    /// <summary>1 where its elements have 64 bits.</summary>
    public int Wide;

    /// <summary>1 where every column has its one element.</summary>
    public int Single;
}

/// <summary>The numbers of a column in device memory.</summary>
internal struct ColumnsView : IColumnNumbers
{
    /// <summary>See <see cref="Wage.Backends.IBackend.EachColumn{F}"/>.</summary>
    public NumbersView Input0, Input1, Input2, Input3, Output0, Output1, Output2;

    /// <summary>The column whose turn it is.</summary>
    public int Column;

    /// <summary>How many.</summary>
    public int Columns;

    readonly int IColumnNumbers.Column => Column;

    readonly int IColumnNumbers.Columns => Columns;

    public readonly long Get(int input, int row, int column)
    {
        if (input == 0) return Get(Input0, row, column);
        if (input == 1) return Get(Input1, row, column);
        return input == 2 ? Get(Input2, row, column) : Get(Input3, row, column);
    }

    public readonly void Set(int output, int row, long value)
    {
        if (output == 0) Set(Output0, row, value);
        else if (output == 1) Set(Output1, row, value);
        else Set(Output2, row, value);
    }

    private readonly long Get(NumbersView of, int row, int column)
    {
        var i = of.Single != 0 ? 0 : (row * Columns) + column;
        return of.Wide != 0 ? of.Memory.Cast<long>()[i] : of.Memory.Cast<int>()[i];
    }

    private readonly void Set(NumbersView of, int row, long value)
    {
        var i = of.Single != 0 ? 0 : (row * Columns) + Column;
        if (of.Wide != 0) of.Memory.Cast<long>()[i] = value;
        else of.Memory.Cast<int>()[i] = (int)value;
    }
}
