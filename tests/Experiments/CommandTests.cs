using Wage.Backends;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments;

/// <summary>What the commands print and refuse.</summary>
[Parallelizable]
internal sealed class CommandTests
{
    private ScratchFolder scratch = null!;
    private string finished = null!;

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        finished = scratch.In("finished");
        TinyRun.Finish(new RunFolder(finished), 1, "training.epochs=2");
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void HelpNamesEveryCommandAndOption()
    {
        var help = Wage("--help").Output;
        string[] commands =
        [
            "train", "eval", "predict", "export", "convert", "compress", "list", "show", "runs", "reproduce", "plot", "report",
            "tensorboard", "selftest", "bench", "devices", "data",
        ];
        foreach (var command in commands) Assert.That(help, Does.Contain($"  {command} "));
        var train = Wage("train", "--help").Output;
        string[] options =
        [
            "--set", "--epochs", "--seed", "--threads", "--device", "--data", "--out", "--resume",
            "--profile", "--stats", "--tensorboard", "--seeds", "--sweep", "--tag", "--note",
        ];
        foreach (var option in options) Assert.That(train, Does.Contain(option));
    }

    [Test]
    public void ListShowsEveryRecipeWithPublishedFigureAndPaper()
    {
        var lines = Wage("list").Output.Split('\n');
        foreach (var name in RecipeCatalog.Names)
        {
            var first = Array.FindIndex(lines, line => line.StartsWith(name + " ", StringComparison.Ordinal));
            var recipe = RecipeCatalog.Load(name, []);
            Assert.That(lines[first], Does.EndWith(recipe["paper"]));
            Assert.That(lines[(first + 1)..(first + 4)].Select(line => line.Trim()), Is.EqualTo(new[]
            {
                $"published  {recipe["published"]}", $"expected   {recipe["expected"]}", $"time       {recipe["duration"]}",
            }));
        }
    }

    [Test]
    public void ShowTablesTheLayersWithAlphaParametersAndBounds()
    {
        var output = Wage("show", "wage-lenet5-mnist").Output;
        Assert.That(output, Does.Match(
            @"conv2\s+5x5 conv, valid\s+8x8x64\s+2-8-8-8\s+4\s+51,200\s+3,276,800\s+101,600 int32\s+203,200 int32\s+132,128,768 int32"));
        Assert.That(Wage("show", finished).Output, Does.Contain("after 1 epoch and 0 steps").Or.Contain("after 2 epochs and 0 steps"));
        Assert.That(Wage("show", "digits", "--config").Output, Is.EqualTo(RecipeCatalog.Load("digits", []).ToYaml()));
        var keys = Wage("show", "--keys").Output;
        foreach (var key in RecipeKeys.All) Assert.That(keys, Does.Contain(key.Name).And.Contain(key.Description));
    }

