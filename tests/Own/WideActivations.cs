using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Own;

/// <summary>Q_A with twice the range and half the resolution: a = saturate(round(x / sigma)) with sigma = 2^(2-k) instead of 2^(1-k).</summary>
public sealed class WideActivations(int bits) : IQuantizer
{
    public QuantizedRange Range { get; } = new(ElementType.Int8, bits - 2, BitWidths.Limit(bits));

    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        var dropped = site.FractionBits - Range.FractionBits;
        var stage = FusedStage.Of(new ShiftStage(dropped, Range.Limit, Rounding.HalfEven));
        return new Quantizer(context.Backend, site.Index, stage, (long)Range.Limit << dropped);
    }

    private sealed class Quantizer(IBackend backend, int index, FusedStage stage, long limit)
        : StageQuantizer(backend, TensorRole.Activations, index, stage, stage)
    {
        public override void Backward(Tensor x, Tensor delta) => Backend.ClipError(x, limit, delta);
    }
}
