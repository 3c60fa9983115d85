using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Layers;

/// <summary>A layer that does not fit its input says so in one line that begins with its name.</summary>
[Parallelizable]
public sealed class ShapeTests
{
    private static IEnumerable<TestCaseData> Misfits()
    {
        yield return Misfit("conv1: takes images [N,H,W,C], but its input is [2,36]", new Flatten(), new Conv2d(2, 3));
        yield return Misfit("max1: takes images [N,H,W,C], but its input is [2,36]", new Flatten(), new MaxPool2d(2), new Dense(2));
        yield return Misfit("conv1: the 7x7 kernel is larger than its padded input [2,6,6,1]", new Conv2d(2, 7, 1, ConvPadding.Valid));
        yield return Misfit("conv1: filters is 0, but must be at least 1", new Conv2d(0, 3));
        yield return Misfit("conv1: kernel 3x3 and stride 0 must be at least 1", new Conv2d(2, 3, 0));
        yield return Misfit(
            "conv2: groups is 3, but must divide the 4 channels of its input and its 6 filters",
            new Conv2d(4, 3), new Quantize(), new Conv2d(6, 3, groups: 3));
        yield return Misfit(
            "conv2: groups is 2, but must divide the 4 channels of its input and its 7 filters",
            new Conv2d(4, 3), new Quantize(), new Conv2d(7, 3, groups: 2));
        yield return Misfit("conv1: groups is 0, but must divide the 1 channels of its input and its 2 filters", new Conv2d(2, 3, groups: 0));
        yield return Misfit("conv1: multiplier is 0, but must be at least 1", new DepthwiseConv2d(0, 3));
        yield return Misfit("conv1: takes images [N,H,W,C], but its input is [2,36]", new Flatten(), new DepthwiseConv2d(1, 3));
        yield return Misfit(
            "conv1: padding pad 3,0,0,0 must be from 0 to less than the kernel 3x3",
            new Conv2d(2, 3, 1, ConvPadding.Explicit(3, 0, 0, 0)));
        yield return Misfit("conv1: padding pad 0,0,0,-1 must be from 0", new Conv2d(2, 3, 1, ConvPadding.Explicit(0, 0, 0, -1)));
        yield return Misfit("max1: the 7x7 window is larger than its input [2,6,6,1]", new MaxPool2d(7), new Dense(2));
        yield return Misfit("average1: window 0x0 and stride 0 must be at least 1", new AveragePool2d(0), new Dense(2));
        yield return Misfit("max1: window 2x2 and stride 0 must be at least 1", new MaxPool2d(2, 0), new Dense(2));
        yield return Misfit("dense1: outputs is 0, but must be at least 1", new Dense(0));
        yield return Misfit("dense2: takes activations of at most 8 bits, but its input is Int32", new Dense(3), new Dense(2));
        yield return Misfit(
            "residual1: the branch gives [2,3,3,2] but the shortcut [2,6,6,1]",
            new Residual([new Conv2d(2, 3, 2)], []), new Quantize(), new Dense(2));
        yield return Misfit("loss: takes scores [N,classes], but the last layer gives [2,6,6,2]", new Conv2d(2, 3));
        yield return Misfit("model: no layer has weights", new Flatten());
        yield return Misfit("model: has no layers");
    }

    [TestCaseSource(nameof(Misfits))]
    public void AMisfitIsOneLineThatNamesTheLayer(string message, object layers)
    {
        var error = Assert.Throws<WageException>(() => Build((Layer[])layers));
        Assert.That(error!.Message, Does.StartWith(message).And.Not.Contain("\n"));
    }

    /// <summary>2^31 weights or activations cannot be indexed: a size from a recipe, so one line as well.</summary>
    [Test]
    public void AModelTooLargeToIndexIsRefusedByLayer()
    {
        Assert.That(() => Build([new Dense(int.MaxValue)]), Throws.TypeOf<WageException>().With.Message.StartsWith("dense1: "));
        Assert.That(() => Build([new Conv2d(100_000_000, 1)]), Throws.TypeOf<WageException>().With.Message.StartsWith("conv1: "));
        Assert.That(() => Build([new Conv2d(int.MaxValue, 1)]), Throws.TypeOf<WageException>().With.Message.StartsWith("conv1: "));
    }

