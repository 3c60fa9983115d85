using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>The image: A^0 of the pixels, which whoever runs the plan loads.</summary>
public sealed record ImageOperation : PlanOperation
{
    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t)
    {
    }
}

/// <summary>
/// A product with its first constant, the weights: the accumulators; or with the rest of its block, what <see cref="IBackend.Convolve{S}"/> makes of
/// them. A second constant is the stage's range.
/// </summary>
/// <param name="Geometry">The extents, of a batch of 1; a dense layer is a convolution of 1x1 images.</param>
/// <param name="Accumulator">The type that was proved to hold every sum.</param>
/// <param name="Pool">The windows of the block's max pool, of a batch of 1; null: it has none.</param>
/// <param name="Stage">The block's end; null: the accumulators are the output.</param>
public sealed record ProductOperation(ConvGeometry Geometry, ElementType Accumulator, PoolGeometry? Pool = null, FusedStage? Stage = null)
    : PlanOperation
{
    private readonly (ElementType, Shape)[] scratch = Pool is { } windows ? [(ElementType.UInt8, windows.OutputShape)] : [];

    /// <summary>The positions of the maxima.</summary>
    public override IReadOnlyList<(ElementType Type, Shape Shape)> Scratch => scratch;

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t)
    {
        var g = Geometry with { Batch = t.Batch };
        if (Stage is null)
        {
            backend.Convolve(t.Inputs[0], t.Constants[0], g, t.Output);
            return;
        }

        PoolGeometry? pool = Pool is { } windows ? windows with { Batch = t.Batch } : null;
        var tensors = new StageTensors(t.Output)
        {
            Position = pool is null ? null : t.Scratch[0],
            Range = t.Constants.Count > 1 ? t.Constants[1] : null,
        };
        Stage.Convolve(backend, t.Inputs[0], t.Constants[0], g, Accumulator, pool, tensors);
    }
}

/// <summary>A quantizer: its stage over a tensor. A constant is the stage's range.</summary>
/// <param name="Stage">The stage of an evaluation.</param>
public sealed record StageOperation(FusedStage Stage) : PlanOperation
{
    /// <inheritdoc/>
    public override PlanReuse Reuse => PlanReuse.Overwrite;

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) =>
        Stage.Map(backend, t.Inputs[0], new StageTensors(t.Output) { Range = t.Constants.Count > 0 ? t.Constants[0] : null });
}

/// <summary>A quantizer, or another function, that is a table: y = table[x - Least]. The constant is the table.</summary>
/// <param name="Least">The x of the first entry.</param>
public sealed record LookupOperation(int Least) : PlanOperation
{
    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) => backend.Lookup(t.Inputs[0], Least, t.Constants[0], t.Output);
}

/// <summary>max(x, 0).</summary>
public sealed record ReluOperation : PlanOperation
{
    /// <inheritdoc/>
    public override PlanReuse Reuse => PlanReuse.Overwrite;

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) => backend.Relu(t.Inputs[0], t.Output);
}

/// <summary>The maximum of each window.</summary>
/// <param name="Geometry">The windows, of a batch of 1.</param>
public sealed record MaxPoolOperation(PoolGeometry Geometry) : PlanOperation
{
    private readonly (ElementType, Shape)[] scratch = [(ElementType.UInt8, Geometry.OutputShape)];

    /// <summary>The positions of the maxima.</summary>
    public override IReadOnlyList<(ElementType Type, Shape Shape)> Scratch => scratch;

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
    public override void Run(IBackend backend, PlanTensors t) =>
        backend.AveragePool(t.Inputs[0], Geometry with { Batch = t.Batch }, Rounding, t.Output);
}

/// <summary>x * 2^ShiftX + y * 2^ShiftY: where a branch and its shortcut meet.</summary>
/// <param name="ShiftX">At least 0.</param>
/// <param name="ShiftY">At least 0.</param>
public sealed record SumOperation(int ShiftX, int ShiftY) : PlanOperation
{
    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t) =>
        backend.Combine(t.Inputs[0], t.Inputs[1], new AlignedSum(ShiftX, ShiftY), t.Output);
}

/// <summary>The same elements under another shape.</summary>
public sealed record ReshapeOperation : PlanOperation
{
    /// <inheritdoc/>
    public override PlanReuse Reuse => PlanReuse.View;

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t)
    {
    }
}
