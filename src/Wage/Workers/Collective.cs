using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Workers;

/// <summary>
/// The workers of a run, as one of them sees them: sums and maxima of tensors over a transport. Every worker asks for the same in the same order. The
/// bytes that travel are counted. Workers of one process need a backend each: a step of one waits for the others while it has its backend's turn.
/// </summary>
/// <param name="transport">What carries the bytes.</param>
/// <param name="backend">Where this worker's tensors live.</param>
public sealed class Collective(ITransport transport, IBackend backend) : ICollective
{
    /// <summary>Longer sums are made in parts; of others every rank sends all it has to every other, in one exchange and not in two.</summary>
    private const int MostWhole = 512;

    /// <summary>Where a rank would send more numbers than these, too.</summary>
    private const int MostSent = 8192;

    private readonly Dictionary<(int Length, ElementType Type), (PartSum Sum, PartGather Gather)> sums = [];
    private byte[] all = [];
    private bool? haveParts;
    private long[] values = [];

    /// <summary>This worker, from 0.</summary>
    public int Rank => transport.Rank;

    /// <summary>How many workers there are.</summary>
    public int Size => transport.Size;

    /// <summary>Bytes that this worker has sent to others.</summary>
    public long Sent { get; private set; }

    /// <summary>Bytes that this worker has received of others.</summary>
    public long Received { get; private set; }

    /// <summary>Where this worker's tensors live.</summary>
    internal IBackend Backend => backend;

    /// <inheritdoc/>
    public void Sum(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (Size == 1) return;
        if (GoesWhole(tensor.Length, Size))
        {
            Join(new ReadOnlySpan<Tensor>(in tensor), static (x, y) => checked(x + y));
            return;
        }

        if (!sums.TryGetValue((tensor.Length, tensor.Type), out var made))
        {
            made = (new PartSum(this, tensor.Length, tensor.Type, long.MaxValue), new PartGather(this, tensor.Length, tensor.Type, long.MaxValue));
            sums.Add((tensor.Length, tensor.Type), made);
        }

        made.Sum.Start(tensor);
        made.Sum.Finish(tensor);
        made.Gather.Start(tensor);
        made.Gather.Finish(tensor);
    }

    /// <summary>The bytes that a worker sends to the others in <see cref="Sum(Tensor)"/>.</summary>
    internal static long SumBytes(int length, ElementType type, int rank, int ranks)
    {
        if (ranks == 1 || GoesWhole(length, ranks)) return (ranks - 1L) * length * sizeof(long);
        var own = new Parts(length, ranks).Count(rank);
        return (length - own + ((ranks - 1L) * own)) * type.Size();
    }

    private static bool GoesWhole(int length, int ranks) =>
        (length <= MostWhole && (ranks - 1L) * length <= MostSent) || !new Parts(length, ranks).Exist;

    /// <inheritdoc/>
    public void Max(Tensor tensor) => Max(new ReadOnlySpan<Tensor>(in tensor));

    /// <inheritdoc/>
    public void Max(ReadOnlySpan<Tensor> tensors) => Join(tensors, Math.Max);

    /// <summary>Numbers of every worker, added up.</summary>
    /// <exception cref="OverflowException">A sum leaves 64 bits.</exception>
    public void Sum(Span<long> numbers) => Join(numbers, static (x, y) => checked(x + y));

    /// <summary>The greatest of every worker's numbers.</summary>
    public void Max(Span<long> numbers) => Join(numbers, Math.Max);

    /// <summary>True where any worker says so.</summary>
    public bool Any(bool mine)
    {
        Span<long> flag = [mine ? 1 : 0];
        Join(flag, Math.Max);
        return flag[0] != 0;
    }

    /// <summary>The bytes of every worker, by rank; they may be of different lengths.</summary>
    public byte[][] Gather(ReadOnlySpan<byte> mine)
    {
        var lengths = new long[Size];
        lengths[Rank] = mine.Length;
        Sum(lengths);
        var longest = (int)lengths.Max();
        var (padded, everybody) = (new byte[longest], new byte[Pieces.Length((long)longest * Size)]);
        mine.CopyTo(padded);
        Gather(padded, everybody);
        return [.. lengths.Select((length, rank) => everybody.AsSpan(rank * longest, (int)length).ToArray())];
    }

    /// <summary>True where the tensors of every worker have views of parts: all ask at the same place, and the first time they agree.</summary>
    internal bool HaveParts(Tensor tensor) => haveParts ??= !Any(tensor.Part(0, new Shape(tensor.Length)) is null);

    /// <summary>Begins an exchange, which is counted.</summary>
    internal void Start(Exchange exchange)
    {
        Sent += exchange.SentBy(Rank, Size);
        Received += exchange.ReceivedBy(Rank);
        transport.Start(exchange);
    }

    /// <summary>See <see cref="ITransport.Wait"/>.</summary>
    internal void Wait(Exchange exchange) => transport.Wait(exchange);

    private void Join(ReadOnlySpan<Tensor> tensors, Func<long, long, long> join)
    {
        if (Size == 1 || tensors.Length == 0) return;
        var elements = 0L;
        foreach (var tensor in tensors) elements += tensor.Length;
        var count = Pieces.Length(elements * sizeof(long)) / sizeof(long);
        if (values.Length < count) values = new long[count];
        Span<long> place = values.AsSpan(0, count), left = place;
        foreach (var tensor in tensors)
        {
            HostValues.Download(backend, tensor, left[..tensor.Length]);
            left = left[tensor.Length..];
        }

        Join(place, join);
        foreach (var tensor in tensors)
        {
            HostValues.Upload(backend, place[..tensor.Length], tensor);
            place = place[tensor.Length..];
        }
    }

    private void Join(Span<long> numbers, Func<long, long, long> join)
    {
        if (Size == 1) return;
        var bytes = Pieces.Length((long)numbers.Length * sizeof(long) * Size);
        if (all.Length < bytes) all = new byte[bytes];
        Gather(MemoryMarshal.AsBytes(numbers), all.AsSpan(0, bytes));
        var everybody = MemoryMarshal.Cast<byte, long>(all.AsSpan(0, bytes));
        everybody[..numbers.Length].CopyTo(numbers);
        for (var i = numbers.Length; i < everybody.Length; i++)
        {
            ref var joined = ref numbers[i % numbers.Length];
            joined = join(joined, everybody[i]);
        }
    }

    /// <summary>See <see cref="ITransport.Gather"/>.</summary>
    internal void Gather(ReadOnlySpan<byte> mine, Span<byte> everybody)
    {
        Sent += mine.Length * (Size - 1L);
        Received += mine.Length * (Size - 1L);
        transport.Gather(mine, everybody);
    }
}
