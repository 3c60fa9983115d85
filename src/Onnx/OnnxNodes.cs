using Wage.Models;
using Wage.Quantization;
using Wage.Tensors;
using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>The nodes of a plan as nodes of a graph: the one place that knows which operations there are.</summary>
internal sealed class OnnxNodes(ModelPlan plan, OnnxGraph graph)
{
    /// <summary>What the refusal of somebody's own piece ends with.</summary>
    public const string Remedy = "make the model of the library's layers and quantizers.";

    private readonly List<OnnxSignal> signals = [];
    private readonly OnnxIntegers integers = new(graph);

    /// <summary>The scores, [N,classes], Int32, or Int64 where the plan's are.</summary>
    /// <param name="pixels">[N,H,W,C], bytes.</param>
    /// <exception cref="WageException">A node does what no graph is known for.</exception>
    public OnnxValue Add(OnnxValue pixels)
    {
        foreach (var node in plan.Nodes)
        {
            graph.Scope = node.Name;
            signals.Add(Of(node, [.. node.Inputs.Select(input => signals[input])], pixels));
        }

        graph.Scope = "scores";
        return signals[^1].As(OnnxForm.Rows(plan.Classes), plan.Scores.Type == ElementType.Int64 ? DataType.Int64 : DataType.Int32);
    }

    private OnnxSignal Of(PlanNode node, OnnxSignal[] inputs, OnnxValue pixels) => node.Operation switch
    {
        ImageOperation => Image(node, pixels),
        ProductOperation product => new OnnxProduct(graph, plan, node, product).Of(inputs[0], product.Pool),
        StageOperation stage => Stage(node, stage, inputs[0]),
        LookupOperation lookup => Lookup(node, lookup, inputs[0]),
        ReluOperation => Relu(node, inputs[0]),
        MaxPoolOperation pool => new OnnxPools(graph).Max(inputs[0], pool.Geometry, node.Output.Type == ElementType.Int8),
        AveragePoolOperation pool => new OnnxPools(graph).Mean(node.Name, inputs[0], pool.Geometry, pool.Rounding),
        SumOperation sum => Sum(node, sum, inputs),
        AffineSumOperation sum => AffineSum(node, sum.Function, inputs),
        ConcatOperation => Concat(node, inputs),
        ReshapeOperation => Same(node, inputs[0]),
        _ => throw new WageException(
            $"{node.Name}: a {node.Operation.GetType().Name} is a piece of somebody's own, which no ONNX graph is known for.", Remedy),
    };

    private static DataType TypeOf(PlanNode node) => node.Output.Type switch
    {
        ElementType.Int8 => DataType.Int8,
        ElementType.Int64 => DataType.Int64,
        _ => DataType.Int32,
    };

    private OnnxSignal New(PlanNode node, OnnxValue value) => new(graph, OnnxForm.Of(node.Output.Shape), value, node.Output.Bound);

    private OnnxSignal Same(PlanNode node, OnnxSignal x) => New(node, x.As(OnnxForm.Of(node.Output.Shape), TypeOf(node)));

    /// <summary>A^0 of each pixel: a table. Where it is the pixel less 128, the pixel itself is the value with 128 added.</summary>
    private OnnxSignal Image(PlanNode node, OnnxValue pixels)
    {
        var bytes = new OnnxSignal(graph, OnnxForm.Of(node.Output.Shape) with { IsPlanes = false }, pixels, byte.MaxValue);
        var (form, table) = (OnnxForm.Of(node.Output.Shape), plan.Pixels.ToArray());
        var planes = bytes.As(form, DataType.Uint8);
        var index = graph.Cast(planes, DataType.Int32);
        var image = New(node, Gather(index, "pixels", DataType.Int8, [.. table.Select(value => (long)value)]));
        var isShifted = table.Index().All(pixel => pixel.Item == pixel.Index - OnnxSignal.Offset);
        image.Know(isShifted ? planes : Gather(index, "pixels", DataType.Uint8, [.. table.Select(value => (long)value + OnnxSignal.Offset)]));
        return image;
    }

    private OnnxSignal Stage(PlanNode node, StageOperation operation, OnnxSignal x)
    {
        var stage = new OnnxStage(plan, node, operation.Stage.Value, operation.Reads, 0);
        var form = OnnxForm.Of(node.Output.Shape);
        long[] start = [.. stage.Start.Select(b => (long)b)];
        var bound = x.Bound + (start.Length == 0 ? 0 : start.Max(Math.Abs));
        return New(node, stage.Of(graph, x.As(form, bound <= int.MaxValue ? DataType.Int32 : DataType.Int64), bound, form, start));
    }

