using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments;

/// <summary>Recipes that extend others, what a recipe promises, and runs that go on after a recipe has changed.</summary>
[Parallelizable]
internal sealed class RecipeSourceTests
{
    private const string Base = TinyRun.Yaml + "\npublished: \"2.50 % test error\"\nexpected: \"3 %\"\nduration: \"a second\"\n";

    [Test]
    public void ARecipeExtendsAnotherWithItsDifferences()
    {
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch.In("sub"));
        Write(scratch, "tiny.yaml", Base);
        Write(scratch, "sub/wide.yaml", "extends: ../tiny.yaml\nmodel: { sizes: [20, 10] }\nlayers: { dense1: { kA: 4 } }\n");
        Write(scratch, "sub/last.yaml", "training: { epochs: 2 }\nextends: wide.yaml\nexpected: mine\n");
        var last = RecipeCatalog.Load(scratch.In("sub/last.yaml"), []);
        Assert.That((last.Name, last["model.sizes"], last["layers.dense1.kA"], last.Epochs, last.Batch), Is.EqualTo(("last", "20,10", "4", 2, 20)));
        Assert.That((last["published"], last["expected"], last["duration"]), Is.EqualTo(("", "mine", "")));
        Write(scratch, "seed.yaml", "extends: tiny.yaml\nname: again\ntraining.seed: 7\n");
        var seed = RecipeCatalog.Load(scratch.In("seed.yaml"), []);
        Assert.That((seed.Name, seed.Seed, seed["published"]), Is.EqualTo(("again", 7UL, "2.50 % test error")));
        Write(scratch, "vgg.yaml", "extends: wage-vgg7-cifar10\nmodel.width: 16\n");
        var vgg = RecipeCatalog.Load(scratch.In("vgg.yaml"), []);
        Assert.That((vgg.ModelKind, vgg.Width, vgg.Epochs, vgg["published"]), Is.EqualTo(("vgg7", 16, 300, "")));
        Assert.That(vgg["paper"], Does.StartWith("Wu"));
    }

    [TestCase("extends: a.yaml\n", "extends itself: ")]
    [TestCase("extends: b.yaml\n", "b.yaml extends a.yaml.")]
    [TestCase("extends: wage-vg7-cifar10\n", "a.yaml:1: extends 'wage-vg7-cifar10': there is neither a built-in recipe nor a file")]
    [TestCase("extnds: digits\n", "a.yaml:1: there is no key 'extnds'. HINT: did you mean extends?")]
    [TestCase("extends: digits\nmodel: { width: 0 }\n", "a.yaml:2: model.width is '0'")]
    public void AWrongOneIsRefusedInALine(string yaml, string part)
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "a.yaml", yaml);
        Write(scratch, "b.yaml", "extends: a.yaml\n");
        Assert.That(CommandLine.Refusal("show", scratch.In("a.yaml")), Does.Contain(part));
        Assert.That(CommandLine.Refusal("show", "--set", "extends=digits"), Does.Contain("extends is for recipes in files"));
    }

    [Test]
    public void AResolvedRecipeRunsToTheSameWeights()
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "tiny.yaml", Base);
        Write(scratch, "own.yaml", "extends: tiny.yaml\nmodel.layers: [{dense: 12, bits: {kA: 4}}, relu, quantize, {dense: 10}]\ntraining.epochs: 1");
        var resolved = CommandLine.Do("show", scratch.In("own.yaml"), "--resolved");
        Write(scratch, "whole.yaml", resolved);
        CommandLine.Do("train", scratch.In("own.yaml"), "--out", scratch.In("a"));
        CommandLine.Do("train", scratch.In("whole.yaml"), "--out", scratch.In("b"));
        Assert.That(RunCard.Of(scratch.Run("b")).WeightsSha256, Is.EqualTo(RunCard.Of(scratch.Run("a")).WeightsSha256));
        Assert.That(CommandLine.Do("show", scratch.In("whole.yaml"), "--resolved"), Is.EqualTo(resolved));
    }

    [TestCase("model.kind=lenet5", "tiny-kind-lenet5")]
    [TestCase("training.eta=0: 3, 2: 1", "tiny-37301efa")]
    [TestCase("data.train=100", "tiny-train-100")]
    [TestCase("layers.dense1.kA=4", "tiny-dense1.kA-4")]
    [TestCase("training.epochs=2", "tiny")]
    public void AKeyThatMattersTakesTheClaimsAwayAndNamesTheFolder(string setting, string folder)
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "tiny.yaml", Base);
        var recipe = RecipeCatalog.Load(scratch.In("tiny.yaml"), [GivenValue.FromSetting(setting)]);
        Assert.That((recipe["published"], recipe["expected"], recipe["duration"]), Is.EqualTo(("", "", "")));
        Assert.That(recipe.RunName, Is.EqualTo(folder));
        Assert.That(CommandLine.Do("show", scratch.In("tiny.yaml"), "--set", setting), Does.Not.Contain("2.50 %").And.Not.Contain("a second"));
        var given = RecipeCatalog.Load(scratch.In("tiny.yaml"), [GivenValue.FromSetting(setting), GivenValue.FromSetting("published=1 %")]);
        Assert.That((given["published"], given["expected"]), Is.EqualTo(("1 %", "")), "what is said beside it holds");
    }

    [TestCase("training.seed=5", "tiny")]
    [TestCase("training.checkpointSteps=7", "tiny")]
    [TestCase("training.batch=20", "tiny")]
    [TestCase("name=mine", "mine")]
    public void WhatChangesNothingOfItLeavesTheClaims(string setting, string folder)
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "tiny.yaml", Base);
        var recipe = RecipeCatalog.Load(scratch.In("tiny.yaml"), [GivenValue.FromSetting(setting)]);
        Assert.That((recipe["published"], recipe.RunName), Is.EqualTo(("2.50 % test error", folder)));
    }

    [Test]
    public void ARunOfOtherValuesIsNotDrawnAgainstTheFigureOfTheRecipe()
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "tiny.yaml", Base.Replace("epochs: 4", "epochs: 1", StringComparison.Ordinal));
        foreach (var (name, set) in new[] { ("as", "training.seed=2"), ("other", "data.train=100") })
            CommandLine.Do("train", scratch.In("tiny.yaml"), "--out", scratch.In(name), "--set", set);
        Assert.That(RunRecord.Open(scratch.In("as")).PublishedPercent, Is.EqualTo(2.5));
        Assert.That(RunRecord.Open(scratch.In("other")).PublishedPercent, Is.Null);
        CommandLine.Do("plot", scratch.In("as"), "--out", scratch.In("as.svg"));
        CommandLine.Do("plot", scratch.In("other"), "--out", scratch.In("other.svg"));
        Assert.That(File.ReadAllText(scratch.In("as.svg")), Does.Contain("published"));
        Assert.That(File.ReadAllText(scratch.In("other.svg")), Does.Not.Contain("published"));
    }

    [Test]
    public void ARecipeThatChangedDoesNotGoOnWithTheOldRun()
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "tiny.yaml", TinyRun.Yaml);
        string[] train = ["train", scratch.In("tiny.yaml"), "--out", scratch.In("run")];
        CommandLine.Do([.. train, "--epochs", "1", "--set", "model.kind=resnet", "model.blocks=1", "data.train=40", "data.test=20"]);
        CommandLine.Do([.. train, "--resume"]);
        var changed = TinyRun.Yaml.Replace("0: 4, 2: 1/3", "0: 2, 2: 1/3", StringComparison.Ordinal)
            .Replace("batch: 20", "batch: 10", StringComparison.Ordinal);
        Write(scratch, "tiny.yaml", changed);
        Assert.That(CommandLine.Refusal([.. train, "--resume"]), Does.Contain(
            "holds a run of another tiny: this one has training.batch 10, in the run 20; training.eta 0: 2, 2: 1/3, in the run 0: 4, 2: 1/3. " +
            $"HINT: `wage train --out {scratch.In("run")} --resume` goes on"));
        Directory.CreateDirectory(scratch.In("sub"));
        Write(scratch, "sub/tiny.yaml", TinyRun.Yaml.Replace("[16, 10]", "[17, 10]", StringComparison.Ordinal));
        var namesake = CommandLine.Refusal("train", scratch.In("sub/tiny.yaml"), "--out", scratch.In("run"), "--resume");
        Assert.That(namesake, Does.Contain("model.sizes 17,10, in the run 16,10"));
        CommandLine.Do("train", "--out", scratch.In("run"), "--resume");
        Write(scratch, "tiny.yaml", TinyRun.Yaml.Replace("epochs: 4", "epochs: 9", StringComparison.Ordinal));
        Assert.That(CommandLine.Do([.. train, "--resume"]), Does.Not.Contain("note "), "the epochs were the command line's");
    }

    [Test]
    public void OtherEpochsInTheFileAreToldAndTheRunKeepsItsOwn()
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "tiny.yaml", TinyRun.Yaml.Replace("epochs: 4", "epochs: 1", StringComparison.Ordinal));
        string[] train = ["train", scratch.In("tiny.yaml"), "--out", scratch.In("run")];
        CommandLine.Do(train);
        Write(scratch, "tiny.yaml", TinyRun.Yaml.Replace("epochs: 4", "epochs: 2", StringComparison.Ordinal));
        Assert.That(CommandLine.Do([.. train, "--resume"]), Does.Contain(
            "note     the run ends after 1 epoch as it began; the recipe has 2 now (--epochs 2)\n"));
        CommandLine.Do([.. train, "--resume", "--epochs", "2"]);
        Assert.That(RunCard.Of(scratch.Run("run")).EpochsDone, Is.EqualTo(2));
    }

    private static void Write(ScratchFolder scratch, string name, string text) => File.WriteAllText(scratch.In(name), text);
}
