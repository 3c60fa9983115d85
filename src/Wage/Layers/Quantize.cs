using Wage.Backends;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// Q_A forward, Q_E backward: the end of a WAGE block. Backward: the clip mask of Q_A, then the maximum, then Q_E; the ReLU mask follows in the layer before,
/// so that the maximum is taken before it, as in the authors' program.
/// </summary>
public sealed class Quantize : Layer
{
    private readonly InPlace error = new();
    private IBackend? backend;
    private IActivationQuantizer? activations;
    private ErrorOutput? errors;
    private Signal input;
    private Tensor? a;

    /// <summary>Takes the next name, as <see cref="Build"/> does.</summary>
    internal void SetName(BuildContext context) => Name = context.NextName("quantize");

    /// <summary>Refuses a shift that no accumulator can need.</summary>
    internal void RequireShift(BuildContext context, int fractionBits)
    {
        var target = (Scheme ?? context.Scheme).A.Range.FractionBits;
        if (Math.Abs(fractionBits - target) > 31)
            throw new WageException($"{Name}: its input has {fractionBits} fraction bits and its output {target}; they may differ by at most 31.");
    }

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        SetName(context);
        backend = context.Backend;
        activations = (Scheme ?? context.Scheme).A;
        a = backend.Allocate(activations.Range.Type, input.Shape);
        RequireShift(context, input.FractionBits);
        return new SignalSpec(input.Shape, activations.Range.Type, activations.Range.FractionBits, activations.Range.Limit);
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        if (!needsError) return error;
        this.error.Build(context.Backend, error);
        errors = new ErrorOutput(context, (Scheme ?? context.Scheme).E, error);
        return errors.Spec;
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x)
    {
        input = x;
        activations!.Quantize(backend!, x.Values, x.FractionBits, a!);
        return new Signal(a!, activations.Range.FractionBits);
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e)
    {
        if (errors is null) return e;
        var delta = error.Own(backend!, e.Values);
        activations!.Backward(backend!, input.Values, input.FractionBits, delta);
        return errors.Quantize(e with { Values = delta });
    }
}

/// <summary>Q_E with its tensors: used at the end of every block and under the loss.</summary>
internal sealed class ErrorOutput
{
    private readonly IBackend backend;
    private readonly IErrorQuantizer quantizer;
    private readonly Tensor maximum;
    private readonly Tensor? scratch;
    private readonly Tensor errors;
    private readonly Tensor? exponent;

    public ErrorOutput(BuildContext context, IErrorQuantizer quantizer, SignalSpec delta)
    {
        backend = context.Backend;
        this.quantizer = quantizer;
        maximum = backend.Allocate(ElementType.Int64, new Shape(1));
        scratch = quantizer.AllocateScratch(backend, delta.Shape);
        errors = backend.Allocate(quantizer.Range.Type, delta.Shape);
        exponent = context.AllocateExponent();
        Spec = new SignalSpec(delta.Shape, quantizer.Range.Type, delta.FractionBits, quantizer.Range.Limit);
    }

    /// <summary>What comes out.</summary>
    public SignalSpec Spec { get; }

    /// <summary>e = Q_E(delta).</summary>
    public Signal Quantize(Signal delta)
    {
        quantizer.Quantize(backend, delta.Values, maximum, scratch, errors, delta.Exponent, exponent);
        return new Signal(errors, delta.FractionBits, exponent);
    }
}
