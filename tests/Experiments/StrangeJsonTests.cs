using System.Text.Json.Nodes;

namespace Wage.Tests.Experiments;

/// <summary>A run whose small files somebody edited, beside one that is whole.</summary>
[Parallelizable]
internal sealed class StrangeJsonTests
{
    private const string Half = "\\ud800";
    private static readonly string Deep = new('[', 5000);

    /// <summary>Contents of any of the files.</summary>
    private static readonly string[] Contents =
    [
        "", "\0", "null", "true", "[]", "[null]", "\"x\"", "1e999", "{", "{}", Deep, $"\"{Half}\"", $"{{\"{Half}\":1}}", $"{{\"note\":\"{Half}\"}}",
        $"{{\"tags\":[\"{Half}\"],\"state\":\"{Half}\",\"recipe\":\"{Half}\",\"data\":{{\"train\":\"{Half}\"}}," +
        $"\"processes\":[{{\"started\":\"{Half}\"}}]}}",
        $"{{\"processes\":[{{\"{Half}\":1}}],\"step\":1,\"layer\":\"{Half}\",\"cause\":\"notLearning\"," +
        $"\"message\":\"{Half}\",\"remedy\":\"{Half}\"}}",
        "{\"data\":{\"a\":1,\"a\":2},\"processes\":[{\"a\":1,\"a\":2}],\"tags\":[{\"a\":1,\"a\":2}],\"quiet\":{\"a\":1,\"a\":1}}",
        "{\"step\":null,\"epoch\":null,\"layer\":null,\"tensor\":null,\"cause\":null,\"message\":null,\"note\":null,\"tags\":null,\"state\":null}",
        "{\"epoch\":1,\"seconds\":1e300,\"imagesPerSecond\":-1e300,\"loss\":1e999,\"testError\":1e308," +
        "\"bestTestError\":1e308,\"epochsDone\":2147483648}",
        "{\"epoch\":1,\"loss\":1,\"trainError\":0.5,\"testLoss\":1,\"testError\":0.5,\"seconds\":1e12,\"imagesPerSecond\":1e300}",
        "{\"imagesPerSecond\":1e300,\"lastTestError\":-5,\"seed\":1e5,\"bestEpoch\":1.5,\"epochs\":-1,\"epochsDone\":-2147483648,\"state\":\"1\"}",
        "{\"state\":\"finished\",\"recipe\":\"a\\u0000\\u001b[2J\\uffff\\n\"," +
        "\"weightsSha256\":\"\\u0000\\u001b\\uffff0123456789\",\"note\":\"\\u0000\\uffff\"}",
        "{\"processes\":[{\"started\":\"\\u0000\\u001b[2J\\uffff\\n 0123456789\",\"commit\":[],\"dirty\":\"x\",\"packages\":{\"a\":{\"b\":[1]}}}]}",
        "{\"step\":0,\"epoch\":1,\"layer\":\"x\",\"index\":0,\"tensor\":\"\",\"stage\":\"after\"}",
    ];

    private static readonly string[] Files =
        ["notes.json", "summary.json", "environment.json", "metrics.jsonl", "stats.jsonl", "warnings.jsonl", "quiet.jsonl"];

    private ScratchFolder scratch = null!;

