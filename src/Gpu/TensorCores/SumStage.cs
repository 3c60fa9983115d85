using ILGPU;
using Wage.Gpu.Kernels;

namespace Wage.Gpu.TensorCores;

/// <summary>The output stage where the terms were split, so that no group had a whole sum.</summary>
internal static class SumStage
{
    /// <summary>a and mask of the int32 sums.</summary>
    public static void Run(ArrayView<byte> sums, ArrayView<byte> a, ArrayView<byte> mask, StageRule rule, int length)
    {
        var v = sums.Cast<int>();
        for (var at = Threads.First; at < length; at += Threads.Step)
        {
            var i = (int)at;
            a[i] = (byte)StageRule.Value(rule, v[i]);
            mask[i] = (byte)StageRule.Mask(rule, v[i]);
        }
    }
}
