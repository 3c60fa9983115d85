using ILGPU;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>
/// The tensors of a stage but those of its columns. What is not there has no bits in <see cref="Has"/>, and its view is of other memory.
/// </summary>
internal struct StageViews
{
    /// <summary>See <see cref="StageTensors"/>, here and below.</summary>
    public ArrayView<byte> Output, Mask, Position, Gate, Range, ExponentIn, Exponent, Statistic;

    /// <summary>Which of them are there.</summary>
    public StageParts Has;

    /// <summary>An output alone, or with a mask and the positions of a pooling.</summary>
    public static StageViews Of(ArrayView<byte> output, ArrayView<byte> mask, ArrayView<byte> position) => new()
    {
        Output = output,
        Mask = mask,
        Position = position,
        Gate = output,
        Range = output,
        ExponentIn = output,
        Exponent = output,
        Statistic = output,
    };
}

/// <summary>Which tensors a stage has, and its random bits.</summary>
internal struct StageParts
{
    /// <summary>1 where the mask is written.</summary>
    public int Mask;

    /// <summary>0 without a gate.</summary>
    public int GateBits;

    /// <summary>0 where no columns differ.</summary>
    public int Columns;

    /// <summary>1 where they have a start.</summary>
    public int Start;

    /// <summary>1 where they have scales.</summary>
    public int Scales;

    /// <summary>1 where the statistic is written.</summary>
    public int Statistic;

    /// <summary>See <see cref="StageTensors.StatisticLimit"/>.</summary>
    public int StatisticLimit;

    /// <summary>See <see cref="StageTensors.StatisticGateBits"/>; 0 without a gate.</summary>
    public int StatisticGateBits;

    /// <summary>See <see cref="StageTensors.Key"/>.</summary>
    public RandomKey Key;

    /// <summary>See <see cref="StageTensors.FirstRandom"/>.</summary>
    public long FirstRandom;
}
