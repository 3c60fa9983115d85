using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>An output stage of the plan with what it reads of its node's constants, as a few nodes of the graph.</summary>
internal sealed class OnnxStage
{
    private readonly string node;
    private readonly IOutputStage stage;
    private readonly ElementType output;
    private readonly QuantizedMultiplier[] scales = [];

    /// <summary>That of a node.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="node">The node.</param>
    /// <param name="stage">Its stage.</param>
    /// <param name="reads">What that reads.</param>
    /// <param name="first">The first of the stage's constants.</param>
    public OnnxStage(ModelPlan plan, PlanNode node, IOutputStage stage, StageReads reads, int first)
    {
        (this.node, this.stage, output) = (node.Name, stage, node.Output.Type);
        if ((reads & StageReads.Range) != 0) first++;
        if ((reads & StageReads.Start) != 0) Start = [.. plan[node.Constants[first++]].Int32];
        if ((reads & StageReads.Multipliers) == 0) return;
        var (multipliers, shifts) = (plan[node.Constants[first]].Int32.ToArray(), plan[node.Constants[first + 1]].Int32.ToArray());
        scales = [.. multipliers.Zip(shifts, (multiplier, shift) => new QuantizedMultiplier(multiplier, shift))];
    }

    /// <summary>What is added to each column first, or nothing.</summary>
    public IReadOnlyList<int> Start { get; } = [];

    /// <summary>The scale of each column's, or of all; empty where the stage has none.</summary>
    public IReadOnlyList<QuantizedMultiplier> Scales => scales.Length > 0 ? scales : stage is AffineStage affine ? [affine.Scale] : [];

    /// <summary>The stage.</summary>
    public IOutputStage Stage => stage;

    /// <summary>The bits that a stage drops that shifts; null of another.</summary>
    public static int? DroppedOf(IOutputStage stage) => stage switch
    {
        ShiftStage shift => shift.Dropped,
        ActivationStage activation => activation.Dropped,
        _ => null,
    };

    /// <summary>Whether a greater value never gives less: then a max pool may come before the stage or behind it.</summary>
    public bool IsMonotone =>
        stage is not (ShiftStage { Rounding: Rounding.PseudoStochastic } or ActivationStage { Rounding: Rounding.PseudoStochastic });

    /// <summary>
    /// The bits that a QLinearConv or QLinearMatMul drops that does the same: it takes the sum as a float32, times 2^-bits, to the nearest, ties to
    /// even, and saturates to 8 bits. All of it is exact for sums up to 2^24; null where the stage is another, or sums are greater.
    /// </summary>
    public int? BitsOfQLinear(Int128 sums) => output != ElementType.Int8 || sums > 1 << 24 ? null : stage switch
    {
        ShiftStage { Rounding: Rounding.HalfEven } shift => shift.Dropped,
        ActivationStage { Rounding: Rounding.HalfEven } activation => activation.Dropped,
        _ => null,
    };

    /// <summary>What is stored of 8 bits that saturated to [-128, 127].</summary>
    public OnnxValue Limit(OnnxGraph graph, OnnxValue x)
    {
        var (limit, isPositive) = stage is ShiftStage shift ? (shift.Limit, false) : (((ActivationStage)stage).Limit, true);
        limit = Math.Min(limit, sbyte.MaxValue);
        return graph.Add("Clip", x, graph.Scalar(x.Type, isPositive ? 0 : -limit), graph.Scalar(x.Type, limit));
    }

    /// <summary>What is stored of these values.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">Whole numbers.</param>
    /// <param name="bound">What their magnitude can reach, with what is added to it.</param>
    /// <param name="form">How they lie.</param>
    /// <param name="start">What is added first, instead of the stage's own.</param>
    /// <exception cref="WageException">The stage is somebody's own, or its numbers are beyond what ONNX's integers hold.</exception>
    public OnnxValue Of(OnnxGraph graph, OnnxValue x, Int128 bound, OnnxForm form, IReadOnlyList<long> start)
    {
        var integers = new OnnxIntegers(graph);
        var most = stage is AffineStage ? int.MaxValue : OnnxIntegers.MostShifted;
        if (bound > most)
            throw new WageException(
                $"{node}: its sums can reach {bound}, but ONNX's integers are exact up to {most}.",
                "take fewer terms, smaller weights or smaller shifts.");
        var v = graph.Cast(x, stage is (RawStage or ReluStage) && bound <= int.MaxValue ? DataType.Int32 : DataType.Int64);
        if (start.Count > 0) v = integers.Plus(v, "start", form, start);
        return stage switch
        {
            RawStage => v,
            ReluStage => integers.Greatest(v, graph.Scalar(v.Type, 0)),
            ShiftStage shift => integers.Round(v, bound, shift.Dropped, shift.Rounding, -shift.Limit, shift.Limit),
            ActivationStage activation => integers.Round(v, bound, activation.Dropped, activation.Rounding, 0, activation.Limit),
            AffineStage affine => Affine(integers, v, bound, form, affine),
            _ => throw new WageException(
                $"{node}: ends in {stage.GetType().Name}, a piece of somebody's own, which no ONNX graph is known for.", OnnxNodes.Remedy),
        };
    }

    private OnnxValue Affine(OnnxIntegers integers, OnnxValue v, Int128 bound, OnnxForm form, in AffineStage affine)
    {
        var (low, high) = ((long)affine.Low - affine.ZeroPoint, (long)affine.High - affine.ZeroPoint);
        var scaled = integers.Scale(v, bound, form, scales.Length > 0 ? scales : [affine.Scale], affine.Rounding);
        var limited = integers.Clip(scaled, 0, (int)Math.Max(int.MinValue, low), (int)Math.Min(int.MaxValue, high));
        return integers.Plus(limited, "zero", form, affine.ZeroPoint);
    }
}
