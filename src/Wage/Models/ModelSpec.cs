using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;
using Wage.Workers;

namespace Wage.Models;

/// <summary>
/// A network as data, equal to another with equal parts: its layers from the image to the scores, and what single layers have for themselves. A layer
/// belongs to one network; a description makes as many as are wanted.
/// </summary>
/// <param name="Layers">From the image to the scores.</param>
public sealed record ModelSpec(SpecList<LayerSpec> Layers)
{
    /// <summary>An image: height, width, channels; null: the layers take several.</summary>
    public (int Height, int Width, int Channels)? Image { get; init; }

    /// <summary>Options of the scheme for single layers, by the names of the table: "conv1", "kW", "8".</summary>
    public SpecList<LayerOption> Options { get; init; } = [];

    /// <summary>Scores of an image: what the last layer with weights gives.</summary>
    public int Classes => Layers.OfType<DenseSpec>().LastOrDefault()?.Outputs ?? 0;

    /// <summary>The description of these layers.</summary>
    /// <exception cref="WageException">A layer has no description, or a scheme of its own, which is no data.</exception>
    public static ModelSpec Of(IReadOnlyList<Layer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return new ModelSpec(SpecsOf(layers));
    }

    /// <summary>
    /// A multilayer perceptron: dense layers of these sizes, the last one the scores. Mlp(100, 50, 10) on 28x28 images is 784-100-50-10.
    /// </summary>
    /// <exception cref="WageException">No size is given.</exception>
    public static ModelSpec Mlp(params ReadOnlySpan<int> sizes)
    {
        if (sizes.Length == 0)
            throw new WageException(
                $"{new Term(TermKind.Sizes)}: is empty, but an MLP needs at least the number of classes.",
                "for example 100,50,10.");
        List<LayerSpec> layers = [new FlattenSpec()];
        foreach (var size in sizes[..^1]) layers.AddRange([new DenseSpec(size), new ReluSpec(), new QuantizeSpec()]);
        return new ModelSpec([.. layers, new DenseSpec(sizes[^1])]);
    }

    /// <summary>WAGE's LeNet-5 for MNIST: 32C5-MP2-64C5-MP2-512FC-10.</summary>
    public static ModelSpec LeNet5(ConvPadding padding, int classes = 10) => new(
    [
        .. Block(32, 5, padding, pool: true),
        .. Block(64, 5, padding, pool: true),
        new FlattenSpec(),
        new DenseSpec(512), new ReluSpec(), new QuantizeSpec(),
        new DenseSpec(classes),
    ]);

    /// <summary>
    /// WAGE's VGG7 for CIFAR-10: 2x(128C3)-MP2-2x(256C3)-MP2-2x(512C3)-MP2-1024FC-10, SAME padding.
    /// Another width (default 128) narrows every layer alike: width, 2 width, 4 width channels and 8 width features.
    /// </summary>
    public static ModelSpec Vgg7(int width = 128, int classes = 10)
    {
        List<LayerSpec> layers = [];
        for (var stage = 0; stage < 3; stage++)
        {
            layers.AddRange(Block(width << stage, 3, ConvPadding.Same, pool: false));
            layers.AddRange(Block(width << stage, 3, ConvPadding.Same, pool: true));
        }

        return new ModelSpec(
            [.. layers, new FlattenSpec(), new DenseSpec(width << 3), new ReluSpec(), new QuantizeSpec(), new DenseSpec(classes)]);
    }

