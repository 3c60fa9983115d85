using System.Reflection;
using System.Runtime.CompilerServices;
using Wage.Backends;
using Wage.Backends.Host;
using Wage.Data;
using Wage.Diagnostics;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Experiments;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>A model's memory is known before any is taken, and nothing is held twice.</summary>
[NonParallelizable]
public sealed class MemoryTests
{
    private static readonly string[] Models =
    [
        "digits", "wage-lenet5-mnist", "wage-vgg-narrow-cifar10 model.width=8 training.batch=16",
        "wage-resnet20-cifar10 model.blocks=1 training.batch=8", "wage-mlp-mnist scheme.kG=12 scheme.kE=16 scheme.accumulator=int64",
        "wage-lenet5-mnist loss=crossEntropy scheme.errorWindow=4 training.batch=8",
    ];

    /// <summary>Every byte that a backend gives for tensors, in a build, two steps, an observed one and an evaluation.</summary>
    [TestCaseSource(nameof(Models))]
    public void ThePlanIsWhatABackendAllocates(string model)
    {
        var recipe = Recipe(model);
        using var host = new HostBackend(2);
        using var timed = new TimedBackend(host);
        var trainer = Start(recipe, timed);
        trainer.Step();
        trainer.Step(new StepStatistics(trainer.Network));
        trainer.Step();
        var plan = RunMemory.Plan(recipe, threads: 2);
        string[] operations = [nameof(IBackend.Allocate), nameof(IBackend.TakeImages)];
        var allocated = timed.Totals.Where(row => operations.Contains(row.Operation.Name)).Sum(row => row.Bytes);
        const long Histograms = 1 << 16;
        Assert.That(
            plan.Total - plan[MemoryKind.Scratch] - plan[MemoryKind.Checkpoint],
            Is.InRange(allocated - Histograms, allocated), "all but the few counters of the statistics");
        Assert.That(((Network)trainer.Network).Memory.Total, Is.LessThan(plan.Total));
        Assert.That(plan[MemoryKind.Scratch], Is.InRange(host.ScratchInUse, (3 * host.ScratchInUse) + (1 << 25)));
    }

    [Test]
    public void TheScratchOfGroupedConvolutionsStaysBelowItsBound([Values] bool wide, [Values(1, 2, 5)] int threads)
    {
        using var host = new HostBackend(threads);
        var options = new WageOptions { Bits = wide ? new BitWidths(8, 8, 16, 16) : new BitWidths(2, 8, 8, 8) };
        var trainer = TinyRun.Start(backend: host, options: options, layers: ShortRun.Separable());
        TinyRun.Steps(trainer, 2);
        var rows = trainer.Network.Table.Where(row => row.Product is not null);
        var products = rows.Select(row => (row.Product!.Value, row.Accumulators.Gradient!.Value));
        Assert.That(HostBackend.ScratchBytes(products, threads), Is.GreaterThanOrEqualTo(host.ScratchInUse));
    }

    /// <summary>What is not counted is not given back either.</summary>
    [Test]
    public unsafe void EveryBufferOfTheEngineIsCountedAsScratch()
    {
        using var host = new HostBackend(2);
        var buffers = BuffersOf(host, []).ToList();
        var before = host.ScratchInUse;
        foreach (var buffer in buffers) buffer.Ensure<byte>(100);
        Assert.That(buffers, Has.Count.GreaterThan(20));
        Assert.That(host.ScratchInUse - before, Is.EqualTo(100 * buffers.Count));
    }

    /// <summary>Of an object and of the engine's objects that it holds.</summary>
    private static IEnumerable<NativeBuffer> BuffersOf(object? holder, HashSet<object> seen)
    {
        if (holder is NativeBuffer buffer) return seen.Add(buffer) ? [buffer] : [];
        if (holder is NativeBuffer[] all) return all.SelectMany(one => BuffersOf(one, seen));
        var ours = holder?.GetType().Namespace?.StartsWith("Wage.Backends", StringComparison.Ordinal) ?? false;
        if (!ours || !seen.Add(holder!)) return [];
        const BindingFlags Fields = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
        return [.. holder!.GetType().GetFields(Fields).Where(field => field.FieldType.IsClass)
            .SelectMany(field => BuffersOf(field.GetValue(holder), seen))];
    }

    [Test]
    public void AnObservedStepTakesNoMemoryForItsSums()
    {
        using var timed = new TimedBackend(new HostBackend(2));
        var trainer = Start(Recipe("wage-lenet5-mnist training.batch=16"), timed);
        timed.Reset();
        trainer.Step(new StepsSeen());
        Assert.That(timed.Totals.Select(row => row.Operation.Name), Has.None.EqualTo(nameof(IBackend.Allocate)));
    }

    [Test]
    public void ImagesAreReadWhereTheyLie()
    {
        using var host = new HostBackend(1);
        var pixels = new byte[2 * 3 * 3];
        var tensor = (HostTensor<byte>)host.TakeImages(pixels, new Shape(2, 3, 3, 1));
        Assert.That(Unsafe.AreSame(ref pixels[0], ref tensor.Span[0]));
        GC.Collect();
        pixels[17] = 9;
        Assert.That((tensor[17], ((HostTensor)tensor.Reshape(new Shape(18)))[17]), Is.EqualTo((9L, 9L)));
        Assert.That(() => host.TakeImages(pixels, new Shape(2, 3, 3, 2)), Throws.ArgumentException);
    }

