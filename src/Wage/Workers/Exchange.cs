namespace Wage.Workers;

/// <summary>
/// Bytes that all ranks exchange, and their place: made once, started in every step. With something to send it is an all-to-all, in which rank r gets
/// piece r of everybody's; else an all-gather in place, in which every rank's own piece of <see cref="Receive"/> goes to all.
/// </summary>
/// <param name="send">What goes to each rank; null: an all-gather.</param>
/// <param name="receive">What comes from each rank.</param>
public sealed class Exchange(Pieces? send, Pieces receive)
{
    /// <summary>What goes to each rank; null: an all-gather.</summary>
    public Pieces? Send { get; } = send;

    /// <summary>What comes from each rank.</summary>
    public Pieces Receive { get; } = receive;

    /// <summary>The transport's own: what it waits for.</summary>
    public nint Request { get; set; }

    /// <summary>The bytes that a rank sends to others: a gathered piece counts once for each of them.</summary>
    public long SentBy(int rank, int ranks) => Send is { } send ? send.All.Length - send[rank].Length : (ranks - 1L) * Receive[rank].Length;

    /// <summary>The bytes that a rank receives of others.</summary>
    public long ReceivedBy(int rank) => Receive.All.Length - Receive[rank].Length;
}

/// <summary>Bytes of or for each rank, one piece behind the other, in memory that does not move.</summary>
public sealed unsafe class Pieces
{
    private readonly byte[] bytes;
    private readonly int[] counts;
    private readonly int[] offsets;

    /// <summary>Zeros, so many of each rank.</summary>
    /// <exception cref="WageException">They are 2^31 or more.</exception>
    public Pieces(params ReadOnlySpan<int> counts)
    {
        this.counts = GC.AllocateUninitializedArray<int>(counts.Length, pinned: true);
        offsets = GC.AllocateUninitializedArray<int>(counts.Length, pinned: true);
        counts.CopyTo(this.counts);
        var length = 0;
        for (var rank = 0; rank < counts.Length; rank++)
        {
            offsets[rank] = length;
            length = Length((long)length + counts[rank]);
        }

        bytes = GC.AllocateArray<byte>(length, pinned: true);
    }

    /// <summary>So many bytes, where an array can have them.</summary>
    /// <exception cref="WageException">They are 2^31 or more.</exception>
    internal static int Length(long bytes) => bytes <= Array.MaxLength ? (int)bytes
        : throw new WageException($"workers: a message has {bytes} bytes, but can have {Array.MaxLength}.", "take a smaller layer.");

    /// <summary>The first byte.</summary>
    public byte* Bytes => bytes.Length == 0 ? null : (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref bytes[0]);

    /// <summary>The bytes of each rank.</summary>
    public int* Counts => (int*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref counts[0]);

    /// <summary>Where each rank's begin.</summary>
    public int* Offsets => (int*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref offsets[0]);

    /// <summary>All bytes.</summary>
    public Span<byte> All => bytes;

    /// <summary>The bytes of a rank.</summary>
    public Span<byte> this[int rank] => bytes.AsSpan(offsets[rank], counts[rank]);
}
