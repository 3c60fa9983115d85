using ILGPU;
using ILGPU.Algorithms.ScanReduceOperations;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>Output stages in kernels.</summary>
internal static class Stages
{
    /// <summary>Value, Int8, and mask of one accumulator of a product whose stage needs neither a range nor random bits.</summary>
    public static void Put<S>(long i, long v, S stage, ArrayView<byte> output, ArrayView<byte> mask)
        where S : unmanaged, IOutputStage
    {
        var k = stage.Prepare<Lane64>(0);
        var column = k.Column;
        Int8Element.Set(output, i, stage.Value(new Lane64(v), k, column).Value);
        mask[i] = (byte)stage.Mask(new Lane64(v), k).Value;
    }

    /// <summary>The stage of a tensor; see <see cref="StageTensors"/>.</summary>
    public static void Map<TX, TY, S>(
        ArrayView<byte> x, S stage, StageViews t, ArrayView<byte> start, ArrayView<byte> multipliers, ArrayView<byte> shifts, int length)
        where TX : struct, IElement
        where TY : struct, IElement
        where S : unmanaged, IOutputStage
    {
        var ready = ReadyStage<S>.Of(stage, t.Range.Cast<long>()[0], t.Has.StatisticLimit);
        var measure = new StageMeasure();
        for (var i = Threads.First; i < length; i += Threads.Step)
            PutColumn<TX, TY, S>(x, i, t.Has.Columns > 0 ? i % t.Has.Columns : 0, ready, t, start, multipliers, shifts, ref measure);
        Finish(ready, t, measure);
    }

    /// <summary>
    /// The same, with <see cref="StageTensors.ColumnSums"/>, which were 0: a thread takes every so-manieth element of a column, and its sums join
    /// those of others. Integers, so the order does not matter.
    /// </summary>
    public static void MapAndSum<TX, TY, S>(
        ArrayView<byte> x, S stage, StageViews t, ArrayView<byte> start, ArrayView<byte> multipliers, ArrayView<byte> shifts, ColumnLayout layout,
        int parts, ArrayView<byte> sums)
        where TX : struct, IElement
        where TY : struct, IElement
        where S : unmanaged, IOutputStage
    {
        var ready = ReadyStage<S>.Of(stage, t.Range.Cast<long>()[0], t.Has.StatisticLimit);
        var (measure, results) = (new StageMeasure(), sums.Cast<long>());
        for (var item = Threads.First; item < (long)parts * layout.Count; item += Threads.Step)
        {
            int column = (int)(item % layout.Count), part = (int)(item / layout.Count);
            var (first, second, of) = (0L, 0L, default(BatchNormSums));
            var none = new ColumnView(results.Cast<int>(), column, layout.Count);
            for (var m = (long)part; m < layout.Each; m += parts)
            {
                var i = layout.Element(column, m);
                PutColumn<TX, TY, S>(x, i, column, ready, t, start, multipliers, shifts, ref measure);
                Lane64 y = new(TY.Get(t.Output, i)), zero = new(0);
                first = ColumnStatistic.Join<BatchNormSums>(first, of.Of(y, zero, none, 0).Value);
                second = ColumnStatistic.Join<BatchNormSums>(second, of.Of(y, zero, none, 1).Value);
            }

            Atomic.Add(ref results[column], first);
            Atomic.Add(ref results[layout.Count + column], second);
        }

        Finish(ready, t, measure);
    }

    private static void PutColumn<TX, TY, S>(
        ArrayView<byte> x, long i, long j, in ReadyStage<S> ready, in StageViews t, ArrayView<byte> start, ArrayView<byte> multipliers,
        ArrayView<byte> shifts, ref StageMeasure measure)
        where TX : struct, IElement
        where TY : struct, IElement
        where S : unmanaged, IOutputStage
    {
        var (v, column) = (TX.Get(x, i), ready.Constants.Column);
        if (t.Has.Start != 0) v += start.Cast<int>()[j];
        if (t.Has.Scales != 0) (column.Multiplier, column.Shift) = (new Lane64(multipliers.Cast<int>()[j]), new Lane64(shifts.Cast<int>()[j]));
        Put<TY, S>(i, v, ready, column, t, ref measure);
    }

    /// <summary>What <see cref="StageTensors"/> asks for of one accumulator, to which its column's start was added.</summary>
    public static void Put<TY, S>(long i, long sum, in ReadyStage<S> ready, StageColumn<Lane64> column, in StageViews t, ref StageMeasure measure)
        where TY : struct, IElement
        where S : unmanaged, IOutputStage
    {
        var v = new Lane64(sum);
        if (ready.Bits > 0) column.Random = new Lane64(RandomBits.Word(t.Has.Key, (ulong)(t.Has.FirstRandom + i), ready.Bits));
        int passes = t.Has.GateBits == 0 ? 0xFF : t.Gate[i];
        if (t.Has.Mask != 0) t.Mask[i] = (byte)ready.Stage.Mask(v, ready.Constants).Value;
        var value = ready.Stage.Value(v, ready.Constants, column).Value;
        TY.Set(t.Output, i, (passes & t.Has.GateBits) == t.Has.GateBits ? value : 0);
        if ((passes & t.Has.StatisticGateBits) == t.Has.StatisticGateBits) measure.Add(sum, value, ready.Most);
    }

    /// <summary>What is written once, behind the last element of each thread.</summary>
    public static void Finish<S>(in ReadyStage<S> ready, in StageViews t, StageMeasure measure)
        where S : unmanaged, IOutputStage
    {
        if (t.Has.Statistic != 0) Join(measure, t.Statistic.Cast<long>());
        if (Threads.First == 0) t.Exponent.Cast<long>()[0] = t.ExponentIn.Cast<long>()[0] + ready.Exponent;
    }

    /// <summary>What the threads measured joins in the statistic, which was 0: the greatest and sums of integers, the same in any order.</summary>
    public static void Join(StageMeasure own, ArrayView<long> statistic)
    {
        var maximum = GroupReduction.Of<MaxInt64>(own.Maximum);
        var saturated = GroupReduction.Of<AddInt64>(own.Saturated);
        var underflowed = GroupReduction.Of<AddInt64>(own.Underflowed);
        if (Group.IdxX != 0) return;
        Atomic.Max(ref statistic[0], maximum);
        if (statistic.Length == 1) return;
        Atomic.Add(ref statistic[1], saturated);
        Atomic.Add(ref statistic[2], underflowed);
    }
}
