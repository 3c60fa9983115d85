using System.Diagnostics;
using Wage.Data;

namespace Wage.Tests.Experiments;

/// <summary>What is no file, or one without an end, in the place of each file that the console reads.</summary>
[Parallelizable, Platform(Exclude = "Win")]
internal sealed class NotAFileTests
{
    private const long MostBytes = 20_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private ScratchFolder scratch = null!;

    private static readonly string[] Strange = ["/dev/zero", "/dev/full", "pipe", "folder", "sparse"];

    [OneTimeSetUp]
    public void Make()
    {
        scratch = new ScratchFolder();
        using (var mkfifo = Process.Start("mkfifo", [scratch.In("pipe")])) mkfifo.WaitForExit();
        Directory.CreateDirectory(scratch.In("folder"));
        using (var sparse = File.Create(scratch.In("sparse"))) sparse.SetLength(10_000_000_000);
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void InThePlaceOfACheckpointOrARecipeItIsRefused([ValueSource(nameof(Strange))] string name)
    {
        var path = In(name);
        string[][] lines =
        [
            ["eval", path], ["predict", path, "0"], ["show", path], ["export", path], ["train", path, "--out", scratch.In("out")],
            ["trace", path, "--out", scratch.In("out")], ["plot", path],
            ["compress", path], ["compress", "--restore", path, "-o", scratch.In("out")],
            ["report", path], ["tensorboard", path], ["runs", "tag", path, "x"], ["reproduce", "wage-lenet5-mnist", "--add", path],
        ];
        foreach (var line in lines) RequireCheapRefusal(() => CommandLine.Refusal(line));
        Assert.That(Directory.Exists(scratch.In("out")), Is.False, "a refused command makes no folder");
    }

    [Test]
    public void InThePlaceOfADataFileItIsRefused([ValueSource(nameof(Strange))] string name)
    {
        var path = In(name);
        RequireCheapRefusal(() => Refusal(() => IdxFile.Read(path, path, 10)));
        RequireCheapRefusal(() => Refusal(() => CifarFile.Read([path], 10)));
        RequireCheapRefusal(() => Refusal(() => SvhnFile.Read(path)));
    }

    [Test]
    public void InThePlaceOfOneOfARunsFilesItHarmsNoOtherRun([ValueSource(nameof(Strange))] string name)
    {
        using var runs = new ScratchFolder();
        var (good, strange) = (runs.Run("good"), runs.Run("strange"));
        TinyRun.Finish(good, 1, "training.epochs=1");
        foreach (var file in Directory.GetFiles(good.Path).Select(file => Path.GetFileName(file))
                         .Concat(["notes.json", "stats.jsonl", "warnings.jsonl"]))
        {
            Copy(good.Path, strange.Path);
            File.Delete(runs.In($"strange/{file}"));
            File.CreateSymbolicLink(runs.In($"strange/{file}"), In(name));
            RequireCheap(() => Assert.That(CommandLine.Do("runs", "--root", runs.Path), Does.Contain("good ").And.Contain("strange ")));
            foreach (var made in new[] { "good/curves.svg", "good/report.html" }) File.Delete(runs.In(made));
            foreach (var command in new[] { "plot", "report", "tensorboard" })
            {
                var code = 0;
                RequireCheap(() => code = CommandLine.Run(command, good.Path, strange.Path).Code);
                Assert.That(code, Is.EqualTo(0).Or.EqualTo(2), $"{command} {file}");
            }

            Assert.That(File.Exists(runs.In("good/curves.svg")) && File.Exists(runs.In("good/report.html")), file);
        }
    }

    private string In(string name) => name[0] == '/' ? name : scratch.In(name);

    private static void Copy(string from, string to)
    {
        if (Directory.Exists(to)) Directory.Delete(to, recursive: true);
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static string Refusal(Action read) => Assert.Throws<WageException>(() => read())!.Message;

    private static void RequireCheapRefusal(Func<string> refusal) => RequireCheap(() => Assert.That(refusal().TrimEnd('\n'), Does.Not.Contain("\n")));

    private static void RequireCheap(Action act)
    {
        var taken = 0L;
        var task = Task.Run(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            act();
            taken = GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.That(task.Wait(Patience), "a pipe is not waited for");
        Assert.That(taken, Is.LessThan(MostBytes));
    }
}
