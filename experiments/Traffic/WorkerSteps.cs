using System.Diagnostics;
using Wage.Data;
using Wage.Experiments.Display;
using Wage.Experiments.Ranks;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Training;
using Wage.Workers;

namespace Wage.Experiments.Traffic;

/// <summary>Training steps of a worker, on images of noise, as its transport saw them.</summary>
/// <param name="Workers">How many share the batch.</param>
/// <param name="Images">Of each batch, this one's.</param>
/// <param name="Steps">How many steps.</param>
/// <param name="Seconds">Of one.</param>
/// <param name="Events">All steps, in order.</param>
/// <param name="Formula">The bytes that each step is to send; null: of this scheme there is no formula.</param>
internal sealed record WorkerSteps(
    int Workers, int Images, int Steps, double Seconds, IReadOnlyList<TrafficEvent> Events, long? Formula = null)
{
    private const int WarmUp = 2, FewestSteps = 5, MostSteps = 50;

    /// <summary>The bytes that it sends in a step.</summary>
    public long Bytes => Sent.Sum(one => one.Bytes) / Steps;

    /// <summary>The exchanges that it takes part in, in a step.</summary>
    public int Messages => Sent.Count() / Steps;

    /// <summary>Seconds of a step in which it waited for exchanges or began them.</summary>
    public double Waiting => Events.Sum(one => one.Took) / Steps;

    /// <summary>Which step sent other bytes than those of the formula; null: none did, or there is no formula.</summary>
    public string? Difference
    {
        get
        {
            var (step, sent) = (1, 0L);
            foreach (var one in Events)
            {
                sent += one.Bytes;
                if (one.Kind != TrafficKind.StepEnd) continue;
                if (Formula is { } formula && sent != formula)
                    return $"step {Format.Count(step)} sent {Format.Count(sent)} bytes, but the formula says {Format.Count(formula)}";
                (step, sent) = (step + 1, 0);
            }

            return null;
        }
    }

    private IEnumerable<TrafficEvent> Sent => Events.Where(one => one.Kind is TrafficKind.Start or TrafficKind.Gather);

    /// <summary>Trains as the last of some workers that are not there; or, of one, alone.</summary>
    public static WorkerSteps Alone(Recipe recipe, string device, int threads, int workers, double seconds, CancellationToken token) =>
        Of(recipe, device, threads, new MirrorTransport(workers), seconds, token);

    /// <summary>Trains as a rank.</summary>
    /// <param name="recipe">What.</param>
    /// <param name="device">Where.</param>
    /// <param name="threads">With how many.</param>
    /// <param name="transport">Between the ranks, all of which do the same.</param>
    /// <param name="seconds">As long at least, but for a number of steps.</param>
    /// <param name="token">Stops between two steps, of a rank that is alone.</param>
    public static WorkerSteps Of(Recipe recipe, string device, int threads, ITransport transport, double seconds, CancellationToken token)
    {
        using var backend = Devices.Create(device, threads);
        var (log, isShared) = (new TrafficLog(transport), transport.Size > 1);
        var workers = isShared ? new Collective(log, backend) : null;
        var slice = isShared ? BatchSlice.Of(recipe.Batch, transport.Rank, transport.Size) : (BatchSlice?)null;
        using var trainer = RunBuilder.BuildTrainer(recipe, Noise(recipe, DataShape.Of(recipe)), backend, isNew: false, slice, workers);
        using var network = trainer.Network;
        var orders = new Orders(isShared ? log : null);
        for (var step = 0; step < WarmUp; step++) Step();
        var (warm, most) = Steps();
        for (var step = 0; step < warm; step++) Step();         // what is compiled while it runs is so now
        log.Clear();
        var time = Stopwatch.StartNew();
        for (var step = 0; step < most; step++)
        {
            if (!isShared || transport is MirrorTransport) token.ThrowIfCancellationRequested();
            Step();
            log.EndStep();
        }

        // An order of a byte begins every step.
        var formula = (network as Network)?.StepBytes(transport.Rank) + transport.Size - 1;
        return new WorkerSteps(transport.Size, slice?.Count ?? recipe.Batch, most, time.Elapsed.TotalSeconds / most, log.Events, formula);

        void Step()
        {
            orders.Give(Order.Step);                            // as in a training, whose ranks the first one leads
            trainer.Step();
        }

        // All ranks make as many as the slowest.
        (int Warm, int Most) Steps()
        {
            var one = Stopwatch.StartNew();
            Step();
            Span<long> steps = [(long)Math.Min(MostSteps - 1, Math.Ceiling(seconds / one.Elapsed.TotalSeconds))];
            workers?.Max(steps);
            return ((int)steps[0], Math.Max(FewestSteps, (int)steps[0]));
        }
    }

    private static Dataset Noise(Recipe recipe, DataShape shape)
    {
        var (height, width, channels) = shape.Image;
        const int steps = WarmUp + (2 * MostSteps);
        var most = Array.MaxLength / ((long)steps * height * width * channels);
        if (recipe.Batch > most)
        {
            throw new WageException(
                $"training.batch: is {recipe.Batch}, but the noise of {steps} steps has at most {most} images for each.",
                $"measure with --set training.batch={most}.");
        }

        return new Dataset(recipe.DataSet, Images(recipe.Batch * steps), Images(1), shape.Classes);

        ImageSet Images(int count)
        {
            var (pixels, labels) = (new byte[count * height * width * channels], new byte[count]);
            for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)((i * 2654435761u) >> 24);
            for (var i = 0; i < count; i++) labels[i] = (byte)(i % shape.Classes);
            return new ImageSet(pixels, labels, height, width, channels);
        }
    }
}
