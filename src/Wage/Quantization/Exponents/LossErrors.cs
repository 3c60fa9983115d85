using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>The errors of the loss in units of 2^-15, 16 bits: p - one of softmax cross entropy, which is never beyond 1.</summary>
internal sealed class LossErrors : IQuantizer
{
    private const int FractionBits = 15;

    /// <inheritdoc/>
    public QuantizedRange Range { get; } = new(ElementType.Int16, 0, short.MaxValue);

    /// <inheritdoc/>
    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        if (site.FractionBits != IntegerSoftmax.ProbabilityBits)
            throw new WageException($"loss: this scheme trains with crossEntropy, whose errors are never beyond 1.", "set it so.");
        var stage = FusedStage.Of(new ShiftStage(site.FractionBits - FractionBits, Range.Limit, Rounding.HalfEven));
        return new StageQuantizer(context.Backend, TensorRole.Errors, site.Index, stage, stage);
    }
}
