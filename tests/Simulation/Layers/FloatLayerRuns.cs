using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Simulation;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Simulation.Layers;

/// <summary>Small float32 networks, together of every kind of layer, on images of 8x8x3 whose pixels and labels are random.</summary>
internal static class FloatLayerRuns
{
    public const int Batch = 8;

    public static readonly Dataset Images = new("random", Draw(1, 40), Draw(2, 16), 4);

    private static readonly BatchNormSpec Norm = new(), Fixup = new() { IsFixup = true };

    /// <summary>Networks by what they are about.</summary>
    public static IReadOnlyDictionary<string, SpecList<LayerSpec>> Networks { get; } = new Dictionary<string, SpecList<LayerSpec>>
    {
        ["convolutions"] = [Conv(5, 3), new ReluSpec(), Conv(6, 3, 2), new ReluSpec(), new QuantizeSpec(), new DenseSpec(4)],
        ["groups"] = [Conv(6, 3), new ReluSpec(), new ConvSpec(9, (3, 2), ConvPadding.Valid, 1, 3), new ReluSpec(), new DenseSpec(4)],
        ["depthwise"] = [new DepthwiseSpec(2, (3, 3), ConvPadding.Same, 2), new Relu6Spec(), Conv(5, 1), new Relu6Spec(), new DenseSpec(4)],
        ["pools"] = [Conv(5, 3), new MaxPoolSpec(2, 2), new ReluSpec(), Conv(17, 3), new AveragePoolSpec(2, 2), new DenseSpec(4)],
        ["overlaps"] =
        [
            Conv(5, 3), new MaxPoolSpec(3, 2), Conv(6, 3), new ReluSpec(), new AveragePoolSpec(2, 1), new GlobalAveragePoolSpec(), new DenseSpec(4),
        ],
        ["batch norm"] = [Conv(5, 3), Norm, new ReluSpec(), Conv(6, 3), new MaxPoolSpec(2, 2), Norm, new Relu6Spec(), new DenseSpec(9), Norm,
            new ReluSpec(), new DenseSpec(4)],
        ["residual"] = [Conv(4, 3), new ReluSpec(), new ResidualSpec([Conv(4, 3), Norm, new ReluSpec(), Conv(4, 3), Norm], []), new ReluSpec(),
            new ResidualSpec([new ReluSpec(), Conv(6, 3, 2)], [Conv(6, 1, 2), Norm]), new ReluSpec(), new GlobalAveragePoolSpec(), new DenseSpec(4)],
        ["subsample"] =
        [
            Conv(4, 3), new ReluSpec(), new ResidualSpec([Conv(7, 3, 2), Norm, new ReluSpec(), Conv(7, 3)], [new SubsampleSpec(7)]), new ReluSpec(),
            new ResidualSpec([Conv(9, 3, 3)], [new SubsampleSpec(9, 3)]), new SubsampleSpec(9, 1), new GlobalAveragePoolSpec(), new DenseSpec(4),
        ],
        ["fixup"] =
        [
            Conv(4, 3), Fixup, new ReluSpec(), new ResidualSpec([Conv(5, 3), Fixup, new ReluSpec(), Conv(4, 3), Fixup], []), new ReluSpec(),
            new ResidualSpec([Conv(6, 3, 2), Fixup], [Conv(6, 1, 2), Fixup]), new ReluSpec(), new GlobalAveragePoolSpec(), new DenseSpec(4),
        ],
        ["concatenation"] =
        [
            Conv(4, 3), new ReluSpec(), new ConcatSpec([[Conv(3, 1), new ReluSpec()], [new ReluSpec(), Conv(5, 3), Norm], []]),
            new ReluSpec(), new MaxPoolSpec(2, 2), new DenseSpec(4),
        ],
    };

    public static FloatNetwork Network(
        IBackend backend, SpecList<LayerSpec> layers, FloatOptimizer? optimizer = null, string[]? frozen = null, int side = 8) => new(
        layers, new SoftmaxCrossEntropy(), new Shape(Batch, side, side, 3), backend, InputRange.Symmetric, optimizer, frozen?.ToHashSet());

    /// <summary>A network that is only built.</summary>
    public static FloatNetwork Plan(SpecList<LayerSpec> layers, int side) => Network(new PlanningBackend(), layers, side: side);

    public static Trainer Start(IBackend backend, SpecList<LayerSpec> layers, ulong seed = 1)
    {
        var network = Network(backend, layers, FloatOptimizer.Sgd(new Ratio(9, 10), weightDecay: new Ratio(1, 10000)));
        network.Initialize(seed);
        return new Trainer(network, Images, new TrainingOptions(seed, new LearningRate((0, new Ratio(1, 20))), new Augmentation(1, true)));
    }

    /// <summary>Values that are far from 0 and from each other, so that a small step crosses no corner.</summary>
    public static void Spread(FloatNetwork network)
    {
        foreach (var p in network.Parameters.Where(p => p.FanIn == 0 || p.Fixup is { IsZero: true }))
        {
            for (var i = 0; i < p.Value.Span.Length; i++)
                p.Value.Span[i] += (((int)(RandomBits.UInt32(new RandomKey(5, (uint)p.Index, 0), (ulong)i) & 255)) - 128) / 512f;
        }
    }

    private static ConvSpec Conv(int filters, int kernel, int stride = 1) => new(filters, (kernel, kernel), ConvPadding.Same, stride);

    private static ImageSet Draw(ulong seed, int count)
    {
        var key = new RandomKey(seed, 0, 0);
        var pixels = new byte[count * 192];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)RandomBits.UInt32(key, (ulong)i);
        var labels = new byte[count];
        for (var i = 0; i < count; i++) labels[i] = (byte)(pixels[i * 192] >> 6);
        return new ImageSet(pixels, labels, 8, 8, 3);
    }
}
