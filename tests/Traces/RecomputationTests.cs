using System.Text.Json.Nodes;
using Wage.Layers;

namespace Wage.Tests.Traces;

/// <summary>A traced step computed again outside the framework, twice: in numpy and in scalar loops. Every array is equal to the last bit.</summary>
[Parallelizable]
public sealed class RecomputationTests
{
    private const string Paper = "scheme: { variant: paper, kW: 3, kA: 7, kG: 12, kE: 12, weightClipMask: true, activationClipMask: exclusive }\n";

    private static IEnumerable<TestCaseData> Chains =>
    [
        Case("LeNet", TracedNetwork.LeNet, 1),
        Case("VGG7", TracedNetwork.Vgg7, 2),
        Case("VGG7, the paper's options, 3-7-12-12", TracedNetwork.Vgg7 + Paper, 2),
    ];

    private static IEnumerable<TestCaseData> Others =>
    [
        Case("LeNet, SAME, cross entropy, int64", """
            model: { kind: lenet5, padding: same }
            scheme: { accumulator: int64, kA: 3, activationClipMask: none }
            loss: crossEntropy
            training: { batch: 2 }
            """, 1),
        Case("ResNet-20, cross entropy", TracedNetwork.ResNet20 + "loss: crossEntropy\ntraining: { batch: 2 }", 2),
        Case("ResNet-20, k_G and k_E of 15, half away, 16-bit randomizer, masks", TracedNetwork.ResNet20 + """
            scheme: { variant: paper, kW: 3, kA: 5, kG: 15, kE: 15, weightClipMask: true, activationClipMask: none }
            training: { batch: 3, eta: 3/7 }
            """, 1),
        Case("MLP, cross entropy, eta = 3/4", TracedNetwork.Mlp + "loss: crossEntropy\ntraining: { batch: 8, eta: 3/4 }", 2),
        Case("MLP, alpha so great that scores have more than 28 fraction bits", TracedNetwork.Mlp + """
            scheme: { beta: 1000, kW: 8, kG: 16, storedClip: gradientGrid }
            loss: crossEntropy
            training: { batch: 8, eta: 64, shuffle: false }
            """, 2),
        Case("MLP, 16-bit randomizer, half to even, eta = 7/1000", TracedNetwork.Mlp + """
            scheme: { randomizerBits: 16, initialWeights: gradientGrid, clipOrder: afterUpdate }
            training: { batch: 8, eta: 7/1000, seed: 18446744073709551615 }
            """, 2),
        Case("MLP, exact randomizer, half away, eta = 5", TracedNetwork.Mlp + """
            scheme: { rounding: halfAway, kW: 8, kG: 9 }
            training: { batch: 8, eta: 5 }
            """, 2),
        Case("MLP, gradients that drop more than 32 bits", TracedNetwork.Mlp + "scheme: { kE: 16 }\ntraining: { batch: 8, eta: 2^-20 }", 2),
        Case("LeNet, a scheme for each layer", """
            model: { kind: lenet5 }
            layers:
              conv1: { kW: 4, kG: 12, kA: 6, rounding: halfAway, randomizerBits: 16 }
              conv2: { kE: 12, activationClipMask: none, weightClipMask: true, errorWindow: 1, storedClip: gradientGrid }
              dense1: { kA: 5, kE: 6, errorWindow: 4, clipOrder: afterUpdate }
              dense2: { kE: 10, kW: 8, kG: 16, beta: 1 }
            training: { batch: 3 }
            """, 2),
        Case("ResNet-20, stochastic activations and errors", TracedNetwork.ResNet20 + """
            scheme: { kA: 3, kE: 3, rounding: { A: stochastic, E: stochastic } }
            training: { batch: 2 }
            """, 2),
        Case("LeNet, a rounding for each kind of tensor, stochastic weights, pseudo-stochastic and towards zero", """
            model: { kind: lenet5 }
            scheme: { errorWindow: 2, rounding: { W: stochastic, A: pseudoStochastic, E: towardZero } }
            layers:
              conv2: { rounding: { W: halfAway, A: towardZero, E: pseudoStochastic } }
              dense2: { rounding: { W: pseudoStochastic, E: stochastic } }
            training: { batch: 3, seed: 18446744073709551615 }
            """, 2),
        Case("MLP, errors of the loss that drop 29 bits at random", TracedNetwork.Mlp + """
            scheme: { beta: 1000, kW: 8, kG: 16, kE: 2, storedClip: gradientGrid, rounding: { E: stochastic } }
            loss: crossEntropy
            training: { batch: 8, eta: 64, shuffle: false }
            """, 2),
        Case("MLP, error window 8", TracedNetwork.Mlp + "scheme: { errorWindow: 8 }\ntraining: { batch: 8 }", 2),
        Case("MLP, error window 128, 2-2-3-2, pixels 0 to 1", TracedNetwork.Mlp + """
            data: { input: unit, augment: { pad: 2, flip: true } }
            scheme: { errorWindow: 128, kA: 2, kG: 3, kE: 2 }
            training: { batch: 8 }
            """, 2),
        Case("MLP, no weight in use: errors and gradients of 0", TracedNetwork.Mlp + "scheme: { beta: 1/64 }\ntraining: { batch: 8, eta: 3/4 }", 2),
    ];

