namespace Wage.Workers;

/// <summary>The images of each batch that a worker computes: neighbours, from 0 on those of rank 0, then those of rank 1.</summary>
/// <param name="Batch">The images of the whole batch.</param>
/// <param name="First">Where this worker's begin.</param>
/// <param name="Count">How many they are, at least 1.</param>
public readonly record struct BatchSlice(int Batch, int First, int Count)
{
    /// <summary>A batch that nobody shares.</summary>
    public static BatchSlice Whole(int batch) => new(batch, 0, batch);

    /// <summary>From batch rank / ranks to batch (rank + 1) / ranks, rounded down: any two ranks differ by at most an image.</summary>
    /// <exception cref="WageException">There are more ranks than images.</exception>
    public static BatchSlice Of(int batch, int rank, int ranks)
    {
        if (ranks > batch)
            throw new WageException(
                $"{Term.Batch}: is {batch}, but {ranks} workers share it, and each needs an image.", $"take at most {batch} workers.");
        var first = Position(batch, rank, ranks);
        return new BatchSlice(batch, first, Position(batch, rank + 1, ranks) - first);
    }

    /// <summary>The images of the longest slice.</summary>
    public static int Longest(int batch, int ranks) => (batch + ranks - 1) / ranks;

    /// <summary>What a sum over the slice's positions counts, over those of the whole batch.</summary>
    public long OfBatch(long positions) => positions / Count * Batch;

    private static int Position(int batch, int rank, int ranks) => (int)((long)batch * rank / ranks);
}
