using ILGPU;
using ILGPU.Algorithms.ScanReduceOperations;
using Wage.Numbers;

namespace Wage.Gpu.Kernels;

/// <summary>Greatest magnitudes. A maximum is the same in any order, so a group reduces its own, and groups meet in atomic operations.</summary>
internal static class Maxima
{
    /// <summary>maximum[0] = max(maximum[0], max |x|).</summary>
    public static void MaxAbs<TX>(ArrayView<byte> x, ArrayView<byte> maximum, int length)
        where TX : struct, IElement
    {
        var most = 0L;
        for (var i = Threads.First; i < length; i += Threads.Step) most = Math.Max(most, Wrapping.Absolute(TX.Get(x, i)));
        Join(most, maximum);
    }

    /// <summary>The same over the elements whose gate has all of these bits.</summary>
    public static void GatedMaxAbs<TX>(ArrayView<byte> x, ArrayView<byte> gate, int gateBits, ArrayView<byte> maximum, int length)
        where TX : struct, IElement
    {
        var most = 0L;
        for (var i = Threads.First; i < length; i += Threads.Step)
            if ((gate[i] & gateBits) == gateBits) most = Math.Max(most, Wrapping.Absolute(TX.Get(x, i)));
        Join(most, maximum);
    }

    /// <summary>One atomic operation per group.</summary>
    private static void Join(long most, ArrayView<byte> maximum)
    {
        var group = GroupReduction.Of<MaxInt64>(most);
        if (Group.IdxX == 0) Atomic.Max(ref maximum.Cast<long>()[0], group);
    }
}
