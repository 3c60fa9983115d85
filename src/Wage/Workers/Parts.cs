using Wage.Tensors;

namespace Wage.Workers;

/// <summary>The elements of a tensor that each rank has to care for: neighbours, in the order of the ranks.</summary>
/// <param name="Length">The elements in all.</param>
/// <param name="Ranks">The ranks.</param>
/// <param name="Stride">Of tensors of a batch the elements of an image: the parts are those of <see cref="BatchSlice"/>; 0: it is none.</param>
internal readonly record struct Parts(int Length, int Ranks, int Stride = 0)
{
    /// <summary>Parts begin at multiples of this, a cache line of bytes; of few elements at those of <see cref="Block"/>.</summary>
    private const int Line = 64;

    /// <summary>A word of 8 bytes, or of random bits those of two blocks.</summary>
    private const int Block = 8;

    /// <summary>True where every rank has a part.</summary>
    public bool Exist => Length >= (long)Block * Ranks;

    private int Step => Length >= (long)Line * Ranks ? Line : Block;

    /// <summary>The first element of a rank.</summary>
    public int First(int rank) => Stride > 0 ? BatchSlice.Position(Length / Stride, rank, Ranks) * Stride
        : rank == Ranks ? Length : (int)((long)Length * rank / Ranks) & -Step;

    /// <summary>The elements of a rank.</summary>
    public int Count(int rank) => First(rank + 1) - First(rank);

    /// <summary>The bytes of each rank's part.</summary>
    public int[] Bytes(int bytes)
    {
        var (parts, counts) = (this, new int[Ranks]);
        for (var rank = 0; rank < Ranks; rank++) counts[rank] = Pieces.Length((long)parts.Count(rank) * bytes);
        return counts;
    }
}

/// <summary>
/// A sum over the workers of which each one gets its part (a reduce-scatter): the integers travel in as few bytes as a worker's own sums are proved
/// to fit, and the part becomes the sum of all.
/// </summary>
internal sealed class PartSum
{
    private readonly Collective workers;
    private readonly Parts parts;
    private readonly int bytes;
    private readonly Exchange exchange;
    private readonly HostTensor? copy;

    /// <summary>For tensors of this length and type, whose elements are at most so great in every worker.</summary>
    public PartSum(Collective workers, int length, ElementType type, long bound)
    {
        (this.workers, parts) = (workers, new Parts(length, workers.Size));
        bytes = BytesOf(type, bound);
        var (send, receive) = (parts.Bytes(bytes), new int[workers.Size]);
        Array.Fill(receive, send[workers.Rank]);
        send[workers.Rank] = receive[workers.Rank] = 0;
        exchange = new Exchange(new Pieces(send), new Pieces(receive));
        copy = HostValues.CopyOf(workers.Backend, type, length);
    }

    /// <summary>The bytes of an element on the wire.</summary>
    public static int BytesOf(ElementType type, long bound) => Math.Min(WireNumbers.Bytes(bound), type.Size());

    /// <summary>Begins it: until <see cref="Finish"/> nobody writes this worker's part.</summary>
    public void Start(Tensor tensor)
    {
        var host = HostValues.Read(workers.Backend, tensor, copy);
        for (var rank = 0; rank < workers.Size; rank++)
            if (rank != workers.Rank) HostValues.Pack(host, parts.First(rank), parts.Count(rank), bytes, exchange.Send![rank]);
        workers.Start(exchange);
    }

    /// <summary>Its memory is free again; nothing is taken.</summary>
    public void Wait() => workers.Wait(exchange);

    /// <summary>This worker's part of the tensor becomes the sum; the others' is no more what it was, or still is.</summary>
    public void Finish(Tensor tensor)
    {
        workers.Wait(exchange);
        var host = tensor as HostTensor ?? copy!;
        var (first, count) = (parts.First(workers.Rank), parts.Count(workers.Rank));
        for (var rank = 0; rank < workers.Size; rank++)
            if (rank != workers.Rank) HostValues.Unpack(exchange.Receive[rank], bytes, host, first, count, adds: true);
        HostValues.Write(workers.Backend, host, first, count, tensor);
    }
}

/// <summary>Every worker's part of a tensor goes to all of them (an all-gather), in as few bytes as its integers need.</summary>
internal sealed class PartGather
{
    private readonly Collective workers;
    private readonly Parts parts;
    private readonly int bytes;
    private readonly Exchange exchange;
    private readonly HostTensor? copy;

    /// <summary>For tensors of this length and type, whose elements are at most so great.</summary>
    public PartGather(Collective workers, int length, ElementType type, long bound, int stride = 0)
    {
        (this.workers, parts) = (workers, new Parts(length, workers.Size, stride));
        bytes = PartSum.BytesOf(type, bound);
        exchange = new Exchange(null, new Pieces(parts.Bytes(bytes)));
        copy = HostValues.CopyOf(workers.Backend, type, length);
    }

    /// <summary>Begins it: this worker's part is read.</summary>
    public void Start(Tensor tensor)
    {
        var (first, count) = (parts.First(workers.Rank), parts.Count(workers.Rank));
        var host = HostValues.Read(workers.Backend, tensor, copy);
        HostValues.Pack(host, first, count, bytes, exchange.Receive[workers.Rank]);
        workers.Start(exchange);
    }

    /// <summary>Its memory is free again; nothing is taken.</summary>
    public void Wait() => workers.Wait(exchange);

    /// <summary>The others' parts are written.</summary>
    public void Finish(Tensor tensor)
    {
        workers.Wait(exchange);
        var host = tensor as HostTensor ?? copy!;
        for (var rank = 0; rank < workers.Size; rank++)
        {
            if (rank == workers.Rank) continue;
            HostValues.Unpack(exchange.Receive[rank], bytes, host, parts.First(rank), parts.Count(rank), adds: false);
        }

        HostValues.Write(workers.Backend, host, 0, tensor.Length, tensor);
    }
}