    private static IEnumerable<TestCaseData> Cases =>
        Contents.Select((content, i) => new TestCaseData(content).SetArgDisplayNames($"{i}: {content[..Math.Min(content.Length, 40)]}"));

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyData.Yaml);
        string[] line = ["train", scratch.In("tiny.yaml"), "--data", TinyData.Write(scratch), "--stats", "every=1", "--note", "a note", "--out"];
        CommandLine.Do([.. line, scratch.In("runs/good")]);
        CommandLine.Do([.. line, scratch.In("whole"), "--seed", "2"]);
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [TestCaseSource(nameof(Cases))]
    public void StrangeFilesOfOneRunKeepNoOtherFromBeingShown(string content)
    {
        Strange(Files.ToDictionary(file => file, _ => content));
        RequireEverythingElse();
    }

    [Test]
    public void AStrangeConfigurationIsThatRunsAlone([Values("{", "\0", "[[[[", "name: \"\\ud800\"", "data: { set: svhn }")] string content)
    {
        Strange(new Dictionary<string, string> { ["config.yaml"] = content });
        RequireEverythingElse();
    }

    [Test]
    public void WhatIsUnreadableSaysSo()
    {
        Strange(new Dictionary<string, string> { ["summary.json"] = $"{{\"state\":\"{Half}\"}}", ["notes.json"] = $"{{\"note\":\"{Half}\"}}" });
        Assert.That(CommandLine.Do("runs", "--root", scratch.In("runs")), Does.Match(@"strange +unreadable .*\(notes\.json is unreadable\)\n"));
        Assert.That(CommandLine.Do("runs", "--root", scratch.In("runs"), "--state", "unreadable"), Does.Contain("strange ").And.Not.Contain("good "));
        var run = JsonNode.Parse(CommandLine.Do("runs", "--root", scratch.In("runs"), "--json"))!.AsArray().Last()!;
        Assert.That(run["state"]!.GetValue<string>(), Is.EqualTo("unreadable"));
    }

    [Test]
    public void UnreadableNotesAreNotOverwritten()
    {
        Strange(new Dictionary<string, string> { ["notes.json"] = $"{{\"note\":\"{Half}, a year's work\"}}" });
        var notes = scratch.In("runs/strange/notes.json");
        foreach (var line in (string[][])[["tag", scratch.In("runs/strange"), "x"], ["note", scratch.In("runs/strange"), "x"]])
            Assert.That(CommandLine.Refusal(["runs", .. line]),
                Does.Contain($"{notes}: is unreadable, so it is not changed. HINT: repair it, or remove it."));
        Assert.That(File.ReadAllText(notes), Does.Contain("a year's work"));
        CommandLine.Do("runs", "tag", scratch.In("runs/good"), "x");
    }

    [Test]
    public void ARunThatCannotBeReadIsLeftOutByNameWithCode2()
    {
        Strange(new Dictionary<string, string> { ["config.yaml"] = "{" });
        foreach (var command in new[] { "plot", "report", "tensorboard" })
        {
            var (code, output, error) = CommandLine.Run(command, scratch.In("runs/good"), scratch.In("runs/strange"));
            Assert.That((code, output.Trim().Length > 0), Is.EqualTo((2, true)), error);
            Assert.That(error, Does.Match(@"^wage: left out: .*strange/config\.yaml:\d+: [^\n]+\n$"));
            Assert.That(CommandLine.Refusal(command, scratch.In("runs/strange")), Does.Contain("strange/config.yaml:"));
        }

        Assert.That(File.ReadAllText(scratch.In("runs/good/report.html")), Does.Contain("Left out: ").And.Contain("strange/config.yaml:"));
        Assert.That(CommandLine.Refusal("report", scratch.In("runs/good"), scratch.In("nothing")), Does.Contain("holds no run"));
    }

    /// <summary>The whole run again, with other contents of some files.</summary>
    private void Strange(IReadOnlyDictionary<string, string> contents)
    {
        var folder = scratch.In("runs/strange");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(scratch.In("whole"))) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        foreach (var (file, content) in contents) File.WriteAllText(Path.Combine(folder, file), content);
    }

    private void RequireEverythingElse()
    {
        var (good, strange, root) = (scratch.In("runs/good"), scratch.In("runs/strange"), scratch.In("runs"));
        foreach (var arguments in (string[][])[["--sort", "best"], ["--sort", "started", "--json"]])
        {
            var list = CommandLine.Do(["runs", "--root", root, .. arguments]);
            Assert.That(list, Does.Contain("good").And.Contain("strange").And.Not.Contain("\e").And.Not.Contain("\0"));
        }

        foreach (var file in new[] { "report.html", "curves.svg" }) File.Delete(Path.Combine(good, file));
        RequireLines(["report", good, strange]);
        RequireLines(["plot", good, strange]);
        Assert.That(File.ReadAllText(Path.Combine(good, "report.html")), Does.Contain("Learning curves"));
        Assert.That(File.Exists(Path.Combine(good, "curves.svg")));
        RequireLines(["tensorboard", good, strange, "--out", scratch.In("board")]);
        Assert.That(Directory.Exists(scratch.In("board/good")));
        RequireLines(["plot", strange, "--kind", "ranges"]);
        RequireLines(["runs", "diff", good, strange]);
        RequireLines(["reproduce", "wage-lenet5-mnist", "--add", strange, "--file", scratch.In("x.csv")]);
        RequireLines(["train", "--resume", "--out", strange, "--data", scratch.In("data")]);
        RequireLines(["runs", "tag", strange, "x"]);
        RequireLines(["runs", "note", strange, "y"]);
    }

    /// <summary>Done, or refused in lines that a terminal can show.</summary>
    private static void RequireLines(string[] arguments)
    {
        var (code, output, error) = CommandLine.Run(arguments);
        Assert.That(code, Is.EqualTo(0).Or.EqualTo(2), $"{string.Join(' ', arguments)}: {error}{output}");
        foreach (var line in error.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.That(line, Does.StartWith("wage: ").And.Length.LessThan(600), string.Join(' ', arguments));
        Assert.That(code == 0 || error.Length > 0);
    }
}
