using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.Tests.Training;
using Wage.Training;

namespace Wage.Tests.Observation;

[Parallelizable]
public sealed class StepStatisticsTests
{
    private static readonly Quantity[] Counted =
    [
        Quantity.StoredWeights, Quantity.Weights, Quantity.Images, Quantity.ActivationInputs, Quantity.Activations, Quantity.Scores,
        Quantity.ErrorInputs, Quantity.Errors, Quantity.Gradients, Quantity.Updates,
    ];

    [Test]
    public void LookingIntoStepsLeavesTheWeightsAndTheScoresAsTheyAre(
        [Values("mlp", "lenet", "resnet")] string model, [Values("2-8-8-8", "8-6-16-12")] string bits, [Values(1, 3)] int every)
    {
        using var host = new HostBackend(2);
        var (plain, observed) = (Start(model, bits, host), Start(model, bits, host));
        var statistics = new StepStatistics(observed.Network);
        for (var i = 0; i < 6; i++)
        {
            plain.Step();
            if (i % every == 0) observed.Step(statistics);
            else observed.Step();
        }

        Assert.That(statistics.Take(), Is.Not.Empty);
        Assert.That(observed.Network.WeightsSha256(), Is.EqualTo(plain.Network.WeightsSha256()));
        Assert.That(observed.TrainScore(), Is.EqualTo(plain.TrainScore()));
    }

    [Test]
    public void StatisticsAreThoseOfTheElementsCountedOneByOne([Values("lenet", "resnet")] string model, [Values("2-8-8-8", "8-6-16-12")] string bits)
    {
        using var host = new HostBackend(3);
        var trainer = Start(model, bits, host);
        trainer.Step();
        var (keep, statistics) = (new Keep(host), new StepStatistics(trainer.Network));
        trainer.Step(new Several(keep, statistics));
        var tensors = keep.Seen.Where(s => Counted.Contains(s.Tensor.Quantity)).ToList();
        var all = statistics.Take();
        Assert.That(all, Has.Count.EqualTo(tensors.Count));
        foreach (var (tensor, values, exponent) in tensors)
        {
            var (which, after) = Side(tensor.Quantity);
            var s = all.Single(s => s.Layer == tensor.Layer && s.Tensor == which && s.IsAfter == after);
            var limit = tensor.Range?.Limit;
            Assert.That(
                (s.Type, s.FractionBits, s.Exponent, s.Count, s.Least, s.Greatest, s.Limit, s.Zeros, s.Saturated),
                Is.EqualTo((tensor.Values.Type, tensor.FractionBits, exponent, (long)values.Length, values.Min(), values.Max(), limit,
                    (long)values.Count(v => v == 0), limit is null ? (long?)null : values.Count(v => Math.Abs(v) >= limit))),
                    $"{tensor.Layer} {which} {after}");
            Assert.That(s.Counts.Sum(), Is.EqualTo(values.Length));
            foreach (var bin in values.GroupBy(v => LogarithmicBins.Bin(v, s.Bins.Precision)))
                Assert.That(s.Counts[bin.Key + s.Bins.Most], Is.EqualTo(bin.Count()));
        }
    }

    [Test]
    public void MovedWeightsAndSignFlipsAreThoseBetweenTwoSteps()
    {
        using var host = new HostBackend(1);
        var trainer = Start("mlp", "2-8-8-8", host, eta: new Ratio(32, 1));
        for (var i = 0; i < 5; i++) trainer.Step();
        var (statistics, before, after) = (new StepStatistics(trainer.Network), new Keep(host), new Keep(host));
        trainer.Step(new Several(before, statistics));
        trainer.Step(after);
        var all = statistics.Take();
        foreach (var (quantity, side) in new[] { (Quantity.StoredWeights, false), (Quantity.Weights, true) })
        {
            var pairs = before.Of("dense1", quantity).Values.Zip(after.Of("dense1", quantity).Values).ToList();
            var s = all.Single(s => s.Layer == "dense1" && s.Tensor == QuantizedTensor.W && s.IsAfter == side);
            var (moved, flipped) = (pairs.Count(p => p.First != p.Second), pairs.Count(p => Math.Sign(p.First) * Math.Sign(p.Second) < 0));
            Assert.That((s.Moved, s.SignFlips), Is.EqualTo(((long?)moved, (long?)flipped)));
            Assert.That(moved, Is.Positive);
        }
    }

    /// <summary>Q_W before and after an update draws the same random bits: where nothing is stored anew nothing moves.</summary>
    [Test]
    public void AStochasticRoundingOfTheWeightsIsNoMove()
    {
        using var host = new HostBackend(1);
        var trainer = TinyRun.Start(
            backend: host, options: new WageOptions { WeightRounding = Rounding.Stochastic, InitialWeights = InitialGrid.GradientGrid });
        var statistics = new StepStatistics(trainer.Network);
        trainer.Step(statistics);
        foreach (var weights in statistics.Take().Where(s => s.Tensor == QuantizedTensor.W).GroupBy(s => s.Layer))
            Assert.That(weights.Single(s => s.IsAfter).Moved, Is.LessThanOrEqualTo(weights.Single(s => !s.IsAfter).Moved!.Value), weights.Key);
    }

