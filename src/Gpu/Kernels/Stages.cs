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

    /// <summary>The stage of a tensor; see <see cref="StageTensors"/>. What is not there has no bits in <paramref name="has"/>.</summary>
    public static void Map<TX, TY, S>(
        ArrayView<byte> x, S stage, StageParts has, ArrayView<byte> y, ArrayView<byte> mask, ArrayView<byte> gate,
        ArrayView<byte> range, ArrayView<byte> exponentIn, ArrayView<byte> exponent, ArrayView<byte> start, ArrayView<byte> multipliers,
        ArrayView<byte> shifts, ArrayView<byte> statistic, int length)
        where TX : struct, IElement
        where TY : struct, IElement
        where S : unmanaged, IOutputStage
    {
        var most = range.Cast<long>()[0];
        var k = stage.Prepare<Lane64>(most);
        var bits = stage.RandomBits(most);
        var column = k.Column;
        var (whole, limit) = (new StageMeasure(), StageMeasure.Most(has.StatisticLimit, stage.Exponent(most)));
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var v = new Lane64(TX.Get(x, i));
            if (has.Columns > 0)
            {
                var j = i % has.Columns;
                if (has.Start != 0) v += new Lane64(start.Cast<int>()[j]);
                if (has.Scales != 0) (column.Multiplier, column.Shift) = (new Lane64(multipliers.Cast<int>()[j]), new Lane64(shifts.Cast<int>()[j]));
            }

            if (bits > 0) column.Random = new Lane64(RandomBits.Word(has.Key, (ulong)(has.FirstRandom + i), bits));
            int passes = has.GateBits == 0 ? 0xFF : gate[i];
            if (has.Mask != 0) mask[i] = (byte)stage.Mask(v, k).Value;
            var value = stage.Value(v, k, column).Value;
            TY.Set(y, i, (passes & has.GateBits) == has.GateBits ? value : 0);
            if ((passes & has.StatisticGateBits) == has.StatisticGateBits) whole.Add(v.Value, value, limit);
        }

        if (has.Statistic != 0) Join(whole, statistic.Cast<long>());

        if (Threads.First == 0) exponent.Cast<long>()[0] = exponentIn.Cast<long>()[0] + stage.Exponent(most);
    }

    /// <summary>What the threads measured joins in the statistic, which was 0: the greatest and sums of integers, the same in any order.</summary>
    public static void Join(StageMeasure own, ArrayView<long> statistic)
    {
        var maximum = GroupReduction.Of<MaxInt64>(own.Maximum);
        var saturated = GroupReduction.Of<AddInt64>(own.Saturated);
        var underflowed = GroupReduction.Of<AddInt64>(own.Underflowed);
        if (Group.IdxX != 0) return;
        Atomic.Max(ref statistic[0], maximum);
        Atomic.Add(ref statistic[1], saturated);
        Atomic.Add(ref statistic[2], underflowed);
    }
}

/// <summary>Which tensors a stage has, and its random bits.</summary>
internal struct StageParts
{
    /// <summary>1 where the mask is written.</summary>
    public int Mask;

    /// <summary>0 without a gate.</summary>
    public int GateBits;

    /// <summary>0 where no columns differ.</summary>
    public int Columns;

    /// <summary>1 where they have a start.</summary>
    public int Start;

    /// <summary>1 where they have scales.</summary>
    public int Scales;

    /// <summary>1 where the statistic is written.</summary>
    public int Statistic;

    /// <summary>See <see cref="StageTensors.StatisticLimit"/>.</summary>
    public int StatisticLimit;

    /// <summary>See <see cref="StageTensors.StatisticGateBits"/>; 0 without a gate.</summary>
    public int StatisticGateBits;

    /// <summary>See <see cref="StageTensors.Key"/>.</summary>
    public RandomKey Key;

    /// <summary>See <see cref="StageTensors.FirstRandom"/>.</summary>
    public long FirstRandom;
}
