using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Runs;
using Wage.Training;

namespace Wage.Tests.Experiments;

/// <summary>wage runs, over a few runs of seconds.</summary>
[Parallelizable]
internal sealed class RunsCommandTests
{
    private ScratchFolder scratch = null!;

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("a"), 1, "training.epochs=2");
        TinyRun.Finish(scratch.Run("b"), 1, "training.epochs=1", "training.seed=2", "scheme.kG=10");
        TinyRun.Finish(scratch.Run("sweep/c"), 1, "training.epochs=1", "name=other");
        Directory.CreateDirectory(scratch.In("no-run"));
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void TheTableHasALinePerRunAlsoOfSweeps()
    {
        var lines = Runs().Output.Split('\n');
        Assert.That(lines[0], Does.Match("^run +state +recipe +seed +epochs +best +last +images/s +started +weights +tags and note$"));
        Assert.That(lines[1], Does.Match(@"^a +finished +tiny +1 +2/2 +[0-9.]+ % +[0-9.]+ % +[0-9,]+ +\d{4}-\d\d-\d\d \d\d:\d\d +[0-9a-f]{12}$"));
        Assert.That(lines[2], Does.Match(@"^b +finished +tiny +2 +1/1 "));
        Assert.That(lines[3], Does.Match(@"^sweep/c +finished +other +1 +1/1 "));
        Assert.That(lines[4..6], Is.EqualTo(new[] { "best: of the epoch chosen on the test set", $"3 runs in {scratch.Path}" }));
    }

    [Test]
    public void FiltersAndOrdersChooseTheLines()
    {
        Assert.That(Names("--recipe", "ot*"), Is.EqualTo(new[] { "sweep/c" }));
        Assert.That(Names("--recipe", "tin"), Is.Empty);
        Assert.That(Names("--state", "finished", "--sort", "name", "--reverse"), Is.EqualTo(new[] { "sweep/c", "b", "a" }));
        Assert.That(Names("--state", "failed"), Is.Empty);
        var best = Json().OrderBy(run => run!["bestTestError"]!.GetValue<double>()).Select(run => run!["bestTestError"]!.GetValue<double>());
        Assert.That(Json("--sort", "best").Select(run => run!["bestTestError"]!.GetValue<double>()), Is.EqualTo(best));
        Assert.That(Runs("--state", "done").Error, Does.Contain("--state: is 'done'").And.Contain("finished"));
        Assert.That(Runs("--sort", "bset").Error, Does.Contain("did you mean best?"));
        Assert.That(CommandLine.Run("runs", "--root", scratch.In("nothing")),
            Is.EqualTo((2, string.Empty, $"wage: {scratch.In("nothing")}: there is no such folder. " +
                "HINT: `wage train` makes runs; --root names the folder of others.\n")));
    }

    [Test]
    public void TagsAndNotesAreKeptShownAndFound()
    {
        Assert.That(CommandLine.Run("runs", "tag", "b", "paper", "figure:2", "--root", scratch.Path).Output, Does.EndWith(": figure:2, paper\n"));
        CommandLine.Run("runs", "note", scratch.In("b"), "ten bits of gradients");
        Assert.That(Runs("--tag", "paper").Output, Does.Contain("[figure:2] [paper] ten bits of gradients").And.Contain("1 run in"));
        Assert.That(Names("--tag", "paper", "--tag", "other"), Is.Empty);
        Assert.That(CommandLine.Run("runs", "tag", "b", "--remove", "paper", "figure:2", "--root", scratch.Path).Output, Does.EndWith("no tags\n"));
        CommandLine.Run("runs", "note", scratch.In("b"), "");
        Assert.That(File.Exists(scratch.In("b/notes.json")), Is.False);
        Assert.That(CommandLine.Run("runs", "tag", "b", "two words", "--root", scratch.Path), Is.EqualTo((2, string.Empty,
            "wage: tag 'two words': must be 1 to 40 letters, digits, '-', '_', '.' and ':', not beginning with '-'.\n")));
    }

    [Test]
    public void DiffNamesWhatDiffersAndNothingElse()
    {
        var (code, output, _) = CommandLine.Run("runs", "diff", "a", "b", "--root", scratch.Path, "--json");
        var differences = JsonNode.Parse(output)!["differences"]!.AsArray();
        string[] Of(string section) => [.. differences.Where(d => d!["section"]!.GetValue<string>() == section)
            .Select(d => $"{d!["name"]} {d["a"]} {d["b"]}")];
        Assert.That(code, Is.Zero);
        Assert.That(Of("configuration"), Is.EqualTo(new[] { "scheme.kG 8 10", "training.epochs 2 1", "training.seed 1 2" }));
        Assert.That(Of("environment"), Is.Empty, "one process trained both on the same images");
        Assert.That(Of("results"), Does.Contain("epochs done 2 1").And.Some.StartsWith("weightsSha256 "));
        var same = CommandLine.Run("runs", "diff", "a", "a", "--root", scratch.Path).Output;
        Assert.That(same, Does.Contain("nothing differs"));
        Assert.That(CommandLine.Run("runs", "diff", "a", "sweep/d", "--root", scratch.Path).Error, Does.Contain("is no run folder")
            .And.Contain("did you mean"));
    }

    [Test]
    public void TheEnvironmentKeepsCommitMachinePackagesAndHashes()
    {
        var json = JsonDocument.Parse(File.ReadAllText(scratch.In("a/environment.json"))).RootElement;
        Assert.That(json.GetProperty("data").GetProperty("train").GetString(), Does.Match("^[0-9a-f]{64}$"));
        var process = json.GetProperty("processes")[0];
        foreach (var name in new[] { "processor", "system", "runtime", "started" }) Assert.That(process.GetProperty(name).GetString(), Is.Not.Empty);
        Assert.That(process.GetProperty("packages").EnumerateObject().Select(package => package.Name),
            Is.SupersetOf(new[] { "wage", "Wage.Core", "Spectre.Console", "YamlDotNet" }));
    }

    [Test]
    public void ADamagedFolderIsListedAsFarAsItCanBeRead()
    {
        using var damaged = new ScratchFolder();
        foreach (var (name, content) in new[] { ("empty", ""), ("list", "[1]"), ("twice", "{\"a\":1,\"a\":2}"),
            ("types", "{\"recipe\":5,\"seed\":\"x\",\"epochsDone\":1e99,\"bestTestError\":\"NaN\",\"state\":7}") })
        {
            Directory.CreateDirectory(damaged.In(name));
            File.WriteAllText(damaged.In($"{name}/config.yaml"), "name: x\n");
            foreach (var file in new[] { "summary.json", "notes.json", "environment.json" }) File.WriteAllText(damaged.In($"{name}/{file}"), content);
        }

        var (code, output, error) = CommandLine.Run("runs", "--root", damaged.Path);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Match(@"types +interrupted +- +- +- +- +- +- +- +-\n4 runs in"));
    }

    [Test]
    public void AKilledRunIsInterruptedAndAHeldOneRuns()
    {
        using var other = new ScratchFolder();
        var folder = other.Run("x");
        TinyRun.Finish(folder, 1, "training.epochs=1");
        File.WriteAllText(folder.SummaryPath, File.ReadAllText(folder.SummaryPath).Replace("finished", "running", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder.Path, "lock"), "");
        Assert.That(RunCard.Of(folder).State, Is.EqualTo(RunState.Interrupted), "a killed process leaves its lock file, but holds nothing");
        using (folder.Hold()) Assert.That(RunCard.Of(folder).State, Is.EqualTo(RunState.Running));
        Assert.That(RunCard.Of(folder).State, Is.EqualTo(RunState.Interrupted));
    }

    [Test]
    public void ARunThatFailsSaysSo()
    {
        using var other = new ScratchFolder();
        using var run = TinyRun.Prepare(other.Run("x"));
        var failing = new RunLoop(run, new StopAfter(3, () => throw new InvalidOperationException("a fault")));
        Assert.Throws<InvalidOperationException>(() => failing.Execute(CancellationToken.None));
        Assert.That(RunCard.Of(run.Folder).State, Is.EqualTo(RunState.Failed));
        Assert.That(Checkpoint.Read(run.Folder.LastPath).Epoch, Is.Zero, "it resumes from its last checkpoint");
    }

    [Test]
    public void ResumingOnOtherImagesIsRefused()
    {
        using var other = new ScratchFolder();
        var folder = other.Run("x");
        TinyRun.Finish(folder, 1, "training.epochs=1");
        var text = File.ReadAllText(folder.EnvironmentPath);
        var hash = JsonDocument.Parse(text).RootElement.GetProperty("data").GetProperty("test").GetString()!;
        File.WriteAllText(folder.EnvironmentPath, text.Replace(hash, new string('0', 64), StringComparison.Ordinal));
        Assert.That(() => TinyRun.Finish(folder), Throws.TypeOf<WageException>()
            .With.Message.Contains("the test images are not those that the run began with"));
    }

    private (int Code, string Output, string Error) Runs(params string[] arguments) =>
        CommandLine.Run(["runs", "--root", scratch.Path, .. arguments]);

    private JsonArray Json(params string[] arguments) => JsonNode.Parse(Runs([.. arguments, "--json"]).Output)!.AsArray();

    private string[] Names(params string[] arguments) =>
        [.. Json(arguments).Select(run => Path.GetRelativePath(scratch.Path, run!["folder"]!.GetValue<string>()))];
}
