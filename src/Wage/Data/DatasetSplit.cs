using Wage.Numbers;

namespace Wage.Data;

/// <summary>Takes images out of a set by a seed: a test set where there is none, a validation set. Both parts keep the order of the whole.</summary>
public static class DatasetSplit
{
    /// <summary>
    /// Takes <paramref name="portion"/> of the images, of each class as nearly the same share as whole numbers allow. The images are shuffled by
    /// (seed, <see cref="RandomStream.Split"/>, index); with r_i the number of images of its class before it in that order and n_i those of its class
    /// in all, those with the smallest (2 r_i + 1) / 2 n_i are taken, of equal ones the first of the order.
    /// </summary>
    /// <param name="set">The images.</param>
    /// <param name="portion">How many to take.</param>
    /// <param name="seed">The split's seed.</param>
    /// <param name="index">Which split of this seed: 0 for the test images, 1 for validation, 2 and 3 for some training and test images.</param>
    /// <param name="name">What asks, for the message: "data.validation".</param>
    /// <exception cref="WageException">Nothing would be taken, or nothing would be left.</exception>
    public static (ImageSet Left, ImageSet Taken) Take(ImageSet set, Portion portion, ulong seed, int index, Wording name)
    {
        ArgumentNullException.ThrowIfNull(set);
        var count = portion.Of(set.Count);
        if (count < 1 || count >= set.Count)
            throw new WageException($"{name}: is {portion}, {count} of {set.Count} images, but some must be taken and some be left.",
                set.Count < 2 ? "give more images." : $"take a number from 1 to {set.Count - 1}, or a share such as 20 %.");
        var order = Shuffled(set.Count, new RandomKey(seed, RandomStream.Split(index), 0));
        Span<long> all = stackalloc long[256], before = stackalloc long[256];
        all.Clear();
        before.Clear();
        foreach (var label in set.Labels) all[label]++;
        var places = new (Int128 Place, int Order)[set.Count];
        for (var i = 0; i < order.Length; i++)
        {
            // Compared exactly: 2^52 (2 r + 1) / 2 n of two classes of at most 2^24 images differ by at least 2^52 / 2^50 where they differ at all.
            var label = set.Labels[order[i]];
            places[i] = (((Int128)((2 * before[label]++) + 1) << 52) / (2 * all[label]), i);
        }

        Array.Sort(places);
        var isTaken = new bool[set.Count];
        foreach (var (_, i) in places.AsSpan(0, count)) isTaken[order[i]] = true;
        return (set.Select(i => !isTaken[i]), set.Select(i => isTaken[i]));
    }

    private static int[] Shuffled(int count, in RandomKey key)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (var i = count - 1; i > 0; i--)
        {
            var j = RandomBits.Below(key, (ulong)i, i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
