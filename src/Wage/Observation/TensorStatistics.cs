using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Observation;

/// <summary>What is quantized: WAGE's four tensors.</summary>
public enum QuantizedTensor
{
    /// <summary>Weights.</summary>
    W,

    /// <summary>Activations.</summary>
    A,

    /// <summary>Errors.</summary>
    E,

    /// <summary>Gradients.</summary>
    G,
}

/// <summary>Counts over one tensor of one step, on one side of its quantizer; integers only, as docs/statistics.md states them.</summary>
public sealed record TensorStatistics
{
    /// <summary>"input", "conv1", ...; of activations and errors the layer whose output they are.</summary>
    public required string Layer { get; init; }

    /// <summary>The layer's position from the image, 0, to the scores.</summary>
    public required int Index { get; init; }

    /// <summary>W, A, E or G.</summary>
    public required QuantizedTensor Tensor { get; init; }

    /// <summary>True after the quantizer.</summary>
    public required bool IsAfter { get; init; }

    /// <summary>The storage.</summary>
    public required ElementType Type { get; init; }

    /// <summary>The bits of the grid; those of the storage for accumulators.</summary>
    public required int Bits { get; init; }

    /// <summary>value = integer * 2^(Exponent - FractionBits).</summary>
    public required int FractionBits { get; init; }

    /// <summary>See <see cref="FractionBits"/>.</summary>
    public required long Exponent { get; init; }

    /// <summary>Elements.</summary>
    public required long Count { get; init; }

    /// <summary>The least integer.</summary>
    public required long Least { get; init; }

    /// <summary>The greatest integer.</summary>
    public required long Greatest { get; init; }

    /// <summary>The grid's greatest magnitude; null for accumulators.</summary>
    public int? Limit { get; init; }

    /// <summary>
    /// Elements with a magnitude of <see cref="Limit"/> or more; those beyond the codes where there are <see cref="Codes"/>; null for accumulators.
    /// </summary>
    public long? Saturated { get; init; }

    /// <summary>
    /// After a quantizer whose range is not this step's maximum: the elements before it that were beyond the range and saturated. Null elsewhere.
    /// </summary>
    public long? Beyond { get; init; }

    /// <summary>The same of those that were not 0 and became 0.</summary>
    public long? Underflowed { get; init; }

    /// <summary>
    /// After the quantizer: the bits that it dropped; for gradients round(log2 max|g|), the scale's exponent, null where another step
    /// scales them. Null where there is no before.
    /// </summary>
    public long? Shift { get; init; }

    /// <summary>Weights: the elements that the step's update changed.</summary>
    public long? Moved { get; init; }

    /// <summary>Weights: the elements that the update brought from one sign to the other.</summary>
    public long? SignFlips { get; init; }

    /// <summary>What a quantizer with a scale of its own made of it; null: it has none, or this is before it.</summary>
    public CodeSummary? Codes { get; init; }

    /// <summary>Of stored weights: what they are; else null.</summary>
    public ParameterKind? Parameter { get; init; }

    /// <summary>
    /// What saturated on the way where units follow tensors: of a residual's activations shortcuts, at 64; of activations with Fixup sums, and behind
    /// a batch norm that does not learn xhat, at 8; of gradients those beyond 64 in units of the weights, and velocities at the end of their bits.
    /// Null where nothing can.
    /// </summary>
    public long? Cut { get; init; }

    /// <summary>
    /// Of a unit in hindsight: how much greater the exponent is that the next step takes. About 0 where the unit follows its tensor; null elsewhere.
    /// Of weights in use it is that of the sums y which they make.
    /// </summary>
    public long? Drift { get; init; }

    /// <summary>Of weights in use: the same of the errors of these sums, with which the gradient is made.</summary>
    public long? ErrorDrift { get; init; }

    /// <summary>How the channels compare; null where they do not count.</summary>
    public ChannelSummary? Channels { get; init; }

    /// <summary>The bins of <see cref="Counts"/>.</summary>
    public required LogarithmicBins Bins { get; init; }

    /// <summary>The elements in each bin, -Most to Most.</summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>Elements that are 0.</summary>
    public long Zeros => Counts[Bins.Most];

    /// <summary>max |x|, as far as 64 bits hold it.</summary>
    public long GreatestMagnitude => Least == long.MinValue ? long.MaxValue : Math.Max(-Least, Greatest);
}
