using System.Text.Json;
using Wage.Experiments.Runs;
using Wage.Models;
using Wage.Tests.Data;
using Wage.Tests.Samples;

namespace Wage.Tests.Experiments;

/// <summary>From a folder of pictures to a prediction: the quick start page as it stands, the same in C#, every form and refusal.</summary>
[NonParallelizable]
internal sealed class PredictionTests
{
    private const string Picture = "digits4/zero/000.png";
    private const string Run = "runs/first";
    private const int MostLinesOfRecipe = 15;
    private const int MostLinesOfSample = 25;
    private const int MostLinesOfService = 10;

    private readonly QuickstartPage page = new();
    private readonly List<string> outputs = [];

    [OneTimeSetUp]
    public void DoThePage()
    {
        page.WritePictures();
        foreach (var (line, _) in QuickstartPage.Commands) outputs.Add(page.Run(line));
    }

    [OneTimeTearDown]
    public void Clean() => page.Dispose();

    [Test]
    public void TheQuickStartPageShowsWhatItsCommandsPrint()
    {
        Assert.That(QuickstartPage.Recipe.TrimEnd().Split('\n'), Has.Length.LessThanOrEqualTo(MostLinesOfRecipe));
        foreach (var ((line, shown), output) in QuickstartPage.Commands.Zip(outputs))
        {
            var (printed, at) = (output.Split('\n').Select(one => one.TrimEnd()).ToArray(), 0);
            foreach (var expected in shown.Where(one => one != "..."))
            {
                at = Array.IndexOf(printed, expected.TrimEnd(), at) + 1;
                Assert.That(at, Is.Positive, $"{line}\nhas not, or not in this place: {expected}\n{output}");
            }
        }

        string[] needed = ["data show", "train", "eval", "predict"];
        foreach (var command in needed)
            Assert.That(QuickstartPage.Commands.Any(one => one.Line.StartsWith($"wage {command} ", StringComparison.Ordinal)), command);
    }

    [Test]
    public void TheSameInCSharpHasTheSameScores()
    {
        var lines = new List<string>();
        var checkpoint = Path.Combine(page.Folder, "sample.wage");
        var name = page.In(() => OwnPictures.Run("digits4", checkpoint, Picture, lines.Add));
        var evaluated = Json("eval", Run, "--json", "--device", "cpu").GetProperty("runs")[0];
        Assert.That(lines, Is.EqualTo(evaluated.GetProperty("classes").EnumerateArray().Select(one =>
            $"{one.GetProperty("name")}: {Math.Round(one.GetProperty("recall").GetDouble() * one.GetProperty("support").GetInt32())} of "
            + $"{one.GetProperty("support")}")));
        Assert.That(page.Do("predict", Run, Picture, "--top", "1", "--csv"), Does.Contain($",{name},"));
        using var fromFile = Predictor.Load(Path.Combine(page.Folder, Run));
        using var fromSample = Predictor.Load(checkpoint);
        var pixels = Scratch.Ramp(280);
        Assert.That(fromFile.Predict(pixels).Scores, Is.EqualTo(fromSample.Predict(pixels).Scores));
    }

    [TestCase("OwnPictures", MostLinesOfSample)]
    [TestCase("PictureService", MostLinesOfService)]
    public void TheLibrarysPageShowsTheSampleAsItIsCompiled(string name, int most)
    {
        var sample = Repository.Text($"tests/Samples/{name}.cs");
        var shown = sample[sample.IndexOf("public ", StringComparison.Ordinal)..].Trim();
        Assert.That(shown.Split('\n').Count(line => line.Length > 0), Is.LessThanOrEqualTo(most));
        Assert.That(Repository.Text("docs/library.md"), Does.Contain(shown));
    }

