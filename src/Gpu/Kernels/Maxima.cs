using ILGPU;
using ILGPU.Algorithms.ScanReduceOperations;
using Wage.Numbers;
using Wage.Quantization;

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

    /// <summary>The same over the elements whose mask lets the clip pass.</summary>
    public static void StageMaxAbs<TX>(ArrayView<byte> delta, ArrayView<byte> mask, ArrayView<byte> maximum, int length)
        where TX : struct, IElement
    {
        var most = 0L;
        for (var i = Threads.First; i < length; i += Threads.Step)
            if ((mask[i] & ActivationStage.ClipPasses) != 0) most = Math.Max(most, Wrapping.Absolute(TX.Get(delta, i)));
        Join(most, maximum);
    }

    /// <summary>One atomic operation per group.</summary>
    private static void Join(long most, ArrayView<byte> maximum)
    {
        var group = GroupReduction.Of<MaxInt64>(most);
        if (Group.IdxX == 0) Atomic.Max(ref maximum.Cast<long>()[0], group);
    }
}
