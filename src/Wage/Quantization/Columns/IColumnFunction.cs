using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// A function of one or two numbers and the constants of their column, for <see cref="Backends.IBackend.MapColumns{F, S}"/>: an unmanaged struct
/// whose fields are its parameters (no truth values), from any assembly. Kernels run it too: it is public, does not throw, allocates nothing, and
/// nothing in it wraps.
/// </summary>
public interface IColumnFunction
{
    /// <summary>How many constants of a column it reads.</summary>
    static abstract int Constants { get; }

    /// <summary>True where lanes of 32 bits hold the whole computation for elements of 16 bits and fewer.</summary>
    bool FitsInt32 { get; }

    /// <summary>The accumulators that an output stage ends.</summary>
    /// <typeparam name="T">The lanes.</typeparam>
    /// <typeparam name="TC">Where the constants are read from.</typeparam>
    /// <param name="x">Elements of the first tensor.</param>
    /// <param name="y">Those of the second, 0 without one.</param>
    /// <param name="c">The constants of their columns.</param>
    T Of<T, TC>(T x, T y, in TC c)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T>;
}

/// <summary>
/// x + A 2^Shift, A the column's: what a zero point adds to the gradient of a filter, 2^7 times the sum of its errors.
/// </summary>
/// <param name="Shift">From 0 to 30; the sum fits 64 bits.</param>
public readonly record struct AddColumn(int Shift) : IColumnFunction
{
    /// <inheritdoc/>
    public static int Constants => 1;

    /// <inheritdoc/>
    public bool FitsInt32 => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T, TC>(T x, T y, in TC c)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T> => x + T.ShiftLeft(c.At(0), Shift);
}
