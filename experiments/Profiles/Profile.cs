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
/// the end of an epoch's steps to the beginning of the next. Steps that are looked into run other operations; their measurement is kept
/// apart, and shown only where a run has no other steps.
/// </summary>
internal sealed class Profile
{
    private readonly Stopwatch time = new();
    private readonly Dictionary<Operation, OperationTotals> lookedInto = [];
    private bool looking;
    private TimedBackend? timed;
    private IBackend? backend;
    private Trainer? trainer;
    private long steps;
    private long lookedIntoSteps;
    private TimeSpan lookedIntoTime;

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
        if (steps + lookedIntoSteps == 0 || timed is null || trainer is null || backend is null)
        {
            output.WriteLine("profile: no step was done.");
            return;
        }

        var peak = Peak.Measure(backend, trainer.Network.QuantizedWeights.Max(w => w.Scheme.W.Range.Limit));
        var table = steps > 0
            ? new ProfileTable(timed.Totals, TimedBackend.TicksPerSecond, steps, time.Elapsed, peak)
            : new ProfileTable(lookedInto.Values, TimedBackend.TicksPerSecond, lookedIntoSteps, lookedIntoTime, peak);
        table.Write(output);
        if (steps == 0)
            output.WriteLine("Every step was looked into, for its warnings or statistics, so these did more: counting, and blocks layer by layer.");
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
        if (!looking) steps++;
        else if (steps == 0) KeepLookedInto();
        looking = false;
    }

    private void KeepLookedInto()
    {
        foreach (var row in timed!.Totals)
        {
            var sum = lookedInto.GetValueOrDefault(row.Operation, new OperationTotals(row.Operation, 0, 0, 0, 0));
            lookedInto[row.Operation] = new(row.Operation, sum.Calls + row.Calls, sum.Ticks + row.Ticks, sum.Macs + row.Macs, sum.Bytes + row.Bytes);
        }

        (lookedIntoSteps, lookedIntoTime) = (lookedIntoSteps + 1, lookedIntoTime + time.Elapsed);
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
