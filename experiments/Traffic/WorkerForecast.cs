namespace Wage.Experiments.Traffic;

/// <summary>The step of several workers over a link, from steps that one of them made without one.</summary>
/// <param name="Alone">These steps.</param>
/// <param name="Threads">With which it computed.</param>
/// <param name="Link">What messages cost: see <see cref="CarryingCost"/> and <see cref="LinkMeasurement"/>.</param>
internal sealed record WorkerForecast(WorkerSteps Alone, int Threads, LinkMeasurement Link)
{
    /// <summary>Of a message over TCP, in seconds, where it is not measured: what a byte more or less does not change.</summary>
    public const double Latency = 50e-6;

    /// <summary>
    /// Seconds of a step over a link: the measured steps once more, by all workers, each of which makes another one of them at a time, for no two
    /// steps take equally long and all wait for the slowest. Messages queue for the link while a worker computes, and it waits for those that have
    /// not come when it asks for them. Bytes go as fast as the link and one processor carry them, which computes less meanwhile.
    /// </summary>
    /// <param name="bytesPerSecond">Of the link, in each direction.</param>
    public double Step(double bytesPerSecond)
    {
        if (Alone.Workers == 1) return Alone.Seconds;
        var perByte = Math.Max(1 / bytesPerSecond, Link.Carrying);
        var computes = 1 - (Link.Carrying / perByte / Threads);  // while bytes are under way
        var (steps, starts) = (Steps(), new Dictionary<int, (int Step, int Place)>());
        var (now, free, ends) = (new double[Alone.Workers], new double[Alone.Workers], new double[steps.Length]);
        var there = new Dictionary<(int Step, int Place), double>();
        for (var step = 0; step < steps.Length; step++)
        {
            for (var place = 0; place < steps[step].Length; place++)
            {
                var one = steps[step][place].Event;
                for (var worker = 0; worker < now.Length; worker++)
                {
                    var own = steps[(step + (worker * steps.Length / now.Length)) % steps.Length];
                    Compute(worker, own[Math.Min(place, own.Length - 1)].Computing);
                    if (one.Kind is TrafficKind.Start or TrafficKind.Gather)
                        free[worker] = Math.Max(now[worker], free[worker]) + (one.Bytes * perByte);
                }

                switch (one.Kind)
                {
                    case TrafficKind.Start:
                        starts[one.Number] = (step, place);
                        there[(step, place)] = free.Max() + Link.Latency;
                        break;
                    case TrafficKind.Wait:
                        // What the first measured step waits for first began before the measurement.
                        if (starts.TryGetValue(one.Number, out var start)) Wait(there[start]);
                        break;
                    case TrafficKind.Gather:
                        Wait(free.Max() + Link.Latency);
                        break;
                    default:
                        ends[step] = now.Max();
                        break;
                }
            }
        }

        return (ends[^1] - ends[0]) / (ends.Length - 1);

        void Wait(double arrival)
        {
            for (var worker = 0; worker < now.Length; worker++) now[worker] = Math.Max(now[worker], arrival);
        }

        void Compute(int worker, double seconds)
        {
            var carried = Math.Max(0, free[worker] - now[worker]);
            var done = Math.Min(seconds, carried * computes);
            if (done < seconds) now[worker] += carried + (seconds - done);
            else if (seconds > 0) now[worker] += seconds / computes;
        }
    }

    /// <summary>Of each step what was asked, and what was computed before it.</summary>
    private (double Computing, TrafficEvent Event)[][] Steps()
    {
        List<(double, TrafficEvent)[]> steps = [];
        List<(double, TrafficEvent)> step = [];
        var before = 0.0;
        foreach (var one in Alone.Events)
        {
            step.Add((one.Seconds - before, one));
            before = one.Seconds;
            if (one.Kind != TrafficKind.StepEnd) continue;
            steps.Add([.. step]);
            step.Clear();
        }

        return [.. steps];
    }
}
