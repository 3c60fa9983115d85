using ILGPU;
using ILGPU.Algorithms.ScanReduceOperations;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>
/// Statistics. Sums, minima and maxima of integers are the same in any order,
/// so a group reduces its own, and groups meet in atomic operations.
/// </summary>
internal static class Counting
{
    /// <summary>What the histogram starts from: the least and the greatest of nothing, and counts of 0.</summary>
    public static void Begin(ArrayView<byte> histogram, int length)
    {
        var counts = histogram.Cast<long>();
        for (var i = Threads.First; i < length; i += Threads.Step) counts[i] = i == 0 ? long.MaxValue : i == 1 ? long.MinValue : 0;
    }

    /// <summary>histogram: [0] = the least x, [1] = the greatest, [2] += those with |x| >= limit, [3 + most + bin] += those of each bin.</summary>
    public static void Histogram<TX>(ArrayView<byte> x, long limit, int precision, int most, ArrayView<byte> histogram, int length)
        where TX : struct, IElement
    {
        var counts = histogram.Cast<long>();
        var (least, greatest, limited) = (long.MaxValue, long.MinValue, 0L);
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var value = TX.Get(x, i);
            (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
            if (value >= limit || value <= -limit) limited++;
            Atomic.Add(ref counts[3 + most + LogarithmicBins.Bin(value, precision)], 1L);
        }

        least = GroupReduction.Of<MinInt64>(least);
        greatest = GroupReduction.Of<MaxInt64>(greatest);
        limited = GroupReduction.Of<AddInt64>(limited);
        if (Group.IdxX != 0) return;
        Atomic.Min(ref counts[0], least);
        Atomic.Max(ref counts[1], greatest);
        Atomic.Add(ref counts[2], limited);
    }

    /// <summary>to[k] = number k of the statistic, joined with what is there; elements that the gate stops are 0.</summary>
    public static void Reduce<TX, R>(ArrayView<byte> x, ArrayView<byte> gate, int gateBits, R statistic, ArrayView<byte> to, int length)
        where TX : struct, IElement
        where R : unmanaged, IStatistic
    {
        var (first, second) = (0L, 0L);
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var value = gateBits == 0 || (gate[i] & gateBits) == gateBits ? TX.Get(x, i) : 0;
            first = Statistic.Join<R>(first, statistic.Of(value, 0));
            if (R.Results > 1) second = Statistic.Join<R>(second, statistic.Of(value, 1));
        }

        Put<R>(first, to.Cast<long>(), 0);
        if (R.Results > 1) Put<R>(second, to.Cast<long>(), 1);
    }

    /// <summary>One atomic operation per group.</summary>
    private static void Put<R>(long own, ArrayView<long> to, int result)
        where R : unmanaged, IStatistic
    {
        var group = R.Adds ? GroupReduction.Of<AddInt64>(own) : GroupReduction.Of<MaxInt64>(own);
        if (Group.IdxX != 0) return;
        if (R.Adds) Atomic.Add(ref to[result], group);
        else Atomic.Max(ref to[result], group);
    }
}
