using Wage.Backends;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>
/// The nodes of a plan as operators of floats between quantizers: a tensor of the plan is (code - zero) scale. The other place, beside
/// <see cref="OnnxNodes"/>, that knows which operations there are.
/// </summary>
internal sealed class OnnxFloatNodes(ModelPlan plan, OnnxGraph graph, OnnxQuantizer quantizer)
{
    /// <summary>What a refusal of these forms ends with.</summary>
    public const string Remedy = "the format onnx keeps integers and says it.";

    private readonly OnnxScales scales = new(plan);
    private readonly List<OnnxSignal> signals = [];
    private readonly List<OnnxDifference> differences = [];

    /// <summary>The nodes that are not exact.</summary>
    public IReadOnlyList<OnnxDifference> Differences => differences;

    /// <summary>What the image's codes are times.</summary>
    public OnnxScale ImageScale => scales[0];

    /// <summary>The code of the image's 0.</summary>
    public int ImageZero => scales.ZeroOf(0);

    /// <summary>What the scores are times.</summary>
    public OnnxScale ScoreScale => scales[plan.Nodes.Length - 1];

    /// <summary>The code of the scores' 0.</summary>
    public int ScoreZero => scales.ZeroOf(plan.Nodes.Length - 1);

    /// <summary>The scores, [N,classes].</summary>
    /// <param name="image">[N,C,H,W], floats.</param>
    /// <exception cref="WageException">A node does what these operators do not say.</exception>
    public OnnxValue Add(OnnxValue image)
    {
        for (var i = 0; i < plan.Nodes.Length; i++)
        {
            var node = plan.Nodes[i];
            graph.Scope = node.Name;
            signals.Add(Of(i, node, [.. node.Inputs.Select(input => signals[input])], image));
        }

        graph.Scope = "scores";
        return signals[^1].As(OnnxForm.Rows(plan.Classes), DataType.Float);
    }

    private OnnxSignal Of(int i, PlanNode node, OnnxSignal[] inputs, OnnxValue image) => node.Operation switch
    {
        ImageOperation => New(node, quantizer.Codes(image, scales[i], scales.ZeroOf(i), sbyte.MinValue, sbyte.MaxValue)),
        ProductOperation product => Product(i, node, product, inputs[0]),
        StageOperation stage => Stage(i, node, stage, inputs[0]),
        ReluOperation => New(node, Relu(i, Read(node, inputs[0]))),
        MaxPoolOperation pool => MaxPool(node, inputs[0], pool.Geometry),
        AveragePoolOperation pool => Mean(i, node, inputs[0], pool),
        SumOperation sum => Sum(i, node, inputs, [OnnxScale.PowerOfTwo(sum.ShiftX), OnnxScale.PowerOfTwo(sum.ShiftY)], [0, 0]),
        AffineSumOperation sum => AffineSum(i, node, inputs, sum.Function),
        ConcatOperation => Concat(i, node, inputs),
        ReshapeOperation => inputs[0],
        LookupOperation => throw new WageException($"{node.Name}: is a table, which no quantizer of evenly spaced codes says.", Remedy),
        _ => throw new WageException(
            $"{node.Name}: a {node.Operation.GetType().Name} is a piece of somebody's own, which no ONNX graph is known for.",
            OnnxNodes.Remedy),
    };

    private OnnxSignal New(PlanNode node, OnnxValue value) => new(graph, OnnxForm.Of(node.Output.Shape), value, node.Output.Bound);

    private static OnnxValue Read(PlanNode node, OnnxSignal x) => x.As(OnnxForm.Of(node.Output.Shape), DataType.Float);

    private OnnxSignal Product(int i, PlanNode node, ProductOperation operation, OnnxSignal x)
    {
        var input = node.Inputs[0];
        var product = new OnnxFloatProduct(graph, quantizer, plan, node, operation, scales[input], scales.ZeroOf(input), scales[i]);
        var sums = product.Of(x);
        if (operation.Stage is not { } stage)
        {
            Differ(node, product.Exactness, null, sums.Scale);
            return new OnnxSignal(graph, product.Form, sums.Value, node.Output.Bound);
        }

        var ended = new OnnxSignal(graph, product.Form, End(i, node, stage.Value, sums.Value, product.Exactness), node.Output.Bound);
        return operation.Pool is { } pool ? MaxPool(node, ended, pool) : ended;
    }

