using Onnx;
using Wage.Backends;
using Wage.Numbers;
using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>Poolings. ONNX has a maximum of 8 bits and of floats, and a mean of floats alone: others are made of slices.</summary>
internal sealed class OnnxPools(OnnxGraph graph)
{
    /// <summary>The maximum of each window.</summary>
    public OnnxSignal Max(OnnxSignal x, in PoolGeometry g, bool isInt8)
    {
        if (!isInt8) return new OnnxSignal(graph, Output(g), Windows(x.As(Input(g), Wide(x.Bound)), g, new OnnxIntegers(graph).Greatest), x.Bound);
        var pooled = new OnnxSignal(graph, Output(g), Pool(x.As(Input(g), DataType.Int8), g), x.Bound);
        pooled.Know(Pool(x.As(Input(g), DataType.Uint8), g));
        return pooled;
    }

    /// <summary>The mean of each window.</summary>
    /// <exception cref="WageException">The sum of a window can leave 64 bits.</exception>
    public OnnxSignal Mean(string node, OnnxSignal x, in PoolGeometry g, Rounding rounding)
    {
        var most = (2 * (x.Bound * g.Window)) + g.Window;
        if (most > long.MaxValue)
            throw new WageException(
                $"{node}: twice the sum of a window can reach {most}, which 64 bits do not hold.", "take smaller windows, or quantize before them.");
        var input = x.As(Input(g), Wide(most));
        var sum = (g.WindowHeight, g.WindowWidth) == (g.Height, g.Width)
            ? graph.Add("ReduceSum", input.Type, [input, graph.Row("axes", 2, 3)]) : Windows(input, g, (a, b) => graph.Add("Add", a, b));
        return new OnnxSignal(graph, Output(g), new OnnxIntegers(graph).Divide(sum, g.Window, rounding), x.Bound);
    }

    private static DataType Wide(Int128 most) => most <= int.MaxValue ? DataType.Int32 : DataType.Int64;

    /// <summary>How what is pooled lies.</summary>
    public static OnnxForm Input(in PoolGeometry g) => OnnxForm.Planes(g.Height, g.Width, g.Channels);

    /// <summary>How what comes out lies.</summary>
    public static OnnxForm Output(in PoolGeometry g) => OnnxForm.Planes(g.OutputHeight, g.OutputWidth, g.Channels);

    /// <summary>The windows.</summary>
    public static AttributeProto[] Attributes(in PoolGeometry g) =>
        [OnnxGraph.List("kernel_shape", g.WindowHeight, g.WindowWidth), OnnxGraph.List("strides", g.Stride, g.Stride)];

    private OnnxValue Pool(OnnxValue x, in PoolGeometry g) => graph.Add("MaxPool", x.Type, [x], Attributes(g));

    /// <summary>Rows of the windows first, then their columns.</summary>
    private OnnxValue Windows(OnnxValue x, in PoolGeometry g, Func<OnnxValue, OnnxValue, OnnxValue> join) =>
        Along(Along(x, 2, g.WindowHeight, g.OutputHeight, g.Stride, join), 3, g.WindowWidth, g.OutputWidth, g.Stride, join);

    private OnnxValue Along(OnnxValue x, int axis, int window, int outputs, int stride, Func<OnnxValue, OnnxValue, OnnxValue> join)
    {
        OnnxValue? all = null;
        for (var i = 0; i < window; i++)
        {
            var slice = graph.Add(
                "Slice", x, graph.Row("from", i), graph.Row("to", i + ((outputs - 1) * stride) + 1), graph.Row("axis", axis),
                graph.Row("step", stride));
            all = all is { } before ? join(before, slice) : slice;
        }

        return all!.Value;
    }
}
