using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Training;

namespace Wage.Experiments.Traces;

/// <summary>The layers of a network for a trace's manifest: from the image to the scores, those of a residual's two sides below it.</summary>
internal sealed class TraceLayers(Network network)
{
    /// <summary>Every layer, in order.</summary>
    public JsonArray Describe() => Describe(network.Layers);

    private JsonArray Describe(IEnumerable<Layer> layers) => new([.. layers.Select(layer => (JsonNode)Describe(layer))]);

    /// <summary>The layer with an `op` for the reader to switch on; that of a layer of somebody's own is its type's name.</summary>
    private JsonObject Describe(Layer layer)
    {
        var json = new JsonObject { ["name"] = layer.Name, ["op"] = Op(layer) };
        if (network.Table.FirstOrDefault(row => row.Name == layer.Name) is { } row)
        {
            json["kind"] = row.Kind;
            json["output"] = new JsonArray([.. Enumerable.Range(0, row.Output.Rank).Select(i => (JsonNode)row.Output[i])]);
            if (row.Product is { } product) AddProduct(json, row.Name, product);
            if (row.Pool is { } pool) json["pool"] = Extents(pool);
        }

        switch (layer)
        {
            case ProductLayer { Bias: true }:
                json["bias"] = true;
                break;
            case Subsample { Spec: SubsampleSpec subsample }:
                (json["stride"], json["channels"]) = (subsample.Stride, subsample.Channels);
                break;
            case BatchNorm { Spec: BatchNormSpec { IsFixup: true } }:
                json["fixup"] = true;
                break;
            case AveragePool2d average:
                json["rounding"] = TraceManifest.Word(average.Rounding);
                json["unitBits"] = average.UnitBits;
                break;
            case Quantize quantize:
                json["shownAs"] = quantize.ShownAs;
                break;
            case Residual residual:
                json["guard"] = residual.Guard;
                json["branch"] = Describe(residual.Branch);
                json["shortcut"] = Describe(residual.Shortcut);
                break;
        }

        return json;
    }

    private static string Op(Layer layer) => layer switch
    {
        ProductLayer => "product",
        AveragePool2d => "averagePool",
        MaxPool2d => "maxPool",
        _ => JsonNamingPolicy.CamelCase.ConvertName(layer.GetType().Name),
    };

    private void AddProduct(JsonObject json, string name, in ConvGeometry g)
    {
        var parameter = network.Parameters.First(w => w.Name == name);
        json["parameter"] = parameter.Index;
        json["log2Alpha"] = parameter.Log2Alpha;
        json["weightFractionBits"] = parameter.Scheme.W.Range.FractionBits + parameter.Log2Alpha;
        json["product"] = new JsonObject
        {
            ["batch"] = g.Batch,
            ["height"] = g.Height,
            ["width"] = g.Width,
            ["channels"] = g.Channels,
            ["filters"] = g.Filters,
            ["kernelHeight"] = g.KernelHeight,
            ["kernelWidth"] = g.KernelWidth,
            ["stride"] = g.Stride,
            ["top"] = g.Padding.Top,
            ["left"] = g.Padding.Left,
            ["bottom"] = g.Padding.Bottom,
            ["right"] = g.Padding.Right,
            ["groups"] = g.Groups,
        };
    }

    private static JsonObject Extents(in PoolGeometry g) => new()
    {
        ["height"] = g.Height,
        ["width"] = g.Width,
        ["channels"] = g.Channels,
        ["windowHeight"] = g.WindowHeight,
        ["windowWidth"] = g.WindowWidth,
        ["stride"] = g.Stride,
    };
}
