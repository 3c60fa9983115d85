using System.Globalization;
using System.Text.Json;
using Wage.Layers;
using Wage.Numbers;
using Wage.Training;

namespace Wage.Models;

/// <summary>
/// Layers as a list in JSON, the description that checkpoints keep: {"layer": "conv", "filters": 8, "kernel": [5,5], "padding": "same", ...}. What is
/// read is never trusted.
/// </summary>
internal static class LayersJson
{
    private const int MostLayers = 1 << 12;
    private const int MostNested = 8;
    private const int MostExtent = 1 << 24;

    /// <summary>The descriptions of layers, whatever schemes they have; null where one has none, or one that is not of the library.</summary>
    public static SpecList<LayerSpec>? SpecsOf(IEnumerable<Layer> layers)
    {
        var specs = new List<LayerSpec>();
        foreach (var layer in layers)
        {
            if (SpecOf(layer) is not { } spec) return null;
            specs.Add(spec);
        }

        return [.. specs];
    }

    public static void Write(Utf8JsonWriter json, string name, SpecList<LayerSpec> layers)
    {
        json.WritePropertyName(name);
        WriteList(json, layers);
    }

    private static void WriteList(Utf8JsonWriter json, SpecList<LayerSpec> layers)
    {
        json.WriteStartArray();
        foreach (var layer in layers)
        {
            json.WriteStartObject();
            Write(json, layer);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <exception cref="FormatException">A layer is unknown, or a value impossible.</exception>
    public static SpecList<LayerSpec> Read(JsonElement layers, int nested = 0)
    {
        if (nested > MostNested || layers.List("layers").GetArrayLength() is 0 or > MostLayers)
            throw new FormatException($"layers has {layers.GetArrayLength()} layers, {nested} deep");
        return [.. layers.EnumerateArray().Select(layer => ReadLayer(layer, nested))];
    }

    private static LayerSpec? SpecOf(Layer layer)
    {
        if (layer is Residual residual)
            return SpecsOf(residual.Branch) is { } branch && SpecsOf(residual.Shortcut) is { } shortcut ? new ResidualSpec(branch, shortcut) : null;
        return layer.Spec is { } spec && spec.GetType().Assembly == typeof(LayerSpec).Assembly ? spec : null;
    }

    private static void Write(Utf8JsonWriter json, LayerSpec layer)
    {
        json.WriteString("layer", layer.GetType().Name[..^"Spec".Length]);
        switch (layer)
        {
            case ConvSpec conv:
                json.WriteNumber("filters", conv.Filters);
                Window(conv.Kernel, conv.Padding, conv.Stride);
                json.WriteNumber("groups", conv.Groups);
                break;
            case DepthwiseSpec depthwise:
                json.WriteNumber("multiplier", depthwise.Multiplier);
                Window(depthwise.Kernel, depthwise.Padding, depthwise.Stride);
                break;
            case DenseSpec dense: json.WriteNumber("outputs", dense.Outputs); break;
            case MaxPoolSpec pool: Pool(pool.Window, pool.Stride); break;
            case AveragePoolSpec pool:
                Pool(pool.Window, pool.Stride);
                json.WriteString("rounding", pool.Rounding.ToString());
                break;
            case GlobalAveragePoolSpec pool: json.WriteString("rounding", pool.Rounding.ToString()); break;
            case ResidualSpec residual:
                Write(json, "branch", residual.Branch);
                if (residual.Shortcut.Count > 0) Write(json, "shortcut", residual.Shortcut);
                break;
            case BatchNormSpec norm:
                json.WriteString("momentum", norm.Momentum.ToString());
                json.WriteString("epsilon", norm.Epsilon.ToString());
                if (norm.IsFixup) json.WriteBoolean("fixup", true);
                break;
            case DropoutSpec dropout: json.WriteString("rate", dropout.Rate.ToString()); break;
            case SubsampleSpec subsample:
                json.WriteNumber("channels", subsample.Channels);
                json.WriteNumber("stride", subsample.Stride);
                break;
            case ConcatSpec concat:
                json.WriteStartArray("branches");
                foreach (var branch in concat.Branches) WriteList(json, branch);
                json.WriteEndArray();
                break;
            case ReluSpec or Relu6Spec or QuantizeSpec or FlattenSpec: break;
            default: throw new InvalidOperationException($"{layer.GetType().Name} is not written");
        }

        if (layer is ProductSpec { Bias: true }) json.WriteBoolean("bias", true);

        void Window((int Height, int Width) kernel, ConvPadding padding, int stride)
        {
            json.WriteStartArray("kernel");
            json.WriteNumberValue(kernel.Height);
            json.WriteNumberValue(kernel.Width);
            json.WriteEndArray();
            json.WriteString("padding", padding.ToString());
            json.WriteNumber("stride", stride);
        }

        void Pool(int window, int stride)
        {
            json.WriteNumber("window", window);
            json.WriteNumber("stride", stride);
        }
    }

    private static LayerSpec ReadLayer(JsonElement layer, int nested)
    {
        var kind = Text("layer");
        var bias = layer.TryGetProperty("bias", out var biased) && biased.Boolean("bias");
        return kind switch
        {
            "Conv" => new ConvSpec(Whole("filters"), Kernel(), PaddingOf(Text("padding")), Whole("stride"), Whole("groups"), bias),
            "Depthwise" => new DepthwiseSpec(Whole("multiplier"), Kernel(), PaddingOf(Text("padding")), Whole("stride"), bias),
            "Dense" => new DenseSpec(Whole("outputs"), bias),
            "MaxPool" => new MaxPoolSpec(Whole("window"), Whole("stride")),
            "AveragePool" => new AveragePoolSpec(Whole("window"), Whole("stride"), Ties()),
            "GlobalAveragePool" => new GlobalAveragePoolSpec(Ties()),
            "Relu" => new ReluSpec(),
            "Relu6" => new Relu6Spec(),
            "BatchNorm" => new BatchNormSpec
            {
                Momentum = Part("momentum", below1: true),
                Epsilon = Part("epsilon", below1: false),
                IsFixup = layer.TryGetProperty("fixup", out var fixup) && fixup.Boolean("fixup"),
            },
            "Dropout" => new DropoutSpec(Part("rate", below1: true)),
            "Subsample" => new SubsampleSpec(Whole("channels"), Whole("stride")),
            "Concat" => new ConcatSpec([.. CheckpointHeader.Items(layer, "branches", MostLayers).Select(
                branch => branch.List("branches").GetArrayLength() == 0 ? [] : Read(branch, nested + 1))]),
            "Quantize" => new QuantizeSpec(),
            "Flatten" => new FlattenSpec(),
            "Residual" => new ResidualSpec(
                Read(Field("branch"), nested + 1), layer.TryGetProperty("shortcut", out var other) ? Read(other, nested + 1) : []),
            _ => throw new FormatException($"there is no layer {Quoted(kind)}"),
        };

        JsonElement Field(string name) => CheckpointHeader.Field(layer, name);

        string Text(string name) => CheckpointHeader.Text(layer, name);

        int Whole(string name) => Extent(Field(name).Int32(name), 1, name);

        (int Height, int Width) Kernel() => CheckpointHeader.Items(layer, "kernel", 2) is [var height, var width]
            ? (Extent(height.Int32("kernel"), 1, "kernel"), Extent(width.Int32("kernel"), 1, "kernel"))
            : throw new FormatException($"{kind} has a kernel of one side");

        Ratio Part(string name, bool below1) =>
            Ratio.TryParse(Text(name), out var ratio) && (!below1 || ratio.Numerator < ratio.Denominator)
                ? ratio : throw new FormatException($"{kind} has the {name} {Quoted(Text(name))}");

        Rounding Ties() => Text("rounding") switch
        {
            nameof(Rounding.HalfEven) => Rounding.HalfEven,
            nameof(Rounding.HalfAway) => Rounding.HalfAway,
            var other => throw new FormatException($"{kind} has the rounding {Quoted(other)}"),
        };
    }

    private static ConvPadding PaddingOf(string text)
    {
        if (text == ConvPadding.Same.ToString()) return ConvPadding.Same;
        if (text == ConvPadding.Valid.ToString()) return ConvPadding.Valid;
        var sides = text.StartsWith("pad ", StringComparison.Ordinal) ? text[4..].Split(',') : [];
        if (sides.Length != 4) throw new FormatException($"there is no padding {Quoted(text)}");
        int[] zeros = [.. sides.Select(side => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var zero)
            ? Extent(zero, 0, "padding") : throw new FormatException($"there is no padding {Quoted(text)}"))];
        return ConvPadding.Explicit(zeros[0], zeros[1], zeros[2], zeros[3]);
    }

    private static int Extent(int value, int least, string name) =>
        value >= least && value <= MostExtent ? value : throw new FormatException($"a layer has the {name} {value}");

    private static string Quoted(string text) => $"'{OneLine.Quote(text)}'";
}
