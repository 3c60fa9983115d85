using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// The output stage of a block: what becomes of an accumulator v (after the pooling, if there is one).
/// a = saturate(round(max(v, 0) / 2^dropped), limit), and the mask that the way back needs, so that no accumulator has to be kept.
/// </summary>
/// <param name="Dropped">The bits that Q_A drops; negative multiplies.</param>
/// <param name="Limit">2^(k_A-1) - 1.</param>
/// <param name="Rounding">How the bits are dropped.</param>
/// <param name="Clip">The greatest max(v, 0) that Q_A's derivative lets pass; long.MaxValue where it lets all pass.</param>
public readonly record struct ActivationStage(int Dropped, int Limit, Rounding Rounding, long Clip)
{
    /// <summary>Bit of the mask: the ReLU lets the error pass (v > 0).</summary>
    public const int ReluPasses = 1;

    /// <summary>Bit of the mask: Q_A's clip lets the error pass.</summary>
    public const int ClipPasses = 2;

    /// <summary>Both bits: the error passes the block.</summary>
    public const int BothPass = ReluPasses | ClipPasses;

    /// <summary>The activation.</summary>
    public long Value(long v) => FixedPoint.RoundToLimit(Math.Max(v, 0), Dropped, Limit, Rounding);

    /// <summary>The two bits.</summary>
    public int Mask(long v) => (v > 0 ? ReluPasses : 0) | (Math.Max(v, 0) <= Clip ? ClipPasses : 0);
}
