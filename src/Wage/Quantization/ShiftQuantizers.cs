using Wage.Backends;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>Q_W by a shift: from the k_G grid to the k_W grid. WAGE eq. 7.</summary>
/// <param name="bits">k_W and k_G.</param>
/// <param name="rounding">How the k_G - k_W bits are dropped.</param>
/// <param name="clipMask">False: straight through. True: no gradient for a stored weight beyond 1 - sigma(k_W).</param>
public sealed class ShiftWeights(BitWidths bits, Rounding rounding, bool clipMask) : IWeightQuantizer
{
    /// <inheritdoc/>
    public QuantizedRange Range { get; } = QuantizedRange.Of(bits.W);

    /// <inheritdoc/>
    public void Quantize(IBackend backend, Tensor stored, Tensor value) =>
        backend.Quantize(stored, bits.G - bits.W, Range.Limit, rounding, value);

    /// <inheritdoc/>
    public void Backward(IBackend backend, Tensor stored, Tensor gradient)
    {
        if (clipMask) backend.ClipError(stored, (long)Range.Limit << (bits.G - bits.W), gradient);
    }
}

/// <summary>Q_A by a shift to the k_A grid. WAGE eq. 8; alpha is part of the fraction bits of x.</summary>
/// <param name="bits">k_A.</param>
/// <param name="rounding">How the bits are dropped.</param>
/// <param name="mask">The derivative of the clip.</param>
public sealed class ShiftActivations(int bits, Rounding rounding, ClipMask mask) : IActivationQuantizer
{
    /// <inheritdoc/>
    public QuantizedRange Range { get; } = QuantizedRange.Of(bits);

    /// <inheritdoc/>
    public void Quantize(IBackend backend, Tensor x, int fractionBits, Tensor a) =>
        backend.Quantize(x, fractionBits - Range.FractionBits, Range.Limit, rounding, a);

    /// <inheritdoc/>
    public void Backward(IBackend backend, Tensor x, int fractionBits, Tensor delta)
    {
        if (mask != ClipMask.None) backend.ClipError(x, Passes(fractionBits), delta);
    }

    /// <inheritdoc/>
    public FusedStage? Stage(int fractionBits) =>
        FusedStage.Of(new ActivationStage(fractionBits - Range.FractionBits, Range.Limit, rounding, Passes(fractionBits)));

    /// <summary>The greatest |x| that the derivative lets pass.</summary>
    private long Passes(int fractionBits)
    {
        if (mask == ClipMask.None) return long.MaxValue;
        var dropped = fractionBits - Range.FractionBits;
        var limit = dropped >= 0 ? (long)Range.Limit << dropped : CoarseLimit(-dropped, mask == ClipMask.Inclusive);
        return mask == ClipMask.Inclusive ? limit : limit - 1;
    }

    /// <summary>
    /// The limit in units 2^bits times coarser, where it falls between two integers: the lower one may pass (inclusive), the upper one may
    /// not.
    /// </summary>
    private long CoarseLimit(int bits, bool inclusive) => inclusive ? Range.Limit >> bits : (Range.Limit + (1L << bits) - 1) >> bits;
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
public sealed class ShiftErrors(int bits, Rounding rounding) : IErrorQuantizer
{
    /// <inheritdoc/>
    public QuantizedRange Range { get; } = new(ElementTypes.ForBits(bits), 0, BitWidths.Limit(bits));

    /// <inheritdoc/>
    public void Quantize(IBackend backend, Tensor delta, Tensor maximum, Tensor e, Tensor? exponentIn, Tensor? exponent)
    {
        backend.MaxAbs(delta, maximum);
        Stage.Map(backend, delta, new StageTensors(e) { Range = maximum, ExponentIn = exponentIn, Exponent = exponent });
    }

    /// <inheritdoc/>
    public FusedStage Stage { get; } = FusedStage.Of(new ErrorStage(bits, rounding));

    FusedStage? IErrorQuantizer.Stage => Stage;
}

/// <summary>Q_G: direction and magnitude by stochastic rounding. WAGE eq. 9-11.</summary>
/// <param name="randomizer">The resolution of the randomness.</param>
/// <param name="rounding">How the 16-bit randomizer rounds to its fraction bits.</param>
public sealed class StochasticGradients(Randomizer randomizer, Rounding rounding) : IGradientQuantizer
{
    /// <inheritdoc/>
    public void Quantize(IBackend backend, Tensor gradient, Tensor maximum, Ratio eta, in RandomKey key, Tensor update)
    {
        backend.MaxAbs(gradient, maximum);
        backend.QuantizeGradient(gradient, maximum, new GradientRule(eta, randomizer, rounding), key, update);
    }
}

/// <summary>Subtract the update, keep the weight inside its clip. WAGE eq. 12.</summary>
/// <param name="rule">The clip, its order and the storage limit.</param>
public sealed class ClippedUpdate(UpdateRule rule) : IUpdateRule
{
    /// <inheritdoc/>
    public void Apply(IBackend backend, Tensor update, Tensor stored) => backend.Update(update, rule, stored);
}
