using Wage.Experiments;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;

namespace Wage.Tests.Experiments;

/// <summary>Options that single layers have for themselves, in recipes, on the command line, in run folders and sweeps.</summary>
[Parallelizable]
internal sealed class LayerOptionTests
{
    private const string Yaml = TinyRun.Yaml + "\nlayers: { dense1: { kA: 4, kE: 10 }, dense2: { kW: 8, kG: 12 } }\n";

    [Test]
    public void ALayerHasItsOptionsInTheNetworkTheTableAndTheConfiguration()
    {
        var recipe = Resolve(Yaml);
        var network = RunBuilder.PlanNetwork(recipe);
        Assert.That(network.Table.Select(row => row.Scheme), Is.EqualTo(new[] { "wage 2-4-8-10", "wage 8-8-12-8" }));
        Assert.That(
            network.QuantizedWeights.Select(w => (w.Scheme.W.Range.Limit, w.Scheme.StoredRange.Limit)), Is.EqualTo(new[] { (1, 127), (127, 2047) }));
        var own = network.Identity.Traits.Where(trait => trait.Name.Contains("s.k", StringComparison.Ordinal));
        Assert.That(own.Select(trait => $"{trait.Name}={trait.Value}"),
            Is.EqualTo(new[] { "dense1.outputs.kA=4", "dense1.outputs.kE=10", "dense2.weights.kW=8", "dense2.weights.kG=12" }));
        Assert.That(recipe.ToYaml(), Does.Match(
            @"(?s)accumulator: auto.*\n\nlayers:\n  dense1:\n    kA: 4 +# dense1: bits of activations\n    kE: 10 .*" +
            @"\n  dense2:\n    kW: 8 .*\n\nloss: sse"));
        var again = Recipe.Resolve(RecipeReader.ReadText("c.yaml", recipe.ToYaml()));
        Assert.That((again.Differences(recipe), again.ToYaml()), Is.EqualTo((Array.Empty<string>(), recipe.ToYaml())));
        Assert.That(recipe.Differences(TinyRun.Recipe()), Is.EqualTo(new[]
        {
            "layers.dense1.kA", "layers.dense1.kE", "layers.dense2.kW", "layers.dense2.kG",
        }));
        Assert.That((recipe.BitsOf("dense2").ToString(), recipe.BitsOf("dense3").ToString()), Is.EqualTo(("8-8-12-8", "2-8-8-8")));
    }

    [TestCase("layers: { dense9: { kW: 8 } }", "r.yaml:1: the model has no layer 'dense9'. HINT: did you mean dense1?")]
    [TestCase("layers: { zzzzzz: { kW: 8 } }", "r.yaml:1: the model has no layer 'zzzzzz'. HINT: it has dense1, dense2.")]
    [TestCase("name: a\nlayers:\n  dense1:\n    kw: 8\n", "r.yaml:4: scheme wage has no option 'kw'. HINT: did you mean kW?")]
    [TestCase("layers: { dense1: { trian: false } }", "r.yaml:1: a layer has no option 'trian'. HINT: did you mean train?")]
    [TestCase("layers: { dense1: { train: no } }", "r.yaml:1: layers.dense1.train is 'no', but must be true or false.")]
    [TestCase("layers: { dense1: { kW: 9 } }", "r.yaml:1: layers.dense1.kW is '9', but must be a whole number from 2 to 8.")]
    [TestCase("layers: { dense1: { kW: 8 } }", "r.yaml:1: layers.dense1: scheme.kG: is 8 with kW = 8, but kG must be greater")]
    [TestCase("layers: { dense2: { kA: 4 } }", "r.yaml:1: dense2 has no activations of its own for kA to act on. HINT: it takes kW, kG, kE")]
    [TestCase(
        "model: { batchNorm: true }\nscheme: integer-sgd\nloss: crossEntropy\nlayers: { batchNorm1: { kW: 4 } }",
        "r.yaml:4: batchNorm1 has no weights of its own for kW to act on. HINT: it takes none: leave it away.")]
    [TestCase(
        "model: { batchNorm: true }\nscheme: { kind: integer-sgd, kE: 8, kD: 8 }\nloss: crossEntropy",
        "r.yaml:2: scheme.kD is '8', but must be the word kE, for as many bits as kE has, or 16.")]
    [TestCase("layers: { dense1: { variant: paper } }", "r.yaml:1: variant holds for the whole network, so dense1 cannot have its own.")]
    [TestCase("layers: { dense1: { accumulator: int64 } }", "r.yaml:1: scheme wage has no option 'accumulator'.")]
    [TestCase("layers: dense1", "r.yaml:1: layers is 'dense1', but must be options of a layer. HINT: for example layers: { conv1: { kW: 8 } }.")]
    [TestCase("layers: { dense1: 4 }", "r.yaml:1: layers.dense1 is '4', but must be options of a layer.")]
    [TestCase("layers: { dense1: { kW: { a: 4 } } }", "r.yaml:1: scheme wage has no option 'kW.a'.")]
    public void AMistakeIsRefusedInALineWithItsPlace(string yaml, string part)
    {
        var refusal = Assert.Throws<WageException>(
            () => Recipe.Resolve([.. RecipeReader.ReadText("t.yaml", TinyRun.Yaml), .. RecipeReader.ReadText("r.yaml", yaml)]))!;
        Assert.That(refusal.InWords(), Does.StartWith(part).And.Not.Contains("\n"));
    }

