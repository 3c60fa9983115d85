using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tests.Experiments;

namespace Wage.Tests.Schemes;

/// <summary>Schemes by name: WAGE, and one of this assembly that is registered as anybody's would be.</summary>
[NonParallelizable]
internal sealed class RegistryTests
{
    private static readonly SchemeKind Plain = new(
        "plain", "WAGE's quantizers, small first weights, no scale",
        [
            new SchemeOption("bits", OptionValues.Whole(2, 8), "4", "bits of everything but stored weights") { Parts = LayerParts.Weights },
            new SchemeOption("ties", OptionValues.Words("even", "away"), "even", "where ties go"),
            new SchemeOption("ranges.E", OptionValues.Words("current", "in-hindsight"), "current", "whose range errors take")
            { Parts = LayerParts.Weights },
            new SchemeOption("ranges.momentum", OptionValues.Fraction, "9/10", "how slowly it moves"),
        ],
        settings => new PlainScheme(settings.Whole("bits"), settings["ties"] == "even" ? Rounding.HalfEven : Rounding.HalfAway));

    [OneTimeSetUp]
    public void Register() => SchemeRegistry.Register(Plain);

    [Test]
    public void OptionsAndTheirNamesSayTheSameScheme()
    {
        var others = WageOptions.Paper with
        {
            Bits = new BitWidths(3, 7, 12, 8),
            ErrorWindow = 4,
            WeightClipMask = true,
            ActivationClipMask = ClipMask.None,
            Beta = new Ratio(1, 3),
            GradientRange = RangeEstimator.InHindsight,
            RangeMomentum = null,
            FixedErrorRange = 3,
            FixedGradientRange = 54,
        };
        foreach (var options in new[] { new WageOptions(), WageOptions.Paper, others })
        {
            var scheme = options.ToScheme();
            Assert.That(WageOptions.Of(scheme.Settings!), Is.EqualTo(options));
            var again = SchemeRegistry.Create("wage", scheme.Settings!.Kind.Options.Select(option => (option.Name, scheme.Settings[option.Name])));
            Assert.That(again.Traits, Is.EqualTo(scheme.Traits));
        }

        Assert.That(WageOptions.Of(SchemeRegistry.Create("wage", ("variant", "paper")).Settings!), Is.EqualTo(WageOptions.Paper));
    }

    [TestCase("wagf", "kW", "2", "there is no scheme 'wagf'. HINT: did you mean wage?")]
    [TestCase("zzzz", "kW", "2", "there is no scheme 'zzzz'. HINT: there are wage")]
    [TestCase("wage", "kw", "2", "scheme wage has no option 'kw'. HINT: did you mean kW?")]
    [TestCase("wage", "kW", "9", "wage: kW is '9', but must be a whole number from 2 to 8.")]
    [TestCase("wage", "rounding", "halfeven", "wage: rounding is 'halfeven', but must be halfEven or halfAway. HINT: did you mean halfEven?")]
    [TestCase("wage", "kG", "2", "kG: is 2 with kW = 2")]
    public void AnUnknownNameAndAValueBeyondItsRuleAreRefusedWithTheNearest(string scheme, string option, string value, string part) => Assert.That(
        () => SchemeRegistry.Create(scheme, (option, value)), Throws.TypeOf<WageException>().With.Message.Contains(part));

    [Test]
    public void ASchemeOfAnotherAssemblyTrainsByItsNameAndItsOptionsAreKeys()
    {
        var recipe = TinyRun.Recipe("scheme=plain", "scheme.bits=6", "layers.dense2.bits=8");
        Assert.That(recipe.Bits.ToString(), Is.EqualTo("6-6-10-6"));
        var yaml = recipe.ToYaml();
        Assert.That(yaml, Does.Contain("  kind: plain ").And.Contain("  ties: even ").And.Contain("# where ties go").And.Not.Contain("kW"));
        Assert.That(Recipe.Resolve(RecipeReader.ReadText("c.yaml", yaml)).Differences(recipe), Is.Empty);
        Assert.That(() => recipe.With([new GivenValue("scheme.tys", "even", "--set")]),
            Throws.TypeOf<WageException>().With.Message.EqualTo("--set: there is no key 'scheme.tys'. HINT: did you mean scheme.ties?"));
        Assert.That(recipe.Differences(TinyRun.Recipe()), Does.Contain("scheme.kind").And.Contain("scheme.bits").And.Contain("scheme.kW"));
        Assert.That(recipe.With([new GivenValue("scheme.kind", "wage", "--set")]).Differences(TinyRun.Recipe()), Is.Empty);
        Assert.That(CommandLine.Run("show", "--keys").Output, Does.Contain("scheme.bits").And.Contain("(scheme plain)"));
        using var scratch = new ScratchFolder();
        var summary = TinyRun.Finish(scratch.Run("plain"), 1, "scheme=plain", "training.epochs=1");
        Assert.That(summary.Best!.ChooserError, Is.LessThan(1));
        using var again = TinyRun.Prepare(scratch.Run("plain"));
        Assert.That(again.Trainer.Network.Identity.Traits[1].Value, Is.EqualTo("plain"));
    }

