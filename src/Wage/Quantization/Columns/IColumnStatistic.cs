using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// One or two numbers of each column, for <see cref="Backends.IBackend.ReduceColumns{R}"/>: an unmanaged struct whose fields are its parameters (no
/// truth values), from any assembly. Elements are joined in any order, by a sum or by the greatest, as workers join their results
/// (<see cref="ICollective"/>). Kernels run it too: it is public, does not throw, allocates nothing, and nothing in it wraps.
/// </summary>
public interface IColumnStatistic
{
    /// <summary>How many numbers, 1 or 2.</summary>
    static abstract int Results { get; }

    /// <summary>How many constants of a column it reads.</summary>
    static abstract int Constants { get; }

    /// <summary>True where elements are added, and the sums were proved to fit; else a number is the greatest, and at least 0.</summary>
    static abstract bool Adds { get; }

    /// <summary>True where lanes of 32 bits hold the whole computation for elements of 16 bits and fewer.</summary>
    bool FitsInt32 { get; }

    /// <summary>What elements have to say to number <paramref name="result"/>, 0 or 1.</summary>
    /// <typeparam name="T">The lanes.</typeparam>
    /// <typeparam name="TC">Where the constants are read from.</typeparam>
    /// <param name="x">Elements of the first tensor.</param>
    /// <param name="y">Those of the second, 0 without one.</param>
    /// <param name="c">The constants of their columns.</param>
    /// <param name="result">The number.</param>
    T Of<T, TC>(T x, T y, in TC c, int result)
        where T : struct, ILanes<T>
        where TC : struct, IColumnConstants<T>;
}

/// <summary>The sum of x.</summary>
public readonly record struct ColumnSum : IColumnStatistic
{
    /// <inheritdoc/>
    public static int Results => 1;

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
        where TC : struct, IColumnConstants<T> => x;
}

/// <summary>How results meet.</summary>
internal static class ColumnStatistic
{
    /// <summary>The result of two parts.</summary>
    public static long Join<R>(long x, long y)
        where R : unmanaged, IColumnStatistic => R.Adds ? checked(x + y) : Math.Max(x, y);
}
