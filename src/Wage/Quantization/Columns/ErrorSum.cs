using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// How two errors are brought to the unit of their sum, as <see cref="ErrorAlignment"/> states. Read: their exponents, [1] each. Written: the
/// constants of <see cref="ErrorSum"/>, [4, C]; the sum's exponent, [1].
/// </summary>
/// <param name="Guard">How many bits below the coarser unit the sum is made at most, from 1 to 30.</param>
public readonly record struct ErrorShifts(int Guard) : IColumnFormula
{
    /// <inheritdoc/>
    public void Of<TC>(in TC c)
        where TC : struct, IColumnNumbers
    {
        var alignment = new ErrorAlignment(c.Get(0, 0, c.Column), c.Get(1, 0, c.Column), Guard);
        c.Set(0, 0, Math.Max(alignment.ShiftX, 0));
        c.Set(0, 1, Math.Max(checked(-alignment.ShiftX), 0));
        c.Set(0, 2, Math.Max(alignment.ShiftY, 0));
        c.Set(0, 3, Math.Max(checked(-alignment.ShiftY), 0));
        c.Set(1, 0, alignment.Exponent);
    }
}

/// <summary>
/// The sum of two errors in one unit, by constants of <see cref="ErrorShifts"/>: what is dropped of one is rounded half to even. Requires |x| and |y|
/// below 2^(62 - guard).
/// </summary>
/// <param name="BitsX">|x| is below 2^BitsX.</param>
/// <param name="BitsY">|y| is below 2^BitsY, or -2^BitsY.</param>
public readonly record struct ErrorSum(int BitsX, int BitsY) : IColumnFunction
{
    /// <summary>Bits of an error whose sum with another fits 32.</summary>
    private const int Most = 30;

    /// <inheritdoc/>
    public static int Constants => 4;

    /// <inheritdoc/>
    public bool FitsInt32 => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T, TC>(T x, T y, in TC c)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T> =>
        Rounded(T.ShiftLeft(x, c.At(1)), c.At(0)) + Rounded(T.ShiftLeft(y, c.At(3)), c.At(2));

    /// <summary>
    /// True where lanes of 32 bits hold the whole computation with these constants of one column: in practice always, for an error of a product is
    /// in the finer unit.
    /// </summary>
    internal bool FitsInt32By(ReadOnlySpan<int> constants) =>
        constants[0] <= Most && constants[2] <= Most && BitsX + constants[1] <= Most && BitsY + constants[3] <= Most;

    /// <summary>
    /// v / 2^n, half to even: the bits that are dropped, and half of 2^n, which of n = 0 they never reach.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Rounded<T>(T v, T n)
        where T : struct, ILanes<T>
    {
        var (floor, whole) = (T.ShiftRight(v, n), T.ShiftLeft(T.Of(1), n));
        var rest = v - T.ShiftLeft(floor, n);
        var odd = floor & T.Of(1);
        return floor - T.Greater(rest + rest + odd, whole);
    }
}
