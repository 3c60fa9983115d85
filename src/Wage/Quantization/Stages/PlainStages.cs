using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>The value itself: accumulators as they are, or errors of which a gate lets some pass.</summary>
public readonly record struct RawStage : IOutputStage
{
    /// <inheritdoc/>
    public int Exponent(long range) => 0;

    /// <inheritdoc/>
    public int RandomBits(long range) => 0;

    /// <inheritdoc/>
    public bool FitsInt32(long range) => true;

    /// <inheritdoc/>
    public StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T> => default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T> => v;

    /// <summary>Nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T> => T.Of(0);
}

/// <summary>max(v, 0).</summary>
public readonly record struct ReluStage : IOutputStage
{
    /// <inheritdoc/>
    public int Exponent(long range) => 0;

    /// <inheritdoc/>
    public int RandomBits(long range) => 0;

    /// <inheritdoc/>
    public bool FitsInt32(long range) => true;

    /// <inheritdoc/>
    public StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T> => default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T> => T.Max(v, T.Of(0));

    /// <summary>Nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T> => T.Of(0);
}
