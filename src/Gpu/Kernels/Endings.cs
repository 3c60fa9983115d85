using ILGPU;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>What becomes of a product's sums while they are in registers.</summary>
internal interface IEnding<S>
    where S : unmanaged, IOutputStage
{
    /// <summary>True where four rows are a pooling window and end as one.</summary>
    static abstract bool Pools { get; }

    /// <summary>True where the stage has a range, an exponent and a statistic.</summary>
    static abstract bool Measures { get; }

    /// <summary>The sum v as element i of the result; <paramref name="at"/> is its position in its window.</summary>
    static abstract void Put(long i, long v, int at, in ReadyStage<S> stage, in StageViews to, ref StageMeasure measure);
}

/// <summary>Where a tile's columns end.</summary>
internal static class Ending
{
    /// <summary>The stage before the first tile.</summary>
    public static ReadyStage<S> Ready<TEnding, S>(S stage, in StageViews to)
        where TEnding : struct, IEnding<S>
        where S : unmanaged, IOutputStage =>
        ReadyStage<S>.Of(stage, TEnding.Measures ? to.Range.Cast<long>()[0] : 0, to.Has.StatisticLimit);

    /// <summary>Behind the last tile; every thread of a group gets here.</summary>
    public static void Finish<TEnding, S>(in ReadyStage<S> stage, in StageViews to, StageMeasure measure)
        where TEnding : struct, IEnding<S>
        where S : unmanaged, IOutputStage
    {
        if (TEnding.Measures) Stages.Finish(stage, to, measure);
    }

    /// <summary>The sums of rows row .. row + 3 in one column; rows and columns past the last are nothing.</summary>
    public static void Column<TSum, TEnding, S>(
        int rows, int columns, int row, int column, TSum v0, TSum v1, TSum v2, TSum v3,
        in ReadyStage<S> stage, in StageViews to, ref StageMeasure measure)
        where TSum : struct, ISum<TSum>
        where TEnding : struct, IEnding<S>
        where S : unmanaged, IOutputStage
    {
        if (column >= columns || row >= rows) return;
        if (TEnding.Pools)
        {
            var (best, at) = (TSum.Value(v0), 0);
            if (TSum.Value(v1) > best) (best, at) = (TSum.Value(v1), 1);
            if (TSum.Value(v2) > best) (best, at) = (TSum.Value(v2), 2);
            if (TSum.Value(v3) > best) (best, at) = (TSum.Value(v3), 3);
            TEnding.Put(((long)(row >> 2) * columns) + column, best, at, stage, to, ref measure);
            return;
        }

        var i = ((long)row * columns) + column;
        TEnding.Put(i, TSum.Value(v0), 0, stage, to, ref measure);
        if (row + 1 < rows) TEnding.Put(i + columns, TSum.Value(v1), 0, stage, to, ref measure);
        if (row + 2 < rows) TEnding.Put(i + (2L * columns), TSum.Value(v2), 0, stage, to, ref measure);
        if (row + 3 < rows) TEnding.Put(i + (3L * columns), TSum.Value(v3), 0, stage, to, ref measure);
    }
}

/// <summary>They are stored: output[i] = v.</summary>
internal readonly struct Store<TElement> : IEnding<RawStage>
    where TElement : struct, IElement
{
    public static bool Pools => false;

    public static bool Measures => false;

    public static void Put(long i, long v, int at, in ReadyStage<RawStage> stage, in StageViews to, ref StageMeasure measure) =>
        TElement.Set(to.Output, i, v);
}

/// <summary>They are added to what is there, by the one thread that has this row and column.</summary>
internal readonly struct Continue<TElement> : IEnding<RawStage>
    where TElement : struct, IElement
{
    public static bool Pools => false;

    public static bool Measures => false;

    public static void Put(long i, long v, int at, in ReadyStage<RawStage> stage, in StageViews to, ref StageMeasure measure) =>
        TElement.Set(to.Output, i, TElement.Get(to.Output, i) + v);
}

/// <summary>They are added to those of the other slices, Int32; the sum of integers is the same in any order.</summary>
internal readonly struct Add32 : IEnding<RawStage>
{
    public static bool Pools => false;

    public static bool Measures => false;

    public static void Put(long i, long v, int at, in ReadyStage<RawStage> stage, in StageViews to, ref StageMeasure measure) =>
        Atomic.Add(ref to.Output.Cast<int>()[i], (int)v);
}

/// <summary>The same, Int64.</summary>
internal readonly struct Add64 : IEnding<RawStage>
{
    public static bool Pools => false;

    public static bool Measures => false;

    public static void Put(long i, long v, int at, in ReadyStage<RawStage> stage, in StageViews to, ref StageMeasure measure) =>
        Atomic.Add(ref to.Output.Cast<long>()[i], v);
}

/// <summary>An output stage without a range: its values, Int8, and its mask.</summary>
internal readonly struct End<S> : IEnding<S>
    where S : unmanaged, IOutputStage
{
    public static bool Pools => false;

    public static bool Measures => false;

    public static void Put(long i, long v, int at, in ReadyStage<S> stage, in StageViews to, ref StageMeasure measure) =>
        Stages.Put(i, v, stage.Stage, to.Output, to.Mask);
}

/// <summary>The same after a max pool over windows of 4, which are the four rows, with the positions.</summary>
internal readonly struct PoolAndEnd<S> : IEnding<S>
    where S : unmanaged, IOutputStage
{
    public static bool Pools => true;

    public static bool Measures => false;

    public static void Put(long i, long v, int at, in ReadyStage<S> stage, in StageViews to, ref StageMeasure measure)
    {
        to.Position[i] = (byte)at;
        Stages.Put(i, v, stage.Stage, to.Output, to.Mask);
    }
}

/// <summary>A stage with its range and whatever else <see cref="StageTensors"/> asks for but columns.</summary>
internal readonly struct EndWhole<TElement, S> : IEnding<S>
    where TElement : struct, IElement
    where S : unmanaged, IOutputStage
{
    public static bool Pools => false;

    public static bool Measures => true;

    public static void Put(long i, long v, int at, in ReadyStage<S> stage, in StageViews to, ref StageMeasure measure) =>
        Stages.Put<TElement, S>(i, v, stage, stage.Constants.Column, to, ref measure);
}
