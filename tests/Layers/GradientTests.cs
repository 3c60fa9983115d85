using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Tensors;
using Wage.Training;
using static Wage.Tests.Layers.ExactNetwork;

namespace Wage.Tests.Layers;

/// <summary>
/// With open quantizers the loss is a quadratic of each weight between the kinks, so that the central difference quotient, in exact decimals, is its
/// derivative. The integer gradients equal it exactly.
/// </summary>
[Parallelizable]
public sealed class GradientTests
{
    private const decimal H = 1m / 1024;
    private static readonly (int, int, int, int) None = (0, 0, 0, 0);

    /// <summary>
    /// A network: the library's layers, the same ones in decimals, and the unit 2^-bits of each parameter's gradient.
    /// The weights are multiples of the step, the first layer's (where averages must come out whole) or, with fraction bits, all.
    /// </summary>
    internal sealed record Case(
        string Name, Shape Images, Layer[] Layers, Func<ExactNetwork, Image, decimal[][], Image> Forward, int[] UnitBits,
        int WeightStep = 1, int WeightFractionBits = 0)
    {
        public override string ToString() => Name;
    }

    private static IEnumerable<Case> Cases()
    {
        yield return new("dense", new Shape(3, 2, 2, 1), [new Flatten(), new Dense(3)], (_, x, w) => Dense(x, w[0], 3), [0]);
        yield return new("dense on images as they lie", new Shape(2, 2, 1, 2), [new Dense(2)], (_, x, w) => Dense(x, w[0], 2), [0]);
        yield return new(
            "two dense layers with ReLU", new Shape(2, 2, 2, 1), [new Flatten(), new Dense(5), new Relu(), new Quantize(), new Dense(3)],
            (net, x, w) => Dense(net.Relu(Dense(x, w[0], 5)), w[1], 3), [0, 0]);
        yield return new(
            "dense layers with bias", new Shape(3, 2, 2, 1), [new Dense(4) { Bias = true }, new Relu(), new Quantize(), new Dense(3) { Bias = true }],
            (net, x, w) => Biased(Dense(net.Relu(Biased(Dense(x, w[0], 4), w[1])), w[2], 3), w[3]), [0, 0, 0, 0]);
        yield return new(
            "conv with bias, pooled, and a depthwise one with a stride", new Shape(2, 4, 4, 2),
            [
                new Conv2d(2, 3) { Bias = true }, new MaxPool2d(2), new Relu(), new Quantize(),
                new DepthwiseConv2d(2, 2, 2) { Bias = true }, new Quantize(), new Dense(2),
            ],
            (net, x, w) =>
            {
                var a = net.Relu(net.Max(Biased(ExactNetwork.Conv(x, w[0], 2, 3, 1, (1, 1, 1, 1)), w[1]), 2, 2));
                return Dense(Biased(ExactNetwork.Conv(a, w[2], 4, 2, 2, None, groups: 2), w[3]), w[4], 2);
            },
            [0, 0, 0, 0, 0]);
        yield return Conv("conv SAME", ConvPadding.Same, 3, 1, (1, 1, 1, 1), 4, 4);
        yield return Conv("conv SAME, even kernel", ConvPadding.Same, 2, 1, (0, 0, 1, 1), 3, 4);
        yield return Conv("conv VALID", ConvPadding.Valid, 3, 1, None, 4, 5);
        yield return Conv("conv with explicit zeros", ConvPadding.Explicit(0, 2, 1, 0), 3, 1, (0, 2, 1, 0), 3, 3);
        yield return Conv("conv SAME, stride 2", ConvPadding.Same, 3, 2, (0, 0, 1, 1), 4, 4);
        yield return Conv("conv VALID, stride 2, a remainder", ConvPadding.Valid, 2, 2, None, 5, 5);
        yield return new(
            "depthwise convs, with a multiplier and with a stride", new Shape(2, 4, 3, 2),
            [new DepthwiseConv2d(2, 3), new Quantize(), new DepthwiseConv2d(1, 2, 2), new Quantize(), new Dense(2)],
            (_, x, w) =>
            {
                var a = ExactNetwork.Conv(x, w[0], 4, 3, 1, (1, 1, 1, 1), groups: 2);
                return Dense(ExactNetwork.Conv(a, w[1], 4, 2, 2, (0, 0, 0, 1), groups: 4), w[2], 2);
            },
            [0, 0, 0]);
        yield return new(
            "depthwise conv with ReLU", new Shape(1, 2, 2, 3),
            [new DepthwiseConv2d(2, 2, 1, ConvPadding.Valid), new Relu(), new Quantize(), new Dense(2)],
            (net, x, w) => Dense(net.Relu(ExactNetwork.Conv(x, w[0], 6, 2, 1, None, groups: 3)), w[1], 2), [0, 0]);
        yield return new(
            "convs in groups", new Shape(1, 3, 3, 4),
            [new Conv2d(6, 2, groups: 2), new Quantize(), new Conv2d(3, 1, groups: 3), new Quantize(), new Dense(2)],
            (_, x, w) =>
            {
                var a = ExactNetwork.Conv(x, w[0], 6, 2, 1, (0, 0, 1, 1), groups: 2);
                return Dense(ExactNetwork.Conv(a, w[1], 3, 1, 1, None, groups: 3), w[2], 2);
            },
            [0, 0, 0]);
        yield return new(
            "max pool", new Shape(1, 4, 4, 1), [new Conv2d(2, 2), new MaxPool2d(2), new Relu(), new Quantize(), new Dense(2)],
            (net, x, w) => Dense(net.Relu(net.Max(ExactNetwork.Conv(x, w[0], 2, 2, 1, (0, 0, 1, 1)), 2, 2)), w[1], 2), [0, 0]);
        yield return new(
            "overlapping max pool", new Shape(1, 3, 3, 1), [new Conv2d(2, 2), new MaxPool2d(2, 1), new Quantize(), new Dense(2)],
            (net, x, w) => Dense(net.Max(ExactNetwork.Conv(x, w[0], 2, 2, 1, (0, 0, 1, 1)), 2, 1), w[1], 2), [0, 0]);
        yield return new(
            "average pool", new Shape(2, 4, 4, 1), [new Conv2d(2, 3), new AveragePool2d(2), new Quantize(), new Dense(2)],
            (_, x, w) => Dense(Average(ExactNetwork.Conv(x, w[0], 2, 3, 1, (1, 1, 1, 1)), 2, 2, 2), w[1], 2), [2, 0], WeightStep: 4);
        yield return new(
            "overlapping average pool", new Shape(1, 3, 3, 1), [new Conv2d(2, 2), new AveragePool2d(2, 1), new Quantize(), new Dense(2)],
            (_, x, w) => Dense(Average(ExactNetwork.Conv(x, w[0], 2, 2, 1, (0, 0, 1, 1)), 2, 2, 1), w[1], 2), [2, 0], WeightStep: 4);
        yield return new(
            "global average pool", new Shape(1, 2, 4, 1), [new Conv2d(3, 1), new GlobalAveragePool(), new Quantize(), new Flatten(), new Dense(2)],
            (_, x, w) => Dense(Average(ExactNetwork.Conv(x, w[0], 3, 1, 1, None), 2, 4, 2), w[1], 2), [3, 0], WeightStep: 8);
        yield return new(
            "residual, identity shortcut", new Shape(1, 3, 3, 1),
            [new Conv2d(2, 2), new Quantize(), new Residual([new Conv2d(2, 2)], []), new Relu(), new Quantize(), new Dense(2)],
            (net, x, w) =>
            {
                var a = ExactNetwork.Conv(x, w[0], 2, 2, 1, (0, 0, 1, 1));
                return Dense(net.Relu(Add(ExactNetwork.Conv(a, w[1], 2, 2, 1, (0, 0, 1, 1)), a)), w[2], 2);
            },
            [0, 0, 0]);
        yield return new(
            "residual first, projected shortcut", new Shape(1, 4, 4, 1),
            [new Residual([new Conv2d(2, 2, 2)], [new Conv2d(2, 1, 2)]), new Relu(), new Quantize(), new Dense(2)],
            (net, x, w) =>
            {
                var (branch, shortcut) = (ExactNetwork.Conv(x, w[0], 2, 2, 2, None), ExactNetwork.Conv(x, w[1], 2, 1, 2, None));
                return Dense(net.Relu(Add(branch, shortcut)), w[2], 2);
            },
            [0, 0, 0]);
        yield return new(
            "residual whose branch starts with ReLU", new Shape(1, 2, 2, 2),
            [new Conv2d(2, 1), new Quantize(), new Residual([new Relu(), new Conv2d(2, 1)], []), new Quantize(), new Dense(2)],
            (net, x, w) =>
            {
                var a = ExactNetwork.Conv(x, w[0], 2, 1, 1, None);
                return Dense(Add(ExactNetwork.Conv(net.Relu(a), w[1], 2, 1, 1, None), a), w[2], 2);
            },
            [0, 0, 0]);
        yield return new(
            "residual whose branch ends with ReLU", new Shape(1, 2, 2, 2),
            [new Conv2d(2, 1), new Quantize(), new Residual([new Conv2d(2, 1), new Relu()], []), new Quantize(), new Dense(2)],
            (net, x, w) =>
            {
                var a = ExactNetwork.Conv(x, w[0], 2, 1, 1, None);
                return Dense(Add(net.Relu(ExactNetwork.Conv(a, w[1], 2, 1, 1, None)), a), w[2], 2);
            },
            [0, 0, 0]);
        yield return new(
            "residual of branches with different units", new Shape(1, 4, 4, 1),
            [new Conv2d(1, 1), new Quantize(), new Residual([new Conv2d(1, 2, 2)], [new AveragePool2d(2)]), new Quantize(), new Dense(2)],
            (_, x, w) =>
            {
                var a = ExactNetwork.Conv(x, w[0], 1, 1, 1, None);
                return Dense(Add(ExactNetwork.Conv(a, w[1], 1, 2, 2, None), Average(a, 2, 2, 2)), w[2], 2);
            },
            [2, 0, 0], WeightStep: 4);
        yield return new(
            "residual with fraction bits in the weights", new Shape(1, 2, 2, 1),
            [
                new Conv2d(2, 1), new Quantize(),
                new Residual([new Conv2d(2, 1), new Relu(), new Quantize(), new Conv2d(2, 1)], []), new Quantize(), new Dense(2),
            ],
            (net, x, w) =>
            {
                var a = ExactNetwork.Conv(x, w[0], 2, 1, 1, None);
                return Dense(Add(ExactNetwork.Conv(net.Relu(ExactNetwork.Conv(a, w[1], 2, 1, 1, None)), w[2], 2, 1, 1, None), a), w[3], 2);
            },
            [4, 3, 2, 1], WeightStep: 2, WeightFractionBits: 1);
    }