    [Test]
    public void AKindMadeOfAComposedSchemeIsToldByItsOwnNameAndOptions()
    {
        ShiftWeights Weights(int bits) => new(new BitWidths(bits, 8, 9, 8), default, false);
        var kind = new SchemeKind("wider", string.Empty, [new SchemeOption("w", OptionValues.Whole(2, 8), "2", string.Empty)], settings =>
            new ComposedScheme(new WageOptions().ToScheme(), "inner", w: Weights(settings.Whole("w"))));
        Assert.That(kind.Create(kind.Settings(("w", "3"))).Traits.Select(trait => $"{trait.Name}={trait.Value}"),
            Is.EqualTo(new[] { "scheme=wider", "scheme.w=3" }));
    }

    /// <summary>A composed scheme's stored weights are its basis's: 9 bits in int16 are not 16.</summary>
    [Test]
    public void AComposedSchemeStoresWhatItsBasisStores() => Assert.That(
        new ComposedScheme((new WageOptions { Bits = new BitWidths(2, 8, 9, 8) }).ToScheme(), "a").StoredRange.Limit, Is.EqualTo(255));

    [TestCase("scheme: wage\n", "wage")]
    [TestCase("scheme: plain\n", "plain")]
    [TestCase("scheme: { kind: plain, bits: 5 }\n", "plain")]
    public void ARecipeNamesItsSchemeByAWordOrAMapping(string yaml, string kind) =>
        Assert.That(Recipe.Resolve(RecipeReader.ReadText("r.yaml", yaml)).SchemeSettings.Kind.Name, Is.EqualTo(kind));

    [TestCase("scheme: wagee\n",
        "r.yaml:1: scheme.kind is 'wagee', but must be one of wage, integer-sgd, float32, affine, uniform, sq, plain. HINT: did you mean wage?")]
    [TestCase("scheme: [wage]\nname: a\nscheme: wage\n", "r.yaml:3: the key 'scheme' is there twice")]
    [TestCase("scheme:\n  kind: plain\n  kW: 3\n", "r.yaml:3: the scheme plain has no 'scheme.kW'")]
    public void AnUnknownSchemeOrOptionOfARecipeIsRefusedWithItsPlace(string yaml, string part) => Assert.That(
        () => Recipe.Resolve(RecipeReader.ReadText("r.yaml", yaml)), Throws.TypeOf<WageException>().With.Message.Contains(part));

    [Test]
    public void ANameIsTakenOnceAndATableIsChecked()
    {
        SchemeKind Kind(string name, params SchemeOption[] options) => new(name, string.Empty, options, _ => SchemeRegistry.Create("wage"));
        Assert.That(() => SchemeRegistry.Register(Kind("wage")), Throws.ArgumentException);
        Assert.That(() => Kind("two words"), Throws.ArgumentException);
        var option = new SchemeOption("a", OptionValues.Flag, "true", string.Empty);
        Assert.That(() => Kind("x", option, option), Throws.ArgumentException);
        Assert.That(() => Kind("x", option with { Default = "yes" }), Throws.ArgumentException);
        Assert.That(() => Kind("x", option with { Otherwise = ("b", "1", "true") }), Throws.ArgumentException);
        SchemeOption inSection = option with { Name = "r.a" }, other = option with { Name = "r.b" };
        Assert.That(Kind("x", inSection, other, option).Options.Select(one => one.Section), Is.EqualTo(new[] { "r", "r", "" }));
        Assert.That(() => Kind("x", inSection, option, other), Throws.ArgumentException, "a section is written once");
        Assert.That(() => Kind("x", inSection, option with { Name = "r" }), Throws.ArgumentException, "a value and a section cannot have one key");
        foreach (var name in new[] { "r.", ".a", "r.a.b" }) Assert.That(() => Kind("x", option with { Name = name }), Throws.ArgumentException, name);
    }

