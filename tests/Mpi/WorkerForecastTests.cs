using System.Diagnostics;
using Wage.Experiments.Ranks;
using Wage.Experiments.Traffic;
using Wage.Tests.Experiments;
using Wage.Tests.Workers;

namespace Wage.Tests.Mpi;

[Parallelizable]
public sealed class WorkerForecastTests
{
    /// <summary>Steps of a second: 0.1 s in, 100 bytes are sent, which are needed at 0.4 s, and at 0.9 s 10 bytes are waited for at once.</summary>
    [Test]
    public void AStepWaitsForWhatComputingDoesNotHide()
    {
        List<TrafficEvent> events = [];
        for (var step = 0; step < 3; step++)
        {
            events.Add(new TrafficEvent(TrafficKind.Start, step + 0.1, 0, 100, step));
            events.Add(new TrafficEvent(TrafficKind.Wait, step + 0.4, 0, 0, step));
            events.Add(new TrafficEvent(TrafficKind.Gather, step + 0.9, 0, 10, 0));
            events.Add(new TrafficEvent(TrafficKind.StepEnd, step + 1, 0, 0, 0));
        }

        var one = new WorkerForecast(new WorkerSteps(2, 10, 3, 1, events), 2, new LinkMeasurement(WorkerForecast.Latency, 0));
        Assert.That(one.Step(1e12), Is.EqualTo(1 + WorkerForecast.Latency).Within(1e-9), "the exchange is hidden, the small one is not");
        Assert.That(one.Step(100), Is.EqualTo(1 + 0.7 + 0.1 + (2 * WorkerForecast.Latency)).Within(1e-9), "1 s of it, of which 0.3 s are hidden");
        Assert.That(
            (one with { Link = one.Link with { Carrying = 0.0005 } }).Step(1000), Is.EqualTo(1 + 0.025 + 0.01 + WorkerForecast.Latency).Within(1e-9),
            "of two threads a half of one carries for 0.1 s, in which three quarters of it are computed");
        Assert.That(
            (one with { Threads = 1, Link = one.Link with { Carrying = 0.001 } }).Step(1e12),
            Is.EqualTo(1 + 0.1 + 0.01 + WorkerForecast.Latency).Within(1e-9),
            "the only one carries, and computes when it has");
    }

    [Test]
    public void TheTableSaysWhatAStepSends()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        string[] command = ["traffic", scratch.In("tiny.yaml"), "--seconds", "0", "--threads", "1", "--workers"];
        var output = CommandLine.Do([.. command, "3", "--link", "100Mbit", "--out", scratch.In("curve.svg")]);
        Assert.That(output, Does.Match(@"\n +1 +20 +0 +0 .*\n +2 +10 +\d.*\n +3 +7 +\d"));
        Assert.That(File.ReadAllText(scratch.In("curve.svg")), Does.Contain("predicted"));
        Assert.That(CommandLine.Refusal("traffic", "--link", "100Mbit"), Does.StartWith("wage: --link: is 100Mbit, but one worker sends nothing."));
        Assert.That(CommandLine.Refusal([.. command, "3", "--link", "fast"]), Does.Contain("--link: is fast, but must be a rate"));
        Assert.That(CommandLine.Refusal([.. command, "0"]), Does.Contain("--workers: is 0, but must be from 1 to 4096"));
        Assert.That(CommandLine.Refusal([.. command, "3", "--set", "training.batch=65536"]), Does.StartWith(
            "wage: training.batch: is 65536, but the noise of 102 steps has at most "));
    }

    [Test]
    public void MoreWorkersThanImagesAreRefusedBeforeAnythingIsMeasured()
    {
        var time = Stopwatch.StartNew();
        Assert.That(CommandLine.Refusal("traffic", "wage-vgg7-cifar10", "--workers", "129", "--seconds", "60"), Is.EqualTo(
            "wage: training.batch: is 128, but 129 workers share it, and each needs an image. HINT: take at most 128 workers.\n"));
        Assert.That(time.Elapsed.TotalSeconds, Is.LessThan(60), "the steps of one worker alone take longer");
    }

    /// <summary>Steps of the last of three workers that are not there; then with 8 bytes more in the second step, of the second rank.</summary>
    [Test]
    public void StepsThatSendOtherBytesThanTheFormulaAreNamed()
    {
        var steps = WorkerSteps.Alone(TinyRun.Recipe(), "cpu", 1, 3, 0, CancellationToken.None);
        Assert.That((steps.Difference, steps.Bytes), Is.EqualTo(((string?)null, steps.Formula!.Value)));
        Assert.That(Said(steps), Is.All.EqualTo("every step of every rank sent the bytes of the formula, exactly"));
        var place = steps.Events.Index().First(one => one.Item.Kind == TrafficKind.StepEnd).Index + 1;
        var more = steps with { Events = [.. steps.Events.Take(place), new(TrafficKind.Gather, 0, 0, 8, 0), .. steps.Events.Skip(place)] };
        Assert.That(Said(more), Is.All.EqualTo(
            $"rank 1: step 2 sent {steps.Formula + 8:#,0} bytes, but the formula says {steps.Formula:#,0}"));
        Assert.That(Said(steps with { Formula = null }), Is.All.EqualTo("float32 has no formula for the bytes of a step"));

        string[] Said(WorkerSteps second) => ThreadTransport.Run(
            3, transport => RankSteps.Bytes(new RankGroup(transport), transport.Rank == 1 ? second : steps with { Formula = second.Formula }));
    }

    [Test]
    public void RanksMeasureTheirStepsAndPredictThem()
    {
        MpiRun.Require();
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        string[] command = ["traffic", "tiny.yaml", "--seconds", "0", "--threads", "1", "--link"];
        var (code, output, error) = MpiRun.Run(scratch.Path, 2, [.. command, "1Gbit"]);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Match(
            @"measured by 2 ranks\na message takes \d+ .*\n\nrank .*predicted\n +0 +1 +10 .*\n +1 +1 +10 .*\nevery step of every rank sent "));
        Assert.That(MpiRun.Run(scratch.Path, 2, [.. command, "fast"]).Error, Does.StartWith("wage: --link: is fast, but must be a rate"));
        Assert.That(MpiRun.Run(scratch.Path, 2, [.. command, "1Gbit", "--set", "training.batch=1"]).Error, Is.EqualTo(
            "wage: training.batch: is 1, but 2 workers share it, and each needs an image. HINT: take at most 1 workers.\n"));
    }
}
