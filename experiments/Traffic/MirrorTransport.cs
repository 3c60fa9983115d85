using System.Diagnostics;
using Wage.Workers;

namespace Wage.Experiments.Traffic;

/// <summary>What a worker asked of its transport.</summary>
internal enum TrafficKind
{
    /// <summary>An exchange begins.</summary>
    Start,

    /// <summary>The worker waits for one.</summary>
    Wait,

    /// <summary>A small exchange that it waits for at once.</summary>
    Gather,

    /// <summary>A step ends.</summary>
    StepEnd,
}

/// <summary>A request, and when it came.</summary>
/// <param name="Kind">What.</param>
/// <param name="Seconds">Since the first one.</param>
/// <param name="Bytes">What the worker sends to others.</param>
/// <param name="Number">Of the exchange.</param>
internal readonly record struct TrafficEvent(TrafficKind Kind, double Seconds, long Bytes, int Number);

/// <summary>
/// The last of several workers without the others: their sums are 0 and their weights are this one's. It notes what would travel, and when, so that a
/// worker's steps can be measured on a machine that is alone. What it trains is nothing.
/// </summary>
internal sealed class MirrorTransport(int size) : ITransport
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly List<TrafficEvent> events = [];
    private int exchanges;

    /// <inheritdoc/>
    public int Rank => size - 1;

    /// <inheritdoc/>
    public int Size => size;

    /// <summary>What happened since <see cref="Clear"/>.</summary>
    public IReadOnlyList<TrafficEvent> Events => events;

    /// <summary>Forgets what happened: begin anew at a step's end.</summary>
    public void Clear()
    {
        events.Clear();
        clock.Restart();
    }

    /// <summary>Notes the end of a step.</summary>
    public void EndStep() => Note(TrafficKind.StepEnd, 0, 0);

    /// <inheritdoc/>
    public void Start(Exchange exchange)
    {
        exchange.Request = ++exchanges;
        Note(TrafficKind.Start, exchange.SentBy(Rank, Size), exchanges);
        if (exchange.Send is not null) return;
        var own = exchange.Receive[Rank];
        for (var rank = 0; rank < Rank; rank++)
        {
            var place = exchange.Receive[rank];
            own[..Math.Min(own.Length, place.Length)].CopyTo(place);
        }
    }

    /// <inheritdoc/>
    public void Wait(Exchange exchange) => Note(TrafficKind.Wait, 0, (int)exchange.Request);

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        Note(TrafficKind.Gather, own.Length * (Size - 1L), 0);
        for (var rank = 0; rank < Size; rank++) own.CopyTo(all[(rank * own.Length)..]);
    }

    private void Note(TrafficKind kind, long bytes, int number) => events.Add(new TrafficEvent(kind, clock.Elapsed.TotalSeconds, bytes, number));
}