    [TestCase("scheme: { kind: plain, ranges: { E: in-hindsight, momentum: 0.5 } }\nlayers: { dense2: { ranges: { E: current }, bits: 5 } }\n")]
    [TestCase("scheme: { kind: plain, ranges.E: in-hindsight, ranges.momentum: 1/2 }\nlayers: { dense2: { bits: 5, ranges.E: current } }\n")]
    public void OptionsWithASectionAreWrittenNestedOrWithTheDot(string yaml)
    {
        var nested = Recipe.Resolve([.. RecipeReader.ReadText("t.yaml", TinyRun.Yaml), .. RecipeReader.ReadText("r.yaml", yaml)]);
        var set = TinyRun.Recipe(
            "scheme=plain", "scheme.ranges.E=in-hindsight", "scheme.ranges.momentum=0.5", "layers.dense2.ranges.E=current", "layers.dense2.bits=5");
        Assert.That(nested.Differences(set), Is.Empty);
        Assert.That(nested.ToYaml(), Is.EqualTo(set.ToYaml()));
        Assert.That(nested.ToYaml(), Does.Match(
            @"(?s)\n  ranges:\n    E: in-hindsight .*\n    momentum: 1/2 .*\nlayers:\n  dense2:\n    bits: 5 .*\n    ranges:\n      E: current "));
        var again = Recipe.Resolve(RecipeReader.ReadText("c.yaml", nested.ToYaml()));
        Assert.That((again.ToYaml(), again.Differences(nested)), Is.EqualTo((nested.ToYaml(), Array.Empty<string>())));
        Assert.That(nested.SchemeSettings.Word<Estimator>("ranges.E"), Is.EqualTo(Estimator.InHindsight));
        Assert.That(
            nested.Layers.Options.Select(own => $"{own.Layer} {own.Option} {own.Value}"),
            Is.EqualTo(new[] { "dense2 bits 5", "dense2 ranges.E current" }));
    }

    [TestCase("scheme: { kind: plain, ranges: { e: current } }\n",
        "r.yaml:1: there is no key 'scheme.ranges.e'. HINT: did you mean scheme.ranges.E?")]
    [TestCase("scheme: { kind: plain, ranges: { E: in-hindsigt } }\n",
        "r.yaml:1: scheme.ranges.E is 'in-hindsigt', but must be current or in-hindsight. HINT: did you mean in-hindsight?")]
    [TestCase("scheme: { kind: plain, ranges: { E: current }, ranges.E: current }\n", "r.yaml:1: the key 'scheme.ranges.E' is there twice")]
    [TestCase("scheme: plain\nlayers: { dense1: { ranges: { momentum: 1/2 } } }\n", "r.yaml:2: ranges.momentum holds for the whole network")]
    public void AMistakeInASectionIsRefusedWithItsPlace(string yaml, string part) => Assert.That(
        () => Recipe.Resolve(RecipeReader.ReadText("r.yaml", yaml)), Throws.TypeOf<WageException>().With.Message.StartsWith(part));

    [Test]
    public void ASweepVariesAnOptionOfASectionAndRunsAreToldByIt()
    {
        var basis = TinyRun.Recipe("scheme=plain");
        var axes = new[] { SweepAxis.Parse("scheme.ranges.E=current,in-hindsight", basis), SweepAxis.Parse("layers.dense2.ranges.E=current", basis) };
        var plan = SweepPlan.Create(over => TinyRun.Load([new GivenValue("scheme", "plain", "t"), .. over]), axes, null);
        Assert.That(plan.Titles, Is.EqualTo(new[] { "ranges.E", "dense2.ranges.E" }));
        Assert.That(RunNames.DifferingKeys([.. plan.Runs.Select(run => run.Recipe!)]), Is.EqualTo(new[] { "scheme.ranges.E" }));
        Assert.That(RunNames.Values(plan.Runs[1].Recipe!, ["scheme.ranges.E"]), Is.EqualTo("ranges.E in-hindsight"));
    }

    private enum Estimator
    {
        Current,
        InHindsight,
    }

    private sealed class PlainScheme(int bits, Rounding rounding) : Scheme, IWeightInitializer
    {
        private readonly BitWidths widths = new(bits, bits, bits + 4, bits);

        public override string Name => $"plain {bits}";

        public override QuantizedRange StoredRange => QuantizedRange.Of(widths.G);

        public override IWeightInitializer Initializer => this;

        public override IQuantizer W => new ShiftWeights(widths, rounding, clipMask: false);

        public override IQuantizer A => new ShiftActivations(bits, rounding, ClipMask.Inclusive);

        public override IQuantizer E => new ShiftErrors(bits, rounding);

        public override UpdateRule Update => new WageUpdate(
            Randomizer.Exact, rounding, new WeightClip(BitWidths.Limit(widths.G), false, BitWidths.Limit(widths.G)));

        public void Initialize(int fanIn, in RandomKey key, int first, Span<long> stored)
        {
            for (var i = 0; i < stored.Length; i++) stored[i] = (long)(RandomBits.UInt32(key, (ulong)(first + i)) % 33) - 16;
        }
    }
}
