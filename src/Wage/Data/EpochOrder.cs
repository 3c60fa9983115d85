using Wage.Numbers;

namespace Wage.Data;

/// <summary>The order in which an epoch visits the training images: a function of seed and epoch, so a resumed run continues it.</summary>
public static class EpochOrder
{
    /// <summary>
    /// A uniform permutation of 0..count-1 by Fisher and Yates' shuffle: for i = count-1 down to 1, swap i with Below(i + 1) at
    /// index i of (seed, <see cref="RandomStream.Order"/>, epoch).
    /// </summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="count">The number of images, at least 0.</param>
    /// <param name="shuffle">False gives 0, 1, 2, ... in every epoch.</param>
    /// <exception cref="ArgumentOutOfRangeException">Epoch or count is negative.</exception>
    public static int[] Create(ulong seed, int epoch, int count, bool shuffle)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var order = new int[count];
        for (var i = 0; i < count; i++) order[i] = i;
        if (!shuffle) return order;
        var key = new RandomKey(seed, RandomStream.Order, (uint)epoch);
        for (var i = count - 1; i > 0; i--)
        {
            var j = RandomBits.Below(key, (ulong)i, i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
