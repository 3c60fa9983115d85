using System.Diagnostics;
using Wage.Workers;

namespace Wage.Experiments.Traffic;

/// <summary>What messages between the ranks of this launch cost, measured without a training.</summary>
/// <param name="Latency">Seconds of an exchange of a few bytes.</param>
/// <param name="Carrying">Seconds that a thread computes longer for each byte that is sent, and one that is received, meanwhile.</param>
internal readonly record struct LinkMeasurement(double Latency, double Carrying)
{
    private const int Messages = 200, Bytes = 1 << 20, Rounds = 41, Probe = 20;
    private const double Work = 0.03;

    /// <summary>Measures; all ranks call it, and get the mean of all.</summary>
    public static LinkMeasurement Of(ITransport transport)
    {
        var all = new byte[sizeof(long) * transport.Size];
        var times = Enumerable.Range(0, Messages).Select(_ => Time(() => transport.Gather(new byte[sizeof(long)], all))).ToArray();
        var exchange = new Exchange(null, new Pieces([.. Enumerable.Repeat(Bytes / (transport.Size - 1), transport.Size)]));
        var turns = (int)Math.Ceiling(Work * Probe / Time(() => Compute(Probe)));
        Compute(turns);
        var longer = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            transport.Gather(new byte[sizeof(long)], all);
            var alone = Time(() => Compute(turns));
            transport.Gather(new byte[sizeof(long)], all);
            transport.Start(exchange);
            longer[round] = Time(() => Compute(turns)) - alone;
            transport.Wait(exchange);
        }

        BitConverter.TryWriteBytes(all.AsSpan(sizeof(long) * transport.Rank), Middle(longer) / Bytes);
        transport.Gather(all.AsSpan(sizeof(long) * transport.Rank, sizeof(long)).ToArray(), all);
        var carrying = Enumerable.Range(0, transport.Size).Average(rank => BitConverter.ToDouble(all, sizeof(double) * rank));
        return new LinkMeasurement(Middle(times), Math.Max(0, carrying));
    }

    private static double Middle(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static double Time(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>About a millisecond each.</summary>
    private static void Compute(int turns)
    {
        var x = 1u;
        for (long i = 0; i < turns * 500_000L; i++) x ^= (x << 13) + 1;
        GC.KeepAlive(x);
    }
}
