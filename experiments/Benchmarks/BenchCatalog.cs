using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Experiments.Benchmarks;

/// <summary>
/// The standard set: LeNet-5 and VGG7, training and inference, ResNet-20's training in integers and in float32, the products at VGG7's shapes
/// and those of a depthwise convolution, batch norm in integers; batch 128, 2-8-8-8, generated data.
/// </summary>
internal static class BenchCatalog
{
    private const int Batch = 128;

    /// <summary>Batches of generated data; between two passes over them the epoch is closed, outside the timed part.</summary>
    private const int Batches = 8;

    private static readonly Scheme Scheme = new WageOptions().ToScheme();

    private static readonly Scheme Stochastic =
        new WageOptions { ActivationRounding = Rounding.Stochastic, ErrorRounding = Rounding.Stochastic }.ToScheme();

    private static readonly Scheme InHindsight =
        new WageOptions { ErrorRange = RangeEstimator.InHindsight, GradientRange = RangeEstimator.InHindsight }.ToScheme();

    /// <summary>Every row, in order.</summary>
    public static IReadOnlyList<Benchmark> All { get; } =
    [
        .. Networks(), .. Residual(), .. Products(), .. StagedProducts(), .. DepthwiseProducts(), .. Normalized(), .. Floats(), .. Affine(),
    ];

    /// <summary>The rows of these names, in the standard order; all when none is named.</summary>
    /// <exception cref="WageException">There is no such row.</exception>
    public static IReadOnlyList<Benchmark> Select(IReadOnlyCollection<string> names)
    {
        foreach (var name in names.Where(name => All.All(row => row.Name != name)))
        {
            var nearest = NearestName.Of(name, All.Select(row => row.Name));
            throw new WageException(
                $"bench '{OneLine.Quote(name)}': is not among the rows.",
                nearest is null ? "`wage bench --list` names them." : $"did you mean {nearest}?");
        }

        return names.Count == 0 ? All : [.. All.Where(row => names.Contains(row.Name))];
    }

    private static IEnumerable<Benchmark> Networks()
    {
        foreach (var (name, what, layers, data) in new (string, string, Func<IReadOnlyList<Layer>>, Func<Dataset>)[]
        {
            ("lenet-same", "LeNet-5 with SAME padding", () => Model.LeNet5(ConvPadding.Same), Digits),
            ("lenet-valid", "LeNet-5 with VALID padding", () => Model.LeNet5(ConvPadding.Valid), Digits),
            ("vgg7", "VGG7", () => Model.Vgg7(), Colours),
        })
        {
            yield return new Benchmark(
                $"{name}-train", "images/s", $"training steps of {what}", backend => Training(backend, layers(), data(), Scheme));
            yield return new Benchmark(
                $"{name}-infer", "images/s", $"batches of {what} from pixels to scores, its weights quantized once",
                backend => Inference(backend, layers(), data()));
            if (name == "lenet-valid") continue;
            yield return new Benchmark(
                $"{name}-train-stochastic", "images/s", $"training steps of {what}, activations and errors rounded stochastically",
                backend => Training(backend, layers(), data(), Stochastic));
            yield return new Benchmark(
                $"{name}-train-in-hindsight", "images/s", $"training steps of {what}, errors and gradients by ranges of the steps before",
                backend => Training(backend, layers(), data(), InHindsight));
        }
    }

    /// <summary>Two recipes that differ in the scheme alone.</summary>
    private static IEnumerable<Benchmark> Residual() =>
        from row in new[] { ("integer", "integers"), ("float32", "float32") }
        select new Benchmark(
            $"{row.Item1}-resnet20-train", "images/s", $"training steps of ResNet-20 with batch norm and momentum in {row.Item2}", backend =>
            {
                var trainer = RunBuilder.BuildTrainer(RecipeCatalog.Load($"{row.Item1}-resnet20-short-cifar10", []), Colours(), backend);
                return Steps(trainer, trainer.Network);
            })
        { IsOfHost = row.Item1 == "float32" };

    private static IEnumerable<Benchmark> Products()
    {
        yield return Row("square", ConvGeometry.Dense(1024, 1024, 1024), ProductKind.Forward, "1024 x 1024 x 1024");
        foreach (var (name, g) in VggLayers())
        {
            foreach (var kind in Enum.GetValues<ProductKind>().Where(kind => kind != ProductKind.Error || name != "conv1"))
                yield return Row(name, g, kind, $"VGG7's {name}");
        }

        static Benchmark Row(string name, ConvGeometry g, ProductKind kind, string what)
        {
            var noun = kind.ToString().ToLowerInvariant();
            return new Benchmark($"product-{name}-{noun}", "GMAC/s", $"the {noun} product of {what}", backend =>
            {
                var product = new Product(backend, kind, g, Scheme.W.Range.Limit);
                return new Workload(product.Run, product.Macs / 1e9);
            }, backend => Peak.Measure(backend, Scheme.W.Range.Limit).MacsPerSecond / 1e9);
        }
    }

    /// <summary>The same products with both kinds of ends: conv1, whose sums have 27 terms, is mostly its end.</summary>
    private static IEnumerable<Benchmark> StagedProducts()
    {
        foreach (var (name, g) in VggLayers().Take(2))
        {
            foreach (var (stage, what, run) in new (string, string, Func<StagedProduct, Action>)[]
            {
                ("shift", "ReLU and Q_A", product => product.Shift),
                ("affine", "a bias, a multiplier and a shift for each filter", product => product.Affine),
            })
            {
                yield return new Benchmark($"stage-{name}-{stage}", "GMAC/s", $"the forward product of VGG7's {name}, ended by {what}", backend =>
                {
                    var product = new StagedProduct(backend, g, Scheme.W.Range.Limit);
                    return new Workload(run(product), product.Work);
                });
            }
        }
    }