    private OnnxSignal Stage(int i, PlanNode node, StageOperation operation, OnnxSignal x)
    {
        var stage = new OnnxStage(plan, node, operation.Stage.Value, operation.Reads, 0);
        var (input, form) = (node.Inputs[0], OnnxForm.Of(node.Output.Shape));
        var exactness = new OnnxExactness(stage, x.Bound, 0) { IsScaled = !scales[input].IsPowerOfTwo };
        OnnxScale[] ratios = [.. exactness.Scales.Select(scale => scale.Times(scales[i]).Over(scales[input]))];
        long[] start = [.. (stage.Start.Count == 0 ? [0] : stage.Start).Select(b => b + (long)scales.ZeroOf(input))];
        var moved = Scaled(x.As(form, DataType.Float), form, ratios, start, [.. exactness.Scales.Select(scale => scale.Times(scales[i]))]);
        return New(node, End(i, node, stage.Stage, moved, exactness));
    }

    /// <summary>x ratio + add unit, each for a column or for all.</summary>
    private OnnxValue Scaled(OnnxValue x, OnnxForm form, OnnxScale[] ratios, long[] add, OnnxScale[] units)
    {
        if (!ratios.All(ratio => ratio.IsNearlyOne)) x = graph.Add("Mul", x, Columns("ratio", form, ratios, [1]));
        return add.All(a => a == 0) ? x : graph.Add("Add", x, Columns("start", form, units, add));
    }

    private OnnxValue Columns(string name, OnnxForm form, OnnxScale[] scale, long[] times)
    {
        if (scale.Length == 1 && times.Length == 1) return graph.Single(scale[0], times[0]);
        var (columns, length) = (Math.Max(scale.Length, times.Length), form.IsPlanes ? form.Channels : form.Length);
        var values = Enumerable.Range(0, length).Select(c => (scale[c % columns % scale.Length], times[c % columns % times.Length]));
        return graph.Singles(name, form.IsPlanes ? [length, 1, 1] : [length], values);
    }

    /// <summary>What a stage stores of values in the unit of its node's output.</summary>
    private OnnxValue End(int i, PlanNode node, IOutputStage stage, OnnxValue x, OnnxExactness exactness)
    {
        var (scale, rounding) = (scales[i], (stage as ShiftStage?)?.Rounding ?? (stage as ActivationStage?)?.Rounding);
        if (rounding is not (null or Rounding.HalfEven or Rounding.HalfAway))
            throw new WageException($"{node.Name}: rounds {rounding}, but quantizers of ONNX round to the nearest.", Remedy);
        Differ(node, exactness, stage, scale);
        return stage switch
        {
            RawStage => x,
            ReluStage => graph.Add("Relu", x),
            ShiftStage shift => Codes(node, x, scale, 0, -shift.Limit, shift.Limit),
            ActivationStage activation => Codes(node, x, scale, 0, 0, activation.Limit),
            AffineStage affine when node.Output.Type == ElementType.Int8 => Codes(node, x, scale, affine.ZeroPoint, affine.Low, affine.High),
            AffineStage { Low: int.MinValue, High: int.MaxValue, ZeroPoint: 0 } => x,
            AffineStage wide => throw new WageException(
                $"{node.Name}: ends in numbers from {wide.Low} to {wide.High}, of {node.Output.Type}, which quantizers of 8 bits do not say.",
                Remedy),
            _ => throw new WageException(
                $"{node.Name}: ends in {stage.GetType().Name}, a piece of somebody's own, which no ONNX graph is known for.", OnnxNodes.Remedy),
        };
    }

    private OnnxValue Codes(PlanNode node, OnnxValue x, OnnxScale scale, int zero, int low, int high)
    {
        if (high > sbyte.MaxValue || low < sbyte.MinValue)
            throw new WageException(
                $"{node.Name}: its codes are from {low} to {high}, but quantizers of opset {OnnxFile.Opset} have 8 bits.", Remedy);
        return quantizer.Codes(x, scale, zero, low, high);
    }

    private OnnxValue Relu(int i, OnnxValue x) => scales.ZeroOf(i) == 0
        ? graph.Add("Relu", x) : graph.Add("Max", x, graph.Single(scales[i], -(long)scales.ZeroOf(i)));

    private OnnxSignal MaxPool(PlanNode node, OnnxSignal x, in PoolGeometry g) => new(
        graph, OnnxPools.Output(g), graph.Add("MaxPool", DataType.Float, [x.As(OnnxPools.Input(g), DataType.Float)], OnnxPools.Attributes(g)),
        node.Output.Bound);

