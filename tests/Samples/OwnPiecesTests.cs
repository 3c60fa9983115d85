using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Own;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Gpu;
using Wage.Training;

namespace Wage.Tests.Samples;

/// <summary>A quantizer, an update rule, a loss and a layer of an assembly that sees only the public side, on every backend.</summary>
[Parallelizable]
public sealed class OwnPiecesTests
{
    private const int MostLines = 40;
    private static readonly Dataset Digits = SyntheticDigits.Create(5, 1600, 200);

    private static IEnumerable<TestCaseData> Pieces()
    {
        var options = new WageOptions();
        Scheme wage = options.ToScheme();
        yield return Case("a quantizer by a table", () => new ComposedScheme(wage, "powers of two", a: new PowersOfTwo(8)));
        yield return Case("errors by a moving average", () => new ComposedScheme(wage, "average errors", e: new AverageErrors(8, 2)));
        yield return Case("a momentum", () => new ComposedScheme(wage, "momentum", update: new Momentum(2, options.StoredUpdate)), eta: 8);
        yield return Case("a loss", () => wage, loss: () => new InsensitiveLoss(3));
        yield return Case("a layer with weights", () => wage, layer: () => new ChannelScale());
    }

    [TestCaseSource(nameof(Pieces))]
    public void ItTrainsToTheSameWeightsOnEveryBackendAndLearns(Func<Scheme> scheme, Func<Loss> loss, Func<Layer>? layer, int eta)
    {
        var few = Digits with { Train = Digits.Train.Take(60), Test = Digits.Test.Take(20) };
        using var one = new HostBackend(1);
        using var two = new HostBackend(2);
        using var device = Lent.Device();
        var weights = new IBackend[] { new ReferenceBackend(), one, two, device.Backend }
            .Select(backend => Start(scheme(), loss(), layer, eta, few, backend)).Select(trainer =>
            {
                trainer.Run(1);
                return trainer.Network.WeightsSha256();
            });
        Assert.That(weights.Distinct().Count(), Is.EqualTo(1));
        var trained = Start(scheme(), loss(), layer, eta, Digits, two);
        trained.Run(5);
        Assert.That(trained.Last!.Value.Test.Wrong, Is.LessThan(120), "of 200, of which guessing has 180 wrong");
        using var model = new IntegerModel(((Network)trained.Network).ToPlan(), one);
        Assert.That(model.Predict(Digits.Test.Pixels, 200), Is.EqualTo(new Evaluator(trained.Network, Digits.Test).Predict()));
    }

    [Test]
    public void AVelocityIsPartOfACheckpoint()
    {
        using var host = new HostBackend(2);
        var options = new WageOptions();
        Trainer New() => Start(
            new ComposedScheme(options.ToScheme(), "momentum", update: new Momentum(2, options.StoredUpdate)), new SquaredError(), null, 2,
            Digits with { Train = Digits.Train.Take(100) }, host);
        var (whole, half, rest) = (New(), New(), New());
        for (var i = 0; i < 5; i++) whole.Step();
        half.Step();
        half.Step();
        rest.Load(half.Save("config"));
        for (var i = 0; i < 3; i++) rest.Step();
        Assert.That(rest.Network.WeightsSha256(), Is.EqualTo(whole.Network.WeightsSha256()));
        var forgotten = New();
        var saved = half.Save("config");
        forgotten.Load(saved with { States = [.. saved.States.Select(state => state with { Bytes = new byte[state.Bytes.Length] })] });
        for (var i = 0; i < 3; i++) forgotten.Step();
        Assert.That(forgotten.Network.WeightsSha256(), Is.Not.EqualTo(whole.Network.WeightsSha256()), "without the velocity it is another run");
    }

    [TestCase("PowersOfTwo")]
    [TestCase("AverageErrors")]
    [TestCase("Momentum")]
    [TestCase("InsensitiveLoss")]
    [TestCase("ChannelScale")]
    [TestCase("WideActivations")]
    public void TheLibrarysPageShowsThePieceAsItIsCompiledIn40Lines(string piece)
    {
        var text = Repository.Text($"tests/Own/{piece}.cs");
        var shown = text[text.IndexOf("/// <summary>", StringComparison.Ordinal)..].Trim();
        Assert.That(shown.Split('\n').Where(line => line.Length > 0).ToList(), Has.Count.LessThanOrEqualTo(MostLines));
        if (piece != "WideActivations") Assert.That(Repository.Text("docs/library.md"), Does.Contain(shown));
    }

    private static TestCaseData Case(string name, Func<Scheme> scheme, Func<Loss>? loss = null, Func<Layer>? layer = null, int eta = 4) =>
        new TestCaseData(scheme, loss ?? (() => new SquaredError()), layer, eta).SetArgDisplayNames(name);

    private static Trainer Start(Scheme scheme, Loss loss, Func<Layer>? layer, int eta, Dataset data, IBackend backend)
    {
        Layer[] own = layer is null ? [] : [layer(), new Relu(), new Quantize()];
        Layer[] layers =
        [
            new Conv2d(8, 5, stride: 2), new Relu(), new Quantize(), .. own, new Dense(32), new Relu(), new Quantize(), new Dense(10),
        ];
        var network = new Network(layers, scheme, loss, new Shape(20, 28, 28, 1), backend);
        network.Initialize(1);
        return new Trainer(network, data, new TrainingOptions(1, new LearningRate((0, new Ratio(eta, 1)))));
    }
}
