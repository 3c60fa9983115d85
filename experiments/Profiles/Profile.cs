using System.Diagnostics;
using Wage.Backends;
using Wage.Diagnostics;
using Wage.Experiments.Benchmarks;
using Wage.Experiments.Runs;
using Wage.Observation;
using Wage.Training;

namespace Wage.Experiments.Profiles;

/// <summary>
/// Measures the training steps of a run, operation by operation. Building, testing and saving an epoch are left out: the clock stands from
/// the end of an epoch's steps to the beginning of the next. Steps that are looked into run other operations, and in the first steps the machine's
/// code is made, on a card for seconds; their measurement is kept apart, and shown only where a run has no other steps.
/// </summary>
internal sealed class Profile
{
    /// <summary>In the second, operations begin that wait for a first range; in the third, a processor's loops are in their last form.</summary>
    private const int FirstSteps = 3;

    private readonly Stopwatch time = new();
    private readonly Dictionary<Operation, OperationTotals> others = [];
    private bool looking;
    private TimedBackend? timed;
    private IBackend? backend;
    private Trainer? trainer;
    private long steps;
    private long firstSteps;
    private long otherSteps;
    private TimeSpan otherTime;

    /// <summary>The backend that is to be used in place of this one.</summary>
    public IBackend Measure(IBackend backend)
    {
        this.backend = backend;
        return timed = new TimedBackend(backend) { Paused = true };
    }

    /// <summary>The observer that starts and stops the measurement and tells this one everything.</summary>
    public IRunObserver Watch(IRunObserver observer) => new Observer(this, observer);

    /// <summary>Measures the machine's peak and prints the table; one line when no step was done.</summary>
    public void Write(TextWriter output)
    {
        Pause();
        if (steps + otherSteps == 0 || timed is null || trainer is null || backend is null)
        {
            output.WriteLine("profile: no step was done.");
            return;
        }

        var peak = Peak.Measure(backend, trainer.Network.QuantizedWeights.Max(w => w.Scheme.W.Range.Limit));
        var table = steps > 0
            ? new ProfileTable(timed.Totals, TimedBackend.TicksPerSecond, steps, time.Elapsed, peak)
            : new ProfileTable(others.Values, TimedBackend.TicksPerSecond, otherSteps, otherTime, peak);
        table.Write(output);
        if (steps == 0)
            output.WriteLine(firstSteps == 0
                ? "Every step was looked into, for its warnings or statistics, so these did more: counting, and blocks layer by layer."
                : $"There are no others: in a run's first {FirstSteps} steps code is made, and those that are looked into do more.");
        output.WriteLine($"{backend.Name}: {backend.Description}.");
    }

    private void Resume()
    {
        timed!.Paused = false;
        time.Start();
    }

    private void Pause()
    {
        time.Stop();
        if (timed is not null) timed.Paused = true;
    }

    /// <summary>A step ended: it is added to those of its kind.</summary>
    private void EndStep()
    {
        if (!looking && firstSteps == FirstSteps) steps++;
        else if (steps == 0) KeepApart();
        if (!looking && steps == 0) firstSteps++;
        looking = false;
    }

    private void KeepApart()
    {
        foreach (var row in timed!.Totals)
        {
            var sum = others.GetValueOrDefault(row.Operation, new OperationTotals(row.Operation, 0, 0, 0, 0));
            others[row.Operation] = new(row.Operation, sum.Calls + row.Calls, sum.Ticks + row.Ticks, sum.Macs + row.Macs, sum.Bytes + row.Bytes);
        }

        (otherSteps, otherTime) = (otherSteps + 1, otherTime + time.Elapsed);
        timed.Reset();
        time.Reset();
    }

    private sealed class Observer(Profile profile, IRunObserver inner) : IRunObserver
    {
        public void Started(Run run, IReadOnlyList<EpochRow> rows)
        {
            inner.Started(run, rows);
            profile.trainer = run.Trainer;
            profile.Resume();
        }

        /// <summary>The display's time is not the step's.</summary>
        public void Stepped(Trainer trainer)
        {
            profile.Pause();
            profile.EndStep();
            inner.Stepped(trainer);
            profile.Resume();
        }

        /// <summary>A step that is looked into is measured only as long as there was no other.</summary>
        public void Looking(Trainer trainer)
        {
            profile.Pause();
            profile.looking = true;
            inner.Looking(trainer);
            if (profile.steps == 0) profile.Resume();
        }

        public void Warned(TrainingWarning warning) => inner.Warned(warning);

        public void Noticed(string line) => inner.Noticed(line);

        public void Testing(Trainer trainer)
        {
            profile.Pause();
            inner.Testing(trainer);
        }

        public void EpochDone(EpochRow row, bool isBest)
        {
            inner.EpochDone(row, isBest);
            profile.Resume();
        }
    }
}
