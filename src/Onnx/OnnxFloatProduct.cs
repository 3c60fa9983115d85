using Onnx;
using Wage.Backends;
using Wage.Models;
using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>
/// A product of the plan as a Conv, MatMul or Gemm of floats. Weights take the ratio of its sums' unit to the output's, so that what comes out is in
/// the output's unit, and the input's zero point leaves the bias: sum (x - Z) w + (start + Z sum w).
/// </summary>
internal sealed class OnnxFloatProduct
{
    private readonly OnnxGraph graph;
    private readonly OnnxQuantizer quantizer;
    private readonly ConvGeometry g;
    private readonly OnnxScale input;
    private readonly int zero;
    private readonly sbyte[] weights;
    private readonly long[] bias;
    private readonly OnnxScale[] scales;
    private readonly int shift;

    /// <summary>That of a node.</summary>
    public OnnxFloatProduct(
        OnnxGraph graph, OnnxQuantizer quantizer, ModelPlan plan, PlanNode node, ProductOperation product, OnnxScale input, int zero,
        OnnxScale output)
    {
        (this.graph, this.quantizer, this.input, this.zero, g) = (graph, quantizer, input, zero, product.Geometry with { Batch = 1 });
        weights = plan[node.Constants[0]].UnpackInt8();
        var stage = product.Stage is { } end ? new OnnxStage(plan, node, end.Value, product.Reads, 1) : null;
        bias = new long[g.Filters];
        var reached = Enumerable.Range(0, g.Filters).Select(f =>
        {
            var filter = weights.AsSpan(f * g.FanIn, g.FanIn);
            var (sum, magnitude) = (0L, 0L);
            foreach (var w in filter) (sum, magnitude) = (sum + w, magnitude + Math.Abs((int)w));
            bias[f] = (stage is { Start.Count: > 0 } ? stage.Start[f] : 0) + (zero * sum);
            return (magnitude * (MostOf(plan, node) + Math.Abs(zero))) + Math.Abs(bias[f]);
        }).ToArray();
        Exactness = new OnnxExactness(stage, reached, g.FanIn);
        for (var f = 0; f < g.Filters; f++)
        {
            // A filter whose scale is 0 gives 0.
            if (stage is null || stage.Scales.Count == 0 || stage.Scales[f % stage.Scales.Count].Multiplier != 0) continue;
            Array.Clear(weights, f * g.FanIn, g.FanIn);
            bias[f] = 0;
        }

        // A unit of weights and biases that is a power of two leaves the codes: ternary ones are -1, 0 and 1.
        var bits = weights.Aggregate(0L, (all, w) => all | (long)w) | bias.Aggregate(0L, (all, b) => all | b);
        shift = bits == 0 ? 0 : (int)Math.Min(7, long.TrailingZeroCount(bits));
        Exactness = Exactness with { Shift = shift, IsScaled = !input.IsPowerOfTwo };
        scales = [.. Exactness.Scales.Select(scale => scale.Times(output).Over(input).Times(shift))];
        if (bias.Any(b => Math.Abs(b >> shift) > int.MaxValue))
            throw new WageException($"{node.Name}: with its zero points its biases leave 32 bits.", OnnxFloatNodes.Remedy);
    }

    /// <summary>How the outputs lie.</summary>
    public OnnxForm Form => g.IsMatrix ? OnnxForm.Rows(g.Filters) : OnnxForm.Planes(g.OutputHeight, g.OutputWidth, g.Filters);

    /// <summary>How near the sums come to the plan's.</summary>
    public OnnxExactness Exactness { get; }

    /// <summary>The sums in the unit of the output.</summary>
    public (OnnxValue Value, OnnxScale Scale) Of(OnnxSignal x)
    {
        long[] codes = [.. bias.Select(b => b >> shift)];
        var hasBias = codes.Any(b => b != 0);
        OnnxValue? added = hasBias ? quantizer.Bias(codes, [.. scales.Select(scale => scale.Times(input))]) : null;
        if (g.IsMatrix) return (quantizer.Matrix(Row(x), quantizer.Weights([g.Channels, g.Filters], Matrix(x.Form), scales, 1), added), scales[0]);
        int[] shape = [g.Filters, g.GroupChannels, g.KernelHeight, g.KernelWidth];
        var image = Image(x, out var pads);
        var filters = quantizer.Weights(shape, Filters(), scales, 0);
        var conv = graph.Add("Conv", DataType.Float, added is { } b ? [image, filters, b] : [image, filters], Attributes(pads));
        return (conv, scales[0]);
    }

    private static long MostOf(ModelPlan plan, PlanNode node)
    {
        var padding = ((ProductOperation)node.Operation).Geometry.Padding;
        return Math.Max(plan.Nodes[node.Inputs[0]].Output.Bound, Math.Abs((long)padding.Value));
    }

    /// <summary>Planes as they lie, and a matrix whose rows lie so; anything else as the plan has it.</summary>
    private OnnxValue Row(OnnxSignal x) => x.Form.IsPlanes
        ? quantizer.Rows(x.As(x.Form, DataType.Float), g.Channels) : x.As(OnnxForm.Rows(g.Channels), DataType.Float);

    /// <summary>[C,F], C in the order in which the input lies.</summary>
    private long[] Matrix(OnnxForm form)
    {
        var (values, pixels) = (new long[weights.Length], form.IsPlanes ? form.Height * form.Width : 1);
        var channels = form.IsPlanes ? form.Channels : g.Channels;
        for (var i = 0; i < values.Length; i++)
        {
            var (f, k) = (i % g.Filters, i / g.Filters);
            var c = form.IsPlanes ? (k % pixels * channels) + (k / pixels) : k;
            values[i] = weights[(f * g.Channels) + c] >> shift;
        }

        return values;
    }

    /// <summary>[F,C/G,KH,KW].</summary>
    private long[] Filters()
    {
        var taps = g.KernelHeight * g.KernelWidth;
        var values = new long[weights.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (tap, c, f) = (i % taps, i / taps % g.GroupChannels, i / g.FanIn);
            values[i] = weights[(f * g.FanIn) + (tap * g.GroupChannels) + c] >> shift;
        }

        return values;
    }

    /// <summary>The image; where the code around it is not the input's 0, with that around it.</summary>
    private OnnxValue Image(OnnxSignal x, out Padding pads)
    {
        var image = x.As(OnnxForm.Planes(g.Height, g.Width, g.Channels), DataType.Float);
        pads = g.Padding with { Value = 0 };
        if (pads == Padding.None || g.Padding.Value == zero) return image;
        var around = graph.Row("around", 0, 0, pads.Top, pads.Left, 0, 0, pads.Bottom, pads.Right);
        pads = Padding.None;
        return graph.Add("Pad", image, around, graph.Single(input, (long)g.Padding.Value - zero));
    }

    private AttributeProto[] Attributes(Padding pads) =>
    [
        OnnxGraph.List("kernel_shape", g.KernelHeight, g.KernelWidth), OnnxGraph.List("strides", g.Stride, g.Stride),
        OnnxGraph.List("pads", pads.Top, pads.Left, pads.Bottom, pads.Right), OnnxGraph.Whole("group", g.Groups),
    ];
}
