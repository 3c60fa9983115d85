using Wage.Backends;
using Wage.Models;
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
    private TensorQuantizer? activations;
    private QuantizedRange range;
    private ErrorOutput? errors;
    private Signal input;
    private Signal output;

    /// <summary>
    /// The layer under whose name an observer sees what enters and leaves Q_A and Q_E here, once built: the one whose sums it reads, "conv1".
    /// </summary>
    public string ShownAs => source;

    /// <summary>Takes its name and the one under which it is shown, where a scheme builds it with its block.</summary>
    internal void Take(string name, string shownAs)
    {
        Take(name);
        source = shownAs;
    }

    /// <summary>The activations, once built: where a <see cref="Block"/> leaves its own.</summary>
    internal Signal Output => output;

    /// <inheritdoc/>
    public override LayerSpec Spec => new QuantizeSpec();

    /// <summary>What comes out, once built.</summary>
    internal SignalSpec OutputSpec => new(output.Values.Shape, range.Type, range.FractionBits, range.Limit);

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        Name = context.NextName(NamePrefix);
        (backend, probe, source) = (context.Backend, context.Probe, context.TakeSource(Name));
        var quantizer = context.SchemeOf(this, Name).A;
        range = quantizer.Range;
        activations = quantizer.For(new TensorSite(TensorRole.Activations, Name, context.NextIndex(), input.Shape, input.FractionBits), context);
        context.Note($"{source}.A", activations);
        output = new Signal(context.AllocateOutput(range.Type, input.Shape), range.FractionBits);
        return OutputSpec;
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
        errors = new ErrorOutput(context, source, context.SchemeOf(this, Name).E, error, inBlock);
        return errors.Spec;
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        input = x;
        activations!.Measure(x.Values, null, 0, s);
        activations.Apply(x.Values, new StageTensors(output.Values), s);
        Show(x);
        return output;
    }

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input) => activations!.Emit(plan, Name, input, OutputSpec);

    /// <summary>Checks that Q_A can end a product.</summary>
    /// <exception cref="WageException">It needs the sums' greatest magnitude before the first of them is quantized.</exception>
    internal void RequireStage()
    {
        if (activations is StageQuantizer { Measures: true })
            throw new WageException($"{source}: its Q_A measures its input, so it cannot be a product's output stage.", "let HasStage be false.");
    }

    /// <summary>The output stage of a block that ends here, with the tensors that it needs.</summary>
    internal FusedStage Stage(ref StageTensors t, in StepContext s)
    {
        t = activations!.Complete(t, s);
        return activations.Stage(s)!;
    }

    /// <summary>Q_E, once its backward pass is built.</summary>
    internal ErrorOutput? Errors => errors;

    /// <summary>Shows what entered Q_A and what left it.</summary>
    internal void Show(Signal x)
    {
        probe!.Show(source, Quantity.ActivationInputs, x);
        probe.Show(source, Quantity.Activations, output, range);
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s)
    {
        if (errors is null) return e;
        var delta = error.Own(backend!, e.Values);
        activations!.Backward(input.Values, delta);
        return errors.Quantize(e with { Values = delta }, s);
    }

    /// <summary>
    /// The way back of a block: <see cref="Backward"/> and that of the ReLU before it, by the block's mask; one step at a time where somebody looks.
    /// </summary>
    internal Signal BackwardMasked(Signal e, Tensor mask, in StepContext s)
    {
        if (!probe!.IsObserved) return errors!.QuantizeMasked(e, mask, s);
        var delta = error.Own(backend!, e.Values);
        backend!.MaskErrors(mask, ActivationStage.ClipPasses, delta);
        e = errors!.Quantize(e with { Values = delta }, s);
        backend!.MaskErrors(mask, ActivationStage.ReluPasses, e.Values);
        return e;
    }
}

/// <summary>Q_E with its tensors: used at the end of every block and under the loss.</summary>
internal sealed class ErrorOutput
{
    private readonly StepProbe probe;
    private readonly string source;
    private readonly TensorQuantizer quantizer;
    private readonly QuantizedRange range;
    private readonly Tensor exponent;
    private Tensor? errors;

    public ErrorOutput(BuildContext context, string source, IQuantizer quantizer, SignalSpec delta, bool inBlock = false)
    {
        (probe, this.source, range) = (context.Probe, source, quantizer.Range);
        var site = new TensorSite(TensorRole.Errors, source, context.NextIndex(), delta.Shape, delta.FractionBits);
        this.quantizer = quantizer.For(site, context);
        context.Note($"{source}.E", this.quantizer);
        if (inBlock) context.Share(context.NextBlockErrors(this.quantizer.CanBeStatic), range.Type, delta.Shape, tensor => errors = tensor);
        else errors = context.Allocate(MemoryKind.Errors, range.Type, delta.Shape);
        exponent = context.AllocateExponent();
        Spec = new SignalSpec(delta.Shape, range.Type, delta.FractionBits, range.Limit);
    }

    /// <summary>What comes out.</summary>
    public SignalSpec Spec { get; }

    /// <summary>e = Q_E(delta).</summary>
    public Signal Quantize(Signal delta, in StepContext s)
    {
        probe.Show(source, Quantity.ErrorInputs, delta);
        quantizer.Measure(delta.Values, null, 0, s);
        quantizer.Apply(delta.Values, Tensors(delta), s);
        var e = Output(delta);
        probe.Show(source, Quantity.Errors, e, range, quantizer.Statistic);
        return e;
    }

    /// <summary>The same with the mask of a block as the gate: what the clip stops is not measured either.</summary>
    public Signal QuantizeMasked(Signal delta, Tensor mask, in StepContext s)
    {
        quantizer.Measure(delta.Values, mask, ActivationStage.ClipPasses, s);
        quantizer.Apply(delta.Values, Masked(delta, mask), s);
        return Output(delta);
    }

    /// <summary>Q_E as an output stage; null where it is none.</summary>
    public FusedStage? Stage(in StepContext s) => quantizer.Stage(s);

    /// <summary>True where a product may end in this Q_E in this step.</summary>
    public bool IsStatic(in StepContext s) => quantizer.IsStatic(s);

    /// <summary>True where it may in some step.</summary>
    public bool CanBeStatic => quantizer.CanBeStatic;

    /// <summary><see cref="QuantizeMasked"/> as the end of the product that makes delta.</summary>
    /// <param name="delta">What the product gives, without its values.</param>
    /// <param name="mask">The block's.</param>
    /// <param name="s">The step.</param>
    /// <param name="t">The stage's tensors.</param>
    public FusedStage End(in Signal delta, Tensor mask, in StepContext s, out StageTensors t)
    {
        t = quantizer.Complete(Masked(delta, mask), s);
        return quantizer.Stage(s)!;
    }

    /// <summary>Its errors.</summary>
    public Signal Output(in Signal delta) => delta with { Values = errors!, Exponent = exponent };

    private StageTensors Masked(Signal delta, Tensor mask) => Tensors(delta) with
    {
        Gate = mask,
        GateBits = ActivationStage.BothPass,
        StatisticGateBits = ActivationStage.ClipPasses,
    };

    private StageTensors Tensors(Signal delta) => new(errors!) { ExponentIn = delta.Exponent, Exponent = exponent };
}
