using System.Diagnostics;
using Wage.Backends;

namespace Wage.Experiments.Benchmarks;

/// <summary>What a benchmark repeats.</summary>
/// <param name="Step">The smallest piece of timed work.</param>
/// <param name="Work">Units of work of a step: images, 10^9 multiply-accumulates or 10^9 bytes.</param>
/// <param name="Rest">What must happen between steps and is not timed.</param>
/// <param name="Owned">What goes with it.</param>
internal sealed record Workload(Action Step, double Work, Action? Rest = null, params IReadOnlyList<IDisposable> Owned) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var one in Owned) one.Dispose();
    }
}

/// <summary>A row of the standard set.</summary>
/// <param name="Name">"vgg7-train".</param>
/// <param name="Unit">"images/s", "GMAC/s" or "GB/s".</param>
/// <param name="Description">What is measured, in words.</param>
/// <param name="Prepare">Makes the workload on a backend.</param>
/// <param name="Peak">Measures, in the row's unit, what the backend reaches at its best; null where no such ceiling is known.</param>
internal sealed record Benchmark(string Name, string Unit, string Description, Func<IBackend, Workload> Prepare, Func<IBackend, double>? Peak = null)
{
    /// <summary>True: it is not measured on a card, unless it is named.</summary>
    public bool IsOfHost { get; init; }

    /// <summary>Warms up for the time of two runs, at least a step, finds how many steps fill the seconds, and times the runs.</summary>
    /// <param name="backend">What computes; freshly made, so that rows do not depend on their order.</param>
    /// <param name="runs">Timed runs, at least 1.</param>
    /// <param name="seconds">The least time of a run; 0: a single step each.</param>
    /// <param name="progress">Called after each run.</param>
    /// <param name="token">Stops between two steps.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public BenchResult Measure(IBackend backend, int runs, double seconds, Action progress, CancellationToken token)
    {
        using var workload = Prepare(backend);
        var warm = Stopwatch.StartNew();
        TimeSpan last;
        do last = Timed(backend, workload, token);
        while (warm.Elapsed.TotalSeconds < 2 * seconds);
        var steps = (int)Math.Clamp(Math.Ceiling(seconds / last.TotalSeconds), 1, 100_000);
        var rates = new List<double>();
        for (var run = 0; run < runs; run++)
        {
            var time = TimeSpan.Zero;
            for (var step = 0; step < steps; step++) time += Timed(backend, workload, token);
            rates.Add(steps * workload.Work / time.TotalSeconds);
            progress();
        }

        using var process = Process.GetCurrentProcess();
        return new BenchResult(Name, Unit, rates, steps, process.PeakWorkingSet64, Peak?.Invoke(backend));
    }

    private static TimeSpan Timed(IBackend backend, Workload workload, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        workload.Rest?.Invoke();
        return DeviceClock.Time(backend, workload.Step);
    }
}

/// <summary>What a row gave.</summary>
/// <param name="Name">The row.</param>
/// <param name="Unit">Of the rates.</param>
/// <param name="Rates">Of each run, in order.</param>
/// <param name="Steps">Steps in a run.</param>
/// <param name="PeakMemory">The most bytes of memory that the process held up to the row's end.</param>
/// <param name="Peak">The ceiling, measured right after the runs, in the same unit; null for a row without one.</param>
internal sealed record BenchResult(string Name, string Unit, IReadOnlyList<double> Rates, int Steps, long PeakMemory, double? Peak = null)
{
    /// <summary>The median in percent of the ceiling.</summary>
    public double? PercentOfPeak => 100 * Median / Peak;

    /// <summary>The middle rate; of an even number the mean of the middle two.</summary>
    public double Median
    {
        get
        {
            var sorted = Rates.Order().ToList();
            return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
        }
    }
}
