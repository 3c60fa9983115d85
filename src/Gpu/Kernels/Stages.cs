using ILGPU;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>Where kernels drop bits and saturate.</summary>
internal static class Stages
{
    /// <summary>
    /// saturate(round(x / 2^dropped), limit). Where the shift multiplies, x is limited first: beyond the limit the result
    /// saturates whatever the shift, and within it the product cannot leave 64 bits.
    /// </summary>
    public static long Requantize(long x, int dropped, int limit, Rounding rounding) =>
        FixedPoint.Saturate(FixedPoint.Round(dropped < 0 ? FixedPoint.Saturate(x, limit) : x, dropped, rounding), limit);

    /// <summary>The activation and the mask of an accumulator: <see cref="ActivationStage"/>.</summary>
    public static void Activate(long v, ActivationStage stage, long i, ArrayView<byte> a, ArrayView<byte> mask)
    {
        Int8Element.Set(a, i, Requantize(Math.Max(v, 0), stage.Dropped, stage.Limit, stage.Rounding));
        mask[i] = (byte)stage.Mask(v);
    }
}
