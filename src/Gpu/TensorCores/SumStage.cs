using ILGPU;
using Wage.Gpu.Kernels;
using Wage.Quantization;

namespace Wage.Gpu.TensorCores;

/// <summary>The output stage where the terms were split, so that no group had a whole sum.</summary>
internal static class SumStage
{
    /// <summary>Values and mask of the int32 sums.</summary>
    public static void Run<S>(ArrayView<byte> sums, ArrayView<byte> output, ArrayView<byte> mask, S stage, int length)
        where S : unmanaged, IOutputStage
    {
        var v = sums.Cast<int>();
        for (var i = Threads.First; i < length; i += Threads.Step) Stages.Put(i, v[i], stage, output, mask);
    }
}
