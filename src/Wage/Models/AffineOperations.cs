using Wage.Backends;
using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>The sum of two tensors of codes, each with a grid of its own: where a branch and its shortcut meet.</summary>
/// <param name="Function">The grids of both and of the sum.</param>
public sealed record AffineSumOperation(AffineSum Function) : PlanOperation
{
    /// <inheritdoc/>
    public override PlanReuse Reuse => PlanReuse.Overwrite;

    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        PlanCheck.Reads(node, inputs, 2, constants, 0);
        foreach (var input in inputs) PlanCheck.Length(node, "input", input.Shape, output.Shape.Length);
        foreach (var (what, type) in new[] { ("input", inputs[0].Type), ("input", inputs[1].Type), ("output", output.Type) })
            PlanCheck.Type(node, what, type, ElementType.Int8);
        if (Function.FitsInt32) return;
        throw new ArgumentException($"{node}: has no scale, a scale above 1, or a code of more than 8 bits: {Function}", nameof(node));
    }

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) => backend.Combine(t.Inputs[0], t.Inputs[1], Function, t.Output);
}

/// <summary>
/// Its inputs side by side in the innermost extent: channels of images. All have one unit, of affine codes one grid, so nothing is rescaled.
/// </summary>
public sealed record ConcatOperation : PlanOperation
{
    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        var shape = output.Shape;
        var (last, columns) = (shape.Rank - 1, 0);
        if (inputs.Count == 0) PlanCheck.Reads(node, inputs, 1);
        foreach (var input in inputs)
        {
            PlanCheck.Type(node, "input", input.Type, output.Type);
            PlanCheck.Bound(node, input.Bound, output);
            if (input.FractionBits != output.FractionBits)
                throw new ArgumentException($"{node}: its inputs have units of {input.FractionBits} and {output.FractionBits} bits", nameof(inputs));
            columns += input.Shape[input.Shape.Rank - 1];
            PlanCheck.Length(node, "input", input.Shape, (long)shape.Length / shape[last] * input.Shape[input.Shape.Rank - 1]);
        }

        if (columns == shape[last]) return;
        throw new ArgumentException($"{node}: its inputs have {columns} columns, but its output is {shape}", nameof(inputs));
    }

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t)
    {
        var first = 0;
        foreach (var input in t.Inputs)
        {
            backend.CopyColumns(input, t.Output, first);
            first += input.Shape[input.Shape.Rank - 1];
        }
    }
}
