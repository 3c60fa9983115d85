using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Observation;

/// <summary>
/// Looks into a training step. Layers show every tensor at the moment when it is complete and before anything overwrites it; an observer reads it
/// there and then, and must not write it. Blocks make their sums once more in an observed step, layer by layer, so that every accumulator is seen.
/// </summary>
public interface IStepObserver
{
    /// <summary>A tensor of the step, in the order of computation.</summary>
    void See(in StepTensor tensor);
}

/// <summary>A tensor inside a training step: value = element * 2^(exponent - FractionBits).</summary>
/// <param name="Layer">"input", "conv1", ...: for activations and errors the layer whose output they are.</param>
/// <param name="Quantity">What it is.</param>
/// <param name="Values">The elements; valid during the call only.</param>
/// <param name="FractionBits">log2 of 1 / unit, without the exponent.</param>
/// <param name="Exponent">Int64 [1], where the run finds it: errors and gradients. Null counts as 0.</param>
/// <param name="Range">The grid of a quantized tensor; null for accumulators, labels and positions.</param>
public readonly record struct StepTensor(
    string Layer, Quantity Quantity, Tensor Values, int FractionBits, Tensor? Exponent = null, QuantizedRange? Range = null)
{
    /// <summary>What a quantizer with a scale of its own made of it; null of integers, which have a <see cref="Range"/>, and before it.</summary>
    public CodeSummary? Codes { get; init; }

    /// <summary>
    /// Of errors and updates whose range is not this step's maximum: what the pass that made them counted, see <see cref="StageTensors.Statistic"/>.
    /// </summary>
    public Tensor? Statistic { get; init; }

    /// <summary>The bits of an element, where <see cref="Range"/> does not say it: codes without a sign; else null.</summary>
    public int? Bits { get; init; }

    /// <summary>Of stored weights: what they are; else null.</summary>
    public ParameterKind? Parameter { get; init; }

    /// <summary>See <see cref="TensorStatistics.Cut"/>; of updated weights what was cut on the way from the gradients to them.</summary>
    public long? Cut { get; init; }

    /// <summary>See <see cref="TensorStatistics.Drift"/>.</summary>
    public long? Drift { get; init; }

    /// <summary>How its channels compare: weights and activations of the float32 domain; else null.</summary>
    public ChannelSummary? Channels { get; init; }
}

/// <summary>What a tensor of a step is, in the order of the step.</summary>
public enum Quantity
{
    /// <summary>W on the k_G grid, before the step.</summary>
    StoredWeights,

    /// <summary>W_q = Q_W(W).</summary>
    Weights,

    /// <summary>A^0, of the layer "input".</summary>
    Images,

    /// <summary>The classes of the images; -1 is ignored. Of the layer "input".</summary>
    Labels,

    /// <summary>The sums of a product, or of a residual's branches.</summary>
    Accumulators,

    /// <summary>What a pooling makes.</summary>
    Pooled,

    /// <summary>Where a max pool found each maximum within its window.</summary>
    PoolPositions,

    /// <summary>What enters Q_A.</summary>
    ActivationInputs,

    /// <summary>A = Q_A(...).</summary>
    Activations,

    /// <summary>Means as codes with a unit of their own, of the layer that makes them.</summary>
    Means,

    /// <summary>What the loss reads: the last layer's accumulators.</summary>
    Scores,

    /// <summary>What enters Q_E, after the clip mask of Q_A.</summary>
    ErrorInputs,

    /// <summary>E = Q_E(...), before the ReLU mask.</summary>
    Errors,

    /// <summary>The errors as a product reads them: after ReLU mask and pooling.</summary>
    ProductErrors,

    /// <summary>The sums of a product's way back: the error of its input, unquantized.</summary>
    ErrorAccumulators,

    /// <summary>g, what enters Q_G.</summary>
    Gradients,

    /// <summary>dW = Q_G(eta g).</summary>
    Updates,

    /// <summary>W after the update.</summary>
    UpdatedWeights,
}
