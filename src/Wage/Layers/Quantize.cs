using Wage.Backends;
using Wage.Observation;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// Q_A forward, Q_E backward: the end of a WAGE block. Backward: the clip mask of Q_A, then the maximum, then Q_E;
/// the ReLU mask follows in the layer before, so that the maximum is taken before it, as in the authors' program.
/// </summary>
public sealed class Quantize : Layer
{
    internal const string NamePrefix = "quantize";

    private readonly InPlace error = new();
    private IBackend? backend;
    private StepProbe? probe;
    private string source = string.Empty;
    private IActivationQuantizer? activations;
    private ErrorOutput? errors;
    private Signal input;
    private Signal output;

    /// <summary>
    /// The layer under whose name an observer sees what enters and leaves Q_A and Q_E here, once built: the one whose sums it reads, "conv1".
    /// </summary>
    public string ShownAs => source;

    /// <summary>The activations, once built: where a <see cref="Block"/> leaves its own.</summary>
    internal Signal Output => output;

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        Name = context.NextName(NamePrefix);
        (backend, probe, source) = (context.Backend, context.Probe, context.TakeSource(Name));
        activations = (Scheme ?? context.Scheme).A;
        context.Note($"{source}.A", activations);
        var range = activations.Range;
        if (Math.Abs(input.FractionBits - range.FractionBits) > 31)
            throw new WageException(
                $"{Name}: its input has {input.FractionBits} fraction bits and its output {range.FractionBits}; " +
                "they may differ by at most 31.");
        output = new Signal(context.Allocate(MemoryKind.Activations, range.Type, input.Shape), range.FractionBits);
        return new SignalSpec(input.Shape, range.Type, range.FractionBits, range.Limit);
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        return needsError ? BuildErrors(context, error, inBlock: false) : error;
    }

    /// <summary>Q_E; in a block its errors are needed until the block's product has used them, and no longer.</summary>
    internal SignalSpec BuildErrors(BuildContext context, SignalSpec error, bool inBlock)
    {
        this.error.Build(context, MemoryKind.Errors, error);
        errors = new ErrorOutput(context, source, (Scheme ?? context.Scheme).E, error, inBlock);
        return errors.Spec;
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x)
    {
        input = x;
        activations!.Quantize(backend!, x.Values, x.FractionBits, output.Values);
        Show(x);
        return output;
    }

    /// <summary>Shows what entered Q_A and what left it.</summary>
    internal void Show(Signal x)
    {
        probe!.Show(source, Quantity.ActivationInputs, x);
        probe.Show(source, Quantity.Activations, output, activations!.Range);
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e)
    {
        if (errors is null) return e;
        var delta = error.Own(backend!, e.Values);
        activations!.Backward(backend!, input.Values, input.FractionBits, delta);
        return errors.Quantize(e with { Values = delta });
    }

    /// <summary>
    /// The way back of a block: <see cref="Backward"/> and that of the ReLU before it, by the block's mask; one step at a time where somebody looks.
    /// </summary>
    internal Signal BackwardMasked(Signal e, Tensor mask)
    {
        if (!probe!.IsObserved) return errors!.QuantizeMasked(e, mask);
        var delta = error.Own(backend!, e.Values);
        backend!.MaskErrors(mask, ActivationStage.ClipPasses, delta);
        e = errors!.Quantize(e with { Values = delta });
        backend!.MaskErrors(mask, ActivationStage.ReluPasses, e.Values);
        return e;
    }
}

/// <summary>Q_E with its tensors: used at the end of every block and under the loss.</summary>
internal sealed class ErrorOutput
{
    private readonly IBackend backend;
    private readonly StepProbe probe;
    private readonly string source;
    private readonly IErrorQuantizer quantizer;
    private readonly Tensor maximum;
    private readonly Tensor? scratch;
    private readonly Tensor exponent;
    private Tensor? errors;

    public ErrorOutput(BuildContext context, string source, IErrorQuantizer quantizer, SignalSpec delta, bool inBlock = false)
    {
        (backend, probe) = (context.Backend, context.Probe);
        (this.source, this.quantizer) = (source, quantizer);
        context.Note($"{source}.E", quantizer);
        maximum = context.Allocate(MemoryKind.Errors, ElementType.Int64, new Shape(1));
        scratch = quantizer.AllocateScratch(backend, delta.Shape) is { } own ? context.Memory.Add(MemoryKind.Errors, own) : null;
        if (inBlock) context.Share(MemoryLife.BlockErrors, quantizer.Range.Type, delta.Shape, tensor => errors = tensor);
        else errors = context.Allocate(MemoryKind.Errors, quantizer.Range.Type, delta.Shape);
        exponent = context.AllocateExponent();
        Spec = new SignalSpec(delta.Shape, quantizer.Range.Type, delta.FractionBits, quantizer.Range.Limit);
    }

    /// <summary>What comes out.</summary>
    public SignalSpec Spec { get; }

    /// <summary>e = Q_E(delta).</summary>
    public Signal Quantize(Signal delta)
    {
        probe.Show(source, Quantity.ErrorInputs, delta);
        quantizer.Quantize(backend, delta.Values, maximum, scratch, errors!, delta.Exponent, exponent);
        var e = delta with { Values = errors!, Exponent = exponent };
        probe.Show(source, Quantity.Errors, e, quantizer.Range);
        return e;
    }

    /// <summary>The same with the masks of a block, by the quantizer's <see cref="IErrorQuantizer.Stage"/>.</summary>
    public Signal QuantizeMasked(Signal delta, Tensor mask)
    {
        backend.StageMaxAbs(delta.Values, mask, maximum);
        quantizer.Stage!.Map(backend, delta.Values, new StageTensors(errors!)
        {
            Gate = mask,
            GateBits = ActivationStage.BothPass,
            Range = maximum,
            ExponentIn = delta.Exponent,
            Exponent = exponent,
        });
        return delta with { Values = errors!, Exponent = exponent };
    }
}
