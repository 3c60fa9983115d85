using System.Diagnostics;
using Wage.Experiments.Runs;
using Wage.Training;

namespace Wage.Experiments.Display;

/// <summary>
/// How fast a run trains and how long it still takes: the rate of the last minute, since what a machine did an hour ago says nothing of now.
/// </summary>
/// <param name="batch">Images of a step.</param>
/// <param name="epochs">Epochs of the run.</param>
/// <param name="seconds">The clock.</param>
internal sealed class Pace(int batch, int epochs, Func<double> seconds)
{
    private const double Window = 60, Grain = 1;

    /// <summary>Where the run was: seconds of training, without tests, and steps. A mark a second; the first not younger than the window.</summary>
    private readonly Queue<(double Seconds, long Steps)> marks = new([(seconds(), 0)]);
    private double lastMark = seconds();
    private double testSeconds;
    private double testStart;
    private int epochsTested;
    private long steps;

    public Pace(Run run)
        : this(run.Recipe.Batch, run.Recipe.Epochs, Clock())
    {
    }

    /// <summary>Counts a step.</summary>
    public void Step()
    {
        steps++;
        var now = TrainSeconds;
        if (now - lastMark < Grain) return;
        lastMark = now;
        marks.Enqueue((now, steps));
        while (marks.Count > 2 && now - marks.ElementAt(1).Seconds >= Window) marks.Dequeue();
    }

    /// <summary>The steps pause for the test images.</summary>
    public void BeginTest() => testStart = seconds();

    /// <summary>The steps go on.</summary>
    public void EndTest()
    {
        testSeconds += seconds() - testStart;
        epochsTested++;
    }

    /// <summary>Training images per second in the last minute; null before the first step.</summary>
    public double? ImagesPerSecond => batch / SecondsPerStep;

    /// <summary>Seconds until the last epoch is done; null before the first step.</summary>
    public double? SecondsLeft(Trainer trainer) => SecondsLeft(trainer.Epoch, trainer.StepInEpoch, trainer.StepsPerEpoch);

    /// <summary>Seconds until the last epoch is done, from this epoch (from 0) and step on; null before the first step.</summary>
    public double? SecondsLeft(int epoch, int step, int stepsPerEpoch)
    {
        var test = epochsTested == 0 ? 0 : testSeconds / epochsTested;
        return (((epochs - epoch) * (double)stepsPerEpoch) - step) * SecondsPerStep + ((epochs - epoch) * test);
    }

    private static Func<double> Clock()
    {
        var time = Stopwatch.StartNew();
        return () => time.Elapsed.TotalSeconds;
    }

    private double? SecondsPerStep =>
        marks.Peek() is var mark && steps == mark.Steps ? null : Math.Max(1e-6, TrainSeconds - mark.Seconds) / (steps - mark.Steps);

    private double TrainSeconds => seconds() - testSeconds;
}
