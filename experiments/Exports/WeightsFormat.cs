using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Models;
using Wage.Simulation.Compression;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Experiments.Exports;

/// <summary>
/// The model's constants as arrays that other programs read: weights by their layers' names, what stages read beside them ("conv1.start"), A^0 of
/// each pixel ("table"), and the nodes with their units, shifts and scales as JSON: a note of a .safetensors, the bytes "nodes.json" of an .npz.
/// </summary>
/// <param name="name">"npz" or "safetensors", which is the file's end too.</param>
internal sealed class WeightsFormat(string name) : IExportFormat
{
    private const string Table = "table";
    private const string Nodes = "nodes.json";

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Description => "weights and other constants, with units and scales";

    /// <inheritdoc/>
    public string DefaultName => $"model.{name}";

    /// <inheritdoc/>
    public IReadOnlyList<(string Label, string Value)> Write(ModelPlanFile model, string path)
    {
        var plan = model.Plan;
        var nodes = JsonOf(plan);
        List<SavedTensor> tensors = [.. plan.Constants.Select(one => new SavedTensor(one.Name, one.Type, one.Shape, one.Unpack()))];
        tensors.Add(new SavedTensor(Table, ElementType.Int8, new Shape(plan.Pixels.Length), [.. MemoryMarshal.AsBytes(plan.Pixels)]));
        var isNoted = name == "safetensors";
        if (!isNoted) tensors.Add(new SavedTensor(Nodes, ElementType.UInt8, new Shape(nodes.Length), nodes));
        var set = new WeightSet(tensors);
        if (isNoted) set = set with { Notes = Notes(model, nodes) };
        set.Write(path);
        return
        [
            ("weights", path), ("arrays", Format.Count(tensors.Count)), ("bytes", Format.Count(new FileInfo(path).Length)),
        ];
    }

    /// <inheritdoc/>
    public string PlaceOf(SavedModel model, string? asked)
    {
        var file = asked ?? Path.Combine(model.Folder, DefaultName);
        if (!Path.GetExtension(file).Equals($".{name}", StringComparison.OrdinalIgnoreCase))
            throw new WageException(
                $"--out: {OneLine.Of(file)} does not end in .{name}, as files of this format do.",
                $"name it {OneLine.Of(Path.ChangeExtension(file, name))}.");
        OutputFile.Require("--out", file, "file that may be lost: it can be somebody's weights", _ => false);
        return file;
    }

    private static Dictionary<string, string> Notes(ModelPlanFile model, byte[] nodes)
    {
        var notes = new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "wage", [Nodes] = Encoding.UTF8.GetString(nodes) };
        if (model.Origin is { } origin) (notes["weightsSha256"], notes["commit"]) = (origin.WeightsSha256, origin.Commit);
        return notes;
    }

    private static byte[] JsonOf(ModelPlan plan)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var node in plan.Nodes) NodeJson.Write(json, node);
            json.WriteEndArray();
        }

        return buffer.ToArray();
    }
}
