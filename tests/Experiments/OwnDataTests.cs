using System.Text.Json;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Tests.Data;
using Wage.Tests.Images;

namespace Wage.Tests.Experiments;

/// <summary>Data of one's own from the folder to the test error, each by one command.</summary>
[Parallelizable]
internal sealed class OwnDataTests
{
    private const string Yaml = """
        data: { set: DIGITS, validation: 20 % }
        model: { kind: mlp, sizes: [24, auto] }
        training: { epochs: 30, batch: 16, eta: 2, patience: 4 }
        """;

    private Scratch scratch = null!;

    [OneTimeSetUp]
    public void Write()
    {
        scratch = new Scratch();
        PictureFiles.WriteDigits(scratch, "digits4", 40);
        File.WriteAllText(scratch.Path("own.yaml"), Yaml.Replace("DIGITS", scratch.Path("digits4"), StringComparison.Ordinal));
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void AFolderOfPicturesIsShownTrainedValidatedStoppedEarlyAndTestedOnce()
    {
        var shown = CommandLine.Do("data", "show", scratch.Path("digits4"));
        Assert.That(shown, Does.Contain("4 classes, images of 20x14x1").And.Match(@"1  three +32 +8\n").And.Match(@"all +128 +32\n"));
        var output = CommandLine.Do("train", scratch.Path("own.yaml"), "--out", scratch.Path("run"), "--threads", "1", "--device", "cpu");
        Assert.That(output, Does.Contain("103 training, 25 validation and 32 test images of 20x14x1\nclasses  4: one, three, two, zero\n"));
        Assert.That(output, Does.Match(@"epoch  1/30 .* validation error [0-9.]+ %").And.Not.Contain("  test error"));
        Assert.That(output, Does.Match(@"stopped early after epoch \d+: no better validation error in 4 epochs"));
        Assert.That(output, Does.Match(@"best validation   [0-9.]+ % \(epoch (\d+), chosen by validation\)"));
        Assert.That(output, Does.Match(@"test error        [0-9.]+ % \(epoch \d+, the test images read once\)"));

        var summary = JsonDocument.Parse(File.ReadAllText(scratch.Path("run/summary.json"))).RootElement;
        Assert.That(summary.GetProperty("state").GetString(), Is.EqualTo("finished"));
        Assert.That(summary.TryGetProperty("bestTestError", out _), Is.False, "no epoch looked at the test images");
        var test = summary.GetProperty("testError").GetDouble();
        var evaluated = CommandLine.Do("eval", scratch.Path("run"), "--threads", "1", "--device", "cpu");
        Assert.That(evaluated, Does.Contain($"({Math.Round(32 * test)} wrong)"), "the best checkpoint's");
        Assert.That(CommandLine.Do("show", scratch.Path("run")), Does.Contain("dense2"));

        var saved = SavedRun.Open(scratch.Path("run"));
        Assert.That(saved.Checkpoint.Data!.ClassNames, Is.EqualTo(PictureFiles.DigitNames));
        Assert.That((saved.Shape.Image, saved.Shape.Classes), Is.EqualTo(((20, 14, 1), 4)));
        Assert.That(saved.Checkpoint.Weights[^1].Shape[0], Is.EqualTo(4), "as many scores as classes");
    }

    [Test]
    public void TheTestErrorIsOfTheBestEpochsOwnWeights()
    {
        string[] run = ["--out", scratch.Path("swapped"), "--threads", "1", "--device", "cpu"];
        CommandLine.Do(["train", scratch.Path("own.yaml"), "--set", "training.epochs=2", "training.eta=0: 2, 1: 2^-20", .. run]);
        var folder = new RunFolder(scratch.Path("swapped"));
        var best = SavedRun.Open(folder.Path).Checkpoint;
        foreach (var other in new[] { Wage.Training.Checkpoint.Read(folder.LastPath), best with { Seed = 77 } })
        {
            other.Write(folder.BestPath);
            var output = CommandLine.Do(["train", "--resume", .. run]);
            Assert.That(output, Does.Contain(
                $"best.wage: is of epoch {other.Epoch} and seed {other.Seed}, but the best epoch is {best.Epoch} of seed 1, so the test images"));
            Assert.That(JsonDocument.Parse(File.ReadAllText(folder.SummaryPath)).RootElement.TryGetProperty("testError", out _), Is.False);
        }
    }

    [Test]
    public void TheBestEpochThatTheTestImagesChooseSaysSo()
    {
        var output = CommandLine.Do(
            "train", scratch.Path("own.yaml"), "--set", "data.validation=0", "training.epochs=2", "--out", scratch.Path("onTest/a"), "--threads", "1",
            "--device", "cpu");
        Assert.That(output, Does.Match(@"best test error   [0-9.]+ % \(epoch \d, chosen on the test set\)"));
        Assert.That(CommandLine.Do("runs", "--root", scratch.Path("onTest")), Does.Contain("best: of the epoch chosen on the test set"));
    }

    [Test]
    public void DataNamesAnotherPlaceAndWhatTheRunBeganWithIsRequired()
    {
        CommandLine.Do(
            "train", scratch.Path("own.yaml"), "--set", "data.set=own", "training.epochs=1", "--data", scratch.Path("digits4"), "--out",
            scratch.Path("moved"), "--threads", "1", "--device", "cpu");
        Assert.That(CommandLine.Do("train", "--resume", "--out", scratch.Path("moved"), "--epochs", "2"), Does.Contain("resumes  after 1 epoch and"));
        PictureFiles.WriteDigits(scratch, "others", 41);
        Assert.That(
            CommandLine.Refusal("train", "--resume", "--out", scratch.Path("moved"), "--epochs", "3", "--data", scratch.Path("others")),
            Does.Contain("environment.json: the training images are not those that the run began with").And.Contain("bring the old data set back"));
        Assert.That(CommandLine.Refusal("train", scratch.Path("own.yaml"), "--set", "data.set=own"), Does.Contain("data.set: is own, but no place"));
    }

    [Test]
    public void AnEvaluationOfAFolderThatHasChangedSaysSo()
    {
        PictureFiles.WriteDigits(scratch, "growing", 10);
        string[] eval = ["eval", scratch.Path("grown"), "--threads", "1", "--device", "cpu"];
        CommandLine.Do(
            "train", scratch.Path("own.yaml"), "--set", $"data.set={scratch.Path("growing")}", "training.epochs=1", "--out", scratch.Path("grown"),
            "--threads", "1", "--device", "cpu");
        Assert.That(CommandLine.Do(eval), Does.Not.Contain("not those that the run began with"));
        File.Copy(scratch.Path("growing/two/000.png"), scratch.Path("growing/two/zzz.png"));
        Assert.That(CommandLine.Do(eval), Does.Contain("images are not those that the run began with: SHA-256 "));
        Assert.That(CommandLine.Do([.. eval, scratch.Path("grown")]), Does.Contain("images are not those that the run began with: SHA-256 "));
        Assert.That(
            CommandLine.Do([.. eval, "--data", scratch.Path("digits4")]), Does.Not.Contain("not those that the run began with"), "another set");
        foreach (var command in (string[][])[["predict", scratch.Path("grown"), "0"], ["plot", scratch.Path("grown"), "--kind", "confusion"]])
        {
            var (code, _, error) = CommandLine.Run([.. command, "--threads", "1", "--device", "cpu"]);
            Assert.That(code, Is.Zero, error);
            Assert.That(error, Does.Contain("images are not those that the run began with: SHA-256 "));
            (code, _, error) = CommandLine.Run([.. command, "--threads", "1", "--device", "cpu", "--data", scratch.Path("digits4")]);
            Assert.That((code, error), Is.EqualTo((0, "")), "another set");
        }
    }

    /// <summary>A folder of pictures has one class after the other: its first images are of one.</summary>
    [Test]
    public void SomeImagesOfOwnDataAreSomeOfEachClass()
    {
        var recipe = RecipeCatalog.Load(
            scratch.Path("own.yaml"),
            [new GivenValue("data.train", "20", "test"), new GivenValue("data.test", "8", "test"), new GivenValue("data.validation", "0", "test")]);
        var data = DataPlace.Load(recipe, null);
        int[] Counts(Wage.Data.ImageSet set) => [.. Enumerable.Range(0, 4).Select(label => set.Labels.Count(one => one == label))];
        Assert.That((Counts(data.Train), Counts(data.Test)), Is.EqualTo((new[] { 5, 5, 5, 5 }, new[] { 2, 2, 2, 2 })));
    }

    [Test]
    public void AClassWithoutATrainingImageIsNamed()
    {
        Assert.That(
            CommandLine.Do(
                "train", scratch.Path("own.yaml"), "--set", "data.validation=0", "data.train=3", "training.batch=2", "training.epochs=1", "--out",
                scratch.Path("three"), "--threads", "1", "--device", "cpu"),
            Does.Match(@"classes  4: one, three, two, zero\n         no training image has the class \w+; 8 of the other images do\n"));
    }

    [Test]
    public void PicturesWithoutFoldersOfClassesAreToldWhereTheyBelong()
    {
        Directory.CreateDirectory(scratch.Path("flat"));
        File.Copy(scratch.Path("digits4/two/000.png"), scratch.Path("flat/000.png"));
        Assert.That(
            CommandLine.Refusal("data", "show", scratch.Path("flat")),
            Does.Contain("neither a folder of pictures (in it a folder for each class), an .npz file").And.Contain("`wage data list`"));
    }

    /// <summary>Another size is offered only where it helps.</summary>
    [TestCase("layers.dense1.train=false layers.dense2.train=false", "nothing to train. HINT: let at least one layer learn.")]
    [TestCase("scheme.kG=8 scheme.kW=8", "HINT: set kG to at least 9 (the paper uses 2-8-8-8).")]
    public void AModelThatNoSizeCuresIsOfferedNone(string settings, string end) => Assert.That(
        CommandLine.Refusal(["train", scratch.Path("own.yaml"), "--out", scratch.Path("none"), "--device", "cpu", "--set", .. settings.Split(' ')]),
        Does.EndWith($"{end}\n"));

    [Test]
    public void SizesAndClassesThatClashNameBothAndTheKey()
    {
        string[] Train(params string[] settings) =>
            ["train", scratch.Path("own.yaml"), "--out", scratch.Path("none"), "--device", "cpu", "--set", .. settings];
        Assert.That(
            CommandLine.Refusal(Train("model.sizes=24,3")),
            Does.Contain("has 4 classes but the model gives 3 scores").And.Contain("set the last number of model.sizes to 4, or to auto"));
        Assert.That(
            CommandLine.Refusal(Train("model.kind=lenet5", "model.classes=2")),
            Does.Contain("has 4 classes but the model gives 2 scores. HINT: set model.classes to 4"));
        Assert.That(
            CommandLine.Refusal(Train("model.kind=resnet", "data.size=1x1", "model.classes=3")), Does.Contain("the model gives 3 scores"));
        Assert.That(
            CommandLine.Refusal(Train("model.kind=lenet5", "data.size=8x8")),
            Does.Contain("lenet5 on images of 8x8x1").And.Contain("data.size: 32x32"));
    }

    [Test]
    public void ASweepGoesByValidation()
    {
        var output = CommandLine.Do(
            "train", scratch.Path("own.yaml"), "--seeds", "1..2", "--epochs", "2", "--out", scratch.Path("sweep"), "--threads", "1",
            "--device", "cpu");
        Assert.That(output, Does.Contain("validation errors in percent: of each run's best epoch, chosen by validation"));
        Assert.That(
            File.ReadLines(scratch.Path("sweep/runs.csv")).First(), Does.Contain("bestValidationError").And.EndsWith("testError"));
    }

    [Test]
    public void AValidatedRunInterruptedAnywhereEndsAsTheUninterruptedOne()
    {
        var recipe = RecipeCatalog.Load(scratch.Path("own.yaml"), [new GivenValue("training.checkpointSteps", "2", "test")]);
        var data = DataPlace.Load(recipe, null);
        var whole = Finish("whole", int.MaxValue);
        Assert.That(whole.TestError, Is.Not.Null);
        for (var steps = 5; steps < 40; steps += 9)
        {
            var resumed = Finish($"part{steps}", steps);
            Assert.That((resumed.WeightsSha256, resumed.EpochsDone, resumed.TestError, resumed.Best!.Epoch),
                Is.EqualTo((whole.WeightsSha256, whole.EpochsDone, whole.TestError, whole.Best!.Epoch)));
        }

        RunSummary Finish(string name, int steps)
        {
            var folder = new RunFolder(scratch.Path(name));
            Directory.CreateDirectory(folder.Path);
            while (true)
            {
                using var stop = new CancellationTokenSource();
                using var run = Run.Prepare(folder.HoldsRun ? folder.ReadConfig() : recipe, folder, "cpu", 1, null, data);
                var summary = new RunLoop(run, new StopAfter(steps, stop.Cancel)).Execute(stop.Token);
                if (summary.State != RunState.Interrupted) return summary;
            }
        }
    }

    [Test]
    public void OldConfigurationsAndNewOnesAreOneRun()
    {
        var old = RecipeCatalog.Load("wage-lenet5-mnist", [new GivenValue("model.classes", "10", "old")]);
        Assert.That(old.Differences(RecipeCatalog.Load("wage-lenet5-mnist", [])), Is.Empty);
        Assert.That(RecipeModel.Of(old), Is.EqualTo(RecipeModel.Of(RecipeCatalog.Load("wage-lenet5-mnist", []))));
    }

    [Test]
    public void TheFormatsAreListed() => Assert.That(
        CommandLine.Do("data", "list"), Does.Contain(".npz").And.Contain(".csv").And.Contain("PNG, JPEG, BMP, GIF").And.Contain("emnist-letters"));

    [TestCase("data.validation=100 %", "a whole number of percent below 100"), TestCase("data.size=20", "HEIGHTxWIDTH"),
     TestCase("data.set=mnits", "did you mean mnist?"), TestCase("data.fit=cut", "must be one of crop, pad, stretch"),
     TestCase("model.sizes=auto,10", "the last one may be auto"), TestCase("data.set=./nowhere", "there is no such file or folder"),
     TestCase("data.validation=500", "data.validation: is 500, 500 of 128 images")]
    public void AValueThatIsNoneIsToldTheRule(string setting, string rule) => Assert.That(
        CommandLine.Refusal("train", scratch.Path("own.yaml"), "--out", scratch.Path("none"), "--device", "cpu", "--set", setting),
        Does.Contain(rule));

    [Test]
    public void AConfigurationWithAPlaceReadsBack()
    {
        var recipe = RecipeCatalog.Load(scratch.Path("own.yaml"), [new GivenValue("data.set", "./my \"flowers\": #1", "test")]);
        var again = Wage.Experiments.Recipes.Recipe.Resolve(RecipeReader.ReadText("a.yaml", recipe.ToYaml()));
        Assert.That(again.Differences(recipe), Is.Empty);
    }
}
