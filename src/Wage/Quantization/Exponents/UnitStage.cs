using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// saturate(round(v / 2^s), limit), s = <see cref="StageTensors.Range"/> + <paramref name="Added"/>, which the device keeps: where the unit of a
/// tensor is another in every step. A negative s multiplies.
/// </summary>
/// <param name="Limit">The greatest magnitude that is stored.</param>
/// <param name="IsRandom">1: stochastic rounding; 0: to the nearest, ties up.</param>
/// <param name="Added">Bits.</param>
public readonly record struct UnitStage(int Limit, int IsRandom, int Added = 0) : IOutputStage
{
    /// <inheritdoc/>
    public int Exponent(long range) => (int)Math.Max(Math.Min(checked(range + Added), 62), -62);

    /// <inheritdoc/>
    public int RandomBits(long range) => IsRandom == 0 ? 0 : Math.Max(Exponent(range), 0);

    /// <inheritdoc/>
    public bool FitsInt32(long range) =>
        Limit < 1 << 30 && (Exponent(range) is > 0 and < 32 || ShiftRounding<Lane32>.Fits(Exponent(range), Limit));

    /// <inheritdoc/>
    public StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T>
    {
        // To the nearest: all bits but the last that is dropped, and then half of it, up. Nothing is added before the shift.
        var shift = Exponent(range);
        var halves = IsRandom == 0 && shift > 0;
        return new()
        {
            Rounding = new ShiftRounding<T>(halves ? checked(shift - 1) : shift, halves ? checked((2L * Limit) + 1) : Limit, Rounding.Stochastic),
            A = T.Of(halves ? -1 : 0),
            B = T.Of(Limit),
            C = T.Of(checked(-(long)Limit)),
        };
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T>
    {
        if (IsRandom != 0) return k.Rounding.Stochastic(v, c.Random);
        var floor = k.Rounding.Floor(v);
        return T.Max(T.Min(floor - (T.ShiftRight(floor, 1) & k.A), k.B), k.C);
    }

    /// <summary>Nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T> => T.Of(0);
}