    [TestCaseSource(nameof(Chains))]
    public void ScalarLoopsGiveEveryArrayOfAStep(string yaml, int steps)
    {
        using var scratch = new Experiments.ScratchFolder();
        TracedNetwork.Trace(yaml, scratch.In("trace"), steps);
        Assert.That(ScalarRecomputation.Differences(scratch.In("trace")), Is.Empty);
    }

    [TestCaseSource(nameof(Chains))]
    [TestCaseSource(nameof(Others))]
    public void NumpyGivesEveryArrayOfAStep(string yaml, int steps)
    {
        Numpy.Require();
        using var scratch = new Experiments.ScratchFolder();
        var products = TracedNetwork.Trace(yaml, scratch.In("trace"), steps).Network.QuantizedWeights.Count;
        RequireEqual(scratch.In("trace"), products);
    }

    [TestCase(null, "No module named 'numpy'")]
    [TestCase("raise ImportError('\\n\\nnumpy is damaged\\nin many lines\\n')", "numpy is damaged in many lines")]
    public void WithoutNumpyOneLineSaysSo(string? numpy, string reason)
    {
        using var scratch = new Experiments.ScratchFolder();
        if (numpy is not null) File.WriteAllText(scratch.In("numpy.py"), numpy);
        var (exit, text) = Numpy.RecomputeWithout(scratch.Path);
        Assert.That(exit, Is.EqualTo(2), text);
        Assert.That(text, Does.Match("^recompute: .* has no numpy .*HINT: .*\n$").And.Contain(reason));
    }