    [Test]
    public void TheCommandLineSetsShowsTrainsResumesAndRefuses()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("tiny.yaml"), TinyRun.Yaml);
        var shown = CommandLine.Run("show", scratch.In("tiny.yaml"), "--set", "layers.dense1.kA=4", "layers.dense1.kW=4");
        Assert.That(shown.Output, Does.Match(@"dense1 +dense +16 +4-4-8-8 ").And.Contain("layers.dense1 differs: kW 4, kA 4."), shown.Error);
        var refused = CommandLine.Run("show", scratch.In("tiny.yaml"), "--set", "layers.dens1.kA=4");
        Assert.That((refused.Code, refused.Error), Is.EqualTo((2, "wage: --set: the model has no layer 'dens1'. HINT: did you mean dense1?\n")));
        string[] train = ["train", scratch.In("tiny.yaml"), "--out", scratch.In("run")];
        Assert.That(CommandLine.Run([.. train, "--epochs", "1", "--set", "layers.dense1.kA=4"]).Code, Is.Zero);
        Assert.That(new RunFolder(scratch.In("run")).ReadConfig()["layers.dense1.kA"], Is.EqualTo("4"));
        var other = CommandLine.Run([.. train, "--epochs", "2", "--resume", "--set", "layers.dense1.kA=5"]);
        Assert.That(other.Error, Does.Contain("layers.dense1.kA 4"));
        Assert.That(CommandLine.Run([.. train, "--epochs", "2", "--resume"]).Code, Is.Zero);
        Assert.That(CommandLine.Run("eval", scratch.In("run")).Code, Is.Zero);
    }

    [Test]
    public void ASweepVariesALayersOption()
    {
        var basis = TinyRun.Recipe();
        var plan = SweepPlan.Create(TinyRun.Load, [SweepAxis.Parse("layers.dense1.kA=4..6", basis), SweepAxis.Parse("scheme.kA=7,8", basis)], null);
        Assert.That(plan.Titles, Is.EqualTo(new[] { "dense1.kA", "kA" }));
        Assert.That(plan.Runs.Select(run => run.Recipe!.BitsOf("dense1").A), Is.EqualTo(new[] { 4, 4, 5, 5, 6, 6 }));
        Assert.That(RunNames.DifferingKeys([.. plan.Runs.Select(run => run.Recipe!)]), Is.EqualTo(new[] { "scheme.kA", "layers.dense1.kA" }));
        Assert.That(() => SweepAxis.Parse("layers.dens1.kA=4..6", basis),
            Throws.TypeOf<WageException>().With.Message.EqualTo("--sweep: the model has no layer 'dens1'. HINT: did you mean dense1?"));
        Assert.That(() => SweepAxis.Parse("layers.dense1.ka=4..6", basis), Throws.TypeOf<WageException>().With.Message.Contains("did you mean kA?"));
    }

    /// <summary>Where alpha divides was a key that changed no integer: configurations of older runs name it.</summary>
    [Test]
    public void AKeyThatIsGoneIsReadAndToldInALine()
    {
        using var scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("run"), 1, "training.epochs=1");
        var config = scratch.Run("run").ConfigPath;
        var older = File.ReadAllText(config).Replace("  beta: ", "  alphaAppliedTo: activations\n  beta: ", StringComparison.Ordinal);
        File.WriteAllText(config, older);
        var (code, output, error) = CommandLine.Run("train", "--out", scratch.In("run"), "--resume", "--epochs", "2");
        Assert.That((code, output.Contains("alphaAppliedTo", StringComparison.Ordinal)), Is.EqualTo((0, false)), error);
        File.WriteAllText(scratch.In("old.yaml"), TinyRun.Yaml + "\nscheme: { alphaAppliedTo: weights }\n");
        Assert.That(CommandLine.Run("train", scratch.In("old.yaml"), "--epochs", "1", "--out", scratch.In("other")).Output, Does.Contain(
            $"note     {scratch.In("old.yaml")}:5: scheme.alphaAppliedTo is no key any more; it changes nothing and is left out"));
    }

    private static Recipe Resolve(string yaml) => Recipe.Resolve(RecipeReader.ReadText("r.yaml", yaml));
}
