using System.Numerics;

namespace Wage.Backends.Host;

/// <summary>The rows of pairs that a row of sums reads; a row that the next ones read too is kept.</summary>
internal unsafe ref struct RowRing<T>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly PairRows rows;
    private readonly T* image;
    private readonly int* ring;
    private readonly T* spare;
    private readonly int count;
    private int filled;

    /// <summary>Of an image; so many rows at a time, in a thread's memory.</summary>
    public RowRing(in PairRows rows, T* image, int count, NativeBuffer ring, NativeBuffer spare)
    {
        (this.rows, this.count) = (rows, count);
        this.image = image;
        this.ring = ring.Ensure<int>((long)rows.Length * count);
        this.spare = spare.Ensure<T>(rows.SpareLength);
    }

    /// <summary>The rows from <paramref name="first"/> on, which is no less than before.</summary>
    public void Lines(int first, int** lines)
    {
        for (filled = Math.Max(filled, first); filled < first + count; filled++) rows.Fill(image, filled, Slot(filled), spare);
        for (var i = 0; i < count; i++) lines[i] = Slot(first + i);
    }

    private readonly int* Slot(int row) => ring + ((long)(row % count) * rows.Length);
}
