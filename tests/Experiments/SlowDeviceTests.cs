using System.Diagnostics;
using Wage.Backends;
using Wage.Diagnostics;
using Wage.Experiments.Benchmarks;
using Wage.Experiments.Profiles;
using Wage.Experiments.Runs;
using Wage.Tests.Architecture;
using Wage.Tests.Backends;
using Wage.Training;

namespace Wage.Tests.Experiments;

/// <summary>Every rate that is shown is of work done: on a device that takes orders at once and works on them later, no clock is fast.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SlowDeviceTests : IDisposable
{
    private const int Side = 32, Many = 50;
    private static readonly TimeSpan Each = TimeSpan.FromMilliseconds(12);
    private static readonly double GigaMacs = Math.Pow(Side, 3) / 1e9;
    private QueueingBackend device = new(new HostBackend(1), Each);

    public void Dispose() => device.Dispose();

    /// <summary>Or the device of these tests finds nothing.</summary>
    [Test]
    public void AClockThatDoesNotWaitTimesTheQueue()
    {
        var product = Square();
        product.Run();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Many; i++) product.Run();
        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(device.Least(Many)));
    }

    [Test]
    public void AClockThatWaitsTimesTheWorkAndNothingBeforeIt()
    {
        var product = Square();
        for (var i = 0; i < Many; i++) product.Run();
        Assert.That(DeviceClock.Time(device, product.Run), Is.InRange(Each, device.Least(Many)));
    }

    [Test]
    public void ARowOfTheBenchmarkTimesTheWork()
    {
        var product = Square();
        var row = new Benchmark("square", "GMAC/s", "", _ => new Workload(product.Run, GigaMacs));
        Assert.That(row.Measure(device, 3, 0, () => { }, default).Rates, Has.All.LessThanOrEqualTo(GigaMacs / Each.TotalSeconds));
    }

    [Test]
    public void ThePeakTimesTheWork()
    {
        var peak = Peak.Measure(device, 1);
        Assert.That(peak.Side, Is.EqualTo(128), "12 ms are slow for the small product");
        Assert.That(peak.MacsPerSecond, Is.LessThanOrEqualTo(Math.Pow(peak.Side, 3) / Each.TotalSeconds));
    }

    [Test]
    public void EveryOperationOfAProfileHasItsOwnTime()
    {
        using var timed = new TimedBackend(device);
        var product = new Product(timed, ProductKind.Forward, ConvGeometry.Dense(Side, Side, Side), 1);
        timed.Paused = true;
        for (var i = 0; i < Many; i++) product.Run();
        timed.Reset();
        timed.Paused = false;
        product.Run();
        product.Run();
        var time = TimeSpan.FromSeconds((double)timed.Totals.Single().Ticks / TimedBackend.TicksPerSecond);
        Assert.That(time, Is.InRange(device.Least(2), device.Least(Many)), "its own and not that of the paused ones");
    }

    /// <summary>The rate of a line of progress and of an epoch: their losses are read from the device first.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public void ImagesPerSecondOfARunAreOfStepsThatAreDone(bool profiled)
    {
        device = new QueueingBackend(new HostBackend(1), TimeSpan.FromMilliseconds(1));
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch.In("run"));
        var profile = new Profile();
        var recipe = TinyRun.Recipe("training.epochs=1", "training.checkpointSteps=1000");
        using var run = Run.Prepare(
            recipe, scratch.Run("run"), "cpu", 1, null, null, host => profiled ? profile.Measure(device) : device);
        var steps = new Operations(device);
        var loop = new RunLoop(run, profiled ? profile.Watch(steps) : steps);
        loop.Execute(CancellationToken.None);
        Assert.That(steps.OfSteps, Is.GreaterThan(100));
        Assert.That(loop.Rows[0].ImagesPerSecond, Is.LessThanOrEqualTo(200 / device.Least(steps.OfSteps).TotalSeconds));
    }

    [Test]
    public void RatesOfADeviceHaveOneClock()
    {
        var clocks = AssemblyScan.Of(typeof(DeviceClock).Assembly.Location).Where(ReadsAClock).Select(use => use.Owner).Distinct();
        Assert.That(clocks, Is.EqualTo(new[] { typeof(DeviceClock).FullName }), "use DeviceClock, which waits");
        Assert.That(AssemblyScan.Of(typeof(SlowDeviceTests).Assembly.Location).Where(ReadsAClock), Is.Not.Empty, "this file's own is found");
    }

    private static bool ReadsAClock(Use use) => use.Target == $"{typeof(Stopwatch).FullName}.{nameof(Stopwatch.GetTimestamp)}";

    private Product Square() => new(device, ProductKind.Forward, ConvGeometry.Dense(Side, Side, Side), 1);

    /// <summary>Counts the operations from the first step's begin to the last one's end.</summary>
    private sealed class Operations(QueueingBackend device) : IRunObserver
    {
        private int before;

        public int OfSteps { get; private set; }

        public void Started(Run run, IReadOnlyList<EpochRow> rows) => before = device.Operations;

        public void Stepped(Trainer trainer)
        {
        }

        public void Testing(Trainer trainer) => OfSteps = device.Operations - before;

        public void EpochDone(EpochRow row, bool isBest)
        {
        }
    }
}
