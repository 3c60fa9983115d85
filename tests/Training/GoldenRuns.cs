using Wage.Data;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tests.Schemes.IntegerSgd;

namespace Wage.Tests.Training;

/// <summary>The runs of tests/golden/weights.csv: models, bit widths, and each option of the scheme by itself.</summary>
internal static class GoldenRuns
{
    public static IReadOnlyList<GoldenRun> All { get; } =
    [
        Mlp("perceptron", Bits(2, 8, 8, 8)),
        Mlp("perceptron of 16-bit errors", Bits(2, 8, 8, 16)) with { Eta = new Ratio(50, 3) },
        Mlp("perceptron with cross entropy on pixels from 0 to 1", Bits(4, 8, 8, 8)) with { CrossEntropy = true, Input = InputRange.Unit },
        Mlp("perceptron of 2-bit activations", Bits(2, 2, 8, 8)) with { Eta = new Ratio(45, 2) },

        new("LeNet-5 without padding", "LeNet-5 valid", () => Model.LeNet5(ConvPadding.Valid), Bits(2, 8, 8, 8)),
        new("LeNet-5 of 16-bit gradients and errors", "LeNet-5 same", () => Model.LeNet5(ConvPadding.Same), Bits(8, 8, 16, 16))
        {
            CrossEntropy = true, Eta = new Ratio(1 << 10, 1),
        },
        new("VGG7", "VGG7 of width 4", () => Model.Vgg7(4), Bits(2, 8, 8, 8)) { Coloured = true },
        new("VGG7 of 4-bit activations", "VGG7 of width 4", () => Model.Vgg7(4), Bits(2, 4, 8, 8)) { Coloured = true, CrossEntropy = true },
        new("VGG7 as in the paper", "VGG7 of width 4", () => Model.Vgg7(4), WageOptions.Paper)
        {
            Coloured = true, Former = Paper,
        },
        ResNet("ResNet", Bits(2, 8, 8, 8)),
        ResNet("ResNet of 16-bit gradients and errors", Bits(8, 8, 16, 16)) with { CrossEntropy = true, Eta = new Ratio(1000, 1) },
        new("strides with odd paddings and overlapping pools",
            "5x3 conv stride 2 (6) - max pool 3/2 - average pool 2/1 - residual of a quantized 3x3 conv (6) - global average",
            Strided, Bits(3, 6, 12, 10)) { Eta = new Ratio(300, 1) },
        new("a scheme for each layer",
            "narrow LeNet - its first layer 4-8-12-8 half away then 4-bit activations and 6-bit errors - its last 8-8-16-8", Mixed, Bits(2, 8, 8, 8)),

        Narrow("narrow LeNet", Bits(2, 8, 8, 8)),
        Narrow("narrow LeNet of 7-8-8-8", Bits(7, 8, 8, 8)) with { Eta = new Ratio(3, 2) },
        Narrow("int64 accumulators", Bits(2, 8, 8, 8)) with { Accumulator = AccumulatorWidth.Int64 },
        Narrow("stored weights clipped on the gradient grid", new WageOptions { StoredClip = StoredClip.GradientGrid }),
        Narrow("initial weights on the gradient grid", new WageOptions { InitialWeights = InitialGrid.GradientGrid }),
        Narrow("the clip after the update", new WageOptions { ClipOrder = ClipOrder.AfterUpdate }),
        Narrow("the randomizer of 16 bits", new WageOptions { Randomizer = Randomizer.Bits16 }),
        Narrow("half away from zero", new WageOptions { Rounding = Rounding.HalfAway }),
        Narrow("a clip mask of weights", new WageOptions { WeightClipMask = true }),
        Narrow("an exclusive clip mask of activations", new WageOptions { ActivationClipMask = ClipMask.Exclusive }),
        Narrow("no clip mask of activations", new WageOptions { ActivationClipMask = ClipMask.None }),
        Narrow("a moved error window", new WageOptions { ErrorWindow = 4 }),
        Narrow("another beta", new WageOptions { Beta = new Ratio(2, 3) }),
        Narrow("the fan-in limit of the paper", new WageOptions { FanInLimit = 6 }),
        Narrow("the paper's side of each option with both clip masks", WageOptions.Paper with
        {
            Bits = new BitWidths(3, 4, 10, 9), WeightClipMask = true, ActivationClipMask = ClipMask.Exclusive,
        }) with { Eta = new Ratio(100, 1), Former = Paper },

        Narrow("ranges in hindsight", Ranges(RangeEstimator.InHindsight)),
        Narrow("running ranges", Ranges(RangeEstimator.Running)),
        Narrow("fixed ranges", Ranges(RangeEstimator.Fixed) with { FixedErrorRange = 9, FixedGradientRange = 12 }),
        Narrow("stochastic errors in hindsight of another momentum", new WageOptions
        {
            ErrorRange = RangeEstimator.InHindsight, ErrorRounding = Rounding.Stochastic, RangeMomentum = new Ratio(1, 2),
        }),
        Mlp("perceptron of 16-bit errors in hindsight", Ranges(RangeEstimator.InHindsight) with { Bits = new BitWidths(2, 8, 8, 16) }) with
        {
            Eta = new Ratio(50, 3),
        },
        ResNet("ResNet with ranges in hindsight", Ranges(RangeEstimator.InHindsight)),
        new("VGG7 as in the paper with ranges in hindsight", "VGG7 of width 4", () => Model.Vgg7(4), WageOptions.Paper with
        {
            ErrorRange = RangeEstimator.InHindsight, GradientRange = RangeEstimator.InHindsight, RangeMomentum = null,
        }) { Coloured = true },
        Narrow("ternary in part", new WageOptions { Hybrid = new([new Ratio(1, 2)]) { Threshold = TernaryThreshold.Filter } }),
        Mlp("weights ternary in part", new WageOptions
        {
            Bits = new BitWidths(2, 8, 12, 8), Hybrid = new([new Ratio(3, 4)]) { ByElement = true, IsUniform = true, AlphaOfLayer = true },
        }),
        IntegerSgd("ResNet with batch norm in integers", "ResNet of 1 block and width 4 with subsamples",
            () => TinySgd.Layers("subsample")) with { Coloured = true },
        IntegerSgd("separable convolutions with batch norm in integers", "3x3 conv (6) - depthwise 3x3 conv stride 2 - 1x1 conv (8) - global average",
            () => TinySgd.Layers("separable"), ("kW", "4"), ("kA", "6"), ("kE", "7"), ("masters", "16"), ("ranges.E", "current")),
    ];

