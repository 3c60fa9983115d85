using ILGPU;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>Where kernels drop bits and saturate.</summary>
internal static class Stages
{
    /// <summary>The activation and the mask of an accumulator: <see cref="ActivationStage"/>.</summary>
    public static void Activate(long v, ActivationStage stage, long i, ArrayView<byte> a, ArrayView<byte> mask)
    {
        Int8Element.Set(a, i, stage.Value(v));
        mask[i] = (byte)stage.Mask(v);
    }
}
