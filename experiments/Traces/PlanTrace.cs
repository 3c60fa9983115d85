using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Backends;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Files;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Experiments.Traces;

/// <summary>
/// What a model makes of some images, node by node, with its constants: enough to check hardware, or another program, that computes the model.
/// </summary>
internal static class PlanTrace
{
    private const int MostImages = 256;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes the folder; the manifest last.</summary>
    /// <param name="model">The model.</param>
    /// <param name="given">The images, as `wage predict` takes them.</param>
    /// <param name="request">Where to, and in which files.</param>
    /// <param name="output">Where it says what it wrote.</param>
    /// <exception cref="WageException">An image is none, there are too many, or the folder holds something already.</exception>
    public static void Write(SavedPlan model, IReadOnlyList<string> given, TraceRequest request, TextWriter output)
    {
        var (plan, data) = (model.File.Plan, model.File.Data);
        GivenImage[] images =
            [.. new GivenImages(model, data.Preparation, request.Data, TextReader.Null).Read(given).Take(MostImages + 1).Select(Good)];
        if (images.Length is 0 or > MostImages)
            throw new WageException($"--images: {(images.Length == 0 ? "none" : "more")} are named, but a trace has 1 to {MostImages}.");
        TraceArrays.Make(request.Out);
        foreach (var folder in (string[])["nodes", "constants"]) Directory.CreateDirectory(Path.Combine(request.Out, folder));
        var arrays = new TraceArrays(request.Out, request.IsHex);
        byte[] pixels = [.. images.SelectMany(image => image.Pixels)];
        arrays.Write<byte>("pixels.npy", pixels, TraceArrays.ExtentsOf(plan.Image.OfBatch(images.Length)));
        arrays.Write("table.npy", plan.Pixels, [plan.Pixels.Length]);
        var constants = new JsonArray([.. plan.Constants.Select((constant, number) => Constant(arrays, number, constant))]);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        using var backend = new HostBackend(request.Threads);
        using var running = new IntegerModel(plan, backend, images.Length);
        running.Observe(pixels, images.Length, (node, values) =>
        {
            files[node.Name] = string.Create(CultureInfo.InvariantCulture, $"nodes/{files.Count}-{FileName(node.Name)}.npy");
            arrays.Write(files[node.Name], values);
        });
        var manifest = new JsonObject
        {
            ["format"] = "wage-model-trace-1",
            ["images"] = new JsonArray([.. images.Select(image => JsonValue.Create(image.Name))]),
            ["nodes"] = new JsonArray([.. plan.Nodes.Select(node => Node(node, files[node.Name]))]),
            ["constants"] = constants,
        };
        var path = Path.Combine(request.Out, "manifest.json");
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(manifest.ToJsonString(Indented) + "\n"));
        output.WriteLine($"manifest       {path}");
        output.WriteLine($"arrays         {Format.Count(arrays.Count)}, {Format.Count((arrays.Bytes + 1023) / 1024)} KiB");
    }

    private static GivenImage Good(GivenImage image) => image.Refusal is null ? image : throw image.Refusal;

    private static JsonObject Constant(TraceArrays arrays, int number, PlanTensor constant)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"constants/{number}-{FileName(constant.Name)}.npy");
        var values = HostTensor.Create(constant.Type, constant.Shape);
        constant.Unpack().CopyTo(values.Bytes);
        var type = arrays.Write(file, values);
        return new JsonObject { ["name"] = constant.Name, ["file"] = file, ["dtype"] = type, ["bits"] = constant.Bits };
    }

    /// <summary>A node as the model's file has it, and where its output is.</summary>
    private static JsonNode Node(PlanNode node, string file)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) NodeJson.Write(json, node);
        var described = JsonNode.Parse(buffer.ToArray())!.AsObject();
        described["file"] = file;
        return described;
    }

    /// <summary>Names of layers are free, those of files are not; numbers tell those apart that become the same.</summary>
    private static string FileName(string name) =>
        string.Concat(name.Select(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '-' or '_' ? one : '_'));
}
