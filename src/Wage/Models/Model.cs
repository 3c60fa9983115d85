using System.Globalization;
using Wage.Layers;

namespace Wage.Models;

/// <summary>The networks of the papers, as lists of layers from the image to the scores.</summary>
public static class Model
{
    /// <summary>
    /// A multilayer perceptron: dense layers of these sizes, the last one the scores. Mlp(100, 50, 10) on 28x28 images is 784-100-50-10.
    /// </summary>
    /// <exception cref="WageException">No size is given.</exception>
    public static IReadOnlyList<Layer> Mlp(params ReadOnlySpan<int> sizes)
    {
        if (sizes.Length == 0)
            throw new WageException(
                "model.sizes: is empty, but an MLP needs at least the number of classes.",
                "for example 100,50,10.");
        List<Layer> layers = [new Flatten()];
        foreach (var size in sizes[..^1]) layers.AddRange([new Dense(size), new Relu(), new Quantize()]);
        layers.Add(new Dense(sizes[^1]));
        return layers;
    }

    /// <summary>WAGE's LeNet-5 for MNIST: 32C5-MP2-64C5-MP2-512FC-10.</summary>
    public static IReadOnlyList<Layer> LeNet5(ConvPadding padding, int classes = 10) =>
    [
        .. Block(32, 5, padding, pool: true),
        .. Block(64, 5, padding, pool: true),
        new Flatten(),
        new Dense(512), new Relu(), new Quantize(),
        new Dense(classes),
    ];

    /// <summary>
    /// WAGE's VGG7 for CIFAR-10: 2x(128C3)-MP2-2x(256C3)-MP2-2x(512C3)-MP2-1024FC-10, SAME padding.
    /// Another width (default 128) narrows every layer alike: width, 2 width, 4 width channels and 8 width features.
    /// </summary>
    public static IReadOnlyList<Layer> Vgg7(int width = 128, int classes = 10)
    {
        List<Layer> layers = [];
        for (var stage = 0; stage < 3; stage++)
        {
            layers.AddRange(Block(width << stage, 3, ConvPadding.Same, pool: false));
            layers.AddRange(Block(width << stage, 3, ConvPadding.Same, pool: true));
        }

        layers.AddRange([new Flatten(), new Dense(width << 3), new Relu(), new Quantize(), new Dense(classes)]);
        return layers;
    }

    /// <summary>
    /// A residual network for 32x32 images after He et al. 2016, section 4.2: a 3x3 stem, three stages of blocks with width,
    /// 2 width and 4 width channels, a global average and the scores: 6 blocks + 2 layers deep. Without batch norm, as WAGE has none.
    /// </summary>
    /// <param name="blocks">Blocks per stage; 3 gives ResNet-20.</param>
    /// <param name="width">Channels of the first stage; 16 in the paper.</param>
    /// <param name="classes">Scores.</param>
    public static IReadOnlyList<Layer> ResNet(int blocks = 3, int width = 16, int classes = 10)
    {
        if (blocks < 1) throw new WageException(string.Create(CultureInfo.InvariantCulture, $"model.blocks: is {blocks}, but must be at least 1."));
        List<Layer> layers = [.. Block(width, 3, ConvPadding.Same, pool: false)];
        for (var stage = 0; stage < 3; stage++)
        {
            for (var block = 0; block < blocks; block++)
            {
                var narrows = stage > 0 && block == 0;
                var stride = narrows ? 2 : 1;
                Layer[] branch = [new Conv2d(width << stage, 3, stride), new Relu(), new Quantize(), new Conv2d(width << stage, 3)];
                layers.AddRange([new Residual(branch, narrows ? [new Conv2d(width << stage, 1, stride)] : []), new Relu(), new Quantize()]);
            }
        }

        layers.AddRange([new GlobalAveragePool(), new Flatten(), new Dense(classes)]);
        return layers;
    }

    /// <summary>WAGE's block: convolution, [2x2 max pool,] ReLU, Q_A.</summary>
    private static IEnumerable<Layer> Block(int filters, int kernel, ConvPadding padding, bool pool)
    {
        yield return new Conv2d(filters, kernel, 1, padding);
        if (pool) yield return new MaxPool2d(2);
        yield return new Relu();
        yield return new Quantize();
    }
}
