using Wage.Models;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Onnx;

/// <summary>
/// The scale and the zero point of every node's codes. A plan has ratios of scales alone: what has no unit of its own gets that of what it meets in
/// sums and concatenations, and the first of those that meet has 2^-FractionBits, of affine codes 1; a product's weights take what is left.
/// </summary>
internal sealed class OnnxScales
{
    private readonly ModelPlan plan;
    private readonly int[] first, zeros;
    private readonly OnnxScale[] ratios;

    /// <summary>Those of a plan.</summary>
    public OnnxScales(ModelPlan plan)
    {
        var nodes = plan.Nodes;
        (this.plan, first, zeros) = (plan, [.. Enumerable.Range(0, nodes.Length)], new int[nodes.Length]);
        ratios = [.. Enumerable.Repeat(OnnxScale.One, nodes.Length)];
        for (var i = 0; i < nodes.Length; i++)
        {
            zeros[i] = Zero(i);
            foreach (var (input, ratio) in nodes[i].Inputs.Zip(Ratios(nodes[i]))) Meet(input, i, ratio);
        }
    }

    /// <summary>What a step of a node's codes means.</summary>
    public OnnxScale this[int node] => ratios[node].Times(-plan.Nodes[first[node]].Output.FractionBits);

    /// <summary>The code of 0.</summary>
    public int ZeroOf(int node) => zeros[node];

    private int Zero(int i)
    {
        var node = plan.Nodes[i];
        if (node.Output.Type != ElementType.Int8) return 0;
        return node.Operation switch
        {
            ImageOperation => plan.Nodes.Where(one => one.Inputs.Contains(i)).Select(one => one.Operation).OfType<ProductOperation>()
                .Select(product => product.Geometry.Padding.Value).FirstOrDefault(),
            StageOperation { Stage.Value: AffineStage stage } => stage.ZeroPoint,
            ProductOperation { Stage.Value: AffineStage stage } => stage.ZeroPoint,
            AffineSumOperation sum => sum.Function.ZeroPoint,
            ReluOperation or MaxPoolOperation or AveragePoolOperation or ReshapeOperation or ConcatOperation => zeros[node.Inputs[0]],
            _ => 0,
        };
    }

    /// <summary>The scale of each input over that of the node's output, where the node says it.</summary>
    private static OnnxScale[] Ratios(PlanNode node) => node.Operation switch
    {
        StageOperation stage when OnnxStage.DroppedOf(stage.Stage.Value) is { } dropped => [OnnxScale.PowerOfTwo(-dropped)],
        StageOperation { Stage.Value: AffineStage { Scale.Multiplier: > 0 } stage } operation when (operation.Reads & StageReads.Multipliers) == 0 =>
            [OnnxScale.Of(stage.Scale)],
        StageOperation { Stage.Value: RawStage or ReluStage } => [OnnxScale.One],
        SumOperation sum => [OnnxScale.PowerOfTwo(sum.ShiftX), OnnxScale.PowerOfTwo(sum.ShiftY)],
        AffineSumOperation { Function: { Scale.Multiplier: > 0, X.Scale.Multiplier: > 0, Y.Scale.Multiplier: > 0 } sum } =>
            [RatioOf(sum, sum.X), RatioOf(sum, sum.Y)],
        ReluOperation or MaxPoolOperation or AveragePoolOperation or ReshapeOperation or ConcatOperation =>
            [.. Enumerable.Repeat(OnnxScale.One, node.Inputs.Length)],
        _ => [],
    };

    /// <summary>What a step of an operand is of the sum's.</summary>
    public static OnnxScale RatioOf(in AffineSum sum, AffineOperand operand)
    {
        var product = (UInt128)(uint)sum.Scale.Multiplier * (uint)operand.Scale.Multiplier;
        return OnnxScale.Of(product, sum.Scale.Shift + operand.Scale.Shift - 62 + AffineSum.MoreBits);
    }

    /// <summary>Says that scale(a) = ratio * scale(b); what was said before stays, and a contradiction is left to who reads a.</summary>
    private void Meet(int a, int b, OnnxScale ratio)
    {
        var (x, y) = (first[a], first[b]);
        if (x == y) return;
        // scale(y) over scale(x), or the other way: the earlier keeps its own.
        var between = ratios[a].Over(ratio.Times(ratios[b]));
        var (to, from) = x < y ? (x, y) : (y, x);
        if (x > y) between = OnnxScale.One.Over(between);
        for (var i = 0; i < first.Length; i++)
            if (first[i] == from) (first[i], ratios[i]) = (to, ratios[i].Times(between));
    }
}
