using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.SelfTest;

/// <summary>A few steps of training, whose weights and score every backend must reach.</summary>
/// <param name="Name">"vgg7, 2-8-8-8".</param>
/// <param name="Layers">A new list of layers.</param>
/// <param name="Bits">k_W, k_A, k_G, k_E.</param>
/// <param name="Colour">32x32 in colour, else synthetic digits.</param>
/// <param name="CrossEntropy">The loss; else SSE.</param>
internal sealed record ShortRun(string Name, Func<IReadOnlyList<Layer>> Layers, BitWidths Bits, bool Colour, bool CrossEntropy = false)
{
    private const int Batch = 12, Steps = 4;
    private static readonly Dataset Digits = SyntheticDigits.Create(2, 5 * Batch, Batch + 3);
    private static readonly Dataset Colours = Coloured();

    /// <summary>The runs of the self-test: VGG7's layers at a width that scalar loops can follow, and what VGG7 lacks.</summary>
    public static IReadOnlyList<ShortRun> All { get; } =
    [
        new("vgg7, 2-8-8-8", () => Model.Vgg7(width: 4), new BitWidths(2, 8, 8, 8), Colour: true),
        new("lenet5, 3-6-12-10, cross entropy", Lenet, new BitWidths(3, 6, 12, 10), Colour: false, CrossEntropy: true),
        new("resnet-8, 8-8-16-16", () => Model.ResNet(blocks: 1, width: 3), new BitWidths(8, 8, 16, 16), Colour: true),
        new("depthwise separable, 4-8-12-8", Separable, new BitWidths(4, 8, 12, 8), Colour: false),
        new("lenet5, 3-3-9-3, stochastic rounding", Lenet, new BitWidths(3, 3, 9, 3), Colour: false) { Rounding = Numbers.Rounding.Stochastic },
    ];

    /// <summary>How bits of weights, activations and errors are dropped; null: as the scheme's default.</summary>
    public Rounding? Rounding { get; init; }

    /// <summary>Trains; the weights' hash with the score of the training and the test images.</summary>
    public string Train(IBackend backend)
    {
        var data = Colour ? Colours : Digits;
        var shape = new Shape(Batch, data.Train.Height, data.Train.Width, data.Train.Channels);
        var options = new WageOptions { Bits = Bits, WeightRounding = Rounding, ActivationRounding = Rounding, ErrorRounding = Rounding };
        Loss loss = CrossEntropy ? new SoftmaxCrossEntropy() : new SquaredError();
        using var network = new Network(Layers(), options.ToScheme(), loss, shape, backend);
        network.Initialize(7);
        var rate = new LearningRate((0, new Ratio(8, 1)), (1, new Ratio(3, 2)));
        using var trainer = new Trainer(network, data, new TrainingOptions(7, rate, new Augmentation(2, true)));
        for (var step = 0; step < Steps; step++)
        {
            trainer.Step();
            if (trainer.StepInEpoch == trainer.StepsPerEpoch) trainer.FinishEpoch();
        }

        using var evaluator = new Evaluator(network, data.Test);
        return $"{network.WeightsSha256()} {trainer.TrainScore()} {evaluator.Run()}";
    }

    /// <summary>Null when both backends end with the same bits, else where each ended.</summary>
    public string? Difference(IBackend expected, IBackend actual)
    {
        var (right, given) = (Train(expected), Train(actual));
        return right == given ? null : $"ends at {given}, the reference at {right}";
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static IReadOnlyList<Layer> Lenet() =>
    [
        new Conv2d(5, 5), new MaxPool2d(2), new Relu(), new Quantize(),
        new Conv2d(7, 5, 1, ConvPadding.Valid), new MaxPool2d(2), new Relu(), new Quantize(),
        new Flatten(), new Dense(19), new Relu(), new Quantize(), new Dense(10),
    ];

    /// <summary>Depthwise convolutions, each with a convolution of 1x1 behind it, and groups of two channels.</summary>
    internal static IReadOnlyList<Layer> Separable() =>
    [
        new Conv2d(6, 3, 2), new Relu(), new Quantize(),
        new DepthwiseConv2d(3, 3), new Relu(), new Quantize(), new Conv2d(17, 1), new Relu(), new Quantize(),
        new DepthwiseConv2d(1, 5, 2), new Relu(), new Quantize(), new Conv2d(8, 1), new Quantize(),
        new DepthwiseConv2d(2, 3), new MaxPool2d(2), new Relu(), new Quantize(), new Conv2d(12, 2, groups: 4), new Relu(), new Quantize(),
        new Flatten(), new Dense(10),
    ];

    /// <summary>Pixels drawn at random: enough to tell one integer from another.</summary>
    private static Dataset Coloured()
    {
        const int count = 3 * Batch;
        var pixels = Enumerable.Range(0, count * 32 * 32 * 3).Select(i => (byte)RandomBits.UInt32(new RandomKey(3, 0, 0), (ulong)i)).ToArray();
        var set = new ImageSet(pixels, [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))], 32, 32, 3);
        return new Dataset("colours", set, set.Take(Batch + 3), 10);
    }
}