    /// <summary>
    /// A residual network for 32x32 images after He et al. 2016, section 4.2: a 3x3 stem, three stages of blocks with width,
    /// 2 width and 4 width channels, a global average and the scores: 6 blocks + 2 layers deep. Without batch norm, as WAGE has none:
    /// see <see cref="WithBatchNorm"/>.
    /// </summary>
    /// <param name="blocks">Blocks per stage; 3 gives ResNet-20.</param>
    /// <param name="width">Channels of the first stage; 16 in the paper.</param>
    /// <param name="classes">Scores.</param>
    /// <param name="shortcut">What stands beside the first block of the second and third stage.</param>
    public static ModelSpec ResNet(int blocks = 3, int width = 16, int classes = 10, ResNetShortcut shortcut = ResNetShortcut.Projection)
    {
        if (blocks < 1) throw new WageException($"{new Term(TermKind.Blocks)}: is {blocks}, but must be at least 1.");
        List<LayerSpec> layers = [.. Block(width, 3, ConvPadding.Same, pool: false)];
        for (var stage = 0; stage < 3; stage++)
        {
            for (var block = 0; block < blocks; block++)
            {
                var narrows = stage > 0 && block == 0;
                var (filters, stride) = (width << stage, narrows ? 2 : 1);
                SpecList<LayerSpec> branch = [Conv(filters, 3, stride), new ReluSpec(), new QuantizeSpec(), Conv(filters, 3)];
                LayerSpec narrower = shortcut == ResNetShortcut.Subsample ? new SubsampleSpec(filters, stride) : Conv(filters, 1, stride);
                layers.AddRange([new ResidualSpec(branch, narrows ? [narrower] : []), new ReluSpec(), new QuantizeSpec()]);
            }
        }

        return new ModelSpec([.. layers, new GlobalAveragePoolSpec(), new FlattenSpec(), new DenseSpec(classes)]);
    }

    /// <summary>The same network with a bias in every layer that has weights.</summary>
    public ModelSpec WithBias() => this with { Layers = Map(Layers, layer => layer is ProductSpec product ? product with { Bias = true } : layer) };

    /// <summary>The same network with a batch norm behind every convolution and every dense layer but the last, where none is.</summary>
    public ModelSpec WithBatchNorm() => this with { Layers = Normalized(Layers, new BatchNormSpec(), ScoresAt) };

    /// <summary>The same with Fixup in place of batch norm, see <see cref="BatchNormSpec.IsFixup"/>.</summary>
    public ModelSpec WithFixup() => this with { Layers = Normalized(Layers, new BatchNormSpec { IsFixup = true }, ScoresAt) };

    /// <summary>The same network with ReLU6 in place of ReLU.</summary>
    public ModelSpec WithRelu6() => this with { Layers = Map(Layers, layer => layer is ReluSpec ? new Relu6Spec() : layer) };

    /// <summary>New layers of integers.</summary>
    /// <exception cref="WageException">One is none of integers.</exception>
    public IReadOnlyList<Layer> ToLayers() => [.. Layers.Select(layer => layer.ToLayer())];

