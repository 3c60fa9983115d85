using Wage.Layers;

namespace Wage.Models;

/// <summary>The networks of the papers, as lists of new layers from the image to the scores; as data: <see cref="ModelSpec"/>.</summary>
public static class Model
{
    /// <inheritdoc cref="ModelSpec.Mlp"/>
    public static IReadOnlyList<Layer> Mlp(params ReadOnlySpan<int> sizes) => ModelSpec.Mlp(sizes).ToLayers();

    /// <inheritdoc cref="ModelSpec.LeNet5"/>
    public static IReadOnlyList<Layer> LeNet5(ConvPadding padding, int classes = 10) => ModelSpec.LeNet5(padding, classes).ToLayers();

    /// <inheritdoc cref="ModelSpec.Vgg7"/>
    public static IReadOnlyList<Layer> Vgg7(int width = 128, int classes = 10) => ModelSpec.Vgg7(width, classes).ToLayers();

    /// <inheritdoc cref="ModelSpec.ResNet"/>
    public static IReadOnlyList<Layer> ResNet(int blocks = 3, int width = 16, int classes = 10) =>
        ModelSpec.ResNet(blocks, width, classes).ToLayers();
}
