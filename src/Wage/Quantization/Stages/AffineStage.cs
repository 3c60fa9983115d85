using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// q3 = clamp(Z3 + M (v + start), low, high), M = M0 2^(shift - 31): the integer-only requantization of Jacob et al. 2018, section 2.2. The scale is
/// the tensor's, or each column's where <see cref="StageTensors.Multipliers"/> are given; bias and zero points are the column's
/// <see cref="StageTensors.Start"/>. Codes of 8 bits without a sign are stored less 128, their zero point too.
/// </summary>
/// <param name="Scale">M, where the columns have none of their own.</param>
/// <param name="ZeroPoint">Z3, a code.</param>
/// <param name="Low">The least code; a ReLU's is max(least of the type, Z3).</param>
/// <param name="High">The greatest code.</param>
/// <param name="Rounding">How the bits are dropped.</param>
public readonly record struct AffineStage(QuantizedMultiplier Scale, int ZeroPoint, int Low, int High, MultiplierRounding Rounding) : IOutputStage
{
    /// <summary>Nothing: its output has a unit of its own.</summary>
    public int Exponent(long range) => 0;

    /// <inheritdoc/>
    public int RandomBits(long range) => 0;

    /// <inheritdoc/>
    public bool FitsInt32(long range) => true;

    /// <inheritdoc/>
    public StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T> => new()
        {
            A = T.Of(Math.Max(int.MinValue, checked((long)Low - ZeroPoint))),
            B = T.Of(Math.Min(int.MaxValue, checked((long)High - ZeroPoint))),
            C = T.Of(ZeroPoint),
            Column = new() { Multiplier = T.Of(Scale.Multiplier), Shift = T.Of(Scale.Shift) },
        };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T>
    {
        var scaled = k.ScalesDown
            ? FixedMultiply.ScaleDown(v, c.Multiplier, c.Shift, Rounding) : FixedMultiply.Scale(v, c.Multiplier, c.Shift, Rounding);
        return T.Max(T.Min(scaled, k.B), k.A) + k.C;
    }

    /// <summary>Nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T> => T.Of(0);
}
