using System.Diagnostics;
using Wage.Experiments.Runs;
using Wage.Training;

namespace Wage.Experiments.Display;

/// <summary>How fast a run trains and how long it still takes.</summary>
internal sealed class Pace(Run run)
{
    private readonly Stopwatch time = Stopwatch.StartNew();
    private double testSeconds;
    private double testStart;
    private int epochsTested;
    private long steps;

    /// <summary>Counts a step.</summary>
    public void Step() => steps++;

    /// <summary>The steps pause for the test images.</summary>
    public void BeginTest() => testStart = time.Elapsed.TotalSeconds;

    /// <summary>The steps go on.</summary>
    public void EndTest()
    {
        testSeconds += time.Elapsed.TotalSeconds - testStart;
        epochsTested++;
    }

    /// <summary>Training images per second so far; null before the first step.</summary>
    public double? ImagesPerSecond => steps == 0 ? null : steps * (double)run.Recipe.Batch / TrainSeconds;

    /// <summary>Seconds until the last epoch is done; null before the first step.</summary>
    public double? SecondsLeft(Trainer trainer)
    {
        if (steps == 0) return null;
        var epochs = run.Recipe.Epochs - trainer.Epoch;
        var test = epochsTested == 0 ? 0 : testSeconds / epochsTested;
        return (((epochs * (double)trainer.StepsPerEpoch) - trainer.StepInEpoch) * (TrainSeconds / steps)) + (epochs * test);
    }

    private double TrainSeconds => Math.Max(1e-6, time.Elapsed.TotalSeconds - testSeconds);
}
