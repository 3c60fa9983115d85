using Wage.Backends;
using Wage.Data;
using Wage.Diagnostics;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Trust;
using Wage.Gpu;
using Wage.Gpu.Kernels;
using Wage.SelfTest;
using Wage.Tests.Backends;
using Wage.Tests.Gpu;

namespace Wage.Tests.Experiments.Trust;

/// <summary>A device that nobody has tried is compared with the reference before it trains, once.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable]
internal sealed class DeviceTrustTests : IDisposable
{
    private static readonly Recipe Tiny = TinyRun.Recipe();
    private static readonly Dataset Images = DataPlace.Load(Tiny, null);

    private readonly ScratchFolder scratch = new();
    private readonly StringWriter notes = new() { NewLine = "\n" };
    private int opened;

    private static IEnumerable<string> Operations
    {
        get
        {
            using var counted = new TimedBackend(new HostBackend(1));
            RunBuilder.BuildTrainer(Tiny, Images, counted).Step();
            var table = CaseTable.All.Select(one => one.Operation).ToHashSet();
            return [.. counted.Totals.Select(row => row.Operation.Name).Distinct().Where(table.Contains)];
        }
    }

    private string MemoryFile => scratch.In("cache/devices.json");

    public void Dispose()
    {
        notes.Dispose();
        scratch.Dispose();
    }

    [Test]
    public void AnEqualDeviceIsCheckedOnceAndToldInALine()
    {
        Assert.That(Choose(Equal()), Is.EqualTo("cuda:0").Or.EqualTo("cpu"), "whichever was faster just now");
        Assert.That(notes.ToString(), Does.Match(
            @"^wage: checked cuda:0 for tiny: \d+ comparisons in [\d.]+ s, all equal; [\d,]+ images/s, the cpu [\d,]+ images/s\.\n$"));
        Trust(Equal()).Require("cuda:0", Tiny, Images, 1);
        Choose(Equal());
        Assert.That(opened, Is.EqualTo(1));
        var answer = new CheckMemory(MemoryFile).Answers().Single();
        Assert.That((answer.Difference, answer.Compared), Is.EqualTo(((string?)null, 1 + Operations.Count())), "no time: the least there is");
        Assert.That(new[] { answer.ImagesPerSecond, answer.CpuImagesPerSecond }, Is.All.Positive);
    }

    [Test]
    public void WithMoreTimeMoreIsCompared()
    {
        Choose(Equal(), TimeSpan.FromSeconds(1));
        Assert.That(new CheckMemory(MemoryFile).Answers().Single().Compared, Is.GreaterThan(20 + Operations.Count()));
    }

    [Test]
    public void AnotherDriverDeviceModelOrBuildIsCheckedAgain()
    {
        Choose(Equal());
        Choose(Equal() with { Driver = "2" });
        Choose(Equal() with { Hardware = "another card" });
        Trust(Equal()).Choose(TinyRun.Recipe("model.sizes=17,10"), Images, 1);
        Assert.That(opened, Is.EqualTo(4));
        Trust(Equal()).Choose(TinyRun.Recipe("training.batch=10", "training.eta=1", "scheme.kA=7"), Images, 1);
        Assert.That(opened, Is.EqualTo(4), "the same operations");
        File.WriteAllText(MemoryFile, File.ReadAllText(MemoryFile).Replace(CheckedModel.ThisVersion, "older", StringComparison.Ordinal));
        Choose(Equal());
        Assert.That(opened, Is.EqualTo(5));
        string[] others =
        [
            "scheme.weightClipMask=true", "scheme.rounding=halfAway", "data.augment.flip=true", "scheme.errorWindow=4",
            "layers.dense1.rounding=halfAway", "layers.dense2.kG=12",
        ];
        foreach (var option in others) Trust(Equal()).Choose(TinyRun.Recipe(option), Images, 1);
        Assert.That(opened, Is.EqualTo(5 + others.Length), "other operations, or other branches of them");
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("\0\u0001PNG")]
    [TestCase("""{"format":"wage-devices-1","checks":{}}""")]
    [TestCase("""{"format":"wage-devices-1","checks":[7,null,{},{"device":"\ud800","device":1}]}""")]
    public void AnUnreadableMemoryIsNone(string content)
    {
        Choose(Equal());
        File.WriteAllText(MemoryFile, content);
        Choose(Equal());
        Assert.That(opened, Is.EqualTo(2));
        Choose(Equal());
        Assert.That(opened, Is.EqualTo(2), "written again, whole");
    }

