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

/// <summary>A request, when it came and what it took.</summary>
/// <param name="Kind">What.</param>
/// <param name="Seconds">Since the first one.</param>
/// <param name="Took">Seconds until it was done.</param>
/// <param name="Bytes">What the worker sends to others.</param>
/// <param name="Number">Of the exchange.</param>
internal readonly record struct TrafficEvent(TrafficKind Kind, double Seconds, double Took, long Bytes, int Number);

/// <summary>Notes what a worker asks of a transport, and when.</summary>
/// <param name="transport">Does it.</param>
internal sealed class TrafficLog(ITransport transport) : ITransport
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly List<TrafficEvent> events = [];
    private readonly Dictionary<Exchange, int> numbers = [];
    private int exchanges;

    /// <inheritdoc/>
    public int Rank => transport.Rank;

    /// <inheritdoc/>
    public int Size => transport.Size;

    /// <summary>What happened since <see cref="Clear"/>.</summary>
    public IReadOnlyList<TrafficEvent> Events => events;

    /// <summary>Forgets what happened: begin anew at a step's end.</summary>
    public void Clear()
    {
        events.Clear();
        clock.Restart();
    }

    /// <summary>Notes the end of a step.</summary>
    public void EndStep() => Note(TrafficKind.StepEnd, Now, 0, 0);

    /// <inheritdoc/>
    public void Start(Exchange exchange)
    {
        var begin = Now;
        numbers[exchange] = ++exchanges;
        transport.Start(exchange);
        Note(TrafficKind.Start, begin, exchange.SentBy(Rank, Size), exchanges);
    }

    /// <inheritdoc/>
    public void Wait(Exchange exchange)
    {
        var begin = Now;
        transport.Wait(exchange);
        Note(TrafficKind.Wait, begin, 0, numbers[exchange]);
    }

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        var begin = Now;
        transport.Gather(own, all);
        Note(TrafficKind.Gather, begin, own.Length * (Size - 1L), 0);
    }

    private double Now => clock.Elapsed.TotalSeconds;

    private void Note(TrafficKind kind, double begin, long bytes, int number) =>
        events.Add(new TrafficEvent(kind, begin, Now - begin, bytes, number));
}