    /// <summary>A network of this description.</summary>
    /// <param name="scheme">The scheme of every layer, but for <see cref="Options"/>.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="batch">The images of a step.</param>
    /// <param name="backend">Where it computes.</param>
    /// <param name="accumulator">The accumulators allowed.</param>
    /// <param name="input">What a pixel means.</param>
    /// <param name="slice">Which images of the batch it computes, of workers that share it; null: all.</param>
    /// <exception cref="WageException">
    /// There is no size of an image, no layer or option of a name, a shape does not fit, or a bound cannot be proved.
    /// </exception>
    public ITrainable Build(
        SchemeSettings scheme, Loss loss, int batch, IBackend backend, AccumulatorWidth accumulator = AccumulatorWidth.Auto,
        InputRange input = InputRange.Symmetric, BatchSlice? slice = null)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        if (slice is { } part && part.Batch != batch) throw new ArgumentException($"slice: is of {part.Batch} images, not {batch}", nameof(slice));
        var (height, width, channels) = Image ?? throw new WageException("model: says no size of an image.", "set ModelSpec.Image.");
        var frozen = Frozen(scheme.Kind, Options.Where(option => option.Option == LayerOption.Train));
        var own = Options.Where(option => option.Option != LayerOption.Train).GroupBy(option => option.Layer).ToDictionary(
            options => options.Key, options => options.Aggregate(scheme, (known, option) => known.With(option.Option, option.Value)));
        var images = new Shape(slice?.Count ?? batch, height, width, channels);
        return scheme.Kind.Build(
            scheme, new NetworkRequest(Layers, loss, images, backend, accumulator, input, own, frozen) { Slice = slice });
    }

    /// <summary>The layers whose weights stay as they start, of what `train` says.</summary>
    private HashSet<string> Frozen(SchemeKind kind, IEnumerable<LayerOption> options)
    {
        var (named, frozen) = (new LayerSchemes(Layers, kind), new HashSet<string>());
        foreach (var (layer, option, value) in options)
        {
            named.Require(layer, "layers");
            if (OptionValues.Flag.Require(value, $"{layer}: {option}") == "false") frozen.Add(layer);
            else frozen.Remove(layer);
        }

        return frozen;
    }

    internal static SpecList<LayerSpec> SpecsOf(IEnumerable<Layer> layers) => [.. layers.Select(layer =>
        layer.Scheme is not null
        ? throw new WageException($"{layer.GetType().Name}: has a scheme of its own, which is no data.", "give it options by its name.")
        : layer.Spec ?? throw new WageException($"{layer.GetType().Name}: has no description.", "override Layer.Spec."))];

    /// <summary>The position of the last layer with weights.</summary>
    private int ScoresAt => Enumerable.Range(0, Layers.Count).LastOrDefault(i => Layers[i] is ProductSpec, -1);

    /// <summary>Each layer replaced, inside of others too.</summary>
    private static SpecList<LayerSpec> Map(IEnumerable<LayerSpec> layers, Func<LayerSpec, LayerSpec> change) =>
    [
        .. layers.Select(layer => layer switch
        {
            ResidualSpec residual => new ResidualSpec(Map(residual.Branch, change), Map(residual.Shortcut, change)),
            ConcatSpec concat => new ConcatSpec([.. concat.Branches.Select(branch => Map(branch, change))]),
            _ => change(layer),
        }),
    ];

    private static SpecList<LayerSpec> Normalized(SpecList<LayerSpec> layers, BatchNormSpec norm, int last = -1)
    {
        List<LayerSpec> all = [];
        for (var i = 0; i < layers.Count; i++)
        {
            all.Add(layers[i] switch
            {
                ResidualSpec residual => new ResidualSpec(Normalized(residual.Branch, norm), Normalized(residual.Shortcut, norm)),
                ConcatSpec concat => new ConcatSpec([.. concat.Branches.Select(branch => Normalized(branch, norm))]),
                var layer => layer,
            });
            if (layers[i] is ProductSpec && i != last && (i + 1 == layers.Count || layers[i + 1] is not BatchNormSpec)) all.Add(norm);
        }

        return [.. all];
    }

    private static ConvSpec Conv(int filters, int kernel, int stride = 1) => new(filters, (kernel, kernel), ConvPadding.Same, stride);

    /// <summary>WAGE's block: convolution, [2x2 max pool,] ReLU, Q_A.</summary>
    private static IEnumerable<LayerSpec> Block(int filters, int kernel, ConvPadding padding, bool pool)
    {
        yield return new ConvSpec(filters, (kernel, kernel), padding);
        if (pool) yield return new MaxPoolSpec(2, 2);
        yield return new ReluSpec();
        yield return new QuantizeSpec();
    }
}

/// <summary>The shortcut of a residual network's block whose output is smaller than its input and has more channels: He et al. 2016.</summary>
public enum ResNetShortcut
{
    /// <summary>A 1x1 convolution with the block's stride: option B.</summary>
    Projection,

    /// <summary>See <see cref="SubsampleSpec"/>: option A, that of the paper's CIFAR-10 networks.</summary>
    Subsample,
}

/// <summary>What a layer has for itself.</summary>
/// <param name="Layer">"conv1".</param>
/// <param name="Option">"kW".</param>
/// <param name="Value">"8".</param>
public readonly record struct LayerOption(string Layer, string Option, string Value)
{
    /// <summary>An option that layers with weights have in every scheme: "false" keeps the weights as they start.</summary>
    public const string Train = "train";
}
