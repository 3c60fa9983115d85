using System.Text.Json;
using Wage.Data;
using Wage.Layers;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Models;

/// <summary>The nodes of a plan in a file's header.</summary>
internal static class NodeJson
{
    private const int MostNodes = 1 << 12;
    private const int MostRead = 1 << 8;
    private const int MostRank = 8;
    private const int LongestName = 80;
    private const int MostFractionBits = 62;

    public static void Write(Utf8JsonWriter json, PlanNode node)
    {
        var (shape, type, bits, bound, _) = node.Output;
        json.WriteStartObject();
        json.WriteString("name", node.Name);
        OperationJson.Write(json, node.Name, node.Operation);
        json.WriteString("type", type.ToString());
        Write(json, "shape", Enumerable.Range(0, shape.Rank).Select(i => shape[i]));
        json.WriteNumber("fractionBits", bits);
        json.WriteNumber("bound", bound);
        Write(json, "inputs", node.Inputs);
        json.WriteStartArray("constants");
        foreach (var name in node.Constants) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The plan of a header's nodes, which are checked as those of a plan made by hand, and their bounds proved.</summary>
    /// <exception cref="FormatException">A field is missing or impossible, or a bound does not hold.</exception>
    /// <exception cref="ArgumentException">A node does not fit what it reads.</exception>
    /// <exception cref="WageException">The sums of a product can leave its accumulators.</exception>
    public static ModelPlan Read(JsonElement root, (string Name, HostTensor Values)[] tensors, InputRange? input, ReadOnlySpan<sbyte> pixels)
    {
        var constants = new Dictionary<string, HostTensor>(StringComparer.Ordinal);
        foreach (var (name, values) in tensors)
            if (!constants.TryAdd(name, values)) throw new FormatException($"the constant {CheckpointHeader.Quoted(name)} is there twice");
        var (nodes, names) = (CheckpointHeader.Items(root, "nodes", MostNodes), new HashSet<string>(StringComparer.Ordinal));
        if (nodes.Count < 2 || OperationJson.Read(nodes[0]) is not ImageOperation) throw new FormatException("its first node is no image");
        var plan = new PlanBuilder(SpecOf(nodes[0]));
        foreach (var node in nodes.Skip(1)) Add(plan, node, constants, names);
        return plan.ToPlan(pixels, input);
    }

    private static void Add(PlanBuilder plan, JsonElement node, Dictionary<string, HostTensor> constants, HashSet<string> names)
    {
        var (name, operation) = (CheckpointHeader.Text(node, "name"), OperationJson.Read(node));
        if (name.Length is 0 or > LongestName || !names.Add(name)) throw new FormatException($"a node has the name {CheckpointHeader.Quoted(name)}");
        int[] inputs = [.. CheckpointHeader.Items(node, "inputs", MostRead).Select(one => one.Int32("inputs"))];
        string[] read = [.. CheckpointHeader.Items(node, "constants", MostRead).Select(one => one.Text("constants"))];
        var (ofInputs, ofConstants) = OperationJson.Arity(operation);
        var reads = operation is ConcatOperation ? inputs.Length >= ofInputs : inputs.Length == ofInputs;
        if (operation is ImageOperation || !reads || read.Length != ofConstants)
            throw new FormatException($"{CheckpointHeader.Quoted(name)} reads {inputs.Length} nodes and {read.Length} constants");
        var values = Array.ConvertAll(read, one => constants.TryGetValue(one, out var tensor)
            ? (Name: one, Values: tensor) : throw new FormatException($"there is no constant {CheckpointHeader.Quoted(one)}"));
        var added = plan.Add(name, operation, SpecOf(node), inputs, [.. values.Select(one => (one.Name, (Tensor)one.Values))]);
        PlanBounds.Require(plan.Nodes[added], [.. inputs.Select(one => plan[one])], [.. values.Select(one => one.Values)]);
    }

    /// <summary>What comes out for one image.</summary>
    private static SignalSpec SpecOf(JsonElement node)
    {
        int[] extents = [.. CheckpointHeader.Items(node, "shape", MostRank).Select(extent => extent.Int32("shape"))];
        if (extents.Length < 2 || extents[0] != 1) throw new FormatException($"a node has the shape [{string.Join(',', extents)}]");
        var bound = CheckpointHeader.Field(node, "bound").Int64("bound");
        if (bound < 0) throw new FormatException($"a node has the bound {bound}");
        var bits = JsonFields.Between(node, "fractionBits", -MostFractionBits, MostFractionBits);
        return new SignalSpec(new Shape(extents), JsonFields.Named<ElementType>(node, "type"), bits, bound);
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<int> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
