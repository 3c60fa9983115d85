using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Schemes.IntegerSgd;

/// <summary>Networks of the scheme integer-sgd on images of 8x8 pixels, of which a class has one bright quarter.</summary>
internal static class TinySgd
{
    public const int Batch = 16;

    private const int Classes = 10;

    public static readonly string[] Names = ["subsample", "projection", "fixup", "separable", "pooled"];

    public static readonly Dataset Quarters = Drawn(96, 32);

    /// <summary>Every kind of layer that the scheme has, in one of these networks.</summary>
    public static IReadOnlyList<Layer> Layers(string name) => name switch
    {
        "subsample" => ModelSpec.ResNet(1, 4, Classes, ResNetShortcut.Subsample).WithBatchNorm().ToLayers(),
        "projection" => ModelSpec.ResNet(1, 5, Classes).WithBatchNorm().ToLayers(),
        "fixup" => ModelSpec.ResNet(1, 4, Classes).WithFixup().ToLayers(),
        "separable" =>
        [
            .. Block(new Conv2d(6, 3)), .. Block(new DepthwiseConv2d(1, 3, 2)), .. Block(new Conv2d(8, 1)),
            new GlobalAveragePool(), new Flatten(), new Dense(Classes) { Bias = true },
        ],
        _ =>
        [
            .. Block(new Conv2d(5, 3)), new MaxPool2d(2), .. Block(new Conv2d(6, 3)), new AveragePool2d(2), new Flatten(),
            .. Block(new Dense(9)), new Dense(Classes),
        ],
    };

    public static Trainer Start(
        string name = "subsample", IBackend? backend = null, Scheme? scheme = null, int epochs = 1, Loss? loss = null, Dataset? data = null,
        IEnumerable<string>? frozen = null)
    {
        var set = data ?? Quarters;
        var shape = new Shape(Batch, set.Train.Height, set.Train.Width, set.Train.Channels);
        var network = new Network(
            Layers(name), scheme ?? SchemeRegistry.Create("integer-sgd"), loss ?? new SoftmaxCrossEntropy(), shape,
            backend ?? new ReferenceBackend(), frozen: frozen?.ToHashSet());
        network.Initialize(3);
        return new Trainer(network, set, new TrainingOptions(3, new LearningRate((0, new Ratio(1, 10))), new Augmentation(1, false)));
    }

    public static Layer[] Block(ProductLayer product) => [product, new BatchNorm(new BatchNormSpec()), new Relu(), new Quantize()];

    private static Dataset Drawn(int train, int test)
    {
        var (pixels, labels) = (new byte[train * 64 * 2], new byte[train]);
        for (var i = 0; i < train; i++)
        {
            labels[i] = (byte)(i % 4);
            for (var j = 0; j < 128; j++)
            {
                var noise = RandomBits.UInt32(new RandomKey(5, 0, 0), (ulong)((i * 128) + j)) % 100;
                var isIn = (j / 64 * 2) + (j / 2 % 8 / 4) == labels[i];
                pixels[(i * 128) + j] = (byte)(noise + (isIn ? 100 : 20));
            }
        }

        var set = new ImageSet(pixels, labels, 8, 8, 2);
        return new Dataset("quarters", set, set.Take(test), 4);
    }
}
