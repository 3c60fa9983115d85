using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>A perceptron that trains on a few synthetic digits in a second or two.</summary>
internal static class TinyRun
{
    public const int Batch = 20;

    public static readonly Dataset Digits = SyntheticDigits.Create(1, 300, 60);

    public static Trainer Start(
        ulong seed = 1, IBackend? backend = null, WageOptions? options = null, IReadOnlyList<Layer>? layers = null,
        Dataset? data = null, Ratio? eta = null, bool fuse = true, Scheme? scheme = null)
    {
        var set = data ?? Digits;
        var shape = new Shape(Batch, set.Train.Height, set.Train.Width, set.Train.Channels);
        var network = new Network(
            layers ?? Model.Mlp(16, 10), scheme ?? (options ?? new WageOptions()).ToScheme(), new SquaredError(), shape,
            backend ?? new ReferenceBackend(), fuse: fuse);
        network.Initialize(seed);
        return new Trainer(network, set, new TrainingOptions(seed, new LearningRate((0, eta ?? new Ratio(2, 1))), new Augmentation(2, false)));
    }

    public static void Steps(Trainer trainer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            trainer.Step();
            if (trainer.StepInEpoch == trainer.StepsPerEpoch) trainer.FinishEpoch();
        }
    }

    /// <summary>A LeNet with few and odd numbers of channels.</summary>
    public static IReadOnlyList<Layer> NarrowLeNet() =>
    [
        new Conv2d(5, 5), new MaxPool2d(2), new Relu(), new Quantize(),
        new Conv2d(7, 5, 1, ConvPadding.Valid), new MaxPool2d(2), new Relu(), new Quantize(),
        new Flatten(), new Dense(19), new Relu(), new Quantize(), new Dense(10),
    ];

    /// <summary>Images in the size of CIFAR-10, which no test may need, whose pixels are drawn: enough to tell one integer from another.</summary>
    public static Dataset Coloured(ulong seed, int train, int test)
    {
        var pixels = Enumerable.Range(0, train * 32 * 32 * 3).Select(i => (byte)RandomBits.UInt32(new RandomKey(seed, 0, 0), (ulong)i)).ToArray();
        var set = new ImageSet(pixels, [.. Enumerable.Range(0, train).Select(i => (byte)(i % 10))], 32, 32, 3);
        return new Dataset("cifar10", set, set.Take(test), 10);
    }
}
