using System.Diagnostics;
using System.Globalization;
using Wage.Backends;
using Wage.Data;
using Wage.Diagnostics;
using Wage.Experiments.Benchmarks;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.SelfTest;

namespace Wage.Experiments.Trust;

/// <summary>A device did not do its work: no setting of a recipe helps. The message is one line.</summary>
internal sealed class DeviceFailure(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Compares a device with the CPU engine and the reference on the model at hand: training steps by their weights and scores, which also
/// gives the speed of both, and the model's operations with operands over their whole range. Small steps and the first case of each operation are
/// always made; then larger steps and further cases as long as there is time. The clock decides how much is compared and nothing else.
/// </summary>
/// <param name="recipe">The model.</param>
/// <param name="data">The images.</param>
/// <param name="threads">Threads of the CPU engine; 0: one per core.</param>
/// <param name="budget">Nothing more begins after this time.</param>
internal sealed class DeviceCheck(Recipe recipe, Dataset data, int threads, TimeSpan budget)
{
    private const int FewImages = 8, MostTimedSteps = 20;
    private static readonly TimeSpan Measurable = TimeSpan.FromMilliseconds(100);
    private readonly Stopwatch time = Stopwatch.StartNew();
    private int compared;
    private string? difference;

    /// <summary>The time so far.</summary>
    public TimeSpan Elapsed => time.Elapsed;

    /// <summary>Compares.</summary>
    /// <exception cref="WageException">The recipe's model cannot be built.</exception>
    /// <exception cref="DeviceFailure">The device failed.</exception>
    public CheckAnswer Run(Candidate candidate)
    {
        var images = Math.Min(FewImages, recipe.Batch);
        using var counted = new TimedBackend(new HostBackend(threads));
        var expected = Train(counted, images, null);                        // before the device is opened: a mistake of the recipe is none of its
        var cases = CheckCases.Of([.. counted.Totals.Select(row => row.Operation)], recipe.AllBits).ToList();
        try
        {
            using var device = candidate.Open();
            var reached = CompareSteps(device, images, expected);
            Compare(device, cases.Where(one => one.IsFirst).Select(one => one.Case), TimeSpan.MaxValue);
            if (difference is null && Larger(images, expected.Seconds + reached.Seconds) is { } larger)
            {
                using var cpu = new HostBackend(threads);
                (images, expected) = (larger, Train(cpu, larger, null));
                reached = CompareSteps(device, larger, expected);
            }

            Compare(device, cases.Where(one => !one.IsFirst).Select(one => one.Case), budget);
            var (speed, cpuSpeed) = (reached.ImagesPerSecond(images), expected.ImagesPerSecond(images));
            return new CheckAnswer(CheckedModel.Of(candidate, recipe), recipe.Name, compared, difference, speed, cpuSpeed);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new DeviceFailure((error is WageException told ? told.Problem.InWords() : error.Message).TrimEnd('.'), error);
        }
    }

    private Steps CompareSteps(IBackend device, int images, Steps expected)
    {
        var reached = Train(device, images, expected.Timed);
        compared++;
        if (reached.End != expected.End) difference ??= string.Create(
            CultureInfo.InvariantCulture, $"{1 + expected.Timed} training steps of {images} images end at other weights or scores");
        return reached;
    }

    /// <summary>Until the first difference or the end of the time; a case names an operation, so that its words replace those about steps.</summary>
    private void Compare(IBackend device, IEnumerable<BackendCase> cases, TimeSpan until)
    {
        var reference = new ReferenceBackend();
        foreach (var one in cases)
        {
            if (time.Elapsed >= until) return;
            compared++;
            if (one.Difference(reference, device) is not { } found) continue;
            difference = $"{one}: {found.Replace($"{device.Name}, {device.Description}: ", string.Empty, StringComparison.Ordinal)}";
            return;
        }
    }

    /// <summary>A batch so large that its steps still fit into the time left; null where it is not twice as large.</summary>
    private int? Larger(int images, double seconds)
    {
        var most = images * ((budget - time.Elapsed).TotalSeconds / (2 * seconds));
        var larger = (int)Math.Min(recipe.Batch, Math.Max(0, most));
        return larger >= 2 * images ? larger : null;
    }

    /// <summary>A first step, which compiles kernels, and timed ones.</summary>
    private Steps Train(IBackend backend, int images, int? timedSteps)
    {
        var few = recipe.With([new GivenValue("training.batch", images.ToString(CultureInfo.InvariantCulture), "check")]);
        var train = data.Train.Take(Math.Min(data.Train.Count, (MostTimedSteps + 1) * images));
        var parts = data with { Train = train, Test = data.Test.Take(1), Validation = null };
        using var trainer = RunBuilder.BuildTrainer(few, parts, backend, isNew: false);
        using var network = trainer.Network;
        var first = DeviceClock.Time(backend, trainer.Step);
        var steps = timedSteps ?? (int)Math.Clamp(Measurable / first, 1, MostTimedSteps);
        var timed = DeviceClock.Time(backend, () =>
        {
            for (var step = 0; step < steps; step++)
            {
                if (trainer.StepInEpoch == trainer.StepsPerEpoch) trainer.FinishEpoch();
                trainer.Step();
            }
        });
        return new Steps($"{trainer.Network.WeightsSha256()} {trainer.TrainScore()}", steps, timed.TotalSeconds);
    }

    /// <summary>Where steps ended, and how long the timed ones took.</summary>
    private sealed record Steps(string End, int Timed, double Seconds)
    {
        public double ImagesPerSecond(int images) => Seconds > 0 ? Timed * images / Seconds : 0;
    }
}
