using System.Numerics;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// Draws without replacement, in integers: draw n takes v = floor(rand64 U / 2^64), U the sum of the weights that are left and rand64 the bits of
/// index n, then the first unit j whose cumulative sum is greater than v, and takes its weight away. A tree of partial sums (Fenwick 1994) finds it
/// in log2 m steps. What is drawn depends on the weights and the key alone.
/// </summary>
/// <param name="sums">Memory: one number more than there are units.</param>
internal sealed class Roulette(long[] sums)
{
    /// <summary>Sets exactly <paramref name="count"/> of the flags, and clears the others.</summary>
    /// <param name="weights">Of each unit, at least 1; all together below 2^63.</param>
    /// <param name="count">0 to the number of units.</param>
    /// <param name="key">The random bits: 64 of each draw.</param>
    /// <param name="drawn">Of each unit.</param>
    public void Draw(ReadOnlySpan<long> weights, int count, in RandomKey key, Span<bool> drawn)
    {
        drawn.Clear();
        var left = Fill(weights);
        for (var n = 0; n < count; n++)
        {
            var unit = Find((long)Math.BigMul((ulong)left, RandomBits.UInt64(key, (ulong)n), out _));
            drawn[unit] = true;
            left -= weights[unit];
            for (var i = unit + 1; i < sums.Length; i += i & -i) sums[i] -= weights[unit];
        }
    }

    /// <summary>sums[i] is the sum of the i and -i weights that end with the i-th; the sum of all.</summary>
    private long Fill(ReadOnlySpan<long> weights)
    {
        var all = 0L;
        weights.CopyTo(sums.AsSpan(1));
        for (var i = 1; i < sums.Length; i++)
        {
            all = checked(all + weights[i - 1]);
            if (i + (i & -i) is var next && next < sums.Length) sums[next] += sums[i];
        }

        return all;
    }

    /// <summary>The first unit whose cumulative sum is greater than v.</summary>
    private int Find(long v)
    {
        var before = 0;
        for (var step = 1 << BitOperations.Log2((uint)sums.Length); step > 0; step >>= 1)
        {
            if (before + step >= sums.Length || sums[before + step] > v) continue;
            before += step;
            v -= sums[before];
        }

        return before;
    }
}