    private static GoldenRun IntegerSgd(string name, string model, Func<IReadOnlyList<Layer>> layers, params (string, string)[] options) =>
        new(name, model, layers, new WageOptions())
        {
            CrossEntropy = true,
            Eta = new Ratio(1, 10),
            Other = () => SchemeRegistry.Create("integer-sgd", options),
        };

    private static WageOptions Ranges(RangeEstimator estimator) => new() { ErrorRange = estimator, GradientRange = estimator };

    private static string[] Paper => ["; AlphaAppliedTo Activations"];

    private static WageOptions Bits(int w, int a, int g, int e) => new() { Bits = new BitWidths(w, a, g, e) };

    private static GoldenRun Mlp(string name, WageOptions options) => new(name, "MLP 33 17 10", () => Model.Mlp(33, 17, 10), options);

    private static GoldenRun Narrow(string name, WageOptions options) => new(name, "narrow LeNet", TinyRun.NarrowLeNet, options);

    private static GoldenRun ResNet(string name, WageOptions options) =>
        new(name, "ResNet of 1 block and width 4", () => Model.ResNet(blocks: 1, width: 4), options) { Coloured = true };

    private static IReadOnlyList<Layer> Strided() =>
    [
        new Conv2d(6, (5, 3), 2, ConvPadding.Explicit(2, 0, 1, 1)), new MaxPool2d(3, 2), new Relu(), new Quantize(),
        new AveragePool2d(2, 1),
        new Residual([new Conv2d(6, 3), new Relu(), new Quantize()], []), new Relu(), new Quantize(),
        new GlobalAveragePool(Rounding.HalfAway), new Flatten(), new Dense(10),
    ];

    private static IReadOnlyList<Layer> Mixed()
    {
        var conv = (Bits(4, 8, 12, 8) with { Rounding = Rounding.HalfAway }).ToScheme();
        var narrow = Bits(2, 4, 8, 6).ToScheme();
        var last = Bits(8, 8, 16, 8).ToScheme();
        return
        [
            new Conv2d(5, 5) { Scheme = conv }, new MaxPool2d(2), new Relu(), new Quantize { Scheme = narrow },
            new Conv2d(7, 5, 1, ConvPadding.Valid), new MaxPool2d(2), new Relu(), new Quantize(),
            new Flatten(), new Dense(19), new Relu(), new Quantize(), new Dense(10) { Scheme = last },
        ];
    }
}
