using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Models;
using Wage.Onnx;

namespace Wage.Experiments.Exports;

/// <summary>An ONNX graph, of integers or with quantizers between operators of floats.</summary>
/// <param name="style">How it says integers.</param>
internal sealed class OnnxFormat(OnnxStyle style) : IExportFormat
{
    private const int MostNamed = 6;

    /// <inheritdoc/>
    public string Name => style switch { OnnxStyle.Qdq => "onnx-qdq", OnnxStyle.Qonnx => "onnx-qonnx", _ => "onnx" };

    /// <inheritdoc/>
    public string Description => style switch
    {
        OnnxStyle.Qdq => "a graph of floats with QuantizeLinear and DequantizeLinear, as TensorRT reads it",
        OnnxStyle.Qonnx => "a graph of floats with the Quant nodes of QONNX, as FINN and hls4ml read it",
        _ => "a graph of standard ONNX operators, integers kept as integers",
    };

    /// <inheritdoc/>
    public string DefaultName => $"model{Name["onnx".Length..]}{OnnxFile.Extension}";

    /// <inheritdoc/>
    public IReadOnlyList<(string Label, string Value)> Write(ModelPlanFile model, string path)
    {
        var (onnx, image) = (OnnxFile.Of(model, style), model.Plan.Image);
        onnx.Write(path);
        var isInteger = style == OnnxStyle.Integers;
        var scores = model.Plan.Scores.Type == Tensors.ElementType.Int64 ? "Int64" : "Int32";
        var batch = style == OnnxStyle.Qonnx ? "1" : "N";
        return
        [
            ("onnx", path), ("operators", $"opset {OnnxFile.Opset}, {Format.Count(onnx.Operators.Values.Sum())} nodes"),
            ("products", string.Join(", ", onnx.Operators.Where(IsProduct).Select(kind => $"{Format.Count(kind.Value)} {kind.Key}"))),
            ("input", isInteger ? $"{OnnxFile.Input} UInt8 [N,{image[1]},{image[2]},{image[3]}]"
                : $"{OnnxFile.Image} Float [{batch},{image[3]},{image[1]},{image[2]}]"),
            ("output", $"{OnnxFile.Output} {(isInteger ? scores : "Float")} [{batch},{model.Plan.Classes}]"),
            ("bytes", Format.Count(onnx.Bytes.Length)),
            ("exact", Exactness(onnx.Differences)),
        ];

        static bool IsProduct(KeyValuePair<string, int> kind) =>
            kind.Key is "Conv" or "MatMul" or "Gemm" || kind.Key.EndsWith("Integer", StringComparison.Ordinal)
            || kind.Key.StartsWith("QLinear", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public string PlaceOf(SavedModel model, string? asked)
    {
        var file = asked ?? Path.Combine(model.Folder, DefaultName);
        OutputFile.Require("--out", file, "exported ONNX model", OnnxFile.Begins);
        return file;
    }

    private static string Exactness(IReadOnlyList<OnnxDifference> differences)
    {
        if (differences.Count == 0) return "every node, to the last bit";
        var named = string.Join(", ", differences.Take(MostNamed).Select(one => $"{one.Node} by {Format.Count(one.Codes)}"));
        var more = differences.Count > MostNamed ? $" and {Format.Count(differences.Count - MostNamed)} more" : string.Empty;
        return $"all but {named}{more}: {string.Join(", ", differences.Select(one => one.Why).Distinct())}";
    }
}
