namespace Wage.Workers;

/// <summary>
/// What carries bytes between the ranks of a run: MPI, or threads of one process. Every rank starts the same exchanges in the same order; one thread
/// at a time calls a transport. Who fails, or is told that another rank has, throws a <see cref="WageException"/>.
/// </summary>
public interface ITransport
{
    /// <summary>This rank, from 0.</summary>
    int Rank { get; }

    /// <summary>The ranks, at least 1.</summary>
    int Size { get; }

    /// <summary>
    /// Begins an exchange and returns: its memory is the transport's until <see cref="Wait"/>. Several may be under way, and be waited for in any
    /// order.
    /// </summary>
    void Start(Exchange exchange);

    /// <summary>Returns when what was sent may be overwritten and what was to be received is there.</summary>
    void Wait(Exchange exchange);

    /// <summary>A few bytes of every rank, as many of each, by rank.</summary>
    /// <param name="own">This rank's.</param>
    /// <param name="all">Written: <see cref="Size"/> times as many.</param>
    void Gather(ReadOnlySpan<byte> own, Span<byte> all);
}