    [Test]
    public void ABiasStandsBehindTheWeightsOfItsLayer()
    {
        using var host = new HostBackend(1);
        var trainer = TinyRun.Start(
            backend: host, layers: [new Dense(16) { Bias = true }, new Relu(), new Quantize(), new Dense(10) { Bias = true }]);
        using var statistics = new StepStatistics(trainer.Network);
        trainer.Step(statistics);
        Assert.That(
            statistics.Take().Select(s => s.Layer).Where(layer => layer != "input").Distinct(),
            Is.EqualTo(new[] { "dense1", "dense1.bias", "dense2", "dense2.bias" }));
    }

    [Test]
    public void EveryBackendGivesTheSameStatistics([Values(1, 5)] int threads)
    {
        using var host = new HostBackend(threads);
        Assert.That(Lines(host), Is.EqualTo(Lines(new ReferenceBackend())));

        static List<string> Lines(IBackend backend)
        {
            var trainer = Start("lenet", "2-8-8-8", backend);
            var statistics = new StepStatistics(trainer.Network);
            trainer.Step(statistics);
            return [.. statistics.Take().Select(s => $"{s} {string.Join(',', s.Counts)}")];
        }
    }

    [Test]
    public void TheUnitAfterAQuantizerIsTheUnitBeforeItTimesTheDroppedBits()
    {
        var trainer = Start("resnet", "2-8-8-8", new ReferenceBackend());
        var (keep, statistics) = (new Keep(trainer.Network.Backend), new StepStatistics(trainer.Network));
        trainer.Step(new Several(keep, statistics));
        var all = statistics.Take();
        var shifted = all.Where(s => s.IsAfter && s.Shift is not null && s.Tensor is QuantizedTensor.A or QuantizedTensor.E);
        foreach (var after in shifted.Where(s => s.Layer != "input"))
        {
            var (input, output) = after.Tensor == QuantizedTensor.A
                ? (Quantity.ActivationInputs, Quantity.Activations)
                : (Quantity.ErrorInputs, Quantity.Errors);
            var (x, y, bits) = (keep.Of(after.Layer, input).Values, keep.Of(after.Layer, output).Values, (int)after.Shift!);
            Assert.That(y, Is.EqualTo(x.Select(v => FixedPoint.RoundToLimit(v, bits, 127, Rounding.HalfEven))), $"{after.Layer} {after.Tensor}");
        }
    }

    [Test]
    public void TheUnitsOfErrorsAndGradientsAreTheLossDerivatives()
    {
        var trainer = Start("mlp", "2-8-8-8", new ReferenceBackend());
        var keep = new Keep(trainer.Network.Backend);
        trainer.Step(keep);
        var (first, second, images) = (keep.Of("dense1", Quantity.Errors), keep.Of("dense2", Quantity.Errors), keep.Of("input", Quantity.Images));
        var weights = keep.Of("dense2", Quantity.Weights).Values;
        var log2Alpha = trainer.Network.QuantizedWeights[1].Log2Alpha;
        Assert.That(Unit(second), Is.EqualTo(keep.Of("dense2", Quantity.ErrorInputs).Exponent - keep.Of("dense2", Quantity.Scores).Tensor.FractionBits
            + FixedPoint.ErrorShift(keep.Of("dense2", Quantity.ErrorInputs).Values.Max(Math.Abs), 8)), "the loss derivative has the scores' unit");
        Assert.That(Unit(keep.Of("dense1", Quantity.ErrorInputs)), Is.EqualTo(Unit(second) - 1 - log2Alpha),
            "W_q has the unit 2^-1 and alpha divides");
        Assert.That(Unit(keep.Of("dense1", Quantity.Gradients)), Is.EqualTo(Unit(first) + Unit(images)));
        Assert.That(weights, Is.All.InRange(-1, 1));

        static long Unit((StepTensor Tensor, long[] Values, long Exponent) s) => s.Exponent - s.Tensor.FractionBits;
    }

    [Test]
    public void AnObserverThatThrowsIsNotAskedAgain()
    {
        var trainer = Start("mlp", "2-8-8-8", new ReferenceBackend());
        Assert.That(() => trainer.Step(new Refusing()), Throws.InvalidOperationException);
        Assert.That(trainer.Network.Observer, Is.Null);
        trainer.Step();
    }

    private static (QuantizedTensor Tensor, bool IsAfter) Side(Quantity quantity) => quantity switch
    {
        Quantity.StoredWeights => (QuantizedTensor.W, false),
        Quantity.Weights => (QuantizedTensor.W, true),
        Quantity.ActivationInputs or Quantity.Scores => (QuantizedTensor.A, false),
        Quantity.Images or Quantity.Activations => (QuantizedTensor.A, true),
        Quantity.ErrorInputs => (QuantizedTensor.E, false),
        Quantity.Errors => (QuantizedTensor.E, true),
        Quantity.Gradients => (QuantizedTensor.G, false),
        _ => (QuantizedTensor.G, true),
    };

    private static Trainer Start(string model, string bits, IBackend backend, Ratio? eta = null)
    {
        var k = bits.Split('-').Select(int.Parse).ToArray();
        return TinyRun.Start(
            backend: backend, options: new WageOptions { Bits = new BitWidths(k[0], k[1], k[2], k[3]) },
            layers: Layers(model), eta: eta ?? new Ratio(8, 1));
    }

    private static IReadOnlyList<Layer> Layers(string model) => model switch
    {
        "mlp" => Model.Mlp(16, 10),
        "lenet" => TinyRun.NarrowLeNet(),
        _ => Model.ResNet(blocks: 1, width: 3),
    };

    private sealed class Refusing : IStepObserver
    {
        public void See(in StepTensor tensor) => throw new InvalidOperationException("no");
    }
}