    [Test]
    public void APlanRunsNothing()
    {
        var network = RunBuilder.PlanNetwork(Recipe("digits"));
        Assert.That(() => network.Initialize(1), Throws.InvalidOperationException.With.Message.Contains("no memory"));
    }

    [Test]
    public void AModelThatCannotFitIsRefusedWithItsBytes()
    {
        var recipe = Recipe("wage-resnet20-cifar10 model.blocks=100 model.width=2048");
        using var host = new HostBackend(1);
        var bytes = RunMemory.Plan(recipe, 1).Total;
        Assert.That(bytes, Is.GreaterThan(1L << 40));
        var error = Assert.Throws<WageException>(() => RunBuilder.BuildNetwork(recipe, host));
        Assert.That(error!.Message, Does.StartWith($"wage-resnet20-cifar10: needs {bytes:#,0} bytes of memory, but cpu has ").And.Contain("HINT"));
        var shown = CommandLine.Do("show", "wage-resnet20-cifar10", "--set", "model.blocks=100", "model.width=2048");
        Assert.That(shown, Does.Match(@"together +\d,\d{3},"));
        using var folder = new Data.Scratch();
        var run = folder.Path("run");
        string[] train = ["train", "digits", "--device", "cpu", "--out", run, "--set", "model.kind=resnet", "model.blocks=100"];
        Assert.That(CommandLine.Refusal([.. train, "model.width=2048"]), Does.Contain("bytes of memory, but cpu has"));
        Assert.That(CommandLine.Refusal([.. train, "model.width=4096"]), Does.Contain("conv404: has 2415919104 weights; a tensor has at most"));
        Assert.That(Directory.Exists(run), Is.False);
    }

    [Test]
    public void ADeviceMustHoldTheModelAndNotTheImages()
    {
        var recipe = Recipe("wage-mlp-mnist training.batch=4");
        var plan = RunMemory.Plan(recipe, 1);
        var model = plan.Total - plan[MemoryKind.Data] - plan[MemoryKind.Scratch] - plan[MemoryKind.Checkpoint];
        Assert.That(RunBuilder.BuildNetwork(recipe, new Device(model)).StoredWeights, Is.Not.Empty);
        Assert.That(
            () => RunBuilder.BuildNetwork(recipe, new Device(model - 1)),
            Throws.TypeOf<WageException>().With.Message.Contains($"needs {model:#,0} bytes of memory, but cuda:0 has {model - 1:#,0} ("));
    }

    [Test]
    public void ShowListsTheMemoryByKind()
    {
        var shown = CommandLine.Do("show", "wage-vgg7-cifar10");
        foreach (var kind in Enum.GetNames<MemoryKind>()) Assert.That(shown, Does.Match($@"(?m)^{kind.ToLowerInvariant()} +[0-9,]+  "));
        Assert.That(shown, Does.Match(@"(?m)^data +184,\d\d\d,\d\d\d  "), "50,000 and 10,000 images, once");
    }

    [TestCase("MemTotal:       24105000 kB\nMemAvailable:   23753000 kB\n", 23_753_000L << 10)]
    [TestCase("MemTotal:       24105000 kB\n", null)]
    [TestCase("MemAvailable:   many kB\n", null)]
    public void TheAvailableMemoryIsTheSystems(string text, long? expected)
    {
        using var folder = new Data.Scratch();
        File.WriteAllText(folder.Path("meminfo"), text);
        Assert.That(HostMemory.AvailableNow(folder.Path("meminfo")), Is.EqualTo(expected));
        Assert.That(HostMemory.AvailableNow(folder.Path("none")), Is.Null);
        Assert.That(HostMemory.Available(), Is.Positive);
    }

    private static Recipe Recipe(string model)
    {
        var words = model.Split(' ');
        return RecipeCatalog.Load(words[0], words[1..].Select(GivenValue.FromSetting));
    }

    /// <summary>A trainer of as many blank images as the recipe's set has.</summary>
    private static Trainer Start(Recipe recipe, IBackend backend)
    {
        var (height, width, channels) = DataShape.Of(recipe).Image;
        var plan = RunMemory.Plan(recipe, 1);
        var count = (int)((plan[MemoryKind.Data] - 512) / ((height * width * channels) + 5));
        var test = recipe.DataSet == "digits" ? 4_000 : 10_000;
        ImageSet Blank(int n) => new(new byte[n * height * width * channels], new byte[n], height, width, channels);
        return RunBuilder.BuildTrainer(recipe, new Dataset(recipe.DataSet, Blank(count - test), Blank(test), 10), backend);
    }

    /// <summary>A device of so many bytes.</summary>
    private sealed class Device(long memory) : ForwardingBackend(new ReferenceBackend())
    {
        public override string Name => "cuda:0";

        public override long AvailableMemory => memory;
    }

    private sealed class StepsSeen : IStepObserver
    {
        public void See(in StepTensor tensor)
        {
        }
    }
}
