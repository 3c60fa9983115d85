using ILGPU;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>What becomes of a product's sums while they are in registers.</summary>
internal interface IEnding
{
    /// <summary>The sums of rows row .. row + 3, of which those past the last are nothing, in one column.</summary>
    static abstract void Column(
        int rows, int columns, int row, int column, long v0, long v1, long v2, long v3, ActivationStage stage,
        ArrayView<byte> first, ArrayView<byte> second, ArrayView<byte> third);
}

/// <summary>Where a tile's columns end.</summary>
internal static class Ending
{
    /// <summary>One column of four sums; a column past the last is nothing.</summary>
    public static void Column<TSum, TEnding>(
        int rows, int columns, int row, int column, TSum v0, TSum v1, TSum v2, TSum v3, ActivationStage stage,
        ArrayView<byte> first, ArrayView<byte> second, ArrayView<byte> third)
        where TSum : struct, ISum<TSum>
        where TEnding : struct, IEnding
    {
        if (column >= columns) return;
        TEnding.Column(
            rows, columns, row, column, TSum.Value(v0), TSum.Value(v1), TSum.Value(v2), TSum.Value(v3), stage, first, second, third);
    }
}

/// <summary>They are stored: first[row, column] = v.</summary>
internal readonly struct Store<TElement> : IEnding
    where TElement : struct, IElement
{
    public static void Column(
        int rows, int columns, int row, int column, long v0, long v1, long v2, long v3, ActivationStage stage,
        ArrayView<byte> first, ArrayView<byte> second, ArrayView<byte> third)
    {
        Put(rows, columns, row, column, v0, first);
        Put(rows, columns, row + 1, column, v1, first);
        Put(rows, columns, row + 2, column, v2, first);
        Put(rows, columns, row + 3, column, v3, first);
    }

    private static void Put(int rows, int columns, int row, int column, long v, ArrayView<byte> first)
    {
        if (row < rows) TElement.Set(first, ((long)row * columns) + column, v);
    }
}

/// <summary>They are added to what is there, by the one thread that has this row and column.</summary>
internal readonly struct Continue<TElement> : IEnding
    where TElement : struct, IElement
{
    public static void Column(
        int rows, int columns, int row, int column, long v0, long v1, long v2, long v3, ActivationStage stage,
        ArrayView<byte> first, ArrayView<byte> second, ArrayView<byte> third)
    {
        Put(rows, columns, row, column, v0, first);
        Put(rows, columns, row + 1, column, v1, first);
        Put(rows, columns, row + 2, column, v2, first);
        Put(rows, columns, row + 3, column, v3, first);
    }

    private static void Put(int rows, int columns, int row, int column, long v, ArrayView<byte> first)
    {
        if (row >= rows) return;
        var i = ((long)row * columns) + column;
        TElement.Set(first, i, TElement.Get(first, i) + v);
    }
}

/// <summary>They are added to those of the other slices, Int32; the sum of integers is the same in any order.</summary>
internal readonly struct Add32 : IEnding
{
    public static void Column(
        int rows, int columns, int row, int column, long v0, long v1, long v2, long v3, ActivationStage stage,
        ArrayView<byte> first, ArrayView<byte> second, ArrayView<byte> third)
    {
        Put(rows, columns, row, column, v0, first);
        Put(rows, columns, row + 1, column, v1, first);
        Put(rows, columns, row + 2, column, v2, first);
        Put(rows, columns, row + 3, column, v3, first);
    }

    private static void Put(int rows, int columns, int row, int column, long v, ArrayView<byte> first)
    {
        if (row < rows) Atomic.Add(ref first.Cast<int>()[((long)row * columns) + column], (int)v);
    }
}

/// <summary>The same, Int64.</summary>
internal readonly struct Add64 : IEnding
{
    public static void Column(
        int rows, int columns, int row, int column, long v0, long v1, long v2, long v3, ActivationStage stage,
        ArrayView<byte> first, ArrayView<byte> second, ArrayView<byte> third)
    {
        Put(rows, columns, row, column, v0, first);
        Put(rows, columns, row + 1, column, v1, first);
        Put(rows, columns, row + 2, column, v2, first);
        Put(rows, columns, row + 3, column, v3, first);
    }

    private static void Put(int rows, int columns, int row, int column, long v, ArrayView<byte> first)
    {
        if (row < rows) Atomic.Add(ref first.Cast<long>()[((long)row * columns) + column], v);
    }
}

/// <summary>A block's output stage: first = activations, second = mask. Without a pool.</summary>
internal readonly struct Activate : IEnding
{
    public static void Column(
        int rows, int columns, int row, int column, long v0, long v1, long v2, long v3, ActivationStage stage,
        ArrayView<byte> first, ArrayView<byte> second, ArrayView<byte> third)
    {
        Put(rows, columns, row, column, v0, stage, first, second);
        Put(rows, columns, row + 1, column, v1, stage, first, second);
        Put(rows, columns, row + 2, column, v2, stage, first, second);
        Put(rows, columns, row + 3, column, v3, stage, first, second);
    }

    private static void Put(int rows, int columns, int row, int column, long v, ActivationStage stage, ArrayView<byte> first, ArrayView<byte> second)
    {
        if (row < rows) Stages.Activate(v, stage, ((long)row * columns) + column, first, second);
    }
}

/// <summary>The same after a max pool over windows of 4, which are the four rows; third = positions.</summary>
internal readonly struct PoolAndActivate : IEnding
{
    public static void Column(
        int rows, int columns, int row, int column, long v0, long v1, long v2, long v3, ActivationStage stage,
        ArrayView<byte> first, ArrayView<byte> second, ArrayView<byte> third)
    {
        if (row >= rows) return;
        var (best, at) = (v0, 0);
        if (v1 > best) (best, at) = (v1, 1);
        if (v2 > best) (best, at) = (v2, 2);
        if (v3 > best) (best, at) = (v3, 3);
        var i = ((long)(row >> 2) * columns) + column;
        third[i] = (byte)at;
        Stages.Activate(best, stage, i, first, second);
    }
}
