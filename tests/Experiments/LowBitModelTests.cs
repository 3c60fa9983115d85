using System.Text.Json.Nodes;
using Wage.Models;

namespace Wage.Tests.Experiments;

/// <summary>From binary and ternary training to a model of integers whose weights take 1 or 2 bits.</summary>
[Parallelizable]
internal sealed class LowBitModelTests
{
    [TestCase("binary", 1)]
    [TestCase("ternary", 2)]
    public void ATrainedNetworkBecomesAModelOfPackedWeights(string weights, int bits)
    {
        using var scratch = new ScratchFolder();
        var (run, quantized, model) = (scratch.In("sq"), scratch.In("quantized"), scratch.In("m.wplan"));
        CommandLine.Do(
            "train", "float32-mlp-digits", "--set", "scheme=sq", $"scheme.weights={weights}", "scheme.ratio=1", "data.train=400", "data.test=100",
            "training.batch=20", "training.epochs=2", "model.batchNorm=true", "scheme.momentum=0.9", "training.eta=1/20", "model.sizes=40,20,10",
            "--threads", "2", "--out", run);
        var json = JsonNode.Parse(CommandLine.Do("quantize", run, "--calibrate", "200", "--sensitivity", "0", "--out", quantized, "--json"))!;
        var correct = json["correct"]!;
        Assert.That((long)correct["quantized"]!, Is.EqualTo((long)correct["float32"]!).Within(6));
        Assert.That((long)correct["integers"]!, Is.EqualTo((long)correct["quantized"]!).Within(2));
        CommandLine.Do("export", quantized, "--out", model);
        var plan = ModelPlanFile.Read(model).Plan;
        foreach (var layer in new[] { "dense1", "dense2", "dense3" })
            Assert.That(plan[layer].Bits, Is.EqualTo(bits), layer);
        Assert.That(CommandLine.Do("show", model), Does.Contain("bytes of constants, packed."));
    }

    [Test]
    public void ALayerThatTrainedInFloatStaysInFloat()
    {
        using var scratch = new ScratchFolder();
        var (run, quantized) = (scratch.In("sq"), scratch.In("quantized"));
        CommandLine.Do(
            "train", "float32-mlp-digits", "--set", "scheme=sq", "scheme.ratio=1", "layers.dense2.quantize=false", "data.train=100",
            "data.test=40", "training.batch=20", "training.epochs=1", "training.eta=1/20", "model.sizes=12,11,10", "--out", run);
        CommandLine.Do("quantize", run, "--calibrate", "40", "--sensitivity", "0", "--out", quantized);
        Assert.That(CommandLine.Do("show", quantized), Does.Match(@"dense2 +weights +float32: its option quantize is false"));
    }
}
