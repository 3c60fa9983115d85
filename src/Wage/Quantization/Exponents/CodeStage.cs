using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// Codes without a sign of numbers that have none: min(round(v / 2^s), limit) - offset, ties up, s = <see cref="StageTensors.Range"/>, 0 to 30. The
/// mask is 1 where v > 0, though its code may be 0: errors pass there, a code is only its rounded value. Requires 0 &lt;= v.
/// </summary>
/// <param name="Limit">The greatest code.</param>
/// <param name="Offset">What a stored code is less than the code.</param>
public readonly record struct CodeStage(int Limit, int Offset) : IOutputStage
{
    /// <inheritdoc/>
    public int Exponent(long range) => (int)Math.Max(Math.Min(range, UnitShift.Most), 0);

    /// <inheritdoc/>
    public int RandomBits(long range) => 0;

    /// <inheritdoc/>
    public bool FitsInt32(long range) => true;

    /// <inheritdoc/>
    public StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T>
    {
        var shift = Exponent(range);
        return new()
        {
            A = T.Of(shift == 0 ? 0 : checked(shift - 1)),
            B = T.Of(shift == 0 ? 0 : -1),
            C = T.Of(Limit),
            Column = new() { Shift = T.Of(Offset) },
        };
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T> => Code(v, k) - k.Column.Shift;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T> => T.Greater(v, T.Of(0)) & T.Of(1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Code<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T>
    {
        var floor = T.ShiftRight(v, k.A);
        return T.Min(floor - (T.ShiftRight(floor, 1) & k.B), k.C);
    }
}
