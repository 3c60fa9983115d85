using Wage.Backends;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>Q_W: stored weights to the weights that a product uses.</summary>
public interface IWeightQuantizer
{
    /// <summary>The storage of the quantized weights: their type, fraction bits and greatest magnitude.</summary>
    QuantizedRange Range { get; }

    /// <summary>value = Q_W(stored).</summary>
    void Quantize(IBackend backend, Tensor stored, Tensor value);

    /// <summary>The derivative of Q_W applied to the gradient, in place; the straight-through estimator leaves it as it is.</summary>
    void Backward(IBackend backend, Tensor stored, Tensor gradient);
}

/// <summary>Q_A: accumulators to activations, and the derivative of its clip.</summary>
public interface IActivationQuantizer
{
    /// <summary>The storage of the activations.</summary>
    QuantizedRange Range { get; }

    /// <summary>a = Q_A(x); x has <paramref name="fractionBits"/> fraction bits.</summary>
    void Quantize(IBackend backend, Tensor x, int fractionBits, Tensor a);

    /// <summary>delta = 0 where Q_A's derivative is 0, in place; x as it was in <see cref="Quantize"/>.</summary>
    void Backward(IBackend backend, Tensor x, int fractionBits, Tensor delta);

    /// <summary>
    /// The same of max(x, 0) as an output stage that a product can run while its accumulators are at hand, or null where the quantizer is none.
    /// Its mask has the bits of <see cref="ActivationStage"/>.
    /// </summary>
    FusedStage? Stage(int fractionBits) => null;
}

/// <summary>Q_E: a layer's error tensor to a few bits.</summary>
public interface IErrorQuantizer
{
    /// <summary>The storage of the errors; the fraction bits are 0, as their unit is known only at run time.</summary>
    QuantizedRange Range { get; }

    /// <summary>e = Q_E(delta), with scratch for the maximum; when given, exponent[0] = exponentIn[0] (or 0) + the bits dropped.</summary>
    void Quantize(IBackend backend, Tensor delta, Tensor maximum, Tensor e, Tensor? exponentIn, Tensor? exponent);

    /// <summary>
    /// The same as a stage whose range is the greatest magnitude, which a block runs with its mask as the gate, or null where this is none.
    /// </summary>
    FusedStage? Stage => null;

    /// <summary>
    /// Working memory for errors of this shape, or null where none is needed; a layer allocates it once and hands it to the second Quantize.
    /// </summary>
    Tensor? AllocateScratch(IBackend backend, Shape shape) => null;

    /// <summary>The same with the tensor of <see cref="AllocateScratch"/>.</summary>
    void Quantize(IBackend backend, Tensor delta, Tensor maximum, Tensor? scratch, Tensor e, Tensor? exponentIn, Tensor? exponent) =>
        Quantize(backend, delta, maximum, e, exponentIn, exponent);
}

/// <summary>Q_G: a weight's gradient to an update on the stored weights' grid.</summary>
public interface IGradientQuantizer
{
    /// <summary>update = Q_G(eta * gradient), with scratch for the maximum. Random bits come from the key and the element index.</summary>
    void Quantize(IBackend backend, Tensor gradient, Tensor maximum, Ratio eta, in RandomKey key, Tensor update);
}

/// <summary>How an update enters the stored weights.</summary>
public interface IUpdateRule
{
    /// <summary>stored = rule(stored, update), in place.</summary>
    void Apply(IBackend backend, Tensor update, Tensor stored);
}

/// <summary>The integers that a quantizer makes: value = integer * 2^-FractionBits, |integer| &lt;= Limit.</summary>
public readonly record struct QuantizedRange(ElementType Type, int FractionBits, int Limit)
{
    /// <summary>The k-bit grid of WAGE: unit sigma(k) = 2^(1-k), limit 2^(k-1) - 1.</summary>
    public static QuantizedRange Of(int bits) => new(ElementTypes.ForBits(bits), bits - 1, BitWidths.Limit(bits));
}