    /// <summary>A sum has nine terms: memory limits these, so that bytes are counted, every operand once.</summary>
    private static IEnumerable<Benchmark> DepthwiseProducts()
    {
        var g = new ConvGeometry(Batch, 32, 32, 128, 128, 3, 3, 1, Padding.Same(32, 32, 3, 3, 1), Groups: 128);
        foreach (var kind in Enum.GetValues<ProductKind>())
        {
            var (noun, bytes) = (kind.ToString().ToLowerInvariant(), 0L);
            yield return new Benchmark($"product-depthwise-{noun}", "GB/s", $"the {noun} product of a depthwise 3x3 layer, 32x32x128", backend =>
            {
                var product = new Product(backend, kind, g, Scheme.W.Range.Limit);
                bytes = product.Bytes;
                return new Workload(product.Run, bytes / 1e9);
            }, backend => CopyPeak.Measure(backend, bytes) / 1e9);
        }
    }

    /// <summary>Batch norm in integers at a ResNet's shapes: memory limits it, so that bytes are counted.</summary>
    private static IEnumerable<Benchmark> Normalized()
    {
        foreach (var (side, channels) in new[] { (32, 16), (16, 32), (8, 64) })
        {
            foreach (var (name, what) in new[] { ("forward", "from outputs to codes"), ("backward", "its errors, rounded stochastically") })
            {
                yield return new Benchmark($"norm{side}-{name}", "GB/s", $"batch norm in integers of {side}x{side}x{channels}: {what}", backend =>
                {
                    var layer = new NormalizedLayer(backend, new Shape(Batch, side, side, channels));
                    return name == "forward" ? new Workload(layer.Forward, layer.ForwardWork) : new Workload(layer.Backward, layer.BackwardWork);
                });
            }
        }
    }

    private static IEnumerable<Benchmark> Floats() =>
    [
        .. FloatBenchmarks.Networks("lenet-same", "LeNet-5 with SAME padding", () => ModelSpec.LeNet5(ConvPadding.Same), Digits, Batch),
        .. FloatBenchmarks.Networks("vgg7", "VGG7", () => ModelSpec.Vgg7(), Colours, Batch),
        FloatBenchmarks.Product("square", ConvGeometry.Dense(1024, 1024, 1024), ProductKind.Forward, "1024 x 1024 x 1024"),
        .. from layer in VggLayers()
           from kind in Enum.GetValues<ProductKind>()
           where kind != ProductKind.Error || layer.Name != "conv1"
           select FloatBenchmarks.Product(layer.Name, layer.Geometry, kind, $"VGG7's {layer.Name}"),
    ];

    private static IEnumerable<Benchmark> Affine() =>
    [
        .. AffineBenchmarks.Networks("lenet-same", "LeNet-5 with SAME padding", () => ModelSpec.LeNet5(ConvPadding.Same), Digits, Batch),
        .. AffineBenchmarks.Networks("vgg7", "VGG7", () => ModelSpec.Vgg7(), Colours, Batch),
    ];

    /// <summary>The layers of VGG7 but for the last, which is small: six convolutions and a dense layer.</summary>
    public static IEnumerable<(string Name, ConvGeometry Geometry)> VggLayers()
    {
        var channels = 3;
        for (var layer = 0; layer < 6; layer++)
        {
            var (side, filters) = (32 >> (layer / 2), 128 << (layer / 2));
            var padding = Padding.Same(side, side, 3, 3, 1);
            yield return ($"conv{layer + 1}", new ConvGeometry(Batch, side, side, channels, filters, 3, 3, 1, padding));
            channels = filters;
        }

        yield return ("dense1", ConvGeometry.Dense(Batch, 8192, 1024));
    }

    private static Workload Training(IBackend backend, IReadOnlyList<Layer> layers, Dataset data, Scheme scheme)
    {
        var network = Network(backend, layers, data, scheme);
        var trainer = new Trainer(network, data, new TrainingOptions(1, new LearningRate((0, new Ratio(4, 1)))));
        return Steps(trainer, network);
    }

    private static Workload Steps(Trainer trainer, IDisposable network) => new(trainer.Step, Batch, () =>
    {
        if (trainer.StepInEpoch == trainer.StepsPerEpoch) trainer.FinishEpoch();
    }, trainer, network);

    private static Workload Inference(IBackend backend, IReadOnlyList<Layer> layers, Dataset data)
    {
        using var network = Network(backend, layers, data, Scheme);
        var model = new IntegerModel(network.ToPlan(), backend, Batch);
        var (pixels, scores) = (data.Test.Pixels, new long[Batch * network.Classes]);
        return new Workload(() => model.Scores(pixels, Batch, scores), Batch, null, model);
    }

    private static Network Network(IBackend backend, IReadOnlyList<Layer> layers, Dataset data, Scheme scheme)
    {
        var images = new Shape(Batch, data.Train.Height, data.Train.Width, data.Train.Channels);
        var network = new Network(layers, scheme, new SquaredError(), images, backend);
        network.Initialize(1);
        return network;
    }

    private static Dataset Digits() => SyntheticDigits.Create(1, Batches * Batch, Batch);

    private static Dataset Colours()
    {
        var key = new RandomKey(1, RandomStream.Synthetic(0), 0);
        var pixels = new byte[Batches * Batch * 32 * 32 * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)RandomBits.UInt32(key, (ulong)i);
        var set = new ImageSet(pixels, [.. Enumerable.Range(0, Batches * Batch).Select(i => (byte)(i % 10))], 32, 32, 3);
        return new Dataset("colours", set, set.Take(Batch), 10);
    }
}
