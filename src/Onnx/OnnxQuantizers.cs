using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>Codes of 8 bits between operators of floats: how a style says them.</summary>
internal abstract class OnnxQuantizer(OnnxGraph graph)
{
    /// <summary>The graph.</summary>
    protected OnnxGraph Graph => graph;

    /// <summary>clamp(round(x / scale + zero), low, high) as (code - zero) scale, ties to even.</summary>
    public abstract OnnxValue Codes(OnnxValue x, OnnxScale scale, int zero, int low, int high);

    /// <summary>Weights of Int8, each filter with a scale of its own or all with one.</summary>
    /// <param name="shape">[F,C,KH,KW], or [C,F].</param>
    /// <param name="codes">The weights.</param>
    /// <param name="scales">One, or one for each filter.</param>
    /// <param name="axis">That of the filters.</param>
    public abstract OnnxValue Weights(int[] shape, long[] codes, IReadOnlyList<OnnxScale> scales, int axis);

    /// <summary>What is added to each filter's sums.</summary>
    public abstract OnnxValue Bias(long[] codes, IReadOnlyList<OnnxScale> scales);

    /// <summary>Planes as rows of so many elements, in the order in which they lie.</summary>
    public abstract OnnxValue Rows(OnnxValue x, int length);

    /// <summary>x of a matrix times weights, and the bias where there is one.</summary>
    public abstract OnnxValue Matrix(OnnxValue x, OnnxValue weights, OnnxValue? bias);

    /// <summary>x limited to the values of these codes; ReLU where it is that.</summary>
    protected OnnxValue Limit(OnnxValue x, OnnxScale scale, int zero, int low, int high, int most)
    {
        if (low == zero && high == most) return graph.Add("Relu", x);
        return graph.Add("Clip", x, graph.Single(scale, (long)low - zero), graph.Single(scale, (long)high - zero));
    }
}

/// <summary>QuantizeLinear and DequantizeLinear, of constants the second alone.</summary>
internal sealed class QdqQuantizer(OnnxGraph graph) : OnnxQuantizer(graph)
{
    /// <inheritdoc/>
    public override OnnxValue Codes(OnnxValue x, OnnxScale scale, int zero, int low, int high)
    {
        if (low > sbyte.MinValue || high < sbyte.MaxValue) x = Limit(x, scale, zero, low, high, sbyte.MaxValue);
        var (s, z) = (Graph.Single(scale), Graph.Scalar(DataType.Int8, zero));
        return Graph.Add("DequantizeLinear", DataType.Float, [Graph.Add("QuantizeLinear", DataType.Int8, [x, s, z]), s, z]);
    }

    /// <inheritdoc/>
    public override OnnxValue Weights(int[] shape, long[] codes, IReadOnlyList<OnnxScale> scales, int axis) =>
        Of(Graph.Tensor("weights", DataType.Int8, shape, codes), DataType.Int8, scales, axis);

    /// <inheritdoc/>
    public override OnnxValue Bias(long[] codes, IReadOnlyList<OnnxScale> scales) =>
        Of(Graph.Tensor("bias", DataType.Int32, [codes.Length], codes), DataType.Int32, scales, 0);

    /// <summary>ONNX Runtime takes a DequantizeLinear through a Reshape, to the product, and through no Flatten.</summary>
    public override OnnxValue Rows(OnnxValue x, int length) => Graph.Add("Reshape", x, Graph.Row("shape", -1, length));

    /// <summary>
    /// Always a Gemm: ONNX Runtime 1.31.1 makes a MatMulNBits of some MatMul whose weights alone come out of a DequantizeLinear, and that rounds x to
    /// 8 bits once more.
    /// </summary>
    public override OnnxValue Matrix(OnnxValue x, OnnxValue weights, OnnxValue? bias) =>
        bias is { } b ? Graph.Add("Gemm", x, weights, b) : Graph.Add("Gemm", x, weights);

