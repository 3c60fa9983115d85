using Wage.Models;
using Wage.Schemes;

namespace Wage.Layers;

/// <summary>Says how the weights of a network with Fixup begin.</summary>
internal static class FixupLayers
{
    /// <summary>Gives products what Fixup says of them.</summary>
    /// <param name="layers">The whole network.</param>
    public static void Begin(IReadOnlyList<Layer> layers)
    {
        var all = Flat(layers).ToList();
        if (!all.Exists(IsFixup)) return;
        var residuals = all.OfType<Residual>().Where(residual => residual.Branch.Any(IsFixup)).ToList();
        foreach (var residual in residuals)
        {
            var products = residual.Branch.OfType<ProductLayer>().ToList();
            foreach (var product in products) product.Start = new FixupStart(residuals.Count, products.Count, product == products[^1]);
        }

        if (layers[^1] is ProductLayer scores) scores.Start = FixupStart.Zeros;
    }

    private static bool IsFixup(Layer layer) => layer is BatchNorm { Spec: BatchNormSpec { IsFixup: true } };

    private static IEnumerable<Layer> Flat(IEnumerable<Layer> layers) => layers.SelectMany(layer =>
        layer is Residual residual ? Flat([.. residual.Branch, .. residual.Shortcut]).Prepend(layer) : [layer]);
}
