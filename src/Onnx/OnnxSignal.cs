using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>
/// What a node of the plan gives, as any type and in any form that others read it in: each is made once, and left out of the graph where nobody does.
/// </summary>
internal sealed class OnnxSignal
{
    /// <summary>What is added to an Int8 that is stored as an UInt8.</summary>
    public const int Offset = 128;

    private readonly OnnxGraph graph;
    private readonly OnnxValue first;
    private readonly Dictionary<(OnnxForm, DataType), OnnxValue> made = [];

    /// <summary>Elements that lie so.</summary>
    public OnnxSignal(OnnxGraph graph, OnnxForm form, OnnxValue value, Int128 bound)
    {
        (this.graph, Form, first, Bound) = (graph, form, value, bound);
        made.Add((form, value.Type), value);
    }

    /// <summary>How the elements lie.</summary>
    public OnnxForm Form { get; }

    /// <summary>What an element's magnitude can reach.</summary>
    public Int128 Bound { get; }

    /// <summary>The elements as Int8, Int32, Int64, or, of Int8 with 128 added, UInt8.</summary>
    public OnnxValue As(OnnxForm wanted, DataType type)
    {
        if (made.TryGetValue((wanted, type), out var known)) return known;
        var value = wanted == Form ? Convert(type) : Move(As(Form, type), wanted);
        made.Add((wanted, type), value);
        return value;
    }

    /// <summary>Says that this value is the signal too.</summary>
    public void Know(OnnxValue value) => made.TryAdd((Form, value.Type), value);

    private OnnxValue Convert(DataType type)
    {
        if (type != DataType.Uint8) return graph.Cast(first, type);
        var wide = first.Type == DataType.Int8 ? graph.Cast(first, DataType.Int32) : first;
        return graph.Cast(graph.Add("Add", wide, graph.Scalar(wide.Type, Offset)), type);
    }

    private OnnxValue Move(OnnxValue value, OnnxForm wanted)
    {
        if (Form is { IsPlanes: true, Channels: > 1 } && Form.Height * Form.Width > 1)
            value = graph.Add("Transpose", value.Type, [value], OnnxGraph.List("perm", 0, 2, 3, 1));
        if (!wanted.IsPlanes) return Reshape(value, wanted.Length);
        if (wanted.Height * wanted.Width == 1 || wanted.Channels == 1) return Reshape(value, wanted.Channels, wanted.Height, wanted.Width);
        return graph.Add(
            "Transpose", value.Type, [Reshape(value, wanted.Height, wanted.Width, wanted.Channels)], OnnxGraph.List("perm", 0, 3, 1, 2));
    }

    private OnnxValue Reshape(OnnxValue value, params ReadOnlySpan<long> extents) =>
        graph.Add("Reshape", value, graph.Row("shape", [-1, .. extents]));
}
