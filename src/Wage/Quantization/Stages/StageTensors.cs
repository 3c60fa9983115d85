using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>The tensors of an output stage; all have the output's length unless it is said.</summary>
/// <param name="Output">Written: what <see cref="IOutputStage.Value"/> gives.</param>
public readonly record struct StageTensors(Tensor Output)
{
    /// <summary>Written: what <see cref="IOutputStage.Mask"/> gives, UInt8.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>Written by a product with a pooling: the positions of the maxima, UInt8.</summary>
    public Tensor? Position { get; init; }

    /// <summary>Written by a product: its accumulators before the pooling and the stage, for those who look into a step.</summary>
    public Tensor? Kept { get; init; }

    /// <summary>Read: the output is 0 where this byte has not all of <see cref="GateBits"/>, UInt8.</summary>
    public Tensor? Gate { get; init; }

    /// <summary>See <see cref="Gate"/>.</summary>
    public int GateBits { get; init; }

    /// <summary>Read: the range from which the stage makes its constants, Int64 [1].</summary>
    public Tensor? Range { get; init; }

    /// <summary>Written: <see cref="ExponentIn"/>, or 0, plus <see cref="IOutputStage.Exponent"/>, Int64 [1].</summary>
    public Tensor? Exponent { get; init; }

    /// <summary>Read: the exponent of the input's unit, Int64 [1].</summary>
    public Tensor? ExponentIn { get; init; }

    /// <summary>Bytes of the tensors that are given.</summary>
    internal long ByteLength => Output.ByteLength + Of(Mask) + Of(Position) + Of(Kept) + Of(Gate) + Of(Range) + Of(Exponent) + Of(ExponentIn);

    /// <summary>The random bits; element i draws those of index i.</summary>
    public RandomKey Key { get; init; }

    private static long Of(Tensor? tensor) => tensor?.ByteLength ?? 0;
}