    [Test]
    public void AnAnswerThatWasCutIsAskedAgain()
    {
        Choose(Equal());
        var whole = File.ReadAllText(MemoryFile);
        string[] names = ["device", "driver", "version", "model", "recipe", "compared", "difference", "imagesPerSecond", "cpuImagesPerSecond"];
        foreach (var name in names)
        {
            File.WriteAllText(MemoryFile, whole.Replace($"\"{name}\"", "\"x\"", StringComparison.Ordinal));
            Assert.That(new CheckMemory(MemoryFile).Answers(), Is.Empty, name);
        }
    }

    [Test]
    public void WithoutAPlaceForItNothingIsRemembered()
    {
        File.WriteAllText(scratch.In("cache"), "no folder");
        Choose(Equal());
        Choose(Equal());
        Assert.That(opened, Is.EqualTo(2));
    }

    [TestCaseSource(nameof(Operations))]
    public void AnElementThatDiffersInAnyOperationIsFoundAndRemembered(string operation)
    {
        var device = Device(() => new OffByOneBackend(new HostBackend(1), operation));
        Assert.That(Choose(device), Is.EqualTo("cpu"));
        Assert.That(notes.ToString(), Does.Match("^wage: auto: device cuda:0: differs from the reference in .*; going on without it\\.\n$"));
        Assert.That(notes.ToString(), Does.Contain($" in {operation} ").Or.Contain("training steps"));
        Refused(device, "differs from the reference in ", "--device cpu", "selftest --device cuda:0", MemoryFile);
        Assert.That(opened, Is.EqualTo(1));
    }

    [TestCase("compile", "the kernel Map does not compile there")]
    [TestCase("memory", "bytes left after")]
    [TestCase("lost", "stopped working in")]
    public void AFailureIsALineAndNotRemembered(string fault, string line)
    {
        var faults = new Faults
        {
            Uncompilable = fault == "compile" ? nameof(Stages.Map) : null,
            Memory = fault == "memory" ? 20_000 : long.MaxValue,
            Lost = fault == "lost",
        };
        var device = Device(() => DeviceSource.OnProcessor(faults: faults));
        Assert.That(Choose(device), Is.EqualTo("cpu"));
        Assert.That(notes.ToString(), Does.Match("^wage: auto: .*; going on without it\\.\n$").And.Contain(line));
        Refused(device, line);
        Assert.That(opened, Is.EqualTo(2));
        (faults.Uncompilable, faults.Memory, faults.Lost) = (null, long.MaxValue, false);
        Trust(device).Require("cuda:0", Tiny, Images, 1);
        Assert.That(new CheckMemory(MemoryFile).Answers().Single().Difference, Is.Null);
    }

    [Test]
    public void ADeviceThatDoesNotStartIsPassedOver()
    {
        var device = Device(() => throw new WageException("device cuda:0: does not start (no driver).", "hint."));
        Assert.That(Choose(device), Is.EqualTo("cpu"));
        Assert.That(notes.ToString(), Is.EqualTo("wage: auto: device cuda:0: does not start (no driver); going on without it.\n"));
    }

    [Test]
    public void ADeviceThatHangsIsPassedOver()
    {
        using var wake = new ManualResetEventSlim();
        var device = Device(() => new HangingBackend(new HostBackend(1), wake));
        var trust = new DeviceTrust([device], new CheckMemory(MemoryFile), notes) { Patience = TimeSpan.FromSeconds(0.3) };
        Assert.That(trust.Choose(Tiny, Images, 1), Is.EqualTo("cpu"));
        Assert.That(notes.ToString(), Does.Contain("device cuda:0: gave no answer in 0.3 s; going on without it."));
        wake.Set();
    }

