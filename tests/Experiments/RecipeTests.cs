using FsCheck;
using FsCheck.Fluent;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;
using Wage.Schemes;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class RecipeTests
{
    [TestCaseSource(typeof(RecipeCatalog), nameof(RecipeCatalog.Names))]
    public void AResolvedRecipeReadsBackAsItself(string name)
    {
        var presets = RecipeCatalog.Load(name, []).SchemeSettings.Kind.Options.Where(option => option.IsPreset)
            .SelectMany(option => option.Values.Choices.Select(value => new GivenValue($"scheme.{option.Name}", value, "test")));
        foreach (var given in presets.Select(one => new[] { one }).Prepend([]))
        {
            var recipe = RecipeCatalog.Load(name, given);
            var again = Recipe.Resolve(RecipeReader.ReadText("config.yaml", recipe.ToYaml()));
            Assert.That(again.Differences(recipe), Is.Empty);
            Assert.That(again.ToYaml(), Is.EqualTo(recipe.ToYaml()));
        }
    }

    [Test]
    public void AnotherSchemeOnTopTakesNoneOfTheRecipesOptions()
    {
        string[] settings = ["scheme=float32", "scheme.momentum=0.5"];
        var recipe = RecipeCatalog.Load("wage-mlp-mnist", settings.Select(GivenValue.FromSetting));
        Assert.That((recipe["scheme.kind"], recipe["scheme.momentum"], recipe["scheme.kW"]), Is.EqualTo(("float32", "1/2", "-")));
        Assert.That(recipe.Sizes, Is.EqualTo(RecipeCatalog.Load("wage-mlp-mnist", []).Sizes));
        var back = recipe.With([new GivenValue("scheme", "wage", "--set")]);
        Assert.That((back["scheme.kind"], back["scheme.kW"]), Is.EqualTo(("wage", "2")), "the default, not the recipe's 4");
        var same = RecipeCatalog.Load("wage-mlp-mnist", [new GivenValue("scheme", "wage", "--set")]);
        Assert.That(same["scheme.kW"], Is.EqualTo("4"));
    }

    [Test]
    public void ARoundingThatIsTheSameAndTheSameWordSpelledOutAreNoDifference()
    {
        static Recipe Of(params string[] settings) => RecipeCatalog.Load("wage-mlp-mnist", settings.Select(GivenValue.FromSetting));
        Assert.That(Of("scheme.roundingW=halfEven", "scheme.roundingE=same").Differences(Of()), Is.Empty);
        Assert.That(RunNames.DifferingKeys([Of(), Of("scheme.roundingA=halfAway")]), Is.EqualTo(new[] { "scheme.roundingA" }));
        Assert.That(Of("layers.dense1.roundingA=halfEven").Differences(Of()), Is.Empty);
        Assert.That(
            Of("layers.dense1.rounding=halfAway", "layers.dense1.roundingA=halfAway").Differences(Of("layers.dense1.rounding=halfAway")), Is.Empty);
    }

    [Test]
    public void AnyTextsSizesAndSchedulesReadBackAsThemselves()
    {
        var marks = Gen.Elements("a\"\\'#:{}[],&*!|>%@`é日 -".ToCharArray());
        var texts = Gen.Choose(0, 40).SelectMany(length => marks.ArrayOf(length)).Select(chars => new string(chars).Trim());
        var sizes = Gen.Choose(1, 6).SelectMany(length => Gen.Choose(1, 16384).ArrayOf(length));
        var law = Prop.ForAll(Gen.Zip(texts, sizes).ToArbitrary(), pair =>
        {
            var schedule = string.Join(", ", pair.Item2.Select((size, i) => $"{i * 7}: {size}/3"));
            var recipe = TinyRun.Recipe($"paper={pair.Item1}", $"model.sizes={string.Join(",", pair.Item2)}", $"training.eta={schedule}");
            return !Recipe.Resolve(RecipeReader.ReadText("config.yaml", recipe.ToYaml())).Differences(recipe).Any();
        });
        law.Check(Config.QuickThrowOnFailure.WithReplay(2018, 3).WithMaxTest(100));
    }

    [TestCaseSource(typeof(RecipeCatalog), nameof(RecipeCatalog.Names))]
    public void EveryRecipeBuildsItsNetworkAndSaysWhatItIs(string name)
    {
        var recipe = RecipeCatalog.Load(name, [new GivenValue("training.batch", "2", "test")]);
        using var backend = Devices.Create("reference", 0);
        Assert.That(RunBuilder.BuildNetwork(recipe, backend).StoredWeights, Is.Not.Empty);
        var written = RecipeCatalog.Load(name, []);
        foreach (var key in new[] { "paper", "published", "expected", "duration" }) Assert.That(written[key], Is.Not.Empty, key);
        Assert.That(recipe.Name, Is.EqualTo(name));
    }

    [Test]
    public void TheDefaultsAreTheProgramsAndTheVariantPaperTakesThePapersSide()
    {
        Assert.That(WageOptions.Of(Recipe.Resolve([]).SchemeSettings), Is.EqualTo(new WageOptions()));
        var paper = Recipe.Resolve([new GivenValue("scheme.variant", "paper", "test")]);
        Assert.That(WageOptions.Of(paper.SchemeSettings), Is.EqualTo(WageOptions.Paper));
    }

    [TestCase("training.epoch", "training.epochs")]
    [TestCase("epochs", "training.epochs")]
    [TestCase("kw", "scheme.kW")]
    [TestCase("trainig.eta", "training.eta")]
    [TestCase("data.sett", "data.set")]
    [TestCase("scheme.rounding.w", "scheme.roundingW")]
    [TestCase("scheme.rounding.G", "scheme.rounding")]
    [TestCase("qqqqqqqqqq", "wage show --keys")]
    public void AnUnknownKeyIsRefusedWithTheNearestKnownOne(string key, string suggestion)
    {
        Assert.That(() => TinyRun.Recipe($"{key}=1"),
            Throws.TypeOf<WageException>().With.Message.Contains($"'{key}'").And.Message.Contains(suggestion));
    }

    [Test]
    public void AnUnknownKeyInAFileIsRefusedWithItsLine()
    {
        Assert.That(
            () => Recipe.Resolve(RecipeReader.ReadText("mine.yaml", "training:\n  epochs: 2\n  bach: 3\n")),
            Throws.TypeOf<WageException>().With.Message.EqualTo("mine.yaml:3: there is no key 'training.bach'. HINT: did you mean training.batch?"));
    }

    [Test]
    public void AValueThatBreaksItsRuleIsRefusedWithKeyValueAndRule()
    {
        foreach (var key in RecipeKeys.All.Where(key => key.Kind != ValueKind.Text))
        {
            Assert.That(
                () => TinyRun.Recipe($"{key.Name}=-§"),
                Throws.TypeOf<WageException>().With.Message.EqualTo($"--set: {key.Name} is '-§', but must be {key.Kind.Rule}."));
        }
    }

    [TestCase("training.eta=0: 8, 5: 1, 5: 2", "training.eta")]
    [TestCase("training.eta=1: 8", "training.eta")]
    [TestCase("training.eta=0", "training.eta")]
    [TestCase("training.eta=1e-3", "training.eta")]
    [TestCase("training.eta=1/2097152", "2^20")]
    [TestCase("scheme.kG=2", "kG must be greater than kW")]
    [TestCase("training.epochs", "key=value")]
    [TestCase("name=../x", "name")]
    public void ValuesThatDoNotGoTogetherAreRefused(string setting, string part)
    {
        Assert.That(() => TinyRun.Recipe(setting), Throws.TypeOf<WageException>().With.Message.Contains(part));
    }

    [Test]
    public void SettingsOverrideTheFile()
    {
        var recipe = TinyRun.Recipe("training.eta=0.125", "model.sizes=7, 10", "scheme.accumulator=int64",
            "training.seed=18446744073709551615");
        Assert.That(recipe["training.eta"], Is.EqualTo("1/8"));
        Assert.That(recipe.Sizes, Is.EqualTo(new[] { 7, 10 }));
        Assert.That(recipe.Accumulator, Is.EqualTo(Wage.Layers.AccumulatorWidth.Int64));
        Assert.That(recipe.Seed, Is.EqualTo(ulong.MaxValue));
    }

    [Test]
    public void ARoundingForEachKindReadsAlikeAsMappingAndAsKeys()
    {
        var keys = TinyRun.Recipe("scheme.roundingW=towardZero", "scheme.roundingA=stochastic", "layers.dense1.roundingA=halfAway");
        Recipe[] others =
        [
            Read("scheme: { rounding: { W: towardZero, A: stochastic } }\nlayers: { dense1: { rounding: { A: halfAway } } }"),
            Read("scheme:\n  rounding.W: towardZero\n  rounding:\n    A: stochastic\nlayers:\n  dense1:\n    rounding.A: halfAway\n"),
            TinyRun.Recipe("scheme.rounding.W=towardZero", "scheme.rounding.A=stochastic", "layers.dense1.rounding.A=halfAway"),
        ];
        foreach (var other in others) Assert.That(other.ToYaml(), Is.EqualTo(keys.ToYaml()));
        Assert.That(keys.ToYaml(), Does.Contain("  roundingA: stochastic").And.Contain("\n    roundingA: halfAway"));
        Assert.That(Recipe.Resolve(RecipeReader.ReadText("c.yaml", keys.ToYaml())).ToYaml(), Is.EqualTo(keys.ToYaml()));
        Assert.That(SweepAxis.Parse("layers.dense1.rounding.E=stochastic,same", keys).Key, Is.EqualTo("layers.dense1.roundingE"));
        Assert.That(RecipeKeys.Complete("scheme.rounding.A="), Does.Contain("scheme.rounding.A=pseudoStochastic"));
    }

    [TestCase("scheme: { rounding: { A: halfEven }, roundingA: halfAway }", "r.yaml:1: the key 'scheme.roundingA' is there twice.")]
    [TestCase("scheme: { rounding: { A: down } }", "r.yaml:1: scheme.roundingA is 'down', but must be one of same, halfEven, halfAway, ")]
    [TestCase("scheme: { rounding: { G: halfEven } }", "r.yaml:1: there is no key 'scheme.rounding.G'. HINT: did you mean scheme.rounding?")]
    [TestCase("scheme: { rounding: { A: { b: 1 } } }", "r.yaml:1: there is no key 'scheme.roundingA.b'. HINT: did you mean scheme.roundingA?")]
    [TestCase("scheme: { rounding: stochastic }", "r.yaml:1: scheme.rounding is 'stochastic', but must be halfEven or halfAway.")]
    [TestCase("layers: { dense1: { rounding: { w: same } } }", "r.yaml:1: scheme wage has no option 'rounding.w'. HINT: did you mean roundingW?")]
    [TestCase("layers: { dense2: { rounding: { A: same } } }", "r.yaml:1: dense2 has no activations of its own for roundingA to act on.")]
    public void ARoundingThatIsNoneIsRefusedWithItsPlace(string yaml, string message) =>
        Assert.That(() => Read(yaml), Throws.TypeOf<WageException>().With.Message.StartsWith(message));

    private static Recipe Read(string yaml) =>
        Recipe.Resolve([.. RecipeReader.ReadText("t.yaml", TinyRun.Yaml), .. RecipeReader.ReadText("r.yaml", yaml)]);

    [Test]
    public void AScheduleReadsAlikeAsTextMappingAndList()
    {
        const string schedule = "0: 8, 200: 1, 250: 1/8";
        foreach (var eta in new[] { $"\"{schedule}\"", $"{{ {schedule} }}", $"[{schedule}]", "\n    0: 8\n    200: 1\n    250: 0.125" })
            Assert.That(Recipe.Resolve(RecipeReader.ReadText("s.yaml", $"training:\n  eta: {eta}\n"))["training.eta"], Is.EqualTo(schedule), eta);
    }
}