    [Test]
    public void OutputsHaveTheShapesOfTheirDefinitions()
    {
        Assert.That(Output(new Conv2d(4, 5)), Is.EqualTo(new Shape(2, 6, 6, 4)));
        Assert.That(Output(new Conv2d(4, 3, 4)), Is.EqualTo(new Shape(2, 2, 2, 4)));
        Assert.That(Output(new Conv2d(4, 5, 1, ConvPadding.Valid)), Is.EqualTo(new Shape(2, 2, 2, 4)));
        Assert.That(Output(new Conv2d(4, (3, 2), 2, ConvPadding.Explicit(1, 0, 0, 1))), Is.EqualTo(new Shape(2, 3, 3, 4)));
        Assert.That(Output(new DepthwiseConv2d(3, 5, 4)), Is.EqualTo(new Shape(2, 2, 2, 3)));
        Assert.That(Output(new MaxPool2d(4)), Is.EqualTo(new Shape(2, 1, 1, 1)));
        Assert.That(Output(new MaxPool2d(3, 2)), Is.EqualTo(new Shape(2, 2, 2, 1)));
        Assert.That(Output(new GlobalAveragePool()), Is.EqualTo(new Shape(2, 1, 1, 1)));
    }

    /// <summary>A max pool stores its positions in bytes; a mean needs none.</summary>
    [Test]
    public void OnlyAMaxPoolIsLimitedTo255Elements()
    {
        Assert.That(Output(new MaxPool2d(15), 20), Is.EqualTo(new Shape(2, 1, 1, 1)));
        Assert.That(
            () => Output(new MaxPool2d(16), 20),
            Throws.TypeOf<WageException>().With.Message.EqualTo(
                "max1: a 16x16 window has 256 elements; a max pool takes at most 255."));
        Assert.That(Output(new GlobalAveragePool(), 20), Is.EqualTo(new Shape(2, 1, 1, 1)));
    }

    private static TestCaseData Misfit(string message, params Layer[] layers) =>
        new TestCaseData(message, layers).SetArgDisplayNames(message.Split(',')[0]);

    [Test]
    public void TheTableSaysHowAConvolutionIsDivided()
    {
        var network = Build(
        [
            new Conv2d(4, 3), new Quantize(), new Conv2d(6, (3, 2), 2, ConvPadding.Same, 2), new Quantize(),
            new DepthwiseConv2d(1, 3), new Quantize(), new DepthwiseConv2d(2, 3, 1, ConvPadding.Explicit(1, 1, 1, 1)), new Quantize(), new Dense(2),
        ]);
        var products = network.Table.Where(row => row.Product is not null).ToList();
        Assert.That(products.Select(row => row.Kind), Is.EqualTo(new[]
        {
            "3x3 conv, same", "3x2 conv, same, stride 2, 2 groups", "3x3 depthwise conv, same",
            "3x3 depthwise conv, pad 1,1,1,1, multiplier 2", "dense",
        }));
        Assert.That(network.Parameters.Select(w => w.Stored.Shape), Is.EqualTo(new Shape[]
        {
            new(4, 3, 3, 1), new(6, 3, 2, 2), new(6, 3, 3, 1), new(12, 3, 3, 1), new(2, 108),
        }));
        Assert.That(
            products.Select(row => (row.Forward!.Value.Terms, row.Error?.Terms)),
            Is.EqualTo(new (long, long?)[] { (9, null), (12, 18), (9, 9), (9, 18), (108, 2) }));
    }

    private static Network Build(Layer[] layers) =>
        new(layers, new WageOptions().ToScheme(), new SquaredError(), new Shape(2, 6, 6, 1), new ReferenceBackend());

    private static Shape Output(Layer layer, int side = 6)
    {
        var context = new BuildContext(new ReferenceBackend(), new WageOptions().ToScheme(), AccumulatorWidth.Auto);
        return layer.Build(context, new SignalSpec(new Shape(2, side, side, 1), ElementType.Int8, 7, 127)).Shape;
    }
}
