using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Onnx;
using static Onnx.AttributeProto.Types;
using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>A tensor of the graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
internal readonly record struct OnnxValue(string Name, DataType Type);

/// <summary>A graph that grows by nodes and constants, each under a name of its own; in the end, what nobody reads is left out.</summary>
internal sealed class OnnxGraph
{
    private readonly List<NodeProto> nodes = [];
    private readonly Dictionary<string, TensorProto> constants = new(StringComparer.Ordinal);
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    /// <summary>What the names of new nodes begin with: the plan's node.</summary>
    public string Scope { get; set; } = string.Empty;

    /// <summary>A name that nothing has: the wanted one, or the wanted one and a number.</summary>
    public string Take(string wanted)
    {
        var name = wanted;
        for (var i = 2; !taken.Add(name); i++) name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{i}");
        return name;
    }

    /// <summary>A node whose output has the type of its first input.</summary>
    public OnnxValue Add(string operation, params ReadOnlySpan<OnnxValue> inputs) => Add(operation, inputs[0].Type, inputs, []);

    /// <summary>A node.</summary>
    /// <param name="operation">"QLinearConv".</param>
    /// <param name="type">Of its output.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="attributes">Its attributes.</param>
    public OnnxValue Add(string operation, DataType type, ReadOnlySpan<OnnxValue> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var name = Take($"{Scope}/{operation}");
        var node = new NodeProto { OpType = operation, Name = name };
        if (operation == QonnxQuantizer.Quant) node.Domain = QonnxQuantizer.Domain;
        foreach (var input in inputs) node.Input.Add(input.Name);
        node.Output.Add(name);
        foreach (var attribute in attributes) node.Attribute.Add(attribute);
        nodes.Add(node);
        return new OnnxValue(name, type);
    }

    /// <summary>The same elements in another type.</summary>
    public OnnxValue Cast(OnnxValue x, DataType type) => x.Type == type ? x : Add("Cast", type, [x], Whole("to", (int)type));

    /// <summary>A whole number.</summary>
    public OnnxValue Scalar(DataType type, long value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{type}:{value}").ToLowerInvariant();
        return constants.ContainsKey(name) ? new OnnxValue(name, type) : Constant(name, type, [], Bytes(type, [value]));
    }

    /// <summary>2^exponent, exactly, as the formats of scales want it.</summary>
    public OnnxValue PowerOfTwo(int exponent) => Single(OnnxScale.PowerOfTwo(exponent));

    /// <summary>times * scale, a float32.</summary>
    public OnnxValue Single(OnnxScale scale, long times = 1)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{(times == 1 ? string.Empty : $"{times}*")}{scale}");
        return constants.ContainsKey(name)
            ? new OnnxValue(name, DataType.Float) : Constant(name, DataType.Float, [], Bytes(DataType.Int32, [scale.ToSingle(times)]));
    }

    /// <summary>Many float32, each times * scale.</summary>
    /// <param name="name">"weights".</param>
    /// <param name="shape">The extents.</param>
    /// <param name="values">Scales and what they are taken times.</param>
    public OnnxValue Singles(string name, ReadOnlySpan<int> shape, params IEnumerable<(OnnxScale Scale, long Times)> values) =>
        Constant($"{Scope}/{name}", DataType.Float, shape, Bytes(DataType.Int32, [.. values.Select(one => (long)one.Scale.ToSingle(one.Times))]));
    /// <summary>Whole numbers in a row.</summary>
    public OnnxValue Row(string name, params ReadOnlySpan<long> values) => Tensor(name, DataType.Int64, [values.Length], values);

    /// <summary>A constant.</summary>
    /// <param name="name">"weights": the plan's node comes before it.</param>
    /// <param name="type">Whole numbers.</param>
    /// <param name="shape">The extents.</param>
    /// <param name="values">The elements, row-major.</param>
    public OnnxValue Tensor(string name, DataType type, ReadOnlySpan<int> shape, ReadOnlySpan<long> values) =>
        Constant($"{Scope}/{name}", type, shape, Bytes(type, values));

    /// <summary>An attribute that is a number.</summary>
    public static AttributeProto Whole(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    /// <summary>An attribute that is a list.</summary>
    public static AttributeProto List(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        foreach (var value in values) attribute.Ints.Add(value);
        return attribute;
    }

    /// <summary>An attribute that is a word.</summary>
    public static AttributeProto Word(string name, string value) =>
        new() { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    /// <summary>The graph that gives this value: the nodes and constants that it needs.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="value">The value.</param>
    /// <param name="output">How it is called outside.</param>
    public GraphProto Finish(string name, ValueInfoProto input, OnnxValue value, ValueInfoProto output)
    {
        nodes.Add(new NodeProto { OpType = "Identity", Name = output.Name, Input = { value.Name }, Output = { output.Name } });
        HashSet<string> needed = [output.Name];
        List<NodeProto> kept = [];
        foreach (var node in Enumerable.Reverse(nodes))
        {
            if (!needed.Overlaps(node.Output)) continue;
            kept.Add(node);
            needed.UnionWith(node.Input);
        }

        kept.Reverse();
        var graph = new GraphProto { Name = name, Input = { input }, Output = { output } };
        graph.Node.AddRange(kept);
        graph.Initializer.AddRange(constants.Values.Where(constant => needed.Contains(constant.Name)));
        return graph;
    }

    private OnnxValue Constant(string wanted, DataType type, ReadOnlySpan<int> shape, byte[] bytes)
    {
        var tensor = new TensorProto { Name = Take(wanted), DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        foreach (var extent in shape) tensor.Dims.Add(extent);
        constants.Add(tensor.Name, tensor);
        return new OnnxValue(tensor.Name, type);
    }

    /// <summary>Little-endian.</summary>
    private static byte[] Bytes(DataType type, ReadOnlySpan<long> values)
    {
        var size = type switch { DataType.Int64 or DataType.Uint64 => sizeof(long), DataType.Int32 => sizeof(int), _ => 1 };
        var (bytes, one) = (new byte[values.Length * size], new byte[sizeof(long)]);
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(one, values[i]);
            one.AsSpan(..size).CopyTo(bytes.AsSpan(i * size));
        }

        return bytes;
    }
}
