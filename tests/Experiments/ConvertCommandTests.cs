using System.Text.Json.Nodes;

namespace Wage.Tests.Experiments;

/// <summary>From training with fake quantization to a file of integers, by the console.</summary>
[Parallelizable]
internal sealed class ConvertCommandTests
{
    private ScratchFolder scratch = null!;
    private string run = null!;

    [OneTimeSetUp]
    public void Train()
    {
        scratch = new ScratchFolder();
        run = scratch.In("run");
        CommandLine.Do(
            "train", "affine-mlp-digits", "--set", "data.train=400", "data.test=100", "training.batch=20", "training.epochs=2", "layers.dense2.kW=4",
            "--threads", "2", "--out", run);
    }

    [OneTimeTearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void ItWritesTheIntegersAndSaysHowTheyCompare()
    {
        var output = CommandLine.Do("convert", run);
        Assert.That(output, Does.Contain("multipliers rounded double").And.Contain("fixed by what a pixel means").And.Contain("100 test images"));
        Assert.That(output, Does.Match(@"dense2 +weights +4 +\[-").And.Match(@"dense1 +activations +8 +\[0, "));
        Assert.That(output, Does.Match(@"dense3 +bias +int32, in the unit of the sums"));
        var model = Path.Combine(run, "model.wplan");
        var json = JsonNode.Parse(CommandLine.Do("convert", run, "--rounding", "single", "--json", "--out", scratch.In("single.wplan")))!;
        Assert.That((string)json["rounding"]!, Is.EqualTo("single"));
        Assert.That((double)json["sameClass"]!, Is.GreaterThanOrEqualTo(0.99));
        Assert.That(json["tensors"]!.AsArray().Select(tensor => (string)tensor!["name"]!), Is.EqualTo(new[] { "input", "dense1", "dense2" }));
        var scored = JsonNode.Parse(CommandLine.Do("eval", model, "--json"))!;
        var exported = scratch.In("exported.wplan");
        CommandLine.Do("export", run, "--out", exported);
        Assert.That(File.ReadAllBytes(exported), Is.EqualTo(File.ReadAllBytes(model)));
        Assert.That((double)scored["runs"]![0]!["accuracy"]!, Is.EqualTo(1 - (double)json["integerError"]!).Within(0.02));
    }

    [Test]
    public void ShowReportsWhatIsQuantizedAndWhatIsNot()
    {
        Assert.That(CommandLine.Do("show", run), Does.Match(@"dense1 +activations +8 +\[0, .*moving range"));
        var recipe = CommandLine.Do("show", "affine-mlp-digits");
        Assert.That(recipe, Does.Match(@"dense1 +activations +8 +no range yet: no training step has measured it"));
        Assert.That(recipe, Does.Match(@"dense3 +scores +int32, the sums themselves"));
    }

    [Test]
    public void WhatCannotBeConvertedIsSaidInOneLine()
    {
        var plain = scratch.In("plain");
        CommandLine.Do(
            "train", "float32-mlp-digits", "--set", "data.train=100", "data.test=50", "training.batch=20", "training.epochs=1", "--out", plain);
        Refused("scheme float32: trains in float32 without ranges", "convert", plain);
        var foreign = scratch.In("foreign.txt");
        File.WriteAllText(foreign, "kept");
        Refused("is there, and no model's file", "convert", run, "--out", foreign);
        Assert.That(File.ReadAllText(foreign), Is.EqualTo("kept"));
        Refused("--rounding: is 'both', but must be double or single", "convert", run, "--rounding", "both");
    }

    private static void Refused(string message, params string[] arguments)
    {
        var (code, _, error) = CommandLine.Run(arguments);
        Assert.That(code, Is.EqualTo(2), error);
        Assert.That(error, Does.Contain(message));
        Assert.That(error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }
}