    [Test]
    public void AServiceAnswersWhatTheConsoleDoes()
    {
        using var service = new PictureService(Path.Combine(page.Folder, Run));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(page.Folder, "digits4/two")).Take(3))
            Assert.That(page.Do("predict", Run, file, "--top", "1", "--csv"), Does.Contain($",{service.Classify(File.ReadAllBytes(file))},"));
    }

    [Test]
    public void EveryDeviceAndNumberOfThreadsPredictsAndScoresTheSame()
    {
        string[][] devices = [["--device", "cpu", "--threads", "1"], ["--device", "cpu", "--threads", "2"], ["--device", "reference"],
            ["--device", "ilgpu-cpu"]];
        Assert.That(devices.Select(device => page.Do(["predict", Run, "0", Picture, "--json", .. device])).Distinct().Count(), Is.EqualTo(1));
        Assert.That(devices[..2].Select(device => page.Do(["eval", Run, "--json", .. device])).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void EveryFormHasClassNameAndScoreOfTheBest()
    {
        var (all, one) = (Json("predict", Run, Picture, "2", "--json", "--top", "9"), Picture.Split('/')[1]);
        var best = all[0].GetProperty("predictions").EnumerateArray().ToList();
        Assert.That(best, Has.Count.EqualTo(4), "there are four classes");
        Assert.That(best.Select(score => score.GetProperty("score").GetDouble()), Is.Ordered.Descending);
        Assert.That((all[1].GetProperty("image").GetString(), all[1].GetProperty("label").GetInt32()), Is.EqualTo(("test:2", 0)));
        var csv = page.Do("predict", Run, Picture, "--csv", "--top", "2").TrimEnd().Split('\n');
        Assert.That(csv[0], Is.EqualTo("image,rank,class,name,score"));
        Assert.That(csv[1..], Is.EqualTo(best.Take(2).Select((score, rank) =>
            $"{Picture},{rank + 1},{score.GetProperty("class")},{score.GetProperty("name")},{score.GetProperty("score")}")));
        Assert.That(page.Do("predict", Run, "0..1"), Does.Match(@"test:1 +0 one +\d"));
        Assert.That(page.Do("predict", $"{Run}/best.wage", Picture), Is.EqualTo(page.Do("predict", Run, Picture)));
        Assert.That(page.In(() => CommandLine.Refusal("predict", Run, Picture, "--json", "--csv")), Does.Contain("two forms"));
    }

    [Test]
    public void AnExportedModelAnswersByItselfAsItsRunDoes()
    {
        var printed = page.Do("export", Run, "--out", "m.wplan");
        Assert.That(printed, Does.Match(@"(?m)^model +m\.wplan$"));
        Assert.That(page.Do("predict", "m.wplan", Picture, "0..3", "--json"), Is.EqualTo(page.Do("predict", Run, Picture, "0..3", "--json")));
        var (alone, run) = (Json("eval", "m.wplan", "--json").GetProperty("runs")[0], Json("eval", Run, "--json").GetProperty("runs")[0]);
        foreach (var name in new[] { "images", "error", "classes", "confusion" })
            Assert.That(alone.GetProperty(name).GetRawText(), Is.EqualTo(run.GetProperty(name).GetRawText()), name);
        Assert.That(page.Do("eval", "m.wplan"), Does.StartWith("model          m.wplan\n").And.Not.Contain("loss"));
        Assert.That(page.Do("eval", "m.wplan", Run), Does.Match(@"(?m)^m\.wplan +- "));
        Assert.That(page.Do("show", "m.wplan"), Does.Contain("images      20x14x1").And.Match(@"(?m)^conv1 +Product +2x2 max pool, ReLU"));
        Assert.That(page.Do("show", "m.wplan", "--resolved"), Does.Contain("digits4"));
        page.Do("export", Run, "--out", "m.wplan");
        Assert.That(page.In(() => CommandLine.Refusal("export", Run, "--out", "digits4.yaml")), Does.Contain("no model's file"));
        Assert.That(page.In(() => CommandLine.Refusal("show", "m.wplan", "--set", "a=b")), Does.Contain("a model is what it is"));
        File.WriteAllBytes(Path.Combine(page.Folder, "cut.wplan"), File.ReadAllBytes(Path.Combine(page.Folder, "m.wplan"))[..^9]);
        foreach (var command in new[] { "predict", "eval", "show", "export" })
            Assert.That(page.In(() => CommandLine.Refusal([command, "cut.wplan", .. command == "predict" ? ["0"] : Array.Empty<string>()])),
                Does.Contain("cut.wplan: is damaged or cut short"));
    }

    [Test]
    public void ImagesOfAnIdxFileAndOfAListAreThoseOfTheirFiles()
    {
        var big = Scratch.Ramp(3 * 40 * 28);
        File.WriteAllBytes(Path.Combine(page.Folder, "some-images"), Scratch.Idx(0x803, [3, 40, 28], big));
        File.WriteAllBytes(Path.Combine(page.Folder, "some-images.gz"), Scratch.Gzip(Scratch.Idx(0x803, [3, 40, 28], big)));
        var all = page.Do("predict", Run, "some-images", "--csv");
        Assert.That(all.Split('\n').Count(line => line.Contains(",1,", StringComparison.Ordinal)), Is.GreaterThanOrEqualTo(3));
        Assert.That(page.Do("predict", Run, "some-images:0..2", "--csv"), Is.EqualTo(all));
        Assert.That(page.Do("predict", Run, "some-images:0", "some-images:1..2", "--csv"), Is.EqualTo(all));
        Assert.That(page.Do("predict", Run, "some-images.gz", "--csv").Replace(".gz:", ":", StringComparison.Ordinal), Is.EqualTo(all));
        var input = Console.In;
        try
        {
            Console.SetIn(new StringReader($"{Picture}\r\n\nsome-images:1\n"));
            Assert.That(page.Do("predict", Run, "-", "--csv"), Is.EqualTo(page.Do("predict", Run, Picture, "some-images:1", "--csv")));
        }
        finally
        {
            Console.SetIn(input);
        }
    }

    [TestCase("digits4.yaml", "is no PNG, JPEG, BMP or GIF"), TestCase("nothing.png", "there is no such picture"), TestCase("digits4", "is a folder"),
     TestCase("32", "the test set has the images 0 to 31"), TestCase("5..2", "ends before it begins. HINT: a range is FROM..TO"),
     TestCase("99999999999999", "the test set has"),
     TestCase("cut.png", "is truncated"), TestCase("colors:0", "2 bytes a pixel"), TestCase("few:7", "the file has the images 0 to 0"),
     TestCase("", ""), TestCase("/dev/zero", "/dev/zero"), TestCase("cut.gz", "cut.gz")]
    public void WhatIsNoImageIsRefusedInOneLine(string image, string message)
    {
        File.WriteAllBytes(Path.Combine(page.Folder, "cut.png"), File.ReadAllBytes(Path.Combine(page.Folder, Picture))[..^9]);
        File.WriteAllBytes(Path.Combine(page.Folder, "cut.gz"), Scratch.Gzip(Scratch.Idx(0x803, [1, 2, 2], Scratch.Ramp(4)))[..^3]);
        File.WriteAllBytes(Path.Combine(page.Folder, "colors"), Scratch.Idx(0x804, [1, 3, 3, 2], Scratch.Ramp(18)));
        File.WriteAllBytes(Path.Combine(page.Folder, "few"), Scratch.Idx(0x803, [1, 3, 3], Scratch.Ramp(9)));
        Assert.That(page.In(() => CommandLine.Refusal("predict", Run, image)), Does.Contain(message));
        var (code, output, error) = page.In(() => CommandLine.Run("predict", Run, Picture, image));
        Assert.That((code, output), Is.EqualTo((2, page.Do("predict", Run, Picture))), "the others are shown");
        Assert.That(error, Does.StartWith("wage: left out: ").And.Not.Match("\n."));
    }

    [Test]
    public void ACheckpointOfAnEarlierVersionPredictsByItsRecipeWithNumbersForNames()
    {
        using var scratch = new ScratchFolder();
        using var run = TinyRun.Prepare(scratch.Run("run"));
        (run.Trainer.Save(run.Recipe.ToYaml()) with { Model = null, Data = null }).Write(scratch.In("old.wage"));
        Assert.That(Scratch.Refusal(() => Predictor.Load(scratch.In("old.wage"))), Does.Contain("an earlier version wrote it"));
        Assert.That(page.Do("predict", scratch.In("old.wage"), Picture, "--top", "1"), Does.Match(@"^image +class +score\n\S+ +[0-9] +-?[0-9.]+\n$"));
    }

    [Test]
    public void OtherDataAreScoredByTheNamesOfTheirClasses()
    {
        foreach (var name in new[] { "two", "one" })
        {
            Directory.CreateDirectory(Path.Combine(page.Folder, "others", "train", name));
            Directory.CreateDirectory(Path.Combine(page.Folder, "others", "test", name));
            foreach (var file in Directory.EnumerateFiles(Path.Combine(page.Folder, "digits4", name)).Order(StringComparer.Ordinal).Take(6))
            {
                File.Copy(file, Path.Combine(page.Folder, "others", "train", name, Path.GetFileName(file)), true);
                File.Copy(file, Path.Combine(page.Folder, "others", "test", name, Path.GetFileName(file)), true);
            }
        }

        var output = page.Do("eval", Run, "--set", "data.set=./others", "--json");
        var scored = JsonDocument.Parse(output).RootElement.GetProperty("runs")[0];
        Assert.That(page.Do("eval", Run, "--data", "others", "--json").Replace("others", "./others", StringComparison.Ordinal), Is.EqualTo(output));
        Assert.That(scored.GetProperty("images").GetInt32(), Is.EqualTo(12));
        string[] files = [.. new[] { "one", "two" }.SelectMany(name =>
            Directory.EnumerateFiles(Path.Combine(page.Folder, "others/test", name)).Order(StringComparer.Ordinal))];
        var right = page.Do(["predict", Run, "--csv", "--top", "1", .. files]).Split('\n')
            .Count(line => line.Split(',') is [var path, _, _, var name, _] && path.Contains($"/{name}/", StringComparison.Ordinal));
        Assert.That(scored.GetProperty("accuracy").GetDouble(), Is.EqualTo(right / 12.0));
        Assert.That(page.Do("eval", Run, "--set", "data.set=./others"), Does.Contain("matched by name").And.Not.Match("(?m)^[0-9] three +0.000"));
        Assert.That(page.Do("eval", Run, "--data", "others", "--split", "all"), Does.Contain("24 images"));
        Directory.CreateDirectory(Path.Combine(page.Folder, "others/train/four"));
        File.Copy(files[0], Path.Combine(page.Folder, "others/train/four/a.png"), true);
        Assert.That(page.In(() => CommandLine.Refusal("eval", Run, "--data", "others")), Does.Contain("the class 'four'"));
        foreach (var (name, number) in new[] { ("train/two", "train/0"), ("train/one", "train/1"), ("test/one", "test/0"), ("test/two", "test/1") })
            Directory.Move(Path.Combine(page.Folder, "others", name), Path.Combine(page.Folder, "others", number));
        Directory.Delete(Path.Combine(page.Folder, "others/train/four"), true);
        Assert.That(page.Do("eval", Run, "--data", "others"), Does.Contain("matched by number: '0' is none of the run's names"));
    }

    [TestCase("model.kind=mlp"), TestCase("data.input=symmetric"), TestCase("data.augment.pad=2")]
    public void ATestTakesNoKeyOfTheModel(string setting) =>
        Assert.That(page.In(() => CommandLine.Refusal("eval", Run, "--set", setting)), Does.Contain("belongs to the trained model"));

    [Test]
    public void SeveralRunsAreScoredEachByItselfAndTogetherOnlyWhenAsked()
    {
        page.Do("train", "digits4.yaml", "--seed", "2", "--epochs", "6", "--out", "runs/second", "--threads", "1", "--device", "cpu");
        var output = page.Do("eval", Run, "runs/second");
        Assert.That(output, Does.Contain("each run by itself").And.Not.Contain("ensemble  ").And.Match("runs/second/best.wage"));
        Assert.That(page.Do("eval", "runs"), Is.EqualTo(output), "a folder stands for its runs");
        var json = Json("eval", Run, "runs/second", "--ensemble", "--json");
        Assert.That(json.GetProperty("runs").GetArrayLength(), Is.EqualTo(2));
        var (truths, given) = (new List<int>(), new List<int>());
        var answers = new[] { Run, "runs/second" }
            .Select(run => Json("predict", run, "0..31", "--json", "--top", "4").EnumerateArray().ToList()).ToList();
        foreach (var (a, b) in answers[0].Zip(answers[1]))
        {
            truths.Add(a.GetProperty("label").GetInt32());
            given.Add(Enumerable.Range(0, 4).MaxBy(c => Score(a, c) + Score(b, c)));
        }

        Assert.That(
            json.GetProperty("ensemble").GetProperty("error").GetDouble(),
            Is.EqualTo(truths.Zip(given).Count(one => one.First != one.Second) / 32.0));
        Assert.That(page.Do("eval", Run, "runs/second", "--ensemble"), Does.Contain("ensemble       the scores of 2 runs, added"));
        Assert.That(page.In(() => CommandLine.Refusal("eval", Run, "--ensemble")), Does.Contain("two runs or more"));

        static double Score(JsonElement answer, int c) =>
            answer.GetProperty("predictions").EnumerateArray().Single(one => one.GetProperty("class").GetInt32() == c)
                .GetProperty("score").GetDouble();
    }

    [Test]
    public void ScoresAreThoseOfScikitLearn()
    {
        // sklearn.metrics.classification_report(truths, given, zero_division=0) of these: 0: 0.667, 0.667, 0.667; 1: 0.5, 1, 0.667; 2: 0, 0, 0.
        var confusion = Confusion.Count(["a", "b", "c", "never"], [0, 0, 0, 1, 2], [0, 0, 1, 1, 0], 1);
        var scores = new ClassScores(confusion, null);
        Assert.That(scores.Reported, Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(new[] { 0, 1, 2 }.Select(scores.Precision), Is.EqualTo(new[] { 2 / 3.0, 0.5, 0 }));
        Assert.That(new[] { 0, 1, 2 }.Select(scores.Recall), Is.EqualTo(new[] { 2 / 3.0, 1, 0 }));
        Assert.That(new[] { 0, 1, 2 }.Select(scores.F1), Is.EqualTo(new[] { 4 / 6.0, 2 / 3.0, 0 }));
        Assert.That(scores.Macro(scores.Recall), Is.EqualTo(((2 / 3.0) + 1) / 3).Within(1e-15));
        Assert.That(scores.Accuracy, Is.EqualTo(0.6));
        Assert.That(ClassScores.CountTop([5, 5, 1, 9, 7, 8], [1, 1], 1), Is.Zero, "of equal scores the first class is the greater");
        Assert.That(ClassScores.CountTop([5, 5, 1, 9, 7, 8], [1, 2], 2), Is.EqualTo(2));
    }

    private JsonElement Json(params string[] arguments) => JsonDocument.Parse(page.Do(arguments)).RootElement;
}
