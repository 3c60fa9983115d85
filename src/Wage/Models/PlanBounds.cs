using Wage.Layers;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>
/// What a node of a file claims of its output, proved: from its operation, its constants and what its inputs claim, which was proved before. Nothing
/// then leaves its type.
/// </summary>
internal static class PlanBounds
{
    /// <summary>Refuses a claim that does not hold.</summary>
    /// <param name="node">The node.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="constants">Its constants.</param>
    /// <exception cref="FormatException">Its bound is less than what it can reach, or more than its type holds.</exception>
    public static void Require(PlanNode node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<HostTensor> constants)
    {
        var (type, bound) = (node.Output.Type, node.Output.Bound);
        if (type is not (ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64))
            throw new FormatException($"{node.Name}: its output is {type}");
        // -2^7 is a code of 8 bits, and its negative is none: only what keeps codes as they are, or clamps to them, reaches it; a sum may reach 2^7.
        var isKept = node.Operation is not SumOperation
            && (inputs.Count == 0 || inputs.All(input => input.Type == type) || EndOf(node.Operation) is AffineStage);
        var held = (Int128)type.Maximum() + (isKept ? 1 : 0);
        var reached = Reached(node, inputs, constants);
        if (reached > bound || bound > held)
            throw new FormatException($"{node.Name}: claims a bound of {bound}, but reaches {reached}, and {type} holds {held}");
    }

    private static Int128 Reached(PlanNode node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<HostTensor> constants) => node.Operation switch
    {
        ImageOperation => 0,
        LookupOperation => Greatest(constants[0]),
        SumOperation sum => ((Int128)inputs[0].Bound << sum.ShiftX) + ((Int128)inputs[1].Bound << sum.ShiftY),
        AffineSumOperation { Function: var f } => Math.Max(Math.Abs(f.Low), Math.Abs(f.High)),
        StageOperation stage => OfStage(
            node, stage.Stage.Value, Sums(node, inputs[0].Bound, stage.Reads, constants, 0), stage.Reads, constants, 0),
        ProductOperation { Stage: null } product => product.Reach(inputs[0].Bound, constants),
        ProductOperation { Stage: { } stage } product => OfStage(
            node, stage.Value, product.Reach(inputs[0].Bound, constants), product.Reads, constants, 1),
        _ => inputs.Max(input => input.Bound),
    };

    /// <summary>What is stored of sums.</summary>
    private static Int128 OfStage(
        PlanNode node, IOutputStage stage, Int128 sums, StageReads reads, IReadOnlyList<HostTensor> constants, int first)
    {
        switch (stage)
        {
            case ShiftStage shift: return Int128.Min(shift.Limit, Dropped(sums, shift.Dropped));
            case ActivationStage activation: return Int128.Min(activation.Limit, Dropped(sums, activation.Dropped));
            case AffineStage affine:
                var type = node.Output.Type;
                var (least, most) = (-type.Maximum() - 1, type.Maximum());
                if (affine.Low < least || affine.High > most || affine.ZeroPoint < least || affine.ZeroPoint > most)
                    throw new FormatException($"{node.Name}: {affine} has codes that {type} does not hold");
                var up = RequireScales(node, reads, constants, first, affine.Scale.Shift);
                var scaled = (sums << Math.Max(up, 0)) + 1 + Math.Abs((long)affine.ZeroPoint);
                return Int128.Min(Int128.Min(scaled, most), Math.Max(Math.Abs((long)affine.Low), Math.Abs((long)affine.High)));
            default: return sums;
        }
    }

    /// <summary>Multipliers and shifts that are defined; the greatest shift.</summary>
    private static int RequireScales(PlanNode node, StageReads reads, IReadOnlyList<HostTensor> constants, int first, int shift)
    {
        if ((reads & StageReads.Shifts) == 0) return shift;
        var (multipliers, shifts) = (constants[^2], constants[^1]);
        for (var c = 0; c < shifts.Length; c++)
        {
            if (!new QuantizedMultiplier((int)multipliers[c], (int)shifts[c]).IsValid)
                throw new FormatException($"{node.Name}: column {c} has the multiplier {multipliers[c]} and the shift {shifts[c]}");
            shift = c == 0 ? (int)shifts[c] : Math.Max(shift, (int)shifts[c]);
        }

        return shift;
    }

    /// <summary>The input of a stage alone, with its start, which must fit 32 bits.</summary>
    private static Int128 Sums(PlanNode node, long input, StageReads reads, IReadOnlyList<HostTensor> constants, int first)
    {
        if ((reads & StageReads.Start) == 0) return input;
        var sums = input + Greatest(constants[(reads & StageReads.Range) == 0 ? first : first + 1]);
        return sums <= int.MaxValue ? sums : throw new FormatException($"{node.Name}: its start brings {sums}, which 32 bits do not hold");
    }

    private static Int128 Dropped(Int128 sums, int bits) => bits > 0 ? (sums >> bits) + 1 : sums << -bits;

    private static Int128 Greatest(HostTensor tensor)
    {
        Int128 most = 0;
        for (var i = 0; i < tensor.Length; i++) most = Int128.Max(most, Int128.Abs(tensor[i]));
        return most;
    }

    private static IOutputStage? EndOf(PlanOperation operation) => operation switch
    {
        StageOperation stage => stage.Stage.Value,
        ProductOperation product => product.Stage?.Value,
        _ => null,
    };
}
