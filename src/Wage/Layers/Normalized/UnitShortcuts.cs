using System.Numerics;
using Wage.Backends;
using Wage.Models;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>A shortcut that is not the input itself.</summary>
internal interface IUnitShortcut
{
    /// <summary>Builds it for the block's input; what comes out has an exponent.</summary>
    SignalSpec Build(BuildContext context, in SignalSpec input);

    /// <summary>The way back.</summary>
    SignalSpec BuildBackward(BuildContext context, in SignalSpec error, bool needsError);

    /// <summary>What is added to the branch.</summary>
    Signal Forward(in Signal x, in StepContext s);

    /// <summary>The error of the input.</summary>
    Signal Backward(in Signal e, in StepContext s);

    /// <summary>See <see cref="Layer.Prepare"/>.</summary>
    void Prepare(long exponent);

    /// <summary>See <see cref="UnitNorm.Beyond"/>.</summary>
    long? Beyond => null;

    /// <summary>What is added in an evaluation.</summary>
    int Emit(PlanBuilder plan, int input, in SignalSpec output);
}

/// <summary>
/// A subsample as a product of 1x1 with constant weights, ones where an output channel is an input channel: every backend has it, forward and back,
/// and one may see that it copies.
/// </summary>
internal sealed class SubsampleShortcut(Subsample layer) : IUnitShortcut
{
    private IBackend? backend;
    private ConvGeometry geometry;
    private Tensor? weights;
    private Tensor? start;
    private Tensor? output;
    private Tensor? delta;
    private UnitScale? scale;
    private int zeroPoint;

    /// <inheritdoc/>
    public SignalSpec Build(BuildContext context, in SignalSpec input)
    {
        layer.Take(context.NextName(SubsampleSpec.NamePrefix));
        backend = context.Backend;
        var (shape, spec) = (input.Shape, (SubsampleSpec)layer.Spec!);
        var (output, channels) = (spec.OutputOf(layer.Name, shape), shape[shape.Rank - 1]);
        geometry = new ConvGeometry(shape[0], shape[1], shape[2], channels, spec.Channels, 1, 1, spec.Stride, Padding.None);
        var (ones, zeros) = (new sbyte[spec.Channels * channels], new int[spec.Channels]);
        for (var c = 0; c < channels; c++) ones[(c * channels) + c] = 1;
        for (var c = channels; c < zeros.Length; c++) zeros[c] = input.ZeroPoint;
        weights = context.Constant<sbyte>(MemoryKind.Weights, ones).Reshape(geometry.WeightShape);
        if (input.ZeroPoint != 0) start = context.Constant<int>(MemoryKind.Weights, zeros);
        this.output = context.AllocateOutput(ElementType.Int8, output);
        (scale, zeroPoint) = (new UnitScale(context, spec.Channels), input.ZeroPoint);
        return input with { Shape = output };
    }

    /// <inheritdoc/>
    public SignalSpec BuildBackward(BuildContext context, in SignalSpec error, bool needsError)
    {
        if (!needsError) return error;
        delta = context.Allocate(MemoryKind.Errors, error.Type, geometry.InputShape);
        return error with { Shape = geometry.InputShape };
    }

    /// <inheritdoc/>
    public Signal Forward(in Signal x, in StepContext s)
    {
        backend!.Convolve(x.Values, weights!, geometry, ElementType.Int32, null, default(RawStage), new StageTensors(output!) { Start = start });
        return x with { Values = output! };
    }

    /// <inheritdoc/>
    public Signal Backward(in Signal e, in StepContext s)
    {
        if (delta is null) return e;
        backend!.ConvolveError(e.Values, weights!, geometry, ElementType.Int32, default(RawStage), new StageTensors(delta));
        return e with { Values = delta };
    }

    /// <inheritdoc/>
    public void Prepare(long exponent)
    {
        for (var c = 0; c < geometry.Filters; c++)
            scale!.Set(c, c < geometry.Channels ? -zeroPoint : 0, BigInteger.One, BigInteger.One, exponent + UnitActivations.FractionBits);
        scale!.Write();
    }

    /// <inheritdoc/>
    public int Emit(PlanBuilder plan, int input, in SignalSpec output)
    {
        var t = scale!.Tensors;
        var operation = new ProductOperation(geometry with { Batch = 1 }, ElementType.Int32, null, UnitActivations.Wide, t.Reads());
        return plan.Add(layer.Name, operation, output, [input], [(layer.Name, weights!), .. t.Constants(layer.Name)]);
    }
}

/// <summary>A product with a batch norm of its own; what comes out is z.</summary>
internal sealed class ProjectionShortcut(ProductLayer layer, BatchNorm norm, Scheme scheme) : IUnitShortcut
{
    private UnitNorm? unit;
    private Tensor? z;
    private Tensor? exponent;

    /// <inheritdoc/>
    public long? Beyond => unit!.Beyond;

    /// <inheritdoc/>
    public SignalSpec Build(BuildContext context, in SignalSpec input)
    {
        unit = new UnitNorm(context, layer, norm, input, scheme);
        z = context.AllocateOutput(ElementType.Int32, unit.Shape);
        exponent = context.Constant<long>(MemoryKind.Activations, [-UnitNorm.FractionBits]);
        return new SignalSpec(unit.Shape, ElementType.Int32, 0, int.MaxValue);
    }

    /// <inheritdoc/>
    public SignalSpec BuildBackward(BuildContext context, in SignalSpec error, bool needsError) => unit!.BuildBackward(context, error, needsError);

    /// <inheritdoc/>
    public Signal Forward(in Signal x, in StepContext s)
    {
        unit!.Forward(x, null, s);
        unit.End(null, new BatchNormForward(0, 0), default(RawStage), new StageTensors(z!));
        return new Signal(z!, 0, exponent);
    }

    /// <inheritdoc/>
    public Signal Backward(in Signal e, in StepContext s) => unit!.Backward(e, null, s);

    /// <inheritdoc/>
    public void Prepare(long exponent) => unit!.Prepare(exponent, -UnitActivations.FractionBits, isWide: true);

    /// <inheritdoc/>
    public int Emit(PlanBuilder plan, int input, in SignalSpec output) => unit!.Emit(plan, input, UnitActivations.Wide, output);
}