    [Test]
    public void EvalGivesTheErrorOfTheBestEpochAndItsHash()
    {
        var best = File.ReadAllLines(Path.Combine(finished, "metrics.jsonl"))
            .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)
            .MinBy(row => row.GetProperty("testError").GetDouble());
        var (code, output, error) = Wage("eval", finished);
        Assert.That(code, Is.Zero, error);
        var wrong = (int)Math.Round(100 * best.GetProperty("testError").GetDouble());
        Assert.That(output, Does.Contain($"({wrong} wrong)").And.Match("weightsSha256  [0-9a-f]{64}"));
        Assert.That(Wage("eval", Path.Combine(finished, "best.wage")).Output, Is.EqualTo(output));
    }

    [Test]
    public void PlotDrawsEveryFinishedEpochOfBothErrors()
    {
        var picture = scratch.In("curve.svg");
        var (code, output, error) = Wage("plot", finished, "--out", picture);
        Assert.That((code, output.Trim()), Is.EqualTo((0, picture)), error);
        var svg = System.Xml.Linq.XDocument.Load(picture);
        var lines = svg.Descendants().Where(element => element.Name.LocalName == "polyline");
        Assert.That(lines.Select(line => line.Attribute("points")!.Value.Split(' ').Length), Is.EqualTo(new[] { 2, 2 }));
        Assert.That(Wage("plot", scratch.In("nothing")).Error, Does.Contain("holds no run").And.Contain("HINT"));
    }

    [Test]
    public void DevicesSaysWhatIsHereAndWhatIsNot()
    {
        var output = Wage("devices").Output;
        Assert.That(output, Does.Contain("cpu").And.Contain("reference").And.Contain("ilgpu-cpu"));
    }

    [Test]
    public void DevicesSaysWhichInstructionsAreUsedAndWhatTheOthersLack()
    {
        var lines = Wage("devices").Output.Split('\n');
        var used = InstructionSets.Choose();
        foreach (var set in InstructionSets.All)
        {
            var line = lines.Single(line => line.StartsWith(InstructionSets.Title(set) + "  ", StringComparison.Ordinal));
            Assert.That(line, Does.EndWith(InstructionSets.Lack(set) ?? (set == used.Set ? $"in use ({used.Reason})" : "available")));
        }
    }

    [Test]
    public void PlainTrainingPrintsALinePerEpochAndTheEnding()
    {
        var (code, output, _) = Wage("train", scratch.In("tiny.yaml"), "--epochs", "2", "--out", scratch.In("plain"));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Match(
            @"epoch 1/2  lr 4  loss [0-9.]+  train error [0-9.]+ %  test error [0-9.]+ %  [0-9,]+ images/s  \d\d:\d\d\n"));
        foreach (var part in new[] { "recipe ", "200 training and 100 test images", "wage 2-8-8-8", "best test error", "weightsSha256" })
            Assert.That(output, Does.Contain(part));
        Assert.That(output, Does.Not.Contain("\e"));
    }

    [Test]
    public void TheProfileFollowsTheEndingAndIsNoPartOfTheConfiguration()
    {
        var (code, output, error) = Wage("train", scratch.In("tiny.yaml"), "--epochs", "1", "--profile", "--out", scratch.In("profiled"));
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Match(@"(?s)weightsSha256.*
operation +shape.*
ConvolveGradient +20 x 784 -> 16 +6 .*6 training steps.*peak: "));
        Assert.That(File.ReadAllText(Path.Combine(scratch.In("profiled"), "config.yaml")), Does.Not.Contain("profile"));
    }

    [Test]
    public void BenchListsItsRows() =>
        Assert.That(Wage("bench", "--list").Output, Does.Contain("lenet-same-train").And.Contain("product-conv3-gradient"));

    [Test]
    public void AFolderThatHoldsARunIsRefusedWithBothWaysOut()
    {
        Refused(["train", scratch.In("tiny.yaml"), "--out", finished], finished, "--resume", "--out");
    }

    [Test]
    public void ResumeRefusesAnotherRecipeSeedOrKeyByName()
    {
        Refused(["train", "digits", "--out", finished, "--resume"], "run of tiny, not of digits");
        Refused(["train", "--out", finished, "--resume", "--seed", "2"], "training.seed 1", "to 2");
        Refused(["train", "--out", finished, "--resume", "--set", "scheme.kG=9"], "scheme.kG 8", "to 9");
    }

    /// <summary>What a shell offers for a word that is not complete, by System.CommandLine's `[suggest]`.</summary>
    [TestCase("scheme.fan", "scheme.fanInLimit=")]
    [TestCase("scheme.rounding=", "scheme.rounding=halfEven scheme.rounding=halfAway")]
    [TestCase("model.kind=r", "model.kind=resnet")]
    [TestCase("scheme.kW=", "")]
    public void SettingsAreCompletedFromTheTableOfKeys(string begun, string all)
    {
        var offered = Wage($"[suggest:{"train --set ".Length + begun.Length}]", $"train --set {begun}").Output.Split('\n');
        var expected = all.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(offered.Where(word => word.Contains('=', StringComparison.Ordinal)), Is.EquivalentTo(expected));
    }

    [TestCase("shw", "show")]
    [TestCase("train nosuch", "nosuch")]
    [TestCase("train digit", "did you mean digits?")]
    [TestCase("train --epochs 0", "training.epochs is '0'")]
    [TestCase("train --set epochs=3", "training.epochs")]
    [TestCase("train --threads x", "x")]
    [TestCase("train --threads 5000", "--threads: is 5000")]
    [TestCase("train --device gpu", "did you mean cuda?")]
    [TestCase("train --resume --out typo", "--resume: typo: there is no such folder")]
    [TestCase("train --epochs 1 --set training.epochs=2", "gives training.epochs the value 1, but --set gave it 2")]
    [TestCase("train --sweep training.epochs=1,2 --epochs 1", "--sweep: gives training.epochs its values, so --epochs cannot give it 1")]
    [TestCase("train --device cuda:99 --epochs 1", "device cuda:99")]
    [TestCase("train --epoch 3", "did you mean --epochs?")]
    [TestCase("train --zzzzzz", "--zzzzzz")]
    [TestCase("bench vgg-train", "did you mean vgg7-train?")]
    [TestCase("bench --seconds x", "--seconds")]
    [TestCase("bench --run 3", "did you mean --runs?")]
    [TestCase("data get nosuch", "nosuch")]
    [TestCase("data get mnist --mirror x", "--mirror")]
    [TestCase("train --set scheme.kG=2", "kG must be greater")]
    [TestCase("train --set data.train=20001", "data.train")]
    public void AMistakeIsOneLineOnStandardErrorAndExitCode2(string line, string part) => Refused(line.Split(' '), part);

    [Test]
    public void AnAbsentFileOrFolderIsRefusedByName()
    {
        Refused(["eval", scratch.In("absent.wage")], "absent.wage");
        Refused(["show", scratch.In("absent.wage")], "absent.wage");
        Refused(["train", "wage-lenet5-mnist", "--data", scratch.In("absent"), "--out", scratch.In("unused")], scratch.In("absent/mnist"));
    }

    [Test]
    public void ACorruptedTruncatedOrForeignCheckpointIsRefusedByName()
    {
        var good = File.ReadAllBytes(Path.Combine(finished, "last.wage"));
        var random = new Random(5);
        var corrupted = (byte[])good.Clone();
        corrupted[random.Next(100, good.Length)] ^= 1;
        (string, byte[])[] bad =
        [
            ("corrupted.wage", corrupted), ("truncated.wage", good[..^7]), ("foreign.wage", "PNG, really"u8.ToArray()), ("empty.wage", []),
        ];
        foreach (var (name, content) in bad)
        {
            var path = scratch.In(name);
            File.WriteAllBytes(path, content);
            Refused(["eval", path], name);
            Refused(["show", path], name);
            var folder = scratch.In("of-" + name);
            Directory.CreateDirectory(folder);
            File.Copy(Path.Combine(finished, "config.yaml"), Path.Combine(folder, "config.yaml"));
            File.Copy(path, Path.Combine(folder, "last.wage"));
            Refused(["train", "--out", folder, "--resume"], Path.Combine(folder, "last.wage"));
        }
    }

    private static void Refused(string[] arguments, params string[] parts)
    {
        var (code, output, error) = Wage(arguments);
        Assert.That(code, Is.EqualTo(2), output + error);
        Assert.That(error.TrimEnd('\n'), Does.StartWith("wage: ").And.Not.Contain("\n"));
        foreach (var part in parts) Assert.That(error, Does.Contain(part));
    }

    private static (int Code, string Output, string Error) Wage(params string[] arguments) => CommandLine.Run(arguments);
}
