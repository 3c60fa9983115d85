using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Training;
using Wage.Training;

namespace Wage.Tests.Models;

/// <summary>Networks of every kind of layer, trained for a few steps so that no weight is what it was at first.</summary>
internal static class PlannedNetworks
{
    public static readonly string[] Names =
        ["mlp", "lenet", "lenet of random roundings", "vgg7", "resnet", "separable", "average", "wide sums", "own layer", "table", "biased"];

    private static readonly Scheme Tables = new ComposedScheme(new WageOptions().ToScheme(), "tables", a: new TableActivations());
    private static readonly Dataset Colours = TinyRun.Coloured(3, 40, 20);

    public static Dataset Data(string name) => name is "vgg7" or "resnet" ? Colours : TinyRun.Digits;

    public static Trainer Train(string name, IBackend backend, bool fuse = true, int steps = 2)
    {
        var options = name switch
        {
            "lenet of random roundings" => new WageOptions { ActivationRounding = Rounding.Stochastic, WeightRounding = Rounding.Stochastic },
            "mlp" => new WageOptions { Bits = new BitWidths(3, 6, 12, 10) },
            "wide sums" => new WageOptions { Bits = new BitWidths(8, 8, 16, 16) },
            _ => new WageOptions(),
        };
        var trainer = TinyRun.Start(
            backend: backend, options: options, layers: Layers(name), data: Data(name), eta: new Ratio(8, 1), fuse: fuse);
        for (var i = 0; i < steps; i++) trainer.Step();
        return trainer;
    }

    /// <summary>The scores by the layers' own way, image by image of the test set.</summary>
    public static long[] Scores(Trainer trainer, int count)
    {
        var network = (Network)trainer.Network;
        var source = network.Take(Data(trainer, count));
        network.QuantizeWeights();
        List<long> scores = [];
        for (var first = 0; first < count; first += TinyRun.Batch)
        {
            source.Load(first, Augmentation.None, default);
            scores.AddRange(Values.Of(network.Forward().Values));
        }

        return [.. scores.Take(count * network.Classes)];
    }

    /// <summary>Images of the network's size.</summary>
    public static ImageSet Data(Trainer trainer, int count) =>
        (trainer.Network.ImageShape[3] == 3 ? Colours : TinyRun.Digits).Train.Take(count);

    public static IReadOnlyList<Layer> Layers(string name) => name switch
    {
        "mlp" => Model.Mlp(33, 17, 10),
        "lenet" or "lenet of random roundings" or "wide sums" => TinyRun.NarrowLeNet(),
        "biased" => ModelSpec.Of(TinyRun.NarrowLeNet()).WithBias().ToLayers(),
        "vgg7" => Model.Vgg7(4),
        "resnet" => Model.ResNet(blocks: 1, width: 4),
        "separable" => ShortRun.Separable(),
        "average" =>
        [
            new Conv2d(6, 3, groups: 1), new AveragePool2d(2), new Relu(), new Quantize(), new MaxPool2d(3, 2),
            new Residual([new Conv2d(6, 3, groups: 2), new Relu(), new Quantize(), new Conv2d(6, 1)], [new Conv2d(6, 1), new Quantize()]),
            new Quantize(),
            new Relu(), new GlobalAveragePool(), new Dense(10),
        ],
        "table" => [new Dense(12), new Quantize { Scheme = Tables }, new Dense(10)],
        _ => [new Flatten(), new Dense(12), new Relu(), new Quantize(), new Doubled(), new Quantize(), new Dense(10)],
    };
}

/// <summary>A layer of somebody's own: y = 2 x. It says what it does without training by an operation of its own.</summary>
internal sealed class Doubled : Layer
{
    private IBackend? backend;
    private Tensor? output;
    private Tensor? error;

    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        backend = context.Backend;
        output = context.AllocateOutput(ElementType.Int32, input.Shape);
        return new SignalSpec(input.Shape, ElementType.Int32, input.FractionBits, 2 * input.Bound);
    }

    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        this.error = context.Allocate(MemoryKind.Errors, ElementType.Int32, error.Shape);
        return error with { Type = ElementType.Int32, Bound = 2 * error.Bound };
    }

    public override Signal Forward(Signal x, in StepContext s)
    {
        backend!.Combine(x.Values, x.Values, default(AlignedSum), output!);
        return x with { Values = output! };
    }

    public override Signal Backward(Signal e, in StepContext s)
    {
        backend!.Combine(e.Values, e.Values, default(AlignedSum), error!);
        return e with { Values = error! };
    }

    public override int Emit(PlanBuilder plan, int input) => plan.Add(
        "doubled", new Twice(), plan[input] with { Type = ElementType.Int32, Bound = 2 * plan[input].Bound }, [input]);

    private sealed record Twice : PlanOperation
    {
        public override void Run(IBackend backend, PlanTensors t) =>
            backend.Combine(t.Inputs[0], t.Inputs[0], default(AlignedSum), t.Output);
    }
}