    [TestCaseSource(nameof(Cases))]
    public void IntegerGradientsAreTheDerivativesExactly(object networkCase)
    {
        var test = (Case)networkCase;
        var network = new Network(test.Layers, new OpenScheme(test.WeightFractionBits), new SquaredError(), test.Images, new ReferenceBackend());
        for (var seed = 0ul; seed < 500; seed++)
        {
            Fill(network, test, seed);
            var expected = Derivatives(network, test);
            if (expected is null) continue;

            network.QuantizeWeights();
            network.Forward();
            network.Backward(network.Error());
            foreach (var (w, derivative) in network.Parameters.Zip(expected))
            {
                var gradient = Values.Of(w.Gradient).Select(g => (decimal)g);
                var exact = derivative.Select(d => d * (1 << test.UnitBits[w.Index]));
                Assert.That(gradient, Is.EqualTo(exact), $"{w.Name}, seed {seed}");
            }

            Assert.That(expected.SelectMany(d => d).Any(d => d != 0), Is.True);
            return;
        }

        Assert.Fail("no seed without a kink");
    }

    private static Case Conv(string name, ConvPadding padding, int kernel, int stride, (int, int, int, int) pad, int height, int width) => new(
        name, new Shape(2, height, width, 2),
        [
            new Conv2d(2, kernel, stride, padding), new Relu(), new Quantize(),
            new Conv2d(2, kernel, 1, ConvPadding.Same), new Quantize(), new Dense(2),
        ],
        (net, x, w) =>
        {
            var same = ((kernel - 1) / 2, (kernel - 1) / 2, kernel / 2, kernel / 2);
            return Dense(ExactNetwork.Conv(net.Relu(ExactNetwork.Conv(x, w[0], 2, kernel, stride, pad)), w[1], 2, kernel, 1, same), w[2], 2);
        },
        [0, 0, 0]);

