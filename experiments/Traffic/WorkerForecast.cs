namespace Wage.Experiments.Traffic;

/// <summary>The step of one of several workers over a link, from steps that it made without one.</summary>
/// <param name="Alone">These steps.</param>
internal sealed record WorkerForecast(WorkerSteps Alone)
{
    /// <summary>Of a message over TCP, in seconds: what a byte more or less does not change.</summary>
    public const double Latency = 50e-6;

    /// <summary>
    /// Seconds of a step over a link: the measured steps once more, in which messages queue for the link while the worker computes, and the worker
    /// waits for those that have not come when it asks for them. All workers are as fast as this one.
    /// </summary>
    /// <param name="bytesPerSecond">Of the link, in each direction.</param>
    public double Step(double bytesPerSecond)
    {
        if (Alone.Workers == 1) return Alone.Seconds;
        var (late, free, first, last, steps) = (0.0, 0.0, 0.0, 0.0, 0);
        var there = new Dictionary<int, double>();
        foreach (var one in Alone.Events)
        {
            var now = one.Seconds + late;
            var transfer = one.Bytes / bytesPerSecond;
            switch (one.Kind)
            {
                case TrafficKind.Start:
                    free = Math.Max(now, free) + transfer;
                    there[one.Number] = free + Latency;
                    break;
                case TrafficKind.Wait:
                    // What the first measured step waits for first began before the measurement.
                    late += Math.Max(0, there.GetValueOrDefault(one.Number) - now);
                    break;
                case TrafficKind.Gather:
                    free = Math.Max(now, free) + transfer;
                    late += free + Latency - now;
                    break;
                default:
                    (first, last, steps) = (steps == 0 ? now : first, now, steps + 1);
                    break;
            }
        }

        return (last - first) / (steps - 1);
    }
}
