using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// One or two numbers of a whole tensor, for <see cref="Backends.IBackend.Reduce{R}"/>: an unmanaged struct whose fields are its parameters (no truth
/// values), from any assembly. Elements are joined in any order, by a sum or by the greatest, as workers join their results
/// (<see cref="ICollective"/>). Kernels run it too: it is public, does not throw, allocates nothing, and nothing in it wraps.
/// </summary>
public interface IStatistic
{
    /// <summary>How many numbers, 1 or 2.</summary>
    static abstract int Results { get; }

    /// <summary>True where elements are added, and the sums were proved to fit; else a number is the greatest, and at least 0.</summary>
    static abstract bool Adds { get; }

    /// <summary>What element x has to say to number <paramref name="result"/>, 0 or 1.</summary>
    long Of(long x, int result);
}

/// <summary>max |x|.</summary>
public readonly record struct MaxAbs : IStatistic
{
    /// <inheritdoc/>
    public static int Results => 1;

    /// <inheritdoc/>
    public static bool Adds => false;

    /// <inheritdoc/>
    public long Of(long x, int result) => Wrapping.Absolute(x);
}

/// <summary>The range with 0 in it: -min(x, 0) and max(x, 0).</summary>
public readonly record struct MinMax : IStatistic
{
    /// <inheritdoc/>
    public static int Results => 2;

    /// <inheritdoc/>
    public static bool Adds => false;

    /// <inheritdoc/>
    public long Of(long x, int result) => result == 0 ? Wrapping.Absolute(Math.Min(x, 0)) : x;
}

/// <summary>Of the codes of <see cref="WeightChange"/>: how many weights are another, and how many of the other sign.</summary>
public readonly record struct ChangeCounts : IStatistic
{
    /// <inheritdoc/>
    public static int Results => 2;

    /// <inheritdoc/>
    public static bool Adds => true;

    /// <inheritdoc/>
    public long Of(long x, int result) => (x >> result) & 1;
}

/// <summary>How many elements are less than one number or greater than another.</summary>
/// <param name="Least">The least that is not counted.</param>
/// <param name="Greatest">The greatest.</param>
public readonly record struct BeyondCount(long Least, long Greatest) : IStatistic
{
    /// <inheritdoc/>
    public static int Results => 1;

    /// <inheritdoc/>
    public static bool Adds => true;

    /// <inheritdoc/>
    public long Of(long x, int result) => x < Least || x > Greatest ? 1 : 0;
}

/// <summary>How results meet.</summary>
internal static class Statistic
{
    /// <summary>The result of two parts.</summary>
    public static long Join<R>(long x, long y)
        where R : unmanaged, IStatistic => R.Adds ? checked(x + y) : Math.Max(x, y);
}
