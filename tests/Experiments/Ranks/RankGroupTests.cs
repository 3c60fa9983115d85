using Wage.Backends;
using Wage.Experiments.Commands;
using Wage.Experiments.Ranks;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Experiments.Ranks;

/// <summary>`wage train` on ranks that are threads of this process: the folder that they make, and how all end where one cannot go on.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RankGroupTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    /// <summary>Few epochs and checkpoints: every file waits for the disk.</summary>
    public RankGroupTests() => File.WriteAllText(
        scratch.In("tiny.yaml"), TinyRun.Yaml.Replace("epochs: 4", "epochs: 2").Replace("checkpointSteps: 3", "checkpointSteps: 1000"));

    public void Dispose() => scratch.Dispose();

    [TestCase("scheme.rounding.A=stochastic", "scheme.ranges.E=in-hindsight")]
    [TestCase("loss=crossEntropy", "scheme.ranges.E=current")]
    [TestCase("scheme.ranges.E=fixed", "data.validation=40", "training.epochs=1")]
    [TestCase("scheme=integer-sgd", "model.batchNorm=true", "training.eta=1/10", "loss=crossEntropy")]
    public void AnyNumberOfRanksMakesTheFolderOfOneProcess(params string[] settings)
    {
        var one = Made(1, settings);
        Assert.That(Made(2, settings), Is.EqualTo(one));
        Assert.That(Made(3, settings), Is.EqualTo(one));
    }

    /// <summary>What a run began, another number of ranks goes on with, on other devices.</summary>
    [Test]
    public void OtherRanksGoOnOnOtherDevices()
    {
        var one = Made(1, "training.epochs=3");
        string[] devices = ["cpu", "reference", "cpu"];
        RankThreads.Finish(3, _ => Request("run", "training.epochs=1"));
        RankThreads.Finish(2, rank => Request("run", "training.epochs=2") with { Resume = true, Device = devices[1 - rank] });
        RankThreads.Finish(3, rank => Request("run", "training.epochs=3") with { Resume = true, Device = devices[rank] });
        Assert.That(Bytes("run"), Is.EqualTo(one));
        Assert.That(File.ReadAllText(scratch.Run("run").EnvironmentPath), Does.Contain(": reference,"));
    }

    /// <summary>On a busy machine ranks find each other seconds after they have begun.</summary>
    [Test]
    public void ASignalToARankThatHasNotFoundTheOthersSavesAndEndsAll([Values(0, 1)] int early)
    {
        var one = Made(1);
        Assert.That(RankThreads.Interrupted(2, early, _ => Request("run")), Is.All.EqualTo(130));
        Assert.That(File.ReadAllText(scratch.Run("run").SummaryPath), Does.Contain("\"state\": \"interrupted\""));
        RankThreads.Finish(2, _ => Request("run") with { Resume = true });
        Assert.That(Bytes("run"), Is.EqualTo(one));
    }

    [Test]
    public void ADamagedCheckpointIsRefusedOnce()
    {
        TinyRun.Finish(scratch.Run("run"), 1, "training.epochs=1");
        File.WriteAllBytes(scratch.In("run/last.wage"), [.. File.ReadAllBytes(scratch.In("run/last.wage")).SkipLast(9)]);
        Assert.That(RankThreads.Refusal(3, _ => Request("run") with { Resume = true }), Does.StartWith(scratch.In("run/last.wage")));
    }

    /// <summary>No message can have so many bytes.</summary>
    [Test]
    public void ACheckpointOfMoreBytesThanOneCanHaveIsRefusedOnce()
    {
        TinyRun.Finish(scratch.Run("run"), 1, "training.epochs=1");
        using (var last = File.OpenWrite(scratch.In("run/last.wage"))) last.SetLength((1L << 31) + 1);
        Assert.That(RankThreads.Refusal(3, _ => Request("run") with { Resume = true }), Is.EqualTo(
            $"{scratch.In("run/last.wage")}: has 2147483649 bytes; of a checkpoint at most 1073741824 are read."));
    }

    [Test]
    public void WhatAllRanksAreRefusedOneSays()
    {
        Assert.That(RankThreads.Refusal(3, _ => Request("refused", "scheme.kG=2")), Does.StartWith("--set: scheme.kG: is 2 with kW = 2"));
        Assert.That(Directory.Exists(scratch.In("refused")), Is.False);
    }

    [Test]
    public void RanksOfOtherRecipesAreRefusedByNameAndValue()
    {
        var recipe = scratch.In("tiny.yaml");
        Assert.That(RankThreads.Refusal(2, rank => Request("run", $"training.seed={1 + rank}")), Is.EqualTo(
            $"rank 1: its recipe is {recipe} training.seed=2, but rank 0's is {recipe} training.seed=1. HINT: give every rank the same command."));
        Assert.That(Directory.Exists(scratch.In("run")), Is.False);
    }

    [Test]
    public void WhatManyWordsHaveInCommonDoesNotHideTheOneThatDiffers()
    {
        string[] common = ["data.train=16", "data.test=8", "training.batch=4", "training.epochs=1", "training.eta=1/2"];
        Assert.That(RankThreads.Refusal(2, rank => Request("run", [.. common, $"training.seed={1 + rank}"])), Is.EqualTo(
            "rank 1: its recipe is ... training.seed=2, but rank 0's is ... training.seed=1. HINT: give every rank the same command."));
    }

    /// <summary>They would wait for each other: one shares a batch, the other whole runs.</summary>
    [Test]
    public void ARankOfManyRunsIsRefusedBesideOneOfASingleRun() => Assert.That(
        RankThreads.Refusal(2, _ => Request("run"), rank => rank == 0 ? null : "1..2"),
        Does.StartWith("rank 1: its recipe is ").And.Contains("--seeds 1..2").And.Contains("give every rank the same command."));

    [Test]
    public void OneRankThatIsRefusedIsNamed()
    {
        Assert.That(
            RankThreads.Refusal(3, rank => Request("run") with { Device = rank == 2 ? "gpu" : "cpu" }),
            Does.StartWith("rank 2: device 'gpu': is not among"));
        Assert.That(scratch.Run("run").HoldsRun, Is.False);
    }

    /// <summary>The first rank cannot replace a checkpoint: a folder lies in its place.</summary>
    [Test]
    public void ACheckpointThatCannotBeWrittenEndsAllRanksWithOneLine()
    {
        TinyRun.Finish(scratch.Run("run"), 1, "training.epochs=1");
        var last = Checkpoint.Read(scratch.In("run/last.wage"));
        File.Delete(scratch.In("run/best.wage"));
        Directory.CreateDirectory(scratch.In("run/best.wage/in the way"));
        Assert.That(
            RankThreads.Refusal(3, _ => Request("run", "training.epochs=2") with { Resume = true }), Does.StartWith(scratch.In("run/best.wage")));
        Assert.That(File.ReadAllText(scratch.Run("run").SummaryPath), Does.Contain("\"state\": \"failed\""));
        Directory.Delete(scratch.In("run/best.wage"), recursive: true);
        Assert.That(Checkpoint.Read(scratch.In("run/last.wage")).Epoch, Is.EqualTo(last.Epoch), "the last checkpoint stands");
    }

    [Test]
    public void TheMemoryOfAMachineIsThatOfAllItsRanks()
    {
        RankPlace[] places = [Place(0, "a", 900), Place(1, "b", 300), Place(2, "a", 800), Place(3, "a", 1000)];
        Assert.That((HostRoom.Of(places, "a"), HostRoom.Of(places, "b")), Is.EqualTo((new HostRoom(3, 800), new HostRoom(1, 300))));
        var recipe = TinyRun.Recipe();
        var bytes = RunMemory.Plan(recipe, 1).Total;
        using var host = new Wage.Backends.HostBackend(1);
        Assert.That(() => RunMemory.RequireFits(recipe, host, room: new HostRoom(3, 3 * bytes)), Throws.Nothing);
        Assert.That(
            () => RunMemory.RequireFits(recipe, host, room: new HostRoom(3, (3 * bytes) - 1)),
            Throws.TypeOf<WageException>().With.Message.StartsWith(
                $"tiny: needs {3 * bytes:#,0} bytes of memory for 3 ranks on this machine, but cpu has {(3 * bytes) - 1:#,0} ("));

        static RankPlace Place(int rank, string host, long room) => new(rank, host, 1, string.Empty, 1, room);
    }

    [Test]
    public void RanksThatShareADeviceNeedItsMemoryTogether()
    {
        var (recipe, shared) = (TinyRun.Recipe(), new HostRoom(4, 1) { Devices = ["cuda:0", "cuda:1", "cpu", "cuda:0"] });
        var plan = RunMemory.Plan(recipe, 1);
        var bytes = plan.Total - plan[MemoryKind.Data] - plan[MemoryKind.Scratch] - plan[MemoryKind.Checkpoint];
        using var host = new ReferenceBackend();
        Assert.That(() => RunMemory.RequireFits(recipe, new Card(host, "cuda:1", bytes), room: shared), Throws.Nothing);
        Assert.That(() => RunMemory.RequireFits(recipe, new Card(host, "cuda:0", 2 * bytes), room: shared), Throws.Nothing);
        Assert.That(
            () => RunMemory.RequireFits(recipe, new Card(host, "cuda:0", (2 * bytes) - 1), room: shared),
            Throws.TypeOf<WageException>().With.Message.StartsWith(
                $"tiny: needs {2 * bytes:#,0} bytes of memory for 2 ranks on this device, but cuda:0 has {(2 * bytes) - 1:#,0} ("));
        Assert.That(Wage.Tests.Workers.ThreadTransport.Run(3, transport =>
        {
            var ranks = new RankGroup(transport);
            ranks.Meet(transport.Rank == 1 ? "reference" : "cpu");
            return ranks.Room!.On("cpu");
        }), Is.All.EqualTo(2));
    }

    private sealed class Card(IBackend inner, string name, long memory) : ForwardingBackend(inner)
    {
        public override string Name => name;

        public override long AvailableMemory => memory;
    }

    private TrainRequest Request(string folder, params string[] settings) => new(
        scratch.In("tiny.yaml"), [.. settings.Select(GivenValue.FromSetting)], scratch.In(folder), Device: "cpu", Threads: 1, StatsEvery: 2);

    private string[] Made(int ranks, params string[] settings)
    {
        RankThreads.Finish(ranks, _ => Request($"of{ranks}", settings));
        return Bytes($"of{ranks}");
    }

    /// <summary>What must be equal between two runs: every metric but the times, and the bytes of all else that is kept.</summary>
    private string[] Bytes(string name)
    {
        var folder = scratch.Run(name);
        string[] paths = [folder.LastPath, folder.BestPath, folder.ConfigPath, folder.StatsPath];
        return [.. TinyRun.Results(folder), .. paths.Select(path => Convert.ToHexString(File.ReadAllBytes(path)))];
    }
}
