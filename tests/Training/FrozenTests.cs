using Wage.Backends;
using Wage.Data;
using Wage.Diagnostics;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>Layers whose weights stay as they start.</summary>
[Parallelizable]
public sealed class FrozenTests
{
    private static readonly Dataset Digits = SyntheticDigits.Create(1, 40, 20);
    private static readonly ModelSpec Model = new(
    [
        new ConvSpec(4, (5, 5), ConvPadding.Valid, Bias: true), new MaxPoolSpec(2, 2), new ReluSpec(), new QuantizeSpec(),
        new ResidualSpec([new ConvSpec(4, (3, 3), ConvPadding.Same)], []), new ReluSpec(), new QuantizeSpec(),
        new ConvSpec(4, (3, 3), ConvPadding.Valid, 2), new ReluSpec(), new QuantizeSpec(), new DenseSpec(10, true),
    ])
    { Image = (28, 28, 1) };

    [TestCase("conv1", 3, 2), TestCase("conv1 conv2", 2, 1), TestCase("conv2", 3, 3), TestCase("conv1 conv2 conv3", 1, 0), TestCase("dense1", 3, 3)]
    public void TheirWeightsStayAndTheOthersLearn(string frozen, int gradients, int errors)
    {
        var names = frozen.Split(' ');
        var timed = new TimedBackend(new ReferenceBackend());
        using var network = (Network)Build(timed, names);
        var trainer = new Trainer(network, Digits, new TrainingOptions(1, new LearningRate((0, new Ratio(4, 1)))));
        network.Initialize(1);
        var before = network.Parameters.Select(w => Convert.ToHexString(w.Save())).ToList();
        trainer.Step();
        foreach (var (w, old) in network.Parameters.Zip(before))
            Assert.That(Convert.ToHexString(w.Save()) == old, Is.EqualTo(names.Contains(w.Name.Split('.')[0])), w.Name);
        Assert.That(network.Parameters.Where(w => w.IsFrozen).Select(w => w.Name.Split('.')[0]).Distinct(), Is.EqualTo(names));
        Assert.That(network.Table.Count(row => row.Gradient is not null), Is.EqualTo(gradients), "gradients");
        Assert.That(network.Table.Count(row => row.Error is not null), Is.EqualTo(errors), "errors");
        Assert.That(network.PlanMemory(1), Is.Not.Null);
        Assert.That(network.Identity.Traits.Where(trait => trait.Name.EndsWith(".train", StringComparison.Ordinal)).Select(trait => trait.Name),
            Is.EqualTo(names.Select(name => name + ".train")));
    }

    [Test]
    public void TheBitsAreThoseOfEveryBackendFusedOrNot()
    {
        var hashes = new List<string>();
        foreach (var backend in new IBackend[] { new ReferenceBackend(), new HostBackend(1), new HostBackend(2) })
        {
            using var owned = backend;
            using var network = (Network)Build(backend, ["conv2", "dense1"]);
            var trainer = new Trainer(network, Digits, new TrainingOptions(1, new LearningRate((0, new Ratio(4, 1)))));
            network.Initialize(1);
            trainer.Step();
            trainer.Step();
            hashes.Add(network.WeightsSha256());
        }

        Assert.That(hashes.Distinct(), Has.Exactly(1).Items);
    }

    [Test]
    public void Float32FreezesWeightsAndBias()
    {
        using var backend = new HostBackend(1);
        var model = ModelSpec.Mlp(12, 8, 10) with { Image = (28, 28, 1), Options = [new LayerOption("dense2", LayerOption.Train, "false")] };
        using var network = (FloatNetwork)model.Build(
            SchemeRegistry.Require("float32").Settings(), new SoftmaxCrossEntropy(), 20, backend, input: InputRange.Unit);
        var trainer = new Trainer(network, Digits, new TrainingOptions(1, new LearningRate((0, new Ratio(1, 4)))));
        network.Initialize(1);
        var before = Values(network);
        trainer.Step();
        Assert.That(Values(network).Zip(before, (now, old) => now == old), Is.EqualTo(new[] { false, false, true, true, false, false }));

        static List<string> Values(FloatNetwork network)
        {
            List<string> all = [];
            foreach (var tensor in network.StoredWeights) tensor.Lend(bytes => all.Add(Convert.ToHexString(bytes)));
            return all;
        }
    }

    [Test]
    public void ANameThatIsNoneALayerWithoutWeightsAndAWholeFrozenModelAreRefused()
    {
        using var backend = new HostBackend(1);
        Assert.That(() => Build(backend, ["conv9"]), Throws.TypeOf<WageException>().With.Message.Contains("no layer 'conv9'"));
        Assert.That(() => Build(backend, ["residual1"]), Throws.TypeOf<WageException>().With.Message.Contains("residual1 has no weights"));
        Assert.That(() => Build(backend, ["conv1", "conv2", "conv3", "dense1"]),
            Throws.TypeOf<WageException>().With.Message.EqualTo(
                "model: every layer is frozen, so there is nothing to train. HINT: let at least one layer learn."));
    }

    private static ITrainable Build(IBackend backend, string[] frozen) =>
        (Model with { Options = [.. frozen.Select(name => new LayerOption(name, LayerOption.Train, "false"))] }).Build(
            SchemeRegistry.Default.Settings(("kW", "4")), new SquaredError(), 20, backend);
}
