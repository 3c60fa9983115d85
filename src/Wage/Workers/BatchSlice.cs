namespace Wage.Workers;

/// <summary>
/// The images of each batch that a worker computes: from batch rank / ranks to batch (rank + 1) / ranks, rounded down, so that any two workers differ
/// by at most one.
/// </summary>
public readonly record struct BatchSlice
{
    /// <summary>A worker's slice, which may be empty; see <see cref="Of"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such worker, or the batch is negative.</exception>
    public BatchSlice(int batch, int rank, int ranks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, ranks);
        (Batch, Rank, Ranks) = (batch, rank, ranks);
    }

    /// <summary>The images of the whole batch.</summary>
    public int Batch { get; }

    /// <summary>The worker, from 0.</summary>
    public int Rank { get; }

    /// <summary>The workers that share the batch.</summary>
    public int Ranks { get; }

    /// <summary>Where this worker's images begin.</summary>
    public int First => Position(Batch, Rank, Ranks);

    /// <summary>How many they are.</summary>
    public int Count => Position(Batch, Rank + 1, Ranks) - First;

    /// <summary>The images of the longest slice.</summary>
    public int Longest => (Batch + Ranks - 1) / Ranks;

    /// <summary>A batch that nobody shares.</summary>
    public static BatchSlice Whole(int batch) => new(batch, 0, 1);

    /// <summary>A worker's slice.</summary>
    /// <exception cref="WageException">There are more workers than images.</exception>
    public static BatchSlice Of(int batch, int rank, int ranks) => ranks <= batch ? new BatchSlice(batch, rank, ranks) : throw new WageException(
        $"{Term.Batch}: is {batch}, but {ranks} workers share it, and each needs an image.", $"take at most {batch} workers.");

    /// <summary>What this slice counts in its positions, over those of the whole batch.</summary>
    public long OfBatch(long positions) => positions / Count * Batch;

    /// <summary>The same over those of the longest slice.</summary>
    public long OfLongest(long positions) => positions / Count * Longest;

    /// <summary>Where a worker's images begin; of the one behind the last, where the batch ends.</summary>
    internal static int Position(int batch, int rank, int ranks) => ranks == 0 ? 0 : (int)((long)batch * rank / ranks);
}
