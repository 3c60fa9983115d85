using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// What flows between layers: value = element * 2^-FractionBits * 2^exponent. Going forward the exponent is 0;
/// an error's exponent is known only at run time and lives in backend memory (Int64 [1]); it is null where nothing needs it.
/// </summary>
/// <param name="Values">The elements.</param>
/// <param name="FractionBits">log2 of 1 / unit, without the exponent.</param>
/// <param name="Exponent">See above.</param>
/// <param name="IsQuantized">True of an error that the block before has quantized already: the product that made it ended in its Q_E.</param>
public readonly record struct Signal(Tensor Values, int FractionBits, Tensor? Exponent = null, bool IsQuantized = false);

/// <summary>What is known of a signal when the model is built.</summary>
/// <param name="Shape">[N, ...].</param>
/// <param name="Type">The storage.</param>
/// <param name="FractionBits">log2 of 1 / unit, without the exponent.</param>
/// <param name="Bound">The greatest magnitude of an element, proved from shapes and bit widths.</param>
/// <param name="Shared">True when somebody else reads the tensor too, so that it must not be overwritten.</param>
public readonly record struct SignalSpec(Shape Shape, ElementType Type, int FractionBits, long Bound, bool Shared = false)
{
    /// <summary>The element that stands for 0: value = (element - ZeroPoint) * 2^-FractionBits.</summary>
    internal int ZeroPoint { get; init; }
}
