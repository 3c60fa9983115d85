using System.Text;
using System.Text.Json;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Files;
using Wage.Models;
using Wage.Onnx;

namespace Wage.Experiments.Exports;

/// <summary>
/// A folder with a page that draws and answers: the ONNX model in a browser. The runtime's files are put beside it by who has them.
/// </summary>
internal sealed class WebFormat : IExportFormat
{
    private const string Page = "index.html", Model = "model.onnx";
    private const string Runtime = "ort.wasm.min.js, ort-wasm-simd-threaded.mjs, ort-wasm-simd-threaded.wasm";
    private const string Mark = "<!doctype html><!-- written by wage export -->";

    /// <inheritdoc/>
    public string Name => "web";

    /// <inheritdoc/>
    public string Description => "a page that draws and answers, with the ONNX model in onnxruntime-web";

    /// <inheritdoc/>
    public string DefaultName => "model-web";

    /// <inheritdoc/>
    public IReadOnlyList<(string Label, string Value)> Write(ModelPlanFile model, string path)
    {
        var page = Encoding.UTF8.GetBytes(Text(model));
        var onnx = OnnxFile.Of(model);                                              // what has no graph is refused before a folder is made
        OutputFile.MakeFolder(path);
        onnx.Write(Path.Combine(path, Model));
        AtomicFile.Write(Path.Combine(path, Page), page);
        return
        [
            ("folder", path), ("files", $"{Page}, {Model}"),
            ("runtime", $"put {Runtime} beside them, of the npm package onnxruntime-web (its folder dist)"),
            ("open", $"python3 -m http.server --directory {path}, then http://localhost:8000"),
            ("bytes", Format.Count(onnx.Bytes.Length)),
        ];
    }

    /// <inheritdoc/>
    public string PlaceOf(SavedModel model, string? asked)
    {
        var folder = asked ?? Path.Combine(model.Folder, DefaultName);
        if (File.Exists(folder)) throw new WageException($"--out: {folder} is a file, but a page is a folder of two.", "name another place.");
        var (page, onnx) = (Path.Combine(folder, Page), Path.Combine(folder, Model));
        OutputFile.RequireMark("--out", page, "file of an export", Mark);
        OutputFile.Require("--out", onnx, "exported ONNX model", OnnxFile.Begins);
        return folder;
    }

    /// <summary>The page; names are those of JSON, whose serializer escapes what would end a script.</summary>
    private static string Text(ModelPlanFile model)
    {
        var image = model.Plan.Image;
        var known = JsonSerializer.Serialize(new
        {
            height = image[1],
            width = image[2],
            channels = image[3],
            classes = model.ScoreNames,
        });
        return EmbeddedText.Find("web.html")!.Replace("const model = MODEL;", $"const model = {known};", StringComparison.Ordinal);
    }
}
