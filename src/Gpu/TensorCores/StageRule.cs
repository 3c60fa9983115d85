using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.TensorCores;

/// <summary>
/// An <see cref="ActivationStage"/> for int32 accumulators without branches: a = min((u + Bias + (u / 2^Right mod 2) * Odd) / 2^Right, Limit) with
/// u = min(max(v, 0), Most) * 2^Left. Half to even adds half a unit less one, and one where the quotient is odd; half away adds half a unit.
/// </summary>
internal struct StageRule
{
    /// <summary>Where a shift to the left would leave 32 bits, everything above 0 has long saturated.</summary>
    private const int MostLeft = 24;

    private const int MostRight = 31;

    public int Most;
    public int Left;
    public int Bias;
    public int Odd;
    public int Right;
    public int Limit;
    public int Clip;

    /// <summary>The rule of a stage.</summary>
    public static StageRule Of(in ActivationStage stage) => new()
    {
        Most = stage.Dropped < 0 ? stage.Limit : int.MaxValue,
        Left = Math.Clamp(-stage.Dropped, 0, MostLeft),
        Right = Math.Clamp(stage.Dropped, 0, MostRight),
        Bias = stage.Dropped <= 0 ? 0 : (1 << (Math.Min(stage.Dropped, MostRight) - 1)) - (stage.Rounding == Rounding.HalfEven ? 1 : 0),
        Odd = stage.Dropped > 0 && stage.Rounding == Rounding.HalfEven ? 1 : 0,
        Limit = stage.Dropped > MostRight ? 0 : stage.Limit,
        Clip = (int)Math.Min(stage.Clip, int.MaxValue),
    };

    /// <summary><see cref="ActivationStage.Value"/>.</summary>
    public static int Value(StageRule rule, int v)
    {
        var u = (uint)Math.Min(Math.Max(v, 0), rule.Most) << rule.Left;
        return Math.Min((int)((u + (uint)rule.Bias + ((u >> rule.Right) & (uint)rule.Odd)) >> rule.Right), rule.Limit);
    }

    /// <summary><see cref="ActivationStage.Mask"/>.</summary>
    public static int Mask(StageRule rule, int v) => (v > 0 ? ActivationStage.ReluPasses : 0) | (Math.Max(v, 0) <= rule.Clip ? ActivationStage.ClipPasses : 0);
}
