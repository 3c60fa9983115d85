using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>The image: A^0 of the pixels, which whoever runs the plan loads.</summary>
public sealed record ImageOperation : PlanOperation
{
    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        PlanCheck.Reads(node, inputs, 0, constants, 0);
    }

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t)
    {
    }
}

/// <summary>A quantizer: its stage over a tensor. The constants are what the stage reads.</summary>
/// <param name="Stage">The stage of an evaluation.</param>
/// <param name="Reads">What it reads besides its input.</param>
public sealed record StageOperation(FusedStage Stage, StageReads Reads = StageReads.None) : PlanOperation
{
    /// <inheritdoc/>
    public override PlanReuse Reuse => PlanReuse.Overwrite;

    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        PlanCheck.Reads(node, inputs, 1);
        PlanCheck.Length(node, "input", inputs[0].Shape, output.Shape.Length);
        PlanCheck.Columns(node, Reads, constants, 0, output.Shape[output.Shape.Rank - 1]);
    }

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) =>
        Stage.Map(backend, t.Inputs[0], Reads.With(new StageTensors(t.Output), t.Constants, 0));
}

/// <summary>A quantizer, or another function, that is a table: y = table[x - Least]. The constant is the table.</summary>
/// <param name="Least">The x of the first entry.</param>
public sealed record LookupOperation(int Least) : PlanOperation
{
    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        PlanCheck.Reads(node, inputs, 1, constants, 1);
        PlanCheck.Length(node, "input", inputs[0].Shape, output.Shape.Length);
        PlanCheck.Type(node, "output", output.Type, constants[0].Type);
    }

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) => backend.Lookup(t.Inputs[0], Least, t.Constants[0], t.Output);
}

/// <summary>max(x, 0).</summary>
public sealed record ReluOperation : PlanOperation
{
    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        PlanCheck.Reads(node, inputs, 1, constants, 0);
        PlanCheck.Same(node, inputs[0], output);
    }

    /// <inheritdoc/>
    public override PlanReuse Reuse => PlanReuse.Overwrite;

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) => backend.Relu(t.Inputs[0], t.Output);
}

/// <summary>The maximum of each window.</summary>
/// <param name="Geometry">The windows, of a batch of 1.</param>
public sealed record MaxPoolOperation(PoolGeometry Geometry) : PlanOperation
{
    /// <summary>The positions of the maxima.</summary>
    public override IReadOnlyList<(ElementType Type, Shape Shape)> Scratch => [(ElementType.UInt8, (Geometry with { Batch = 1 }).OutputShape)];

    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        PlanCheck.Reads(node, inputs, 1, constants, 0);
        PlanCheck.Windows(node, Geometry, inputs[0], output);
        PlanCheck.Positions(node, Geometry);
    }

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) =>
        backend.MaxPool(t.Inputs[0], Geometry with { Batch = t.Batch }, t.Output, t.Scratch[0]);
}

/// <summary>The mean of each window; a global average is the window of the whole image.</summary>
/// <param name="Geometry">The windows, of a batch of 1.</param>
/// <param name="Rounding">How the mean is rounded.</param>
public sealed record AveragePoolOperation(PoolGeometry Geometry, Rounding Rounding) : PlanOperation
{
    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        PlanCheck.Reads(node, inputs, 1, constants, 0);
        PlanCheck.Windows(node, Geometry, inputs[0], output);
        if (Rounding is not (Rounding.HalfEven or Rounding.HalfAway))
            throw new ArgumentException($"{node}: its rounding is {Rounding}, but a mean's ties go half to even or half away", nameof(Rounding));
    }

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) =>
        backend.AveragePool(t.Inputs[0], Geometry with { Batch = t.Batch }, Rounding, t.Output);
}

/// <summary>x * 2^ShiftX + y * 2^ShiftY: where a branch and its shortcut meet.</summary>
/// <param name="ShiftX">At least 0.</param>
/// <param name="ShiftY">At least 0.</param>
public sealed record SumOperation(int ShiftX, int ShiftY) : PlanOperation
{
    private const int MostShift = 62;

    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        PlanCheck.Reads(node, inputs, 2, constants, 0);
        PlanCheck.Length(node, "first input", inputs[0].Shape, output.Shape.Length);
        PlanCheck.Length(node, "second input", inputs[1].Shape, output.Shape.Length);
        if (ShiftX is < 0 or > MostShift || ShiftY is < 0 or > MostShift)
            throw new ArgumentException($"{node}: its shifts are {ShiftX} and {ShiftY}, but must be from 0 to {MostShift}", nameof(ShiftX));
        PlanCheck.Bound(node, ((Int128)inputs[0].Bound << ShiftX) + ((Int128)inputs[1].Bound << ShiftY), output);
    }

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) =>
        backend.Combine(t.Inputs[0], t.Inputs[1], new AlignedSum(ShiftX, ShiftY), t.Output);
}

/// <summary>The same elements under another shape.</summary>
public sealed record ReshapeOperation : PlanOperation
{
    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        PlanCheck.Reads(node, inputs, 1, constants, 0);
        PlanCheck.Same(node, inputs[0], output);
    }

    /// <inheritdoc/>
    public override PlanReuse Reuse => PlanReuse.View;

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t)
    {
    }
}
