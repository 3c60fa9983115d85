using Wage.Experiments;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Numbers;
using Wage.Observation;
using Wage.Tests.Experiments;

namespace Wage.Tests.Observation;

/// <summary>Each warning from a real configuration that earns it, and none from one that trains.</summary>
[Parallelizable]
public sealed class TrainingChecksTests
{
    private const string Perceptron = """
        name: checks
        data: { set: digits, train: 400, test: 50 }
        model: { kind: mlp, sizes: [32, 32, 10] }
        training: { epochs: 3, batch: 50, eta: 2 }
        """;

    [Test]
    public void ErrorsThatUnderflowAreNamed()
    {
        var warnings = Train(Perceptron, "scheme.kE=2", "training.epochs=8");
        var warning = warnings.First(w => w.Problem == TrainingProblem.ErrorsUnderflow);
        Assert.That(warning.Message, Does.Match(@"^dense\d: 9[5-9]\.\d % of the errors that are not 0 underflow to 0 in 2 bits"));
        Assert.That(warning.Remedy.InWords(), Does.Contain("scheme.kE=6"));
    }

    [Test]
    public void ActivationsThatSaturateAndTheErrorsThatTheyStopAreNamed()
    {
        var warnings = Train(Perceptron, "training.eta=64");
        Assert.That(Layers(warnings, TrainingProblem.ActivationsSaturate), Does.Contain("dense1"));
        Assert.That(warnings.First(w => w.Problem == TrainingProblem.ActivationsSaturate).Remedy.InWords(), Does.Contain("training.eta"));
        Assert.That(Layers(warnings, TrainingProblem.ErrorsUnderflow), Does.Contain("dense1"));
    }

    [Test]
    public void UpdatesThatRoundAwayAreNamedInEveryLayer([Values("exact", "16")] string randomizer)
    {
        var warnings = Train(Perceptron, "training.eta=2^-20", $"scheme.randomizerBits={randomizer}");
        Assert.That(Layers(warnings, TrainingProblem.UpdatesRoundAway), Is.EqualTo(new[] { "dense1", "dense2", "dense3" }));
        Assert.That(warnings, Has.Count.EqualTo(3));
        Assert.That(warnings[0].Message, Does.Contain("eta = 1/1048576").And.Contain("8-bit weights, 2^-7"));
    }

    [Test]
    public void WeightsThatStopMovingAreNamed()
    {
        var warnings = Train(Perceptron, "scheme.beta=1/2");
        Assert.That(Layers(warnings, TrainingProblem.WeightsStopped), Is.EqualTo(new[] { "dense1", "dense2", "dense3" }));
        Assert.That(warnings.First(w => w.Problem == TrainingProblem.WeightsStopped).Message, Does.Contain("all its gradients are 0"));
    }

    /// <summary>What the hint says, done: no such warning comes again. docs/statistics.md has the same table for a larger network.</summary>
    [TestCase("scheme.kE=2", "scheme.kE=6", TrainingProblem.ErrorsUnderflow)]
    [TestCase("training.eta=16", "training.eta=4", TrainingProblem.ActivationsSaturate)]
    [TestCase("training.eta=2^-20", "training.eta=1", TrainingProblem.UpdatesRoundAway)]
    [TestCase("scheme.beta=1/2", "scheme.beta=3/2", TrainingProblem.WeightsStopped)]
    [TestCase("scheme.beta=1/2", "scheme.beta=3/2", TrainingProblem.ErrorsUnderflow)]
    public void AFollowedRemedyEndsTheWarning(string provocation, string remedy, TrainingProblem problem)
    {
        var warnings = Train(Perceptron, "training.epochs=6", provocation);
        var given = warnings.Where(w => w.Problem == problem).ToList();
        Assert.That(given, Is.Not.Empty);
        Assert.That(given.Select(w => w.Remedy.InWords()), Has.All.Contains(remedy), "the hint says just this");
        Assert.That(Train(Perceptron, "training.epochs=6", provocation, remedy), Is.Empty, "nor another");
    }

    [Test]
    public void TheQuickStartGivesNoWarning()
    {
        var digits = RecipeCatalog.Load(RecipeCatalog.Default, []).ToYaml();
        Assert.That(Train(digits, "data.train=768", "data.test=50", "training.epochs=3", "training.batch=64"), Is.Empty);
    }

