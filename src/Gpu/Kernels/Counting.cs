using ILGPU;
using ILGPU.Algorithms.ScanReduceOperations;
using Wage.Numbers;

namespace Wage.Gpu.Kernels;

/// <summary>
/// Counts for reports. Sums, minima and maxima of integers are the same in any order,
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

    /// <summary>counts: [0] += the elements in which the two differ, [1] += those of opposite signs.</summary>
    public static void CountChanges<TX>(ArrayView<byte> before, ArrayView<byte> after, ArrayView<byte> counts, int length)
        where TX : struct, IElement
    {
        var (moved, flipped) = (0L, 0L);
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var (old, current) = (TX.Get(before, i), TX.Get(after, i));
            if (old != current) moved++;
            if ((old < 0 && current > 0) || (old > 0 && current < 0)) flipped++;
        }

        moved = GroupReduction.Of<AddInt64>(moved);
        flipped = GroupReduction.Of<AddInt64>(flipped);
        if (Group.IdxX != 0) return;
        Atomic.Add(ref counts.Cast<long>()[0], moved);
        Atomic.Add(ref counts.Cast<long>()[1], flipped);
    }
}
