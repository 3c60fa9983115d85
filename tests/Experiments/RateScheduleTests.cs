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

    [TestCase("cosine: 8", "but cosine does not say where it ends.", "cosine: 8, to: 1/8")]
    [TestCase("cosine: 8, to: 0", "but with to: 0 the last epoch would learn nothing.", "add per: step")]
    [TestCase("cosine: 8, to: 1/0", "but cosine ends at '1/0', which is no exact ratio.", "1/8")]
    [TestCase("cosine: x, to: 1", "but cosine begins at 'x', which is no exact ratio above 0.", "1/8")]
    [TestCase("cosine: 8, linear: 4, to: 1", "but cosine and linear do not go together.", "leave one away")]
    [TestCase("cosine: 8, to: 1, 0: 4", "but cosine and rates by epoch do not go together.", "leave one away")]
    [TestCase("0: 4, to: 1", "but to is part of a decay, which it has not.", "cosine: 8, to: 1/8")]
    [TestCase("0: 4, epochs: 3", "but epochs is part of a decay, which it has not.", "cosine: 8, to: 1/8")]
    [TestCase("warmUp: 3", "but it has no rate.", "0: 8, 200: 1")]
    [TestCase("cosine: 8, to: 1, epochs: 0", "but its epochs are '0', which is no whole number from 1 to 100000.", "the run's")]
    [TestCase("cosine: 8, to: 1, warmUp: -1", "but its warm-up is '-1', which is no number of epochs up to 100000.", "5 %")]
    [TestCase("cosin: 8, to: 1", "but it has no 'cosin'.", "did you mean cosine?")]
    [TestCase("cosine: 8, to: 1, to: 2", "but 'to' is there twice.", "leave one away")]
    [TestCase("cosine: 8, to: 1, per: image", "but per is 'image', and can be epoch or step.", "per: step")]
    [TestCase("linear: 8, to: 1, warmUp: 5 %", "but a warm-up of 5 % needs per: step.", "add it")]
    [TestCase("linear: 8, to: 0, per: step, warmUp: 100 %", "but its warm-up is '100 %', which is no number of epochs", "below 100")]
    [TestCase("0: 4, 3: 1, per: step", "but only a decay changes per: step.", "linear: 1/10, to: 0, per: step")]
    [TestCase("1: 4", "but its first rate is that of epoch 1, not of epoch 0.", "0: 8")]
    [TestCase("0: 4, 3: 1, 2: 1/2", "but epoch 2 does not come after epoch 3.", "0: 8")]
    [TestCase("0: 4, 3: 0", "but '0' from epoch 3 on is no exact ratio above 0.", "1/8")]
    [TestCase("0: 4, 9999999: 1", "but '9999999' is no epoch, a whole number up to 1000000.", "0: 8")]
    [TestCase("0: 4, 1/8", "but '1/8' is no pair of an epoch or a word and its value.", "0: 8")]
    [TestCase("0", "but must be an exact ratio above 0 such as 1/8, or ratios by epoch", "per: step")]
    [TestCase("{ cosin: 8, to: 1 }", "but it has no 'cosin'.", "did you mean cosine?")]
    [TestCase("fast", "but must be an exact ratio above 0 such as 1/8, or ratios by epoch", "per: step")]
    public void AnythingElseIsRefusedWithWhatIsWrong(string text, string why, string way) => Assert.That(
        () => TinyRun.Recipe($"training.eta={text}"),
        Throws.TypeOf<WageException>().With.Message.Contains($"training.eta is '{text}', {why}").And.Message.Contains(way));

    [TestCase("{ linear: 4, to: 0, per: step, warmUp: 25 % }")]
    [TestCase("{0: 4, 3: 1}")]
    [TestCase("{ 1/8 }")]
    public void OptionsTakeTheBracesOfARecipe(string text) => Assert.That(
        TinyRun.Recipe($"training.eta={text}")["training.eta"],
        Is.EqualTo(TinyRun.Recipe($"training.eta={text.Trim('{', '}', ' ')}")["training.eta"]));

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