    private OnnxValue Of(OnnxValue codes, DataType type, IReadOnlyList<OnnxScale> scales, int axis)
    {
        if (scales.All(scale => scale == scales[0]))
            return Graph.Add("DequantizeLinear", DataType.Float, [codes, Graph.Single(scales[0]), Graph.Scalar(type, 0)]);
        var (all, zeros) = (
            Graph.Singles("scales", [scales.Count], scales.Select(scale => (scale, 1L))),
            Graph.Tensor("zeros", type, [scales.Count], new long[scales.Count]));
        return Graph.Add("DequantizeLinear", DataType.Float, [codes, all, zeros], OnnxGraph.Whole("axis", axis));
    }
}

/// <summary>The Quant of QONNX, which rounds to a number of bits and stays a float.</summary>
internal sealed class QonnxQuantizer(OnnxGraph graph) : OnnxQuantizer(graph)
{
    /// <summary>The operator.</summary>
    public const string Quant = nameof(Quant);

    /// <summary>The set that it is of, version 1.</summary>
    public const string Domain = "qonnx.custom_op.general";

    private const int MostBits = 8;

    /// <inheritdoc/>
    public override OnnxValue Codes(OnnxValue x, OnnxScale scale, int zero, int low, int high)
    {
        var isSigned = low != 0 || zero != 0;
        for (var bits = isSigned ? 2 : 1; bits <= MostBits; bits++)
        {
            var most = (1 << (isSigned ? bits - 1 : bits)) - 1;
            if (high != most || (isSigned && low != -most && low != -most - 1)) continue;
            return Of(isSigned ? x : Graph.Add("Relu", x), Graph.Single(scale), zero, bits, isSigned, low == -most);
        }

        x = Limit(x, scale, zero, low, high, sbyte.MaxValue);
        return Of(x, Graph.Single(scale), zero, MostBits, isSigned: true, isNarrow: false);
    }

    /// <inheritdoc/>
    public override OnnxValue Weights(int[] shape, long[] codes, IReadOnlyList<OnnxScale> scales, int axis)
    {
        var (most, bits) = (codes.Max(Math.Abs), 2);
        while (most > (1 << (bits - 1)) - 1) bits++;
        var isNarrow = bits <= MostBits;                                            // -128 alone is beyond 8 narrow bits
        bits = Math.Min(bits, MostBits);
        var (step, isOne) = (codes.Length / shape[..(axis + 1)].Aggregate((a, b) => a * b), scales.All(scale => scale == scales[0]));
        OnnxScale Of(int i) => isOne ? scales[0] : scales[i / step % scales.Count];
        var values = Graph.Singles("weights", shape, codes.Select((code, i) => (Of(i), code)));
        var scale = isOne ? Graph.Single(scales[0]) : Graph.Singles(
            "scales", [.. shape.Select((extent, i) => i == axis ? extent : 1)], scales.Select(one => (one, 1L)));
        return this.Of(values, scale, 0, bits, isSigned: true, isNarrow);
    }

    /// <inheritdoc/>
    public override OnnxValue Bias(long[] codes, IReadOnlyList<OnnxScale> scales) =>
        Graph.Singles("bias", [codes.Length], codes.Select((code, f) => (scales[f % scales.Count], code)));

    /// <inheritdoc/>
    public override OnnxValue Rows(OnnxValue x, int length) => Graph.Add("Flatten", DataType.Float, [x], OnnxGraph.Whole("axis", 1));

    /// <inheritdoc/>
    public override OnnxValue Matrix(OnnxValue x, OnnxValue weights, OnnxValue? bias)
    {
        var sums = Graph.Add("MatMul", x, weights);
        return bias is { } b ? Graph.Add("Add", sums, b) : sums;
    }

    private OnnxValue Of(OnnxValue x, OnnxValue scale, int zero, int bits, bool isSigned, bool isNarrow) => Graph.Add(
        Quant, DataType.Float, [x, scale, Graph.Single(OnnxScale.One, zero), Graph.Single(OnnxScale.One, bits)],
        OnnxGraph.Whole("signed", isSigned ? 1 : 0), OnnxGraph.Whole("narrow", isNarrow && isSigned ? 1 : 0),
        OnnxGraph.Word("rounding_mode", "ROUND"));
}