    [Test]
    public void TheLinesOfTheDocumentationHold()
    {
        Numpy.Require();
        using var scratch = new Experiments.ScratchFolder();
        TracedNetwork.Trace("model: { kind: lenet5 }\ntraining: { batch: 8 }", scratch.In("trace"), steps: 1);
        var parts = Repository.Text("docs/trace.md").Split("```python\n").Skip(1);
        var program = string.Concat(parts.Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]));
        Assert.That(program.Split("assert ").Length - 1, Is.EqualTo(3), "forward, error and update are compared");
        Assert.That(Numpy.Execute(program, scratch.Path), Is.EqualTo((0, "")));
        Spoil(scratch.In("trace"), "dense2.updatedWeights");
        Assert.That(Numpy.Execute(program, scratch.Path).Exit, Is.EqualTo(1));
    }

    [Test]
    public void NumpyGivesAveragesOfAnyWindowAndWindowsThatLeaveGaps()
    {
        Numpy.Require();
        using var scratch = new Experiments.ScratchFolder();
        Layer[] layers =
        [
            new Conv2d(4, 3), new AveragePool2d(3), new Relu(), new Quantize(), new Conv2d(5, 3), new MaxPool2d(2, 3), new Relu(), new Quantize(),
            new Flatten(), new Dense(10),
        ];
        TracedNetwork.Trace("training: { batch: 4, eta: 8 }", layers, scratch.In("trace"));
        RequireEqual(scratch.In("trace"), products: 3);
    }

    [Test]
    public void NumpyAndScalarLoopsGiveGroupedConvolutions()
    {
        Numpy.Require();
        using var scratch = new Experiments.ScratchFolder();
        Layer[] layers =
        [
            new Conv2d(4, 3, 2), new Relu(), new Quantize(), new DepthwiseConv2d(2, 3, 2), new Relu(), new Quantize(),
            new Conv2d(6, 3, groups: 2), new MaxPool2d(2), new Relu(), new Quantize(), new Flatten(), new Dense(10),
        ];
        TracedNetwork.Trace("training: { batch: 4, eta: 8 }", layers, scratch.In("trace"));
        Assert.That(ScalarRecomputation.Differences(scratch.In("trace")), Is.Empty);
        RequireEqual(scratch.In("trace"), products: 4);
    }

    [Test]
    public void OneWrongElementIsFoundInAChain(
        [Values("conv2.errors", "conv1.randomWords", "dense2.updatedWeights", "max1.poolPositions")] string array)
    {
        using var scratch = new Experiments.ScratchFolder();
        TracedNetwork.Trace(TracedNetwork.Vgg7, scratch.In("trace"), steps: 1);
        Spoil(scratch.In("trace"), array);
        Assert.That(ScalarRecomputation.Differences(scratch.In("trace")), Is.EqualTo(new[] { array }));
    }

    [Test]
    public void EveryArrayThatIsRecomputedIsComparedElementByElement()
    {
        Numpy.Require();
        using var scratch = new Experiments.ScratchFolder();
        var folder = scratch.In("trace");
        TracedNetwork.Trace(TracedNetwork.ResNet20 + "loss: crossEntropy\ntraining: { batch: 2, eta: 3/4 }", folder, steps: 1);
        string[] given = ["images", "labels", "storedWeights"];
        var arrays = Tensors(folder, 0).Select(t => $"{t!["layer"]}.{t["quantity"]}").Where(name => !given.Contains(name.Split('.')[1])).ToArray();
        foreach (var array in arrays) Spoil(folder, array);
        var (exit, text) = Numpy.Recompute(folder);
        Assert.That(exit, Is.EqualTo(1));
        var named = text.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal));
        Assert.That(named, Is.EquivalentTo(arrays.Select(name => $"  {name}: values")));
    }

    [Test]
    public void OneWrongElementIsFoundByNumpy([Values("residual2.errorInputs", "conv9.randomWords")] string array)
    {
        Numpy.Require();
        using var scratch = new Experiments.ScratchFolder();
        TracedNetwork.Trace(TracedNetwork.ResNet20 + "loss: crossEntropy\ntraining: { batch: 1 }", scratch.In("trace"), steps: 1);
        Spoil(scratch.In("trace"), array);
        var (exit, text) = Numpy.Recompute(scratch.In("trace"));
        Assert.That(exit, Is.EqualTo(1), text);
        Assert.That(text, Does.EndWith($" 1 arrays differ\n  {array}: values\n"));
    }

    private static IEnumerable<TestCaseData> Spoiled =>
    [
        Spoiling("a unit", m => Tensor(m, "dense1.errors")["exponent"] = 77, 1, "  dense1.errors: unit\n"),
        Spoiling("a shape", m => Tensor(m, "dense1.errors")["shape"] = new JsonArray(20, 8), 1, "  dense1.errors: shape or type\n"),
        Spoiling("an array more", m => Tensors(m).Add(Renamed(Tensor(m, "dense1.errors"), "dense9")), 1, "  dense9.errors: not recomputed\n"),
        Spoiling("an array less", m => Tensors(m).Remove(Tensor(m, "dense1.errors")), 2, "recompute: step 0 has no array dense1.errors.\n"),
        Spoiling("an array twice", m => Tensors(m).Add(Tensor(m, "dense1.errors").DeepClone()), 2, "recompute: step 0 names an array twice.\n"),
        Spoiling("a layer", m => m["layers"]![1]!["op"] = "swish", 2,
            "recompute: dense1 is of kind swish, which is none of product, maxPool, averagePool, relu, quantize, flatten, residual.\n"),
        Spoiling("a loss", m => m["loss"] = "hinge", 2, "recompute: the loss is hinge, which is none of sse, crossEntropy.\n"),
        Spoiling("a rounding", m => m["rounding"] = "down", 2, "recompute: rounding is down, which is none of halfEven, halfAway.\n"),
        Spoiling("a rounding of errors", m => m["roundings"]!["E"] = "up", 2,
            "the rounding of E is up, which is none of halfEven, halfAway, towardZero, pseudoStochastic, stochastic.\n"),
        Spoiling("ranges of the steps before", m => m["ranges"]!["G"] = "inHindsight", 2,
            "recompute: the ranges of G are inHindsight, of which only current are recomputed.\n"),
        Spoiling("weights ternary in part", m => m["hybrid"] = true, 2, "recompute: the weights are ternary in part, which is not recomputed.\n"),
        Spoiling("a randomizer", m => m["randomizer"] = "none", 2, "recompute: randomizer is none, which is none of exact, bits16.\n"),
        Spoiling("a format", m => m["format"] = "wage-trace-1", 2, "is of format wage-trace-1, not wage-trace-3; trace the step again.\n"),
    ];

    [TestCaseSource(nameof(Spoiled))]
    public void WhatIsNotRecomputedIsNamed(Action<JsonNode> spoil, int exit, string message)
    {
        Numpy.Require();
        using var scratch = new Experiments.ScratchFolder();
        var path = Path.Combine(scratch.In("trace"), "manifest.json");
        TracedNetwork.Trace(TracedNetwork.Mlp + "training: { batch: 2 }", scratch.In("trace"), steps: 1);
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        spoil(manifest);
        File.WriteAllText(path, manifest.ToJsonString());
        var found = Numpy.Recompute(scratch.In("trace"));
        Assert.That(found.Exit, Is.EqualTo(exit), found.Text);
        Assert.That(found.Text, Does.EndWith(message));
    }

    [Test]
    public void WindowsThatOverlapAreRefusedByName()
    {
        Numpy.Require();
        using var scratch = new Experiments.ScratchFolder();
        Layer[] layers = [new Conv2d(2, 3), new MaxPool2d(3, 2), new Flatten(), new Quantize(), new Dense(10)];
        TracedNetwork.Trace("training: { batch: 1 }", layers, scratch.In("trace"));
        Assert.That(Numpy.Recompute(scratch.In("trace")), Is.EqualTo((2, "recompute: max1 has windows that overlap.\n")));
    }

    [Test]
    public void AFolderWithoutAManifestIsRefused()
    {
        Numpy.Require();
        using var scratch = new Experiments.ScratchFolder();
        var (exit, text) = Numpy.Recompute(scratch.In("none"));
        Assert.That(exit, Is.EqualTo(2));
        Assert.That(text, Does.Match(@"^recompute: .*manifest\.json cannot be read \(.*\); the folder is not a complete trace\.\n$"));
    }

    private static TestCaseData Case(string name, string yaml, int steps) => new TestCaseData(yaml, steps).SetArgDisplayNames(name);

    private static TestCaseData Spoiling(string name, Action<JsonNode> spoil, int exit, string message) =>
        new TestCaseData(spoil, exit, message).SetArgDisplayNames(name);

    /// <summary>Every array of every step is given or recomputed; given are images and labels, and in the first step the weights.</summary>
    private static void RequireEqual(string folder, int products)
    {
        var steps = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")))!["steps"]!.AsArray();
        var expected = steps.Select((step, i) =>
        {
            var (all, given) = (step!["tensors"]!.AsArray().Count, i == 0 ? 2 + products : 2);
            return $"^step {i}: {all} arrays = {given} given \\+ {all - given} recomputed \\+ 0 not recomputed; " +
                "[0-9]+ elements compared, 0 arrays differ$";
        }).ToArray();
        var (exit, text) = Numpy.Recompute(folder);
        Assert.That(exit, Is.Zero, text);
        var lines = text.TrimEnd('\n').Split('\n');
        Assert.That(lines, Has.Length.EqualTo(expected.Length), text);
        for (var i = 0; i < lines.Length; i++) Assert.That(lines[i], Does.Match(expected[i]));
    }

    /// <summary>Flips the low bit of the array's last element.</summary>
    internal static void Spoil(string folder, string array)
    {
        var tensor = Tensors(folder, 0).First(t => $"{t!["layer"]}.{t["quantity"]}" == array)!;
        var path = Path.Combine(folder, (string)tensor["file"]!);
        var bytes = File.ReadAllBytes(path);
        bytes[^(((string)tensor["dtype"]!)[^1] - '0')] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static JsonArray Tensors(string folder, int step) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")))!["steps"]![step]!["tensors"]!.AsArray();

    private static JsonArray Tensors(JsonNode manifest) => manifest["steps"]![0]!["tensors"]!.AsArray();

    private static JsonNode Tensor(JsonNode manifest, string array) => Tensors(manifest).First(t => $"{t!["layer"]}.{t["quantity"]}" == array)!;

    private static JsonNode Renamed(JsonNode tensor, string layer)
    {
        var copy = tensor.DeepClone();
        copy["layer"] = layer;
        return copy;
    }
}
