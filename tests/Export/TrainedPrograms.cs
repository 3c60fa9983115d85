using System.Globalization;
using Wage.Backends;
using Wage.Data;
using Wage.Export.C;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Models;
using Wage.Tests.Training;
using Wage.Training;

namespace Wage.Tests.Export;

/// <summary>A network that stands within an epoch, its training in C, and the samples of the next steps.</summary>
internal sealed class TrainedPrograms : IDisposable
{
    private const int Before = 2, FewSteps = 4, FewImages = 4;
    private readonly ImageSet images;

    private TrainedPrograms(Trainer trainer, ImageSet images)
    {
        (Trainer, this.images) = (trainer, images);
        for (var i = 0; i < Before; i++) trainer.Step();
        Steps = Images > 0 ? trainer.StepsPerEpoch - Before : FewSteps;
        Model = CProgram.Of(ModelPlanFileTests.Of(((Network)trainer.Network).ToPlan()));
        Program = ProgramFrom(trainer.StepsDone);
        Samples = SamplesFrom(trainer.StepInEpoch);
    }

    /// <summary>Images of MNIST for an epoch of a whole network; 0: narrow networks go on for a few steps.</summary>
    public static int Images { get; } = int.Parse(Environment.GetEnvironmentVariable("WAGE_TRAINING_IMAGES") ?? "0", CultureInfo.InvariantCulture);

    /// <summary>
    /// Narrow networks: errors and weights of 16 bits; WAGE's own; every other rounding with strides, borders, gaps between windows, a rate that is
    /// no power of two and a frozen layer; the paper's options with 16 bits on images of three channels.
    /// </summary>
    public static string[] Narrow { get; } = ["mlp of 12 bits", "lenet", "strides of other roundings", "wide vgg7 of the paper"];

    /// <summary>The recipes' networks with both losses.</summary>
    public static string[] Whole { get; } = ["lenet5 sse", "lenet5 crossEntropy", "mlp sse", "mlp crossEntropy"];

    public Trainer Trainer { get; }

    public int Steps { get; }

    public CProgram Model { get; }

    public CTraining Program { get; }

    /// <summary>A label and its pixels, again and again, as train.c reads them.</summary>
    public byte[] Samples { get; }

    public static TrainedPrograms Start(string name, IBackend backend)
    {
        var images = Images > 0
            ? DatasetCatalog.Load("mnist", Environment.GetEnvironmentVariable("WAGE_DATA")).Train.Take(Images)
            : name == "wide vgg7 of the paper" ? TinyRun.Coloured(3, 40, 10).Train : TinyRun.Digits.Train;
        var (options, eta, isEntropy) = name switch
        {
            "mlp of 12 bits" or "mlp sse" or "mlp crossEntropy" =>
                (new WageOptions { Bits = new BitWidths(4, 8, 12, 12) }, new Ratio(16, 1), name != "mlp sse"),
            "strides of other roundings" => (new WageOptions
            {
                WeightRounding = Rounding.TowardZero,
                ActivationRounding = Rounding.PseudoStochastic,
                ErrorRounding = Rounding.HalfAway,
                WeightClipMask = true,
                ActivationClipMask = ClipMask.Exclusive,
            }, new Ratio(8, 3), true),
            "wide vgg7 of the paper" => (WageOptions.Paper with { Bits = new BitWidths(8, 8, 16, 16) }, new Ratio(3000, 1), false),
            _ => (new WageOptions(), new Ratio(4, 1), name == "lenet5 crossEntropy"),
        };
        var layers = name switch
        {
            "lenet5 sse" or "lenet5 crossEntropy" => Wage.Models.Model.LeNet5(ConvPadding.Valid),
            "mlp sse" or "mlp crossEntropy" => Wage.Models.Model.Mlp(100, 50, 10),
            "mlp of 12 bits" => Wage.Models.Model.Mlp(33, 17, 10),
            "wide vgg7 of the paper" => Wage.Models.Model.Vgg7(4),
            "strides of other roundings" =>
            [
                new Conv2d(5, (5, 3), 2, ConvPadding.Explicit(2, 0, 1, 1)), new Relu(), new Quantize(),
                new Conv2d(7, 3, 1, ConvPadding.Valid), new MaxPool2d(3, 4), new Relu(), new Quantize(), new Dense(10),
            ],
            _ => TinyRun.NarrowLeNet(),
        };
        var shape = new Shape(Images > 0 ? 128 : images.Channels > 1 ? FewImages : TinyRun.Batch, images.Height, images.Width, images.Channels);
        var frozen = name == "strides of other roundings" ? "conv1" : null;
        var network = Network(layers, options, isEntropy ? new SoftmaxCrossEntropy() : new SquaredError(), shape, backend, frozen);
        network.Initialize(7);
        var data = new Dataset("images", images, images.Take(10), 10);
        return new TrainedPrograms(new Trainer(network, data, new TrainingOptions(7, new LearningRate((0, eta)))), images);
    }

    public static Network Network(
        IReadOnlyList<Layer> layers, WageOptions options, Loss loss, Shape shape, IBackend backend, string? frozen = null) =>
        new(layers, options.ToScheme(), loss, shape, backend, input: InputRange.Unit, frozen: frozen is null ? null : new HashSet<string> { frozen });

    /// <summary>The program whose next step has this number.</summary>
    public CTraining ProgramFrom(long step) => CTraining.Of(
        (Network)Trainer.Network, Trainer.Save("").Weights, new(Trainer.Options.Seed, (uint)step, Trainer.Options.Rate.At(0)), Model);

    /// <summary>The framework's weights after these steps.</summary>
    public string GoOn()
    {
        for (var i = 0; i < Steps; i++) Trainer.Step();
        return Trainer.Network.WeightsSha256();
    }

    public void Dispose()
    {
        Trainer.Dispose();
        Trainer.Network.Dispose();
    }

    private byte[] SamplesFrom(int step)
    {
        var (batch, length) = (Trainer.Network.ImageShape[0], images.Pixels.Length / images.Count);
        return
        [
            .. EpochOrder.Create(Trainer.Options.Seed, Trainer.Epoch, images.Count, true).Skip(step * batch).Take(Steps * batch)
                .SelectMany(i => images.Pixels[(i * length)..((i + 1) * length)].Prepend(images.Labels[i])),
        ];
    }
}
