using Wage.Experiments.Commands;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments;

/// <summary>Who may work in a run folder.</summary>
[Parallelizable]
internal sealed class HeldFolderTests
{
    private ScratchFolder scratch = null!;

    [SetUp]
    public void MakeFolder() => scratch = new ScratchFolder();

    [TearDown]
    public void RemoveFolder() => scratch.Dispose();

    [Test]
    public void TwoProcessesCannotTrainInOneFolder()
    {
        using (scratch.Run("a").Hold())
            Assert.That(() => scratch.Run("a").Hold(), Throws.TypeOf<WageException>().With.Message.Contains("another process trains"));
        Assert.That(() => scratch.Run("a").Hold().Dispose(), Throws.Nothing, "the lock ends with its holder");
    }

    /// <summary>A process that is stopped after it looked at its folder must not go on over a run that another finished there.</summary>
    [Test]
    public void ARunThatAnotherProcessStartsWhileThisOnePreparesIsRefusedAndNothingIsLost()
    {
        WageException? other = null;
        using var output = new StringWriter();
        var code = TrainCommand.Execute(Request(seed: 2), output, () =>
        {
            using var ignored = new StringWriter();
            other = Assert.Catch<Exception>(() => TrainCommand.Execute(Request(seed: 1), ignored)) as WageException;
        });
        Assert.That(code, Is.Zero);
        Assert.That(other?.Message, Does.Contain("another process trains in this folder"));
        Assert.That(scratch.Run("a").ReadConfig()["training.seed"], Is.EqualTo("2"));
        Assert.That(() => TrainCommand.Execute(Request(seed: 1), output),
            Throws.TypeOf<WageException>().With.Message.Contains("holds a run already"));
    }

    [Test]
    public void WithoutAFolderNamedTwoRunsTakeTwo()
    {
        using var first = RunFolder.HoldNextFree(scratch.Path, "x", 1);
        using var second = RunFolder.HoldNextFree(scratch.Path, "x", 1);
        Assert.That((first.Folder.Path, second.Folder.Path), Is.EqualTo((scratch.In("x-seed1"), scratch.In("x-seed1-2"))));
    }

    [Test]
    public void AFolderThatStaysEmptyGoesWithItsParentsThatWereMadeForItAndNoOthers()
    {
        Directory.CreateDirectory(scratch.In("mine"));
        scratch.Run("mine/a/b/c").Hold().Dispose();
        Assert.That(Directory.GetFileSystemEntries(scratch.Path, "*", SearchOption.AllDirectories), Is.EqualTo(new[] { scratch.In("mine") }));
        scratch.Run("mine").Hold().Dispose();
        Assert.That(Directory.Exists(scratch.In("mine")));
        using (scratch.Run("a/b").Hold()) File.WriteAllText(scratch.In("a/b/config.yaml"), "");
        Assert.That(Directory.GetFiles(scratch.In("a/b")), Is.EqualTo(new[] { scratch.In("a/b/config.yaml") }));
    }

    /// <summary>`wage runs` opens the lock to see whether somebody holds it.</summary>
    [Test]
    public void AReaderThatLooksWhetherARunIsHeldDoesNotStopOneThatStarts()
    {
        Directory.CreateDirectory(scratch.In("a"));
        File.WriteAllText(scratch.Run("a").LockPath, "left by a killed process");
        using var looking = new FileStream(scratch.Run("a").LockPath, FileMode.Open, FileAccess.Read, FileShare.Read);
        // Of its own: other tests may keep the pool's threads busy for longer than the folder waits.
        var end = new Thread(() =>
        {
            Thread.Sleep(100);
            looking.Dispose();
        });
        end.Start();
        Assert.That(() => scratch.Run("a").Hold().Dispose(), Throws.Nothing);
        end.Join();
    }

    [Test]
    public void ALockThatCannotBeMadeIsNotSaidToBeHeld()
    {
        Directory.CreateDirectory(scratch.In("folder/lock"));
        Directory.CreateDirectory(scratch.In("link"));
        if (!OperatingSystem.IsWindows()) File.CreateSymbolicLink(scratch.In("link/lock"), scratch.In("nothing/lock"));
        foreach (var name in OperatingSystem.IsWindows() ? new[] { "folder" } : ["folder", "link"])
        {
            Assert.That(() => scratch.Run(name).Hold(),
                Throws.TypeOf<WageException>().With.Message.Contains("cannot be made or locked").And.Message.Not.Contains("another process"));
            Assert.That(scratch.Run(name).IsHeld, Is.False);
        }
    }

    [Test]
    public void AtMostOneHoldsALockHoweverOftenItIsTakenAndGivenBack()
    {
        var (holders, taken, twice) = (0, 0, 0);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (var i = 0; i < 100; i++)
            {
                using var held = FileLock.TryTake(scratch.In("lock"), TimeSpan.FromSeconds(20));
                if (held is null) continue;
                if (Interlocked.Increment(ref holders) > 1) Interlocked.Increment(ref twice);
                Interlocked.Increment(ref taken);
                Thread.Yield();
                Interlocked.Decrement(ref holders);
            }
        });
        Assert.That((taken, twice), Is.EqualTo((800, 0)));
        Assert.That(Directory.GetFiles(scratch.Path), Is.Empty);
    }

    [Test]
    public void TagsThatSeveralProcessesAddAtOnceAreAllKept()
    {
        TinyRun.Finish(scratch.Run("a"), 1, "training.epochs=1");
        var processes = Enumerable.Range(1, 6).Select(i => new WageProcess(scratch.Path, "runs", "tag", "a", "--root", ".", $"tag{i}")).ToList();
        foreach (var process in processes)
        {
            using (process) Assert.That(process.End().Code, Is.Zero);
        }

        Assert.That(RunNotes.Read(scratch.Run("a").NotesPath).Tags, Is.EqualTo(Enumerable.Range(1, 6).Select(i => $"tag{i}")));
        Assert.That(Directory.GetFiles(scratch.In("a"), "notes*"), Is.EqualTo(new[] { scratch.Run("a").NotesPath }));
    }

    private TrainRequest Request(int seed) => new(
        null,
        [
            .. RecipeReader.ReadText("tiny.yaml", TinyRun.Yaml), GivenValue.FromSetting("training.epochs=1"),
            GivenValue.FromSetting($"training.seed={seed}"),
        ],
        scratch.In("a"), Device: "cpu", Threads: 1);
}
