using Onnx;
using Wage.Backends;
using Wage.Models;
using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>
/// A product of the plan. Where its end is WAGE's shift, with ties to even, and sums reach 2^24 at most, QLinearConv or QLinearMatMul with scales of
/// 1 and 2^bits is exact, for a float32 holds every sum; else ConvInteger or MatMulInteger gives the sums, and integers end them.
/// </summary>
internal sealed class OnnxProduct
{
    private readonly OnnxGraph graph;
    private readonly PlanNode node;
    private readonly ConvGeometry g;
    private readonly OnnxStage? stage;
    private readonly sbyte[] weights;

    /// <summary>That of a node.</summary>
    public OnnxProduct(OnnxGraph graph, ModelPlan plan, PlanNode node, ProductOperation product)
    {
        (this.graph, this.node, g) = (graph, node, product.Geometry with { Batch = 1 });
        weights = plan[node.Constants[0]].UnpackInt8();
        if (product.Stage is { } end) stage = new OnnxStage(plan, node, end.Value, product.Reads, 1);
    }

    private OnnxForm Form => g.IsMatrix ? OnnxForm.Rows(g.Filters) : OnnxForm.Planes(g.OutputHeight, g.OutputWidth, g.Filters);

    /// <summary>What the node gives.</summary>
    /// <param name="x">What it reads.</param>
    /// <param name="pool">Its max pool.</param>
    /// <exception cref="WageException">A sum can leave the 32 bits of the operators.</exception>
    public OnnxSignal Of(OnnxSignal x, PoolGeometry? pool)
    {
        var sums = Reach(x.Bound, stage?.Start ?? []);
        if (stage?.BitsOfQLinear(sums) is { } bits && g.Padding.Value == 0 && !(g.IsMatrix && stage.Start.Count > 0))
        {
            var codes = new OnnxSignal(graph, Form, stage.Limit(graph, QLinear(x, bits)), node.Output.Bound);
            return pool is { } of ? new OnnxPools(graph).Max(codes, of, isInt8: true) : codes;
        }

        var accumulators = Sums(x, out var start);
        if (stage is null)
            return new OnnxSignal(graph, Form, new OnnxIntegers(graph).Plus(accumulators, "start", Form, start), sums);
        var (value, form) = (new OnnxSignal(graph, Form, accumulators, sums), Form);
        if (pool is { } windows && !stage.IsMonotone) (value, form) = (new OnnxPools(graph).Max(value, windows, isInt8: false), FormOf(windows));
        var end = stage.Of(graph, value.As(form, DataType.Int32), sums, form, start);
        var ended = new OnnxSignal(graph, form, end, node.Output.Bound);
        return pool is { } behind && stage.IsMonotone
            ? new OnnxPools(graph).Max(ended, behind, isInt8: node.Output.Type == Tensors.ElementType.Int8) : ended;
    }

    private static OnnxForm FormOf(in PoolGeometry g) => OnnxForm.Planes(g.OutputHeight, g.OutputWidth, g.Channels);

    /// <summary>The greatest magnitude of a sum, with what is added to it.</summary>
    private Int128 Reach(Int128 input, IReadOnlyList<int> start)
    {
        Int128 most = 0;
        for (var f = 0; f < g.Filters; f++)
        {
            var sum = weights.Skip(f * g.FanIn).Take(g.FanIn).Sum(w => Math.Abs((long)w));
            most = Int128.Max(most, (sum * Int128.Max(input, Math.Abs(g.Padding.Value))) + (start.Count == 0 ? 0 : Math.Abs((long)start[f])));
        }

        return most;
    }

    private OnnxValue QLinear(OnnxSignal x, int bits)
    {
        var (one, zero, scale) = (graph.PowerOfTwo(0), graph.Scalar(DataType.Int8, 0), graph.PowerOfTwo(bits));
        if (g.IsMatrix)
        {
            return graph.Add(
                "QLinearMatMul", DataType.Int8, [x.As(OnnxForm.Rows(g.Channels), DataType.Int8), one, zero, Matrix(), one, zero, scale, zero]);
        }

        var bias = stage!.Start.Count == 0
            ? Array.Empty<OnnxValue>() : [graph.Tensor("bias", DataType.Int32, [g.Filters], [.. stage.Start.Select(b => (long)b)])];
        return graph.Add(
            "QLinearConv", DataType.Int8, [Image(x, DataType.Int8), one, zero, Filters(0), one, zero, scale, zero, .. bias], Attributes());
    }

    /// <summary>The sums as Int32, and what is still to be added to each.</summary>
    private OnnxValue Sums(OnnxSignal x, out IReadOnlyList<long> start)
    {
        start = [.. (stage?.Start ?? []).Select(b => (long)b)];
        var isPadded = g.Padding with { Value = 0 } != Padding.None;
        var z = isPadded ? g.Padding.Value : 0;
        var reach = Reach(x.Bound + Math.Abs(z), []);
        if (reach > int.MaxValue)
            throw new WageException(
                $"{node.Name}: its sums can reach {reach}, but ONNX's integer products hold {int.MaxValue}.", "take fewer terms or smaller weights.");
        if (g.IsMatrix)
            return graph.Add("MatMulInteger", DataType.Int32, [x.As(OnnxForm.Rows(g.Channels), DataType.Int8), Matrix()]);
        if (z != 0)
        {
            // The operator's border is its zero point: sums of (q - Z) w, of which the border's are 0. Z times the sum of w comes back behind.
            var before = start;
            start =
            [
                .. Enumerable.Range(0, g.Filters).Select(f =>
                    (before.Count == 0 ? 0 : before[f]) + (z * weights.Skip(f * g.FanIn).Take(g.FanIn).Sum(w => (long)w))),
            ];
        }

        return graph.Add(
            "ConvInteger", DataType.Int32,
            [
                Image(x, DataType.Uint8), Filters(OnnxSignal.Offset), graph.Scalar(DataType.Uint8, OnnxSignal.Offset + z),
                graph.Scalar(DataType.Uint8, OnnxSignal.Offset),
            ],
            Attributes());
    }

    private OnnxValue Image(OnnxSignal x, DataType type) => x.As(OnnxForm.Planes(g.Height, g.Width, g.Channels), type);

    private AttributeProto[] Attributes() =>
    [
        OnnxGraph.List("kernel_shape", g.KernelHeight, g.KernelWidth), OnnxGraph.List("strides", g.Stride, g.Stride),
        OnnxGraph.List("pads", g.Padding.Top, g.Padding.Left, g.Padding.Bottom, g.Padding.Right), OnnxGraph.Whole("group", g.Groups),
    ];

    /// <summary>[F,C/G,KH,KW], of which an offset makes bytes without a sign.</summary>
    private OnnxValue Filters(int offset)
    {
        var taps = g.KernelHeight * g.KernelWidth;
        var values = new long[weights.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (tap, c, f) = (i % taps, i / taps % g.GroupChannels, i / g.FanIn);
            values[i] = weights[(f * g.FanIn) + (tap * g.GroupChannels) + c] + offset;
        }

        return graph.Tensor(
            "weights", offset == 0 ? DataType.Int8 : DataType.Uint8, [g.Filters, g.GroupChannels, g.KernelHeight, g.KernelWidth], values);
    }

    /// <summary>[C,F].</summary>
    private OnnxValue Matrix()
    {
        var values = new long[weights.Length];
        for (var i = 0; i < values.Length; i++) values[i] = weights[(i % g.Filters * g.Channels) + (i / g.Filters)];
        return graph.Tensor("weights", DataType.Int8, [g.Channels, g.Filters], values);
    }
}