    private static void Fill(Network network, Case test, ulong seed)
    {
        long Draw(uint stream, int i, int most) => RandomBits.Below(new RandomKey(seed, stream, 0), (ulong)i, (2 * most) + 1) - most;
        foreach (var w in network.Parameters)
        {
            var most = w.Stored.Length > 40 ? 1 : 2;
            var step = w.Index == 0 || test.WeightFractionBits > 0 ? test.WeightStep : 1;
            Values.Fill(w.Stored, [.. Enumerable.Range(0, w.Stored.Length).Select(i => w.IsBias ? 0 : Draw((uint)w.Index, i, most) * step)]);
        }

        Values.Fill(network.Images, [.. Enumerable.Range(0, network.Images.Length).Select(i => Draw(100, i, 2))]);
        Values.Fill(network.Labels, [.. Enumerable.Range(0, network.Labels.Length).Select(i => Math.Abs(Draw(200, i, 1)))]);
    }

    /// <summary>The central differences, or null where an evaluation came near a kink.</summary>
    private static decimal[][]? Derivatives(Network network, Case test)
    {
        var net = new ExactNetwork();
        var scale = (decimal)(1 << test.WeightFractionBits);
        var s = network.Images.Shape;
        var images = new Image(s[0], s[1], s[2], s[3], [.. Values.Of(network.Images).Select(v => (decimal)v)]);
        var labels = Values.Of(network.Labels);
        decimal[][] weights = [.. network.Parameters.Select(w => Values.Of(w.Stored).Select(v => v / scale).ToArray())];

        decimal Loss()
        {
            var scores = test.Forward(net, images, weights);
            var classes = scores.V.Length / scores.N;
            return scores.V.Select((v, i) => v - (i % classes == labels[i / classes] ? 1 : 0)).Sum(d => d * d) / 2;
        }

        decimal Derivative(decimal[] w, int i)
        {
            var old = w[i];
            w[i] = old + H;
            var above = Loss();
            w[i] = old - H;
            var below = Loss();
            w[i] = old;
            return (above - below) / (2 * H);
        }

        decimal[][] derivatives = [.. weights.Select(w => Enumerable.Range(0, w.Length).Select(i => Derivative(w, i)).ToArray())];
        return net.MetAKink ? null : derivatives;
    }
}
