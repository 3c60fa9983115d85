using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Models;
using Wage.Onnx;

namespace Wage.Experiments.Exports;

/// <summary>An ONNX graph of standard operators, which gives the same integers.</summary>
internal sealed class OnnxFormat : IExportFormat
{
    /// <inheritdoc/>
    public string Name => "onnx";

    /// <inheritdoc/>
    public string Description => "a graph of standard ONNX operators, integers kept as integers";

    /// <inheritdoc/>
    public string DefaultName => $"model{OnnxFile.Extension}";

    /// <inheritdoc/>
    public IReadOnlyList<(string Label, string Value)> Write(ModelPlanFile model, string path)
    {
        var onnx = OnnxFile.Write(model, path);
        var products = onnx.Graph.Node.Where(node =>
            node.OpType.EndsWith("Integer", StringComparison.Ordinal) || node.OpType.StartsWith("QLinear", StringComparison.Ordinal));
        return
        [
            ("onnx", path), ("operators", $"opset {OnnxFile.Opset}, {Format.Count(onnx.Graph.Node.Count)} nodes"),
            ("products", string.Join(", ", products.CountBy(node => node.OpType).Select(kind => $"{Format.Count(kind.Value)} {kind.Key}"))),
            ("input", $"{OnnxFile.Input} UInt8 [N,{model.Plan.Image[1]},{model.Plan.Image[2]},{model.Plan.Image[3]}]"),
            ("output", $"{OnnxFile.Output} {(model.Plan.Scores.Type == Tensors.ElementType.Int64 ? "Int64" : "Int32")} [N,{model.Plan.Classes}]"),
            ("bytes", Format.Count(new FileInfo(path).Length)),
        ];
    }

    /// <inheritdoc/>
    public string PlaceOf(SavedModel model, string? asked)
    {
        var file = asked ?? Path.Combine(model.Folder, DefaultName);
        OutputFile.Require("--out", file, "exported ONNX model", OnnxFile.Begins);
        return file;
    }
}
