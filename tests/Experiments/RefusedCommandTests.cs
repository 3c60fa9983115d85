using System.Security.Cryptography;

namespace Wage.Tests.Experiments;

/// <summary>A command that is refused changes no file and makes no folder.</summary>
[Parallelizable]
internal sealed class RefusedCommandTests
{
    private static readonly string Long = new('x', 1001);

    /// <summary>'$' stands for the folder of the test, LONG for a note that is too long, A_B for a tag of two words.</summary>
    private static readonly string[] Refused =
    [
        "train $/tiny.yaml --out $/new --note LONG",
        "train $/tiny.yaml --out $/new --tag A_B",
        "train $/tiny.yaml --out $/new --seeds 1,2 --note LONG",
        "train $/tiny.yaml --out $/new --sweep scheme.kG=4,8 --tag A_B",
        "train $/tiny.yaml --out $/new/a/b --device nosuch",
        "train $/tiny.yaml --out $/new --threads 5000",
        "train $/tiny.yaml --out $/new --stats every=0",
        "train $/tiny.yaml --out $/new --set data.train=20001",
        "train $/tiny.yaml --out $/new --set training.batch=201",
        "train $/tiny.yaml --out $/new --set scheme.kG=2",
        "train $/tiny.yaml --out $/new/a --set data.set=mnist --data $/nothing",
        "train $/tiny.yaml --out $/new --resume --set data.set=mnist --data $/nothing",
        "train $/tiny.yaml --out $/new --set training.epochs=1000000 data.train=5000 training.batch=1",
        "train $/tiny.yaml --out $/tiny.yaml",
        "train $/tiny.yaml --out $/tiny.yaml/a",
        "train $/tiny.yaml --out $/done",
        "train --out $/done --resume --seed 2",
        "train --out $/done --resume --epochs 3 --note LONG",
        "train --out $/done --resume --epochs 3 --tag A_B",
        "train --out $/done --resume --epochs 3 --device nosuch --tag new",
        "train --out $/others --resume --epochs 3 --tag new",
        "train --out $/damaged --resume --epochs 3 --tag new",
        "train --out $/done --resume --epochs 1",
        "train --out $/typo --resume",
        "train $/tiny.yaml --out $/typo --resume",
        "train $/tiny.yaml --out $/new --epochs 1 --set training.epochs=2",
        "train $/tiny.yaml --out $/new --sweep scheme.kG=4,8 --set scheme.kG=5",
        "train $/tiny.yaml --out $/new --sweep training.epochs=1,2 --epochs 1",
        "train $/tiny.yaml --seeds 1,2 --out $/done",
        "train $/tiny.yaml --seeds 1,2 --seed 1 --out $/new",
        "reproduce nosuch --out $/new",
        "reproduce digits --seeds x --out $/new",
        "reproduce digits --add $/nothing --file $/new.csv",
        "runs tag $/done good A_B",
        "runs note $/done LONG",
        "runs tag $/nothing good",
        "plot $/done --kind nosuch --out $/new.svg",
        "plot $/nothing --out $/new.svg",
        "plot $/done --out $/new.png",
        "plot $/done --out $/new",
        "plot $/done --kind ranges --out $/new.svg",
        "report $/nothing --out $/new.html",
        "tensorboard $/nothing --out $/new",
        "tensorboard $/damaged-stats --out $/new",
        "trace $/tiny.yaml --steps 0 --out $/new",
        "trace $/tiny.yaml --device nosuch --out $/new",
        "trace $/damaged --out $/new",
        "trace $/tiny.yaml --out $/done",
        "eval $/damaged/last.wage",
        "show $/damaged/last.wage",
        "bench nosuch --json $/new.json",
        "data get nosuch --data $/new",
        "data get mnist --mirror x --data $/new",
    ];

    private ScratchFolder scratch = null!;

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        TinyRun.Finish(scratch.Run("done"), 1, "training.epochs=2");
        foreach (var name in new[] { "others", "damaged", "damaged-stats" })
        {
            Directory.CreateDirectory(scratch.In(name));
            foreach (var file in Directory.GetFiles(scratch.In("done"))) File.Copy(file, Path.Combine(scratch.In(name), Path.GetFileName(file)));
        }

        var environment = File.ReadAllText(scratch.Run("others").EnvironmentPath);
        var first = environment.IndexOf("\"test\": \"", StringComparison.Ordinal) + 9;
        File.WriteAllText(scratch.Run("others").EnvironmentPath, environment[..first] + new string('0', 64) + environment[(first + 64)..]);
        File.WriteAllBytes(scratch.Run("damaged").LastPath, File.ReadAllBytes(scratch.Run("done").LastPath)[..^1]);
        File.WriteAllBytes(scratch.Run("damaged").BestPath, File.ReadAllBytes(scratch.Run("done").LastPath)[..^1]);
        File.WriteAllText(scratch.Run("damaged-stats").StatsPath, "{\n{\n");
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [TestCaseSource(nameof(Refused))]
    public void ARefusedCommandWritesNothing(string line)
    {
        var before = Tree();
        string[] arguments = [.. line.Split(' ').Select(word => word switch
        {
            "LONG" => Long,
            "A_B" => "a b",
            _ => word.Replace("$", scratch.Path, StringComparison.Ordinal),
        })];
        CommandLine.Refusal(arguments);
        Assert.That(Tree(), Is.EqualTo(before));
    }

    /// <summary>Every folder, and every file with its content.</summary>
    private string[] Tree() =>
    [
        .. Directory.GetFileSystemEntries(scratch.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => File.Exists(path) ? $"{path} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}" : path),
    ];
}
