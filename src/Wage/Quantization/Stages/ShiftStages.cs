using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>saturate(round(v / 2^dropped), limit). WAGE's Q_W and Q_A, eq. 7 and 8.</summary>
/// <param name="Dropped">The bits, from -62 to 62; negative multiplies.</param>
/// <param name="Limit">The greatest magnitude that is stored.</param>
/// <param name="Rounding">How the bits are dropped.</param>
public readonly record struct ShiftStage(int Dropped, int Limit, Rounding Rounding) : IOutputStage
{
    /// <inheritdoc/>
    public int Exponent(long range) => Dropped;

    /// <inheritdoc/>
    public int RandomBits(long range) => Rounding == Rounding.Stochastic ? Math.Max(Exponent(range), 0) : 0;

    /// <inheritdoc/>
    public bool FitsInt32(long range) => ShiftRounding<Lane32>.Fits(Dropped, Limit);

    /// <inheritdoc/>
    public StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T> => new() { Rounding = new ShiftRounding<T>(Dropped, Limit, Rounding) };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T> => k.Rounding.Of(v, c.Random);

    /// <summary>Nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T> => T.Of(0);
}

/// <summary>
/// WAGE's ReLU and Q_A: a = saturate(round(max(v, 0) / 2^dropped), limit), and the mask that the way back needs, so that no accumulator has to be
/// kept.
/// </summary>
/// <param name="Dropped">The bits that Q_A drops; negative multiplies.</param>
/// <param name="Limit">2^(k_A-1) - 1.</param>
/// <param name="Rounding">How the bits are dropped.</param>
/// <param name="Clip">The greatest max(v, 0) that Q_A's derivative lets pass; long.MaxValue where it lets all pass.</param>
public readonly record struct ActivationStage(int Dropped, int Limit, Rounding Rounding, long Clip) : IOutputStage
{
    /// <summary>Bit of the mask: the ReLU lets the error pass (v > 0).</summary>
    public const int ReluPasses = 1;

    /// <summary>Bit of the mask: Q_A's clip lets the error pass.</summary>
    public const int ClipPasses = 2;

    /// <summary>Both bits: the error passes the block.</summary>
    public const int BothPass = ReluPasses | ClipPasses;

    /// <inheritdoc/>
    public int Exponent(long range) => Dropped;

    /// <inheritdoc/>
    public int RandomBits(long range) => Rounding == Rounding.Stochastic ? Math.Max(Exponent(range), 0) : 0;

    /// <inheritdoc/>
    public bool FitsInt32(long range) => ShiftRounding<Lane32>.Fits(Dropped, Limit);

    /// <inheritdoc/>
    public StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T> => new()
        {
            Rounding = new ShiftRounding<T>(Dropped, Limit, Rounding),
            A = T.Of(Math.Min(Clip, long.MaxValue >> checked(63 - T.ValueBits))),
        };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T> => k.Rounding.Of(T.Max(v, T.Of(0)), c.Random);

    /// <summary>The two bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T>
    {
        var stopped = T.Greater(v, k.A) & T.Of(ClipPasses);
        return (T.Greater(v, T.Of(0)) & T.Of(ReluPasses)) | (T.Of(ClipPasses) - stopped);
    }
}

/// <summary>
/// WAGE's Q_E, eq. 5 and 6: e = saturate(round(delta / 2^s), 2^(bits-1) - 1), s = round(log2 range) - (bits - 1) of the greatest magnitude in
/// <see cref="StageTensors.Range"/>; a range of 0 drops nothing.
/// </summary>
/// <param name="Bits">k_E.</param>
/// <param name="Rounding">How the bits are dropped.</param>
/// <param name="RangeBits">The range is in units of 2^-RangeBits, 0 or <see cref="MovingMaximum.FractionBits"/>; less than 1 counts as 1.</param>
public readonly record struct ErrorStage(int Bits, Rounding Rounding, int RangeBits = 0) : IOutputStage
{
    /// <inheritdoc/>
    public int Exponent(long range) => range == 0 ? 0 : checked(Math.Max(FixedPoint.NearestLog2(range) - RangeBits, 0) - (Bits - 1));

    /// <inheritdoc/>
    public int RandomBits(long range) => Rounding == Rounding.Stochastic ? Math.Max(Exponent(range), 0) : 0;

    /// <inheritdoc/>
    public bool FitsInt32(long range) => ShiftRounding<Lane32>.Fits(Exponent(range), BitWidths.Limit(Bits));

    /// <inheritdoc/>
    public StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T> => new() { Rounding = new ShiftRounding<T>(Exponent(range), BitWidths.Limit(Bits), Rounding) };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T> => k.Rounding.Of(v, c.Random);

    /// <summary>Nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T> => T.Of(0);
}
