namespace Wage.Workers;

/// <summary>
/// The images of each batch that a worker computes: from batch rank / ranks to batch (rank + 1) / ranks, rounded down, so that any two workers differ
/// by at most one.
/// </summary>
/// <param name="Batch">The images of the whole batch.</param>
/// <param name="Rank">The worker, from 0.</param>
/// <param name="Ranks">The workers that share the batch.</param>
public readonly record struct BatchSlice(int Batch, int Rank, int Ranks)
{
    /// <summary>Where this worker's images begin.</summary>
    public int First => Position(Rank);

    /// <summary>How many they are.</summary>
    public int Count => Position(Rank + 1) - Position(Rank);

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

    private int Position(int rank) => (int)((long)Batch * rank / Ranks);
}
