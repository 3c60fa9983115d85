
namespace Wage.Layers;

/// <summary>The names that the layers of a network will have when they are built, "conv2", for messages before that.</summary>
internal sealed class LayerNames
{
    private readonly Dictionary<Layer, string> names = new(ReferenceEqualityComparer.Instance);

    /// <summary>Names the layers from the image to the scores, those of residuals among them.</summary>
    public LayerNames(IReadOnlyList<Layer> layers) => Walk(layers, new LayerNaming());

    /// <summary>The name of a layer.</summary>
    public string Of(Layer layer) => names[layer];

    private void Walk(IEnumerable<Layer> layers, LayerNaming naming)
    {
        foreach (var layer in layers)
        {
            names[layer] = naming.Next(Kind(layer));
            if (layer is not Residual residual) continue;
            Walk(residual.Branch, naming);
            Walk(residual.Shortcut, naming);
        }
    }

    private static string Kind(Layer layer) => layer switch
    {
        ProductLayer product => product.NamePrefix,
        PoolLayer pool => pool.NamePrefix,
        Relu => Relu.NamePrefix,
        Quantize => Quantize.NamePrefix,
        Residual => Residual.NamePrefix,
        SchemeLayer special => special.Prefix,
        _ => $"{char.ToLowerInvariant(layer.GetType().Name[0])}{layer.GetType().Name[1..]}",
    };
}
