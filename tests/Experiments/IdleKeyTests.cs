using Wage.Experiments.Recipes;

namespace Wage.Tests.Experiments;

/// <summary>What is given and changes nothing is said; what does not go together has its place.</summary>
[Parallelizable]
internal sealed class IdleKeyTests
{
    [TestCase("model.kind=mlp; model.width=64", "--set: model.width changes nothing: model.kind mlp does not take it")]
    [TestCase("model.sizes=50,10", "--set: model.sizes changes nothing: model.kind lenet5 does not take it")]
    [TestCase("model.kind=vgg7; model.blocks=2", "--set: model.blocks changes nothing: model.kind vgg7 does not take it")]
    [TestCase("model.layers=[{dense: 10}]; model.classes=10", "--set: model.classes changes nothing: model.kind layers does not take it")]
    [TestCase("model.initialLayers=conv1", "--set: model.initialLayers changes nothing: model.initial names no weights")]
    [TestCase("data.testShare=10%", "--set: data.testShare changes nothing: digits has test images")]
    [TestCase("model.kind=vgg7; model.shortcut=subsample", "--set: model.shortcut changes nothing: model.kind vgg7 does not take it")]
    [TestCase("model.kind=resnet; model.width=8; model.blocks=1; model.classes=10", null)]
    [TestCase("data.set=./flowers; data.testShare=10%", null)]
    public void AKeyThatChangesNothingIsNamed(string settings, string? notice) => Assert.That(
        RecipeCatalog.Load("digits", [.. settings.Split("; ").Select(GivenValue.FromSetting)]).Notices,
        Is.EqualTo(notice is null ? Array.Empty<string>() : [notice]));

    /// <summary>wage-lenet5-mnist has a padding, which is no mistake of who takes another network.</summary>
    [Test]
    public void WhatAnotherRecipeSaysOfItsOwnNetworkIsNoMatter() => Assert.That(
        RecipeCatalog.Load("wage-lenet5-mnist", [GivenValue.FromSetting("model.kind=mlp")]).Notices, Is.Empty);

    [Test]
    public void TheBuiltInRecipesSayNothingInVain()
    {
        foreach (var name in RecipeCatalog.Names) Assert.That(RecipeCatalog.Load(name, []).Notices, Is.Empty, name);
    }

    [Test]
    public void OptionsThatDoNotGoTogetherHaveTheirPlace()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("own.yaml"), "data: { set: digits }\nscheme: { kW: 8 }\n");
        var path = scratch.In("own.yaml");
        Assert.That(CommandLine.Refusal("show", path), Does.StartWith($"wage: {path}:2: scheme.kG: is 8 with kW = 8"));
        Assert.That(CommandLine.Refusal("show", "digits", "--set", "scheme.kW=8"), Does.StartWith("wage: --set: scheme.kG: is 8 with kW = 8"));
    }

    [Test]
    public void ASettingBehindAnotherOptionIsToldWhereItBelongs() => Assert.That(
        CommandLine.Refusal("train", "digits", "--epochs", "1", "data.train=500"),
        Is.EqualTo("wage: 'data.train=500' stands behind no option. HINT: settings follow --set: --set data.train=500.\n"));

    [Test]
    public void TheHelpNamesAnArgumentByItsName()
    {
        var help = CommandLine.Do("--help").Split('\n');
        Assert.That(help, Has.Some.Match(@"^  train <RECIPE> +Train a recipe"));
        Assert.That(CommandLine.Do("train", "--help"), Does.Match(@"\n  <RECIPE> +A built-in recipe"));
    }
}