    private OnnxSignal Lookup(PlanNode node, LookupOperation lookup, OnnxSignal x)
    {
        var table = plan[node.Constants[0]];
        var entries = table.Shape.Length;
        var at = integers.Plus(x.As(OnnxForm.Of(node.Output.Shape), DataType.Int64), "least", default, -(long)lookup.Least);
        return New(node, Gather(integers.Clip(at, x.Bound + Math.Abs((long)lookup.Least), 0, entries - 1), "table", TypeOf(node), Values(table)));
    }

    private OnnxSignal Relu(PlanNode node, OnnxSignal x)
    {
        var value = x.As(OnnxForm.Of(node.Output.Shape), TypeOf(node));
        var zero = graph.Scalar(value.Type, 0);
        return New(node, value.Type == DataType.Int8 ? graph.Add("Clip", value, zero) : integers.Greatest(value, zero));
    }

    private OnnxSignal Sum(PlanNode node, SumOperation sum, OnnxSignal[] inputs)
    {
        const int MostShift = 30;
        var type = TypeOf(node) == DataType.Int64 || Math.Max(sum.ShiftX, sum.ShiftY) > MostShift ? DataType.Int64 : DataType.Int32;
        OnnxValue[] terms = [.. inputs.Zip([sum.ShiftX, sum.ShiftY], (x, shift) =>
        {
            var value = x.As(OnnxForm.Of(node.Output.Shape), type);
            return shift == 0 ? value : graph.Add("Mul", value, graph.Scalar(type, 1L << shift));
        })];
        return New(node, graph.Add("Add", terms));
    }

    private OnnxSignal AffineSum(PlanNode node, in AffineSum sum, OnnxSignal[] inputs)
    {
        var (form, f) = (OnnxForm.Of(node.Output.Shape), sum);
        OnnxValue[] terms = [.. inputs.Zip([f.X, f.Y], (x, of) =>
        {
            var (bound, unit) = (x.Bound + Math.Abs(of.ZeroPoint), 1L << Quantization.AffineSum.MoreBits);
            var raised = graph.Add("Mul", integers.Plus(x.As(form, DataType.Int64), "zero", form, -of.ZeroPoint), graph.Scalar(DataType.Int64, unit));
            return integers.Scale(raised, bound * unit, form, [of.Scale], f.Rounding);
        })];
        // Each is scaled by less than 1.
        var reach = inputs.Zip([f.X, f.Y], (x, of) => ((x.Bound + Math.Abs(of.ZeroPoint)) << Quantization.AffineSum.MoreBits) + 1);
        var total = integers.Scale(graph.Add("Add", terms), reach.Aggregate((a, b) => a + b), form, [f.Scale], f.Rounding);
        return New(node, integers.Plus(integers.Clip(total, 0, f.Low - f.ZeroPoint, f.High - f.ZeroPoint), "zero", form, f.ZeroPoint));
    }

    /// <summary>Columns side by side: planes of images, or the ends of rows.</summary>
    private OnnxSignal Concat(PlanNode node, OnnxSignal[] inputs)
    {
        var (form, shape) = (OnnxForm.Of(node.Output.Shape), node.Output.Shape);
        OnnxValue[] parts = [.. node.Inputs.Zip(inputs, (input, x) =>
        {
            var columns = plan.Nodes[input].Output.Shape is var s ? s[s.Rank - 1] : 0;
            if (form.IsPlanes) return x.As(form with { Channels = columns }, TypeOf(node));
            var rows = x.As(OnnxForm.Rows(form.Width * columns), TypeOf(node));
            return form.Width == 1 ? rows : graph.Add("Reshape", rows, graph.Row("shape", -1, columns));
        })];
        var all = graph.Add("Concat", TypeOf(node), parts, OnnxGraph.Whole("axis", 1));
        return New(node, form.IsPlanes || form.Width == 1 ? all : graph.Add("Reshape", all, graph.Row("shape", -1, shape.Stride)));
    }

    private OnnxValue Gather(OnnxValue index, string name, DataType type, ReadOnlySpan<long> table) =>
        graph.Add("Gather", type, [graph.Tensor(name, type, [table.Length], table), index], OnnxGraph.Whole("axis", 0));

    private static long[] Values(PlanTensor table)
    {
        var bytes = HostTensor.Create(table.Type, table.Shape);
        table.Unpack().CopyTo(bytes.Bytes);
        return [.. Enumerable.Range(0, bytes.Length).Select(i => bytes[i])];
    }
}
