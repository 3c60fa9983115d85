using System.Diagnostics;
using Wage.Data;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Workers;

namespace Wage.Experiments.Traffic;

/// <summary>A step of one of several workers: what it computes, measured here, and what it sends, counted.</summary>
/// <param name="Workers">How many there are.</param>
/// <param name="Images">Of each batch, this one's.</param>
/// <param name="Bytes">What it sends in a step.</param>
/// <param name="Messages">The exchanges that it takes part in, in a step.</param>
/// <param name="Compute">Seconds of a step that waits for nobody.</param>
/// <param name="Events">The steps, in order.</param>
internal sealed record WorkerForecast(int Workers, int Images, long Bytes, int Messages, double Compute, IReadOnlyList<TrafficEvent> Events)
{
    /// <summary>Of a message over TCP, in seconds: what a byte more or less does not change.</summary>
    public const double Latency = 50e-6;

    private const int WarmUp = 3, FewestSteps = 5, MostSteps = 50;

    /// <summary>Measures the last worker's steps, on images of noise.</summary>
    public static WorkerForecast Measure(Recipe recipe, string device, int threads, int workers, double seconds, CancellationToken token)
    {
        using var backend = Devices.Create(device, threads);
        var mirror = new MirrorTransport(workers);
        var slice = workers == 1 ? (BatchSlice?)null : BatchSlice.Of(recipe.Batch, workers - 1, workers);
        using var trainer = RunBuilder.BuildTrainer(
            recipe, Noise(recipe, DataShape.Of(recipe)), backend, isNew: false, slice, workers == 1 ? null : new Collective(mirror, backend));
        using var network = trainer.Network;
        for (var step = 0; step < WarmUp; step++) trainer.Step();
        mirror.Clear();
        var time = Stopwatch.StartNew();
        var steps = 0;
        while ((steps < FewestSteps || time.Elapsed.TotalSeconds < seconds) && steps < MostSteps)
        {
            token.ThrowIfCancellationRequested();
            trainer.Step();
            mirror.EndStep();
            steps++;
        }

        var sent = mirror.Events.Where(one => one.Kind is TrafficKind.Start or TrafficKind.Gather).ToList();
        return new WorkerForecast(
            workers, slice?.Count ?? recipe.Batch, sent.Sum(one => one.Bytes) / steps, sent.Count / steps, time.Elapsed.TotalSeconds / steps,
            mirror.Events.ToArray());
    }

    /// <summary>
    /// Seconds of a step over a link: the measured steps once more, in which messages queue for the link while the worker computes, and the worker
    /// waits for those that have not come when it asks for them. All workers are as fast as this one.
    /// </summary>
    /// <param name="bytesPerSecond">Of the link, in each direction.</param>
    public double Step(double bytesPerSecond)
    {
        if (Workers == 1) return Compute;
        var (late, free, first, last, steps) = (0.0, 0.0, 0.0, 0.0, 0);
        var there = new Dictionary<int, double>();
        foreach (var one in Events)
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

    private static Dataset Noise(Recipe recipe, DataShape shape)
    {
        var (height, width, channels) = shape.Image;
        return new Dataset(recipe.DataSet, Images(recipe.Batch * (WarmUp + MostSteps)), Images(1), shape.Classes);

        ImageSet Images(int count)
        {
            var (pixels, labels) = (new byte[count * height * width * channels], new byte[count]);
            for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)((i * 2654435761u) >> 24);
            for (var i = 0; i < count; i++) labels[i] = (byte)(i % shape.Classes);
            return new ImageSet(pixels, labels, height, width, channels);
        }
    }
}
