using Wage.Backends;
using Wage.Models;
using Wage.Numbers;
using Wage.Simulation;
using Wage.Simulation.Conversion;
using Wage.Tests.Data;
using Wage.Tests.Gpu;
using Wage.Tests.Simulation.Layers;
using Wage.Tests.Simulation.Quantization;

namespace Wage.Tests.Simulation.Conversion;

/// <summary>Networks trained with fake quantization, and the integers that conversion makes of them.</summary>
[Parallelizable]
public sealed class AffineConverterTests
{
    private static IEnumerable<string> Names => AffineRuns.Networks.Keys;

    [TestCaseSource(nameof(Names))]
    public void EachNodeGivesTheCodesOfTheNetworkWithinOneStep(string name)
    {
        foreach (var rounding in new[] { MultiplierRounding.Double, MultiplierRounding.Single })
        {
            using var host = new HostBackend(2);
            using var network = Trained(host, name);
            var conversion = AffineConverter.Of(network, rounding);
            var check = new ConversionCheck(network, conversion, host);
            check.Run(FloatLayerRuns.Images.Train);
            Assert.That(check.Images, Is.EqualTo(FloatLayerRuns.Images.Train.Count));
            Assert.That(check.FromPixels[0].Equal, Is.EqualTo(check.FromPixels[0].Count), "the images are codes");
            foreach (var tensor in check.OfNodes.Skip(1))
            {
                Assert.That(tensor.WithinOne, Is.EqualTo(tensor.Count), tensor.Name);
                Assert.That(tensor.Equal, Is.GreaterThan(0.99 * tensor.Count), $"{tensor.Name}: biases keep their precision with 2 bits too");
                if (tensor.Name.StartsWith("average", StringComparison.Ordinal)) Assert.That(tensor.Equal, Is.EqualTo(tensor.Count));
                Assert.That(tensor.Count, Is.GreaterThan(100), tensor.Name);
            }
        }
    }

    [TestCaseSource(nameof(Names))]
    public void ThePlanGivesTheSameScoresOnEveryBackendAndOutOfItsFile(string name)
    {
        using var host = new HostBackend(2);
        using var network = Trained(host, name);
        var plan = AffineConverter.Of(network, MultiplierRounding.Double).Plan;
        long[]? expected = null;
        foreach (var (device, threads) in new[] { ("reference", 1), ("cpu", 1), ("cpu", 2), ("ilgpu-cpu", 1) })
        {
            using var lent = Lent.Of(device, threads);
            using var model = new IntegerModel(plan, lent.Backend, batch: 7);
            var scores = model.Scores(FloatLayerRuns.Images.Test.Pixels, FloatLayerRuns.Images.Test.Count);
            Assert.That(scores, Is.EqualTo(expected ??= scores), device);
        }

        Assert.That(expected!.Distinct().Count(), Is.GreaterThan(5));
        using var folder = new Scratch();
        new ModelPlanFile(plan, FloatLayerRuns.Images.Description).Write(folder.Path("m.wplan"));
        using var read = Predictor.Load(folder.Path("m.wplan"), host);
        var answers = read.Predict(FloatLayerRuns.Images.Test.Pixels, FloatLayerRuns.Images.Test.Count);
        Assert.That(answers.SelectMany(answer => answer.Scores), Is.EqualTo(expected));
    }

    [Test]
    public void AWrongZeroPointIsSeenByTheComparison()
    {
        using var host = new HostBackend(2);
        using var network = Trained(host, "residual");
        var conversion = AffineConverter.Of(network, MultiplierRounding.Double);
        var tensors = conversion.Tensors.Select((t, i) => i == 2 ? t with { Grid = t.Grid with { ZeroPoint = t.Grid.ZeroPoint + 3 } } : t).ToArray();
        var check = new ConversionCheck(network, conversion with { Tensors = tensors }, host);
        check.Run(FloatLayerRuns.Images.Test);
        Assert.That(check.OfNodes[2].WithinOne, Is.LessThan(check.OfNodes[2].Count));
    }

    /// <summary>One great weight in each layer leaves the others' codes beyond int8 once the zero point is off.</summary>
    [Test]
    public void WeightsWhoseZeroPointTakesThemOutOfInt8ComeInTwo(
        [Values("channel", "tensor")] string granularity, [Values("pools", "groups", "depthwise")] string name)
    {
        using var host = new HostBackend(2);
        using var network = AffineRuns.Network(host, FloatLayerRuns.Networks[name], $"weights=asymmetric granularity={granularity}");
        network.Initialize(1);
        foreach (var parameter in network.Parameters) parameter.Value.Span[0] = 3;
        FloatRuns.Steps(AffineRuns.Trainer(network), 4);
        var conversion = AffineConverter.Of(network, MultiplierRounding.Double);
        var first = name == "groups" ? "conv2.inputs" : "conv1.inputs";
        Assert.That(conversion.Plan.Nodes.Select(node => node.Name), Has.Member(first).And.Member("dense1.inputs"));
        var check = new ConversionCheck(network, conversion, host);
        check.Run(FloatLayerRuns.Images.Train);
        foreach (var tensor in check.OfNodes)
            Assert.That((tensor.Count - tensor.WithinOne, tensor.Equal >= 0.97 * tensor.Count), Is.EqualTo((0L, true)), tensor.Name);
        using var reference = new ReferenceBackend();
        using var folder = new Scratch();
        new ModelPlanFile(conversion.Plan, FloatLayerRuns.Images.Description).Write(folder.Path("m.wplan"));
        var read = ModelPlanFile.Read(folder.Path("m.wplan")).Plan;
        using IntegerModel model = new(conversion.Plan, host), same = new(read, reference);
        var (pixels, count) = (FloatLayerRuns.Images.Test.Pixels, FloatLayerRuns.Images.Test.Count);
        Assert.That(model.Scores(pixels, count), Is.EqualTo(same.Scores(pixels, count)));
    }

    [Test]
    public void ANetworkWithoutCodesOrRangesIsNamed()
    {
        using var host = new HostBackend(1);
        using var plain = FloatLayerRuns.Network(host, FloatLayerRuns.Networks["pools"]);
        Assert.That(
            () => plain.ToPlan(),
            Throws.TypeOf<WageException>().With.Message.StartsWith("scheme float32: trains in float32 without ranges"));
        using var fresh = AffineRuns.Network(host, FloatLayerRuns.Networks["pools"], "kW=8");
        fresh.Initialize(1);
        Assert.That(
            () => AffineConverter.Of(fresh, MultiplierRounding.Double),
            Throws.TypeOf<WageException>().With.Message.StartsWith("conv1: its activations have no range yet"));
    }

    private static FloatNetwork Trained(IBackend backend, string name)
    {
        var (layers, options) = AffineRuns.Networks[name];
        var network = AffineRuns.Network(backend, layers, options.Replace("weights=asymmetric", "weights=asymmetric kW=7"));
        network.Initialize(1);
        FloatRuns.Steps(AffineRuns.Trainer(network), 8);
        return network;
    }
}
