using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Numbers;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class RateScheduleTests
{
    [TestCase("{ cosine: 8, to: 0.125 }", "cosine: 8, to: 1/8, epochs: 4", "8 193/32 67/32 1/8")]
    [TestCase("{ to: 1, linear: 4 }", "linear: 4, to: 1, epochs: 4", "4 3 2 1")]
    [TestCase("{ linear: 4, to: 2, epochs: 2 }", "linear: 4, to: 2, epochs: 2", "4 2 2 2")]
    [TestCase("{ linear: 4, to: 1, warmup: 1 }", "linear: 4, to: 1, epochs: 4, warmUp: 1", "2 4 5/2 1")]
    [TestCase("{ 0: 4, warmUp: 2, 3: 1 }", "0: 4, 3: 1, warmUp: 2", "4/3 8/3 4 1")]
    [TestCase("{ 0: 4, warmUp: 0 }", "4", "4 4 4 4")]
    [TestCase("{ linear: 4, to: 0, warmUp: 25 %, per: Step }", "linear: 4, to: 0, epochs: 4, per: step, warmUp: 25 %", "2 10/3 2 2/3")]
    [TestCase("{ linear: 4, to: 1, per: step, warmUp: 1, epochs: 2 }", "linear: 4, to: 1, epochs: 2, per: step, warmUp: 1", "2 5/2 5/2 5/2")]
    [TestCase("{ linear: 4, to: 1, per: epoch }", "linear: 4, to: 1, epochs: 4", "4 3 2 1")]
    public void AScheduleIsReadInWords(string yaml, string text, string rates)
    {
        var given = RecipeReader.ReadText("r.yaml", $"training: {{ eta: {yaml} }}");
        var recipe = Recipe.Resolve([.. RecipeReader.ReadText("t.yaml", TinyRun.Yaml), .. given]);
        Assert.That(recipe["training.eta"], Is.EqualTo(text));
        Assert.That(string.Join(" ", Enumerable.Range(0, 4).Select(recipe.Rate.At)), Is.EqualTo(rates));
        Assert.That(Recipe.Resolve(RecipeReader.ReadText("c.yaml", recipe.ToYaml())).ToYaml(), Is.EqualTo(recipe.ToYaml()));
        Assert.That(recipe.With([new GivenValue("training.epochs", "9", "test")])["training.eta"], Is.EqualTo(text), "more epochs move no rate");
    }

    [TestCase("cosine: 8")]
    [TestCase("cosine: 8, to: 0")]
    [TestCase("cosine: 8, linear: 4, to: 1")]
    [TestCase("cosine: 8, to: 1, 0: 4")]
    [TestCase("0: 4, to: 1")]
    [TestCase("0: 4, epochs: 3")]
    [TestCase("warmUp: 3")]
    [TestCase("cosine: 8, to: 1, epochs: 0")]
    [TestCase("cosine: 8, to: 1, warmUp: -1")]
    [TestCase("cosin: 8, to: 1")]
    [TestCase("cosine: 8, to: 1, to: 2")]
    [TestCase("cosine: 8, to: 1, per: image")]
    [TestCase("linear: 8, to: 1, warmUp: 5 %")]
    [TestCase("linear: 8, to: 0, per: step, warmUp: 100 %")]
    [TestCase("0: 4, 3: 1, per: step")]
    public void AnythingElseIsRefusedWithTheRule(string text) => Assert.That(
        () => TinyRun.Recipe($"training.eta={text}"),
        Throws.TypeOf<WageException>().With.Message.Contains($"training.eta is '{text}', but must be").And.Message.Contains("cosine: 8, to: 1/8"));

    [Test]
    public void TheRatesAreShownAndARunOfThemResumesToTheSameWeights()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        string[] set = ["--set", "training.eta=cosine: 4, to: 1/8, warmUp: 1"];
        Assert.That(CommandLine.Do(["show", scratch.In("tiny.yaml"), .. set]), Does.Contain(
            "\nlr          2, from epoch 2 4, from epoch 3 33/16, from epoch 4 1/8\n"));
        Assert.That(CommandLine.Do("show", "wage-vgg7-cifar10"), Does.Contain("\nlr          8, from epoch 201 1, from epoch 251 1/8\n"));
        var whole = TinyRun.Finish(scratch.Run("whole"), 1, set[1]);
        var folder = scratch.Run("part");
        using (var stop = new CancellationTokenSource())
        using (var run = TinyRun.Prepare(folder, 1, set[1]))
            new RunLoop(run, new StopAfter(23, stop.Cancel)).Execute(stop.Token);
        Assert.That(TinyRun.Finish(folder).WeightsSha256, Is.EqualTo(whole.WeightsSha256));
        Assert.That(whole.WeightsSha256, Is.Not.EqualTo(TinyRun.Finish(scratch.Run("other"), 1, "training.eta=4").WeightsSha256));
    }

    [Test]
    public void ARateByStepIsThatOfEveryStepInEverySchemeAndAfterAResume()
    {
        const string eta = "training.eta=linear: 1, to: 0, per: step, warmUp: 25 %";
        foreach (var scheme in (string[])["wage", "float32"])
        {
            using var scratch = new ScratchFolder();
            string[] set = [.. TinyRun.Of(scheme), eta, "training.checkpointSteps=100"];
            var whole = TinyRun.Finish(scratch.Run("whole"), 1, set);
            var folder = scratch.Run("part");
            using (var stop = new CancellationTokenSource())
            using (var run = TinyRun.Prepare(folder, 1, set))
            {
                Assert.That(string.Join(" ", run.Trainer.Rate, run.Trainer.Options.Rate.At(3, 9, 10)), Is.EqualTo("1/20 1/60"));
                new RunLoop(run, new StopAfter(23, stop.Cancel)).Execute(stop.Token);
                Assert.That(run.Trainer.Rate, Is.EqualTo(new Ratio(11, 20)), "step 23 of 40: 1 - (23.5 / 40 - 1 / 4) / (3 / 4)");
            }

            Assert.That(TinyRun.Finish(folder).WeightsSha256, Is.EqualTo(whole.WeightsSha256), scheme);
            Assert.That(TinyRun.Results(folder), Is.EqualTo(TinyRun.Results(scratch.Run("whole"))), scheme);
        }

        Assert.That(CommandLine.Do("show", "digits", "--set", eta), Does.Contain("\nlr          by step; halfway in epoch 1 "));
    }

    [Test]
    public void ARunOfADecayIsGivenMoreEpochsWithItsRecipeNamed()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml.Replace("{ 0: 4, 2: 1/3 }", "{ cosine: 4, to: 1/8 }", StringComparison.Ordinal));
        string[] train = ["train", scratch.In("tiny.yaml"), "--out", scratch.In("a"), "--epochs", "2", "--threads", "1", "--device", "cpu"];
        string[] resume = ["train", scratch.In("tiny.yaml"), "--out", scratch.In("a"), "--resume"];
        CommandLine.Do(train);
        Assert.That(CommandLine.Do([.. resume, "--epochs", "3"]), Does.Contain("resumes  after 2 epochs"));
        string[] again = [.. resume, "--set", "training.eta=cosine: 4, to: 1/8", "training.epochs=4"];
        Assert.That(CommandLine.Do(again), Does.Contain("resumes  after 3 epochs"));
        var config = scratch.Run("a").ReadConfig();
        Assert.That((config.Epochs, config["training.eta"]), Is.EqualTo((4, "cosine: 4, to: 1/8, epochs: 2")));
        Assert.That(CommandLine.Do([.. resume, "--epochs", "5"]), Does.Contain("resumes  after 4 epochs"));
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml.Replace("{ 0: 4, 2: 1/3 }", "{ cosine: 8, to: 1/8 }", StringComparison.Ordinal));
        Assert.That(CommandLine.Refusal([.. resume, "--epochs", "6"]), Does.Contain(
            "training.eta cosine: 8, to: 1/8, epochs: 2, in the run cosine: 4, to: 1/8, epochs: 2"));
    }
}