    /// <summary>A mean rounded to a step again: of 8 bits by a quantizer, of sums by Round.</summary>
    private OnnxSignal Mean(int i, PlanNode node, OnnxSignal x, AveragePoolOperation operation)
    {
        var (g, scale) = (operation.Geometry, scales[i]);
        var input = x.As(OnnxPools.Input(g), DataType.Float);
        var mean = (g.WindowHeight, g.WindowWidth) == (g.Height, g.Width)
            ? graph.Add("GlobalAveragePool", input) : graph.Add("AveragePool", DataType.Float, [input], OnnxPools.Attributes(g));
        if (DifferenceOf(node.Name, x.Bound + Math.Abs(scales.ZeroOf(i)), g.Window, operation.Rounding, scales.ZeroOf(i)) is { } difference)
            differences.Add(difference);
        var rounded = node.Output.Type == ElementType.Int8
            ? quantizer.Codes(mean, scale, scales.ZeroOf(i), sbyte.MinValue, sbyte.MaxValue)
            : graph.Add("Mul", graph.Add("Round", graph.Add("Mul", mean, graph.Single(OnnxScale.One.Over(scale)))), graph.Single(scale));
        return new OnnxSignal(graph, OnnxPools.Output(g), rounded, x.Bound);
    }

    /// <summary>
    /// A mean of n = 2^k whole numbers whose sum reaches 2^24 at most is exact, and its ties go to the even code where the zero point is even. One of
    /// odd n has no ties, and is off by (n + 8) u bound at most: where that is less than 1 / 2n it is moved over none.
    /// </summary>
    private static OnnxDifference? DifferenceOf(string node, Int128 bound, int n, Rounding rounding, int zero)
    {
        const int MantissaBits = 24, FewMore = 8;
        var error = bound * (n + FewMore);
        var isExact = int.IsOddInteger(n) ? error * 2 * n < 1 << MantissaBits
            : int.IsPow2(n) && bound * n <= 1 << MantissaBits && rounding == Rounding.HalfEven && int.IsEvenInteger(zero);
        return isExact ? null : new OnnxDifference(node, 1 + (long)(error >> MantissaBits), "a mean of floats");
    }

    /// <summary>The sum of inputs, each of which a step is ratio of the output's, less a code of its own.</summary>
    private OnnxSignal Sum(int i, PlanNode node, OnnxSignal[] inputs, OnnxScale[] ratios, int[] zeros)
    {
        var form = OnnxForm.Of(node.Output.Shape);
        OnnxValue[] terms = [.. inputs.Select((x, k) =>
        {
            var (input, step) = (node.Inputs[k], ratios[k].Times(scales[i]));
            return Scaled(x.As(form, DataType.Float), form, [step.Over(scales[input])], [(long)scales.ZeroOf(input) - zeros[k]], [step]);
        })];
        if (node.Operation is SumOperation) Differ(node, OnnxExactness.Of(node.Output.Bound), null, scales[i]);
        return New(node, graph.Add("Add", terms));
    }

    private OnnxSignal AffineSum(int i, PlanNode node, OnnxSignal[] inputs, in AffineSum f)
    {
        if (f.Scale.Multiplier == 0 || f.X.Scale.Multiplier == 0 || f.Y.Scale.Multiplier == 0)
            throw new WageException($"{node.Name}: a scale is 0.", Remedy);
        OnnxScale[] ratios = [OnnxScales.RatioOf(f, f.X), OnnxScales.RatioOf(f, f.Y)];
        var sum = Sum(i, node, inputs, ratios, [f.X.ZeroPoint, f.Y.ZeroPoint]);
        differences.Add(OnnxExactness.Of(node.Name, f, ratios));
        return New(node, quantizer.Codes(sum.As(OnnxForm.Of(node.Output.Shape), DataType.Float), scales[i], f.ZeroPoint, f.Low, f.High));
    }

    private OnnxSignal Concat(int i, PlanNode node, OnnxSignal[] inputs)
    {
        var (form, shape) = (OnnxForm.Of(node.Output.Shape), node.Output.Shape);
        OnnxValue[] parts = [.. inputs.Select((x, k) =>
        {
            var input = node.Inputs[k];
            var columns = plan.Nodes[input].Output.Shape is var s ? s[s.Rank - 1] : 0;
            var own = form.IsPlanes ? form with { Channels = columns } : OnnxForm.Rows(form.Width * columns);
            var part = Scaled(
                x.As(own, DataType.Float), own, [scales[i].Over(scales[input])], [(long)scales.ZeroOf(input) - scales.ZeroOf(i)], [scales[i]]);
            return form.IsPlanes || form.Width == 1 ? part : graph.Add("Reshape", part, graph.Row("shape", -1, columns));
        })];
        var all = graph.Add("Concat", DataType.Float, parts, OnnxGraph.Whole("axis", 1));
        return New(node, form.IsPlanes || form.Width == 1 ? all : graph.Add("Reshape", all, graph.Row("shape", -1, shape.Stride)));
    }

    private void Differ(PlanNode node, OnnxExactness exactness, IOutputStage? stage, OnnxScale scale)
    {
        if (exactness.Of(node.Name, stage, scale) is { } difference) differences.Add(difference);
    }
}