    [Test]
    public void ALayerIsWarnedOfACauseOnlyOnce()
    {
        var warnings = Train(Perceptron, "training.eta=64", "training.epochs=6");
        Assert.That(warnings.Select(w => (w.Layer, w.Problem)), Is.Unique);
        Assert.That(warnings, Is.Not.Empty);
    }

    [Test]
    public void OneQuietCheckIsChanceAndTwoAreAWarning()
    {
        var checks = new TrainingChecks([]);
        TensorStatistics[] quiet =
        [
            Of(QuantizedTensor.W, false, moved: 0), Of(QuantizedTensor.G, false, zeros: 1), Of(QuantizedTensor.G, true, zeros: 2),
        ];
        TensorStatistics[] moving = [quiet[0] with { Moved = 1 }, quiet[1], quiet[2]];
        Assert.That(checks.Check(quiet, new Ratio(1, 1)), Is.Empty);
        Assert.That(checks.Check(moving, new Ratio(1, 1)), Is.Empty);
        Assert.That(checks.Check(quiet, new Ratio(1, 1)), Is.Empty);
        var warning = checks.Check(quiet, new Ratio(1, 1)).Single();
        Assert.That(warning.Problem, Is.EqualTo(TrainingProblem.WeightsStopped));
        Assert.That(warning.Message, Does.Contain("pushes against the clip"));
        Assert.That(checks.Check(quiet, new Ratio(1, 1)), Is.Empty, "told once");
    }

    [Test]
    public void ThresholdsHoldAtTheirEnds()
    {
        TensorStatistics before = Of(QuantizedTensor.E, false, count: 100), after = Of(QuantizedTensor.E, true, count: 100, zeros: 94);
        Assert.That(new TrainingChecks([]).Check([before, after], new Ratio(1, 1)), Is.Empty);
        var lost = Of(QuantizedTensor.E, true, count: 100, zeros: 95);
        Assert.That(new TrainingChecks([]).Check([before, lost], new Ratio(1, 1)), Has.Count.EqualTo(1));
        var active = Of(QuantizedTensor.A, true, count: 110, zeros: 10) with { Limit = 127, Saturated = 80 };
        Assert.That(new TrainingChecks([]).Check([active], new Ratio(1, 1)), Is.Empty);
        Assert.That(new TrainingChecks([]).Check([active with { Saturated = 81 }], new Ratio(1, 1)), Has.Count.EqualTo(1));
        var twoBits = active with { Saturated = 100, Limit = 1 };
        Assert.That(new TrainingChecks([]).Check([twoBits], new Ratio(1, 1)), Is.Empty, "two bits have only the end");
    }

    private static TensorStatistics Of(QuantizedTensor tensor, bool after, long count = 10, long zeros = 0, long? moved = null)
    {
        var bins = new LogarithmicBins(2, 1);
        return new TensorStatistics
        {
            Layer = "dense1",
            Index = 1,
            Tensor = tensor,
            IsAfter = after,
            Type = Wage.Tensors.ElementType.Int8,
            Bits = 8,
            FractionBits = 7,
            Exponent = 0,
            Count = count,
            Least = -1,
            Greatest = 1,
            Limit = 127,
            Bins = bins,
            Counts = [0, zeros, count - zeros],
            Moved = moved,
        };
    }

    private static IEnumerable<string> Layers(IEnumerable<TrainingWarning> warnings, TrainingProblem problem) =>
        warnings.Where(w => w.Problem == problem).Select(w => w.Layer);

    private static IReadOnlyList<TrainingWarning> Train(string yaml, params string[] settings)
    {
        using var scratch = new ScratchFolder();
        var recipe = Recipe.Resolve([.. RecipeReader.ReadText("checks.yaml", yaml), .. settings.Select(GivenValue.FromSetting)]);
        var folder = scratch.Run("run");
        Directory.CreateDirectory(folder.Path);
        using var run = Run.Prepare(recipe, folder, "cpu", 2, null);
        var listener = new Listener();
        new RunLoop(run, listener).Execute(CancellationToken.None);
        return listener.Warnings;
    }

    private sealed class Listener : StepsIgnored, IRunObserver
    {
        public List<TrainingWarning> Warnings { get; } = [];

        public void Warned(TrainingWarning warning) => Warnings.Add(warning);
    }
}
