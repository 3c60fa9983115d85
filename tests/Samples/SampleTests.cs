using Wage.Backends;
using Wage.Data;
using Wage.Models;
using Wage.Tests.Training;
using Wage.Training;

namespace Wage.Tests.Samples;

[Parallelizable]
public sealed class SampleTests
{
    private const int MostLines = 40;

    [Test]
    public void TheSampleLearnsTheSameWeightsOnEveryBackend()
    {
        var digits = SyntheticDigits.Create(3, 3000, 200);
        var lines = new List<string>();
        using var host = new HostBackend(2);
        using var network = CustomNetwork.Train(digits.Train.Pixels, digits.Train.Labels, digits, host, lines.Add);
        Assert.That(lines, Has.Count.EqualTo(5));
        using var evaluator = new Evaluator(network, digits.Test);
        Assert.That(evaluator.Run().Wrong, Is.LessThan(60), string.Join('\n', lines));
        Assert.That(network.Table[0].Scheme, Is.EqualTo("wage 4-8-9-8"));
        using var reference = new ReferenceBackend();
        var few = digits.Train.Take(96);
        var weights = new[] { host as IBackend, reference }
            .Select(backend => CustomNetwork.Train(few.Pixels, few.Labels, digits, backend, _ => { }).WeightsSha256());
        Assert.That(weights.Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void ACheckpointPredictsAsItsNetworkDoes()
    {
        using var folder = new Data.Scratch();
        var trainer = TinyRun.Start();
        TinyRun.Steps(trainer, 3);
        trainer.Write(folder.Path("c.wage"), string.Empty);
        var classes = Prediction.Classes((Network)TinyRun.Start(seed: 2).Network, folder.Path("c.wage"), TinyRun.Digits.Test.Pixels, 60);
        Assert.That(classes, Is.EqualTo(new Evaluator(trainer.Network, TinyRun.Digits.Test).Predict()));
    }

    [Test]
    public void ACompressedModelAndOneOfIntegersAnswerAlike()
    {
        using var folder = new Data.Scratch();
        var digits = SyntheticDigits.Create(3, 600, 100);
        SmallerModels.Make(digits, folder.Path("small.wagez"), folder.Path("integers.wplan"));
        using Predictor small = Predictor.Load(folder.Path("small.wagez")), integers = Predictor.Load(folder.Path("integers.wplan"));
        var (one, other) = (small.Predict(digits.Test.Pixels, 100), integers.Predict(digits.Test.Pixels, 100));
        Assert.That(one.Zip(digits.Test.Labels).Count(pair => pair.First.Class == pair.Second), Is.GreaterThan(60));
        Assert.That(one.Zip(other).Count(pair => pair.First.Class == pair.Second.Class), Is.GreaterThan(95));
        Assert.That(new FileInfo(folder.Path("integers.wplan")).Length, Is.LessThan(784 * 32 * sizeof(float) / 3));
    }

    [TestCase("CustomNetwork")]
    [TestCase("SmallerModels")]
    [TestCase("Prediction")]
    public void TheLibrarysPageShowsTheSampleAsItIsCompiled(string name)
    {
        var sample = Repository.Text($"tests/Samples/{name}.cs");
        var shown = sample[sample.IndexOf("public static class", StringComparison.Ordinal)..].Trim();
        Assert.That(shown.Split('\n'), Has.Length.LessThanOrEqualTo(MostLines));
        Assert.That(Repository.Text("docs/library.md"), Does.Contain(shown));
    }
}
