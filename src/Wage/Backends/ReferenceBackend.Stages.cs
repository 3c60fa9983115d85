using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Blocks: several operations at once, defined by the single ones.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void ConvolveStage(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in ActivationStage stage,
        Tensor a, Tensor mask, Tensor? position)
    {
        var v = Host(Allocate(accumulator, g.OutputShape));
        Convolve(x, w, g, v);
        if (pool is { } windows)
        {
            var pooled = Host(Allocate(accumulator, windows.OutputShape));
            MaxPool(v, windows, pooled, position!);
            v = pooled;
        }

        var (activations, bits) = (Host(a), Host(mask));
        for (var i = 0; i < v.Length; i++) (activations[i], bits[i]) = (stage.Value(v[i]), stage.Mask(v[i]));
    }

    /// <inheritdoc/>
    public void StageMaxAbs(Tensor delta, Tensor mask, Tensor maximum)
    {
        var (source, bits) = (Host(delta), Host(mask));
        var most = 0L;
        for (var i = 0; i < source.Length; i++)
            if ((bits[i] & ActivationStage.ClipPasses) != 0) most = Math.Max(most, Wrapping.Absolute(source[i]));
        Host(maximum)[0] = most;
    }

    /// <inheritdoc/>
    public void MaskErrors(Tensor mask, int bits, Tensor e)
    {
        var (passes, error) = (Host(mask), Host(e));
        for (var i = 0; i < error.Length; i++)
            if ((passes[i] & bits) == 0) error[i] = 0;
    }

    /// <inheritdoc/>
    public void StageErrors(Tensor delta, Tensor mask, Tensor maximum, int bits, Rounding rounding, Tensor e, Tensor? exponentIn, Tensor? exponent)
    {
        var (source, passes, error) = (Host(delta), Host(mask), Host(e));
        var shift = ErrorShift(maximum, bits, exponentIn, exponent);
        for (var i = 0; i < error.Length; i++)
            error[i] = passes[i] == ActivationStage.BothPass
                ? FixedPoint.RoundToLimit(source[i], shift, BitWidths.Limit(bits), rounding)
                : 0;
    }
}