    [Test]
    public void TheNextDeviceIsAskedAndAProcessorNever()
    {
        var (first, second) = (Device(() => new OffByOneBackend(new HostBackend(1))), Equal() with { Name = "opencl:1", Hardware = "second" });
        var processor = Equal() with { Name = "opencl:0", Hardware = "a processor", IsProcessor = true };
        Remember(second, 2, 1);
        Remember(processor, 3, 1);
        Assert.That(Trust(first, processor, second).Choose(Tiny, Images, 1), Is.EqualTo("opencl:1"));
        Assert.That(Trust(first, processor, second).Remembered(Tiny), Is.EqualTo("opencl:1"));
        Assert.That(Trust(first, processor).Remembered(Tiny), Is.EqualTo("cpu"));
    }

    [TestCase(2, 1, "cuda:0")]
    [TestCase(1, 2, "cpu")]
    [TestCase(1, 1, "cpu")]
    [TestCase(0, 0, "cpu")]
    public void OnlyAFasterDeviceIsTaken(double speed, double cpu, string taken)
    {
        Remember(Equal(), speed, cpu);
        Assert.That((Choose(Equal()), opened, notes.ToString()), Is.EqualTo((taken, 0, string.Empty)));
    }

    [Test]
    public void AMistakeOfTheRecipeIsNotTheDevices() => Assert.That(
        () => Trust(Equal()).Choose(TinyRun.Recipe("model.sizes=16,5"), Images, 1),
        Throws.TypeOf<WageException>().With.Message.Contain("has 10 classes but the model gives 5 scores"));

    [Test]
    public void ADeviceThatIsNotThereIsLeftToWhoeverOpensIt() =>
        Assert.That(() => Trust(Equal()).Require("cuda:9", Tiny, Images, 1), Throws.Nothing);

    [Test]
    public void DevicesSaysWhatWasCheckedAndHowFastItIs()
    {
        var (equal, other) = (Equal(), Equal() with { Name = "opencl:0", Hardware = "other" });
        var memory = new CheckMemory(MemoryFile);
        Assert.That(State(equal), Is.EqualTo("not yet"));
        Remember(equal, 5120, 410);
        memory.Keep(new CheckAnswer(CheckedModel.Of(other, Tiny), "tiny", 7, "Convolve 1x1: element 3 is 5", 0, 0));
        Assert.That((State(equal), State(other)), Is.EqualTo(("equal", "DIFFERENT")));
        using var output = new StringWriter { NewLine = "\n" };
        new DeviceChecks([equal, other], memory).Write(output);
        Assert.That(output.ToString(), Does.Match(@"\ncuda:0 +tiny +7 +5,120 +410 +equal, auto takes it\n"));
        Assert.That(output.ToString(), Does.Match(@"\nopencl:0 +tiny +7 +- +- +DIFFERENT: Convolve 1x1: element 3 is 5\n"));

        string State(Candidate device) => new DeviceChecks([equal, other], memory).StateOf(device.Name);
    }

    private string Choose(Candidate device, TimeSpan budget = default) => Trust(budget, device).Choose(Tiny, Images, 1);

    private DeviceTrust Trust(params Candidate[] devices) => Trust(TimeSpan.Zero, devices);

    private DeviceTrust Trust(TimeSpan budget, params Candidate[] devices) =>
        new(devices, new CheckMemory(MemoryFile), notes) { Budget = budget };

    private Candidate Equal() => Device(() => new HostBackend(1));

    private Candidate Device(Func<IBackend> open) => new("cuda:0", "a card", "1", false, () =>
    {
        opened++;
        return open();
    });

    private void Remember(Candidate device, double speed, double cpu) =>
        new CheckMemory(MemoryFile).Keep(new CheckAnswer(CheckedModel.Of(device, Tiny), "tiny", 7, null, speed, cpu));

    private void Refused(Candidate device, params string[] parts)
    {
        var error = Assert.Throws<WageException>(() => Trust(device).Require("cuda:0", Tiny, Images, 1))!;
        foreach (var part in (string[])["HINT: ", .. parts]) Assert.That(error.Message, Does.Contain(part).And.Not.Contain("\n"));
        Assert.That(error.InnerException, Is.TypeOf<DeviceFailure>(), "it ends a sweep, whose other points have the same device");
    }

    /// <summary>A device that never ends its queue.</summary>
    private sealed class HangingBackend(IBackend inner, ManualResetEventSlim wake) : ForwardingBackend(inner)
    {
        public override void Synchronize() => wake.Wait();
    }
}
