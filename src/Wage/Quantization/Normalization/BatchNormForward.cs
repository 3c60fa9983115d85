using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>The constants of a channel that a batch norm reads, by row.</summary>
internal static class NormalizationRow
{
    /// <summary>The mean, in units of y.</summary>
    public const int Mean = 0;

    /// <summary>2^44 over the root of the variance, 14 bits: xhat = (y - mean) ri / 2^sh.</summary>
    public const int Inverse = 1;

    /// <summary>sh, 0 to 28.</summary>
    public const int Shift = 2;

    /// <summary>gamma in units of 2^-12.</summary>
    public const int Scale = 3;

    /// <summary>beta in units of 2^-24.</summary>
    public const int Offset = 4;

    /// <summary>By so many bits a shortcut goes left to units of 2^-24.</summary>
    public const int Shortcut = 5;

    /// <summary>
    /// The same of a shortcut of this exponent, at most 30, where a code saturates. None is below -24: an image's is -7, an activation's at least -8,
    /// and a mean's site sees to it.
    /// </summary>
    public static int ShortcutLeft(long exponent) => (int)Math.Max(Math.Min(checked(exponent + 24), 30), 0);

    /// <summary>Rows of the way forward.</summary>
    public const int Forward = 6;

    /// <summary>The mean error, in units of 2^-7 errors; behind <see cref="Shift"/>.</summary>
    public const int MeanError = 3;

    /// <summary>The mean of error times xhat, in units of 2^-7 errors.</summary>
    public const int MeanProduct = 4;

    /// <summary>gamma over the deviation, 11 bits.</summary>
    public const int Slope = 5;

    /// <summary>Rows of the way back.</summary>
    public const int Backward = 6;
}

/// <summary>xhat = (y - mean) / deviation in units of 2^-12, 16 bits: made anew where it is read, never stored.</summary>
internal static class Normalized
{
    /// <summary>clamp(round((y - mean) ri / 2^sh), +-32767), ties up. |y| &lt;= 32767: nothing leaves 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of<T, TC>(T y, in TC c)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T> => Clamp(Whole<T, TC>(y, c), T.Of(short.MaxValue));

    /// <summary>The same before it saturates: less than 2^30, for |y - mean| is at most 2 32767 and ri at most 2^14.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Whole<T, TC>(T y, in TC c)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T>
    {
        var shift = c.At(NormalizationRow.Shift);
        var product = (y - c.At(NormalizationRow.Mean)) * c.At(NormalizationRow.Inverse);
        var half = T.ShiftRight(T.ShiftLeft(T.Of(1), shift), 1);
        return T.ShiftRight(product + half, shift);
    }

    /// <summary>clamp(x, +-limit).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Clamp<T>(T x, T limit)
        where T : struct, ILanes<T> => T.Max(T.Min(x, limit), T.Of(0) - limit);
}

/// <summary>The sums of y and y^2, |y| &lt;= 32767.</summary>
public readonly record struct BatchNormSums : IColumnStatistic
{
    /// <inheritdoc/>
    public static int Results => 2;

    /// <inheritdoc/>
    public static int Constants => 0;

    /// <inheritdoc/>
    public static bool Adds => true;

    /// <inheritdoc/>
    public bool FitsInt32 => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T, TC>(T x, T y, in TC c, int result)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T> => result == 0 ? x : x * x;
}

/// <summary>
/// How many xhat of a channel saturate at 8, of y and the constants of the way forward; all of them where its mean, of what has run, does.
/// </summary>
public readonly record struct BatchNormBeyond : IColumnStatistic
{
    /// <inheritdoc/>
    public static int Results => 1;

    /// <inheritdoc/>
    public static int Constants => NormalizationRow.Forward;

    /// <inheritdoc/>
    public static bool Adds => true;

    /// <inheritdoc/>
    public bool FitsInt32 => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T, TC>(T x, T y, in TC c, int result)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T>
    {
        var whole = Normalized.Whole<T, TC>(x, c);
        var mean = c.At(NormalizationRow.Mean);
        var over = T.Max(Magnitude(whole) - T.Of(short.MaxValue), Magnitude(mean) - T.Of(short.MaxValue - 1));
        return T.Min(T.Max(over, T.Of(0)), T.Of(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Magnitude<T>(T x)
        where T : struct, ILanes<T> => T.Max(x, T.Of(0) - x);
}

/// <summary>
/// What a batch norm makes of y: z = xhat gamma + beta + the shortcut, in units of 2^-24. The shortcut, the second number, is
/// (code + <paramref name="Offset"/>) 2^k, saturated at 64: with |gamma| below 4 and |beta| below 32, 32 bits hold z.
/// </summary>
/// <param name="Offset">Of a shortcut's codes; 0 without one.</param>
/// <param name="IsRectified">1: max(round(z / 2^16), 0), saturated at 32767, units of 2^-8; 0: z.</param>
public readonly record struct BatchNormForward(int Offset, int IsRectified) : IColumnFunction
{
    /// <summary>log2 of the greatest magnitude of a shortcut.</summary>
    private const int ShortcutBits = 30;

    /// <summary>The greatest code of a shortcut of this exponent that does not saturate.</summary>
    internal static long MostShortcut(long exponent) => 1L << (ShortcutBits - NormalizationRow.ShortcutLeft(exponent));

    /// <inheritdoc/>
    public static int Constants => NormalizationRow.Forward;

    /// <inheritdoc/>
    public bool FitsInt32 => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T, TC>(T x, T y, in TC c)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T>
    {
        var left = c.At(NormalizationRow.Shortcut);
        var most = T.ShiftRight(T.Of(1L << ShortcutBits), left);
        var shortcut = T.ShiftLeft(Normalized.Clamp(y + T.Of(Offset), most), left);
        var z = (Normalized.Of<T, TC>(x, c) * c.At(NormalizationRow.Scale)) + c.At(NormalizationRow.Offset) + shortcut;
        if (IsRectified == 0) return z;
        var floor = T.ShiftRight(z, 15);
        return T.Max(T.Min(floor - T.ShiftRight(floor, 1), T.Of(short.MaxValue)), T.Of(0));
    }
}
