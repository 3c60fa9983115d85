using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// A gradient in the unit of velocities: round(v / 2^s), ties up, s = <see cref="StageTensors.Range"/>, which may be negative; saturated at
/// +-2^<see cref="MostBits"/>, a gradient of 64 of weights of Q24, so that no sum with it leaves 64 bits.
/// </summary>
public readonly record struct GradientStage : IOutputStage
{
    /// <summary>log2 of the greatest magnitude.</summary>
    public const int MostBits = 46;

    /// <inheritdoc/>
    public int Exponent(long range) => (int)Math.Max(Math.Min(range, 62), -MostBits);

    /// <inheritdoc/>
    public int RandomBits(long range) => 0;

    /// <inheritdoc/>
    public bool FitsInt32(long range) => false;

    /// <inheritdoc/>
    public StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T>
    {
        var (right, left) = (Math.Max(Exponent(range), 0), Math.Max(checked(-Exponent(range)), 0));
        return new()
        {
            A = T.Of(right == 0 ? 0 : checked(right - 1)),
            B = T.Of(right == 0 ? 0 : -1),
            C = T.Of(1L << checked(MostBits - left)),
            Column = new() { Shift = T.Of(left) },
        };
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T>
    {
        var floor = T.ShiftRight(v, k.A);
        var rounded = floor - (T.ShiftRight(floor, 1) & k.B);
        return T.ShiftLeft(T.Max(T.Min(rounded, k.C), T.Of(0) - k.C), c.Shift);
    }

    /// <summary>Nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T> => T.Of(0);
}
