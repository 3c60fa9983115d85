using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>Q_W by a shift: from the k_G grid to the k_W grid. WAGE eq. 7.</summary>
/// <param name="bits">k_W and k_G.</param>
/// <param name="rounding">How the k_G - k_W bits are dropped.</param>
/// <param name="clipMask">False: straight through. True: no gradient for a stored weight beyond 1 - sigma(k_W).</param>
public sealed class ShiftWeights(BitWidths bits, Rounding rounding, bool clipMask) : IQuantizer
{
    /// <inheritdoc/>
    public QuantizedRange Range { get; } = QuantizedRange.Of(bits.W);

    /// <summary>What it makes of a stored weight.</summary>
    internal ShiftStage Stage => new(bits.G - bits.W, Range.Limit, rounding);

    /// <summary>The greatest stored magnitude that has a gradient; null: all have.</summary>
    internal long? Passes => clipMask ? (long)Range.Limit << (bits.G - bits.W) : null;

    /// <inheritdoc/>
    public TensorQuantizer For(in TensorSite site, BuildContext context) => new Quantizer(context.Backend, site.Index, Stage, Passes);

    private sealed class Quantizer(IBackend backend, int index, ShiftStage stage, long? limit) : StageQuantizer(
        backend, TensorRole.Weights, index, FusedStage.Of(stage), FusedStage.Of(stage with { Rounding = stage.Rounding.InEvaluation() }))
    {
        public override void Backward(Tensor x, Tensor delta)
        {
            if (limit is { } passes) Backend.ClipError(x, passes, delta);
        }
    }
}

/// <summary>Q_A by a shift to the k_A grid. WAGE eq. 8; alpha is part of the fraction bits of x.</summary>
/// <param name="bits">k_A.</param>
/// <param name="rounding">How the bits are dropped.</param>
/// <param name="mask">The derivative of the clip.</param>
public sealed class ShiftActivations(int bits, Rounding rounding, ClipMask mask) : IQuantizer
{
    private const int MostShift = 31;

    /// <inheritdoc/>
    public QuantizedRange Range { get; } = QuantizedRange.Of(bits);

    /// <inheritdoc/>
    public bool HasStage => true;

    /// <inheritdoc/>
    /// <exception cref="WageException">The units of the accumulators and of the activations are too far apart.</exception>
    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        var dropped = site.FractionBits - Range.FractionBits;
        if (Math.Abs(dropped) > MostShift)
            throw new WageException(
                $"{site.Name}: its input has {site.FractionBits} fraction bits and its output {Range.FractionBits}; " +
                $"they may differ by at most {MostShift}.");
        return new Quantizer(context.Backend, site.Index, new ActivationStage(dropped, Range.Limit, rounding, Passes(dropped)), mask);
    }

    /// <summary>The greatest |x| that the derivative lets pass.</summary>
    private long Passes(int dropped)
    {
        if (mask == ClipMask.None) return long.MaxValue;
        var limit = dropped >= 0 ? (long)Range.Limit << dropped : CoarseLimit(-dropped, mask == ClipMask.Inclusive);
        return mask == ClipMask.Inclusive ? limit : limit - 1;
    }

    /// <summary>
    /// The limit in units 2^bits times coarser, where it falls between two integers: the lower one may pass (inclusive), the upper one may
    /// not.
    /// </summary>
    private long CoarseLimit(int bits, bool inclusive) => inclusive ? Range.Limit >> bits : (Range.Limit + (1L << bits) - 1) >> bits;

    private sealed class Quantizer(IBackend backend, int index, ActivationStage stage, ClipMask mask) : StageQuantizer(
        backend, TensorRole.Activations, index, FusedStage.Of(stage), FusedStage.Of(stage with { Rounding = stage.Rounding.InEvaluation() }))
    {
        private readonly FusedStage training = FusedStage.Of(new ShiftStage(stage.Dropped, stage.Limit, stage.Rounding));
        private readonly FusedStage evaluation = FusedStage.Of(new ShiftStage(stage.Dropped, stage.Limit, stage.Rounding.InEvaluation()));

        /// <summary>x as it is: the ReLU is a layer of its own, or there is none.</summary>
        protected override FusedStage Alone(Phase phase) => phase == Phase.Training ? training : evaluation;

        public override void Backward(Tensor x, Tensor delta)
        {
            if (mask != ClipMask.None) Backend.ClipError(x, stage.Clip, delta);
        }
    }
}

/// <summary>The derivative of a clip to [-limit, limit].</summary>
public enum ClipMask
{
    /// <summary>1 where |x| &lt;= limit: the authors' program.</summary>
    Inclusive,

    /// <summary>1 where |x| &lt; limit.</summary>
    Exclusive,

    /// <summary>1 everywhere.</summary>
    None,
}

/// <summary>Q_E: the tensor's greatest magnitude is brought to k_E bits by a power of two. WAGE eq. 5-6.</summary>
/// <param name="bits">k_E.</param>
/// <param name="rounding">How the bits are dropped.</param>
public sealed class ShiftErrors(int bits, Rounding rounding) : IQuantizer
{
    /// <inheritdoc/>
    public QuantizedRange Range { get; } = new(ElementTypes.ForBits(bits), 0, BitWidths.Limit(bits));

    /// <inheritdoc/>
    public bool HasStage => true;

    /// <inheritdoc/>
    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        var maximum = context.Allocate(MemoryKind.Errors, ElementType.Int64, new Shape(1));
        var stage = FusedStage.Of(new ErrorStage(bits, rounding));
        return new StageQuantizer(context.Backend, TensorRole.Errors, site.Index, stage, stage, maximum);
    }
}

/// <summary>What takes the place of a rounding where nothing may be random.</summary>
internal static class EvaluationRounding
{
    public static Rounding InEvaluation(this Rounding rounding) => rounding == Rounding.Stochastic ? Rounding.HalfEven : rounding;
}
