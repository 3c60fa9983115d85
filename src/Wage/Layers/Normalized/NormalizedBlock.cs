using Wage.Models;
using Wage.Quantization;
using Wage.Schemes;

namespace Wage.Layers;

/// <summary>A product, its batch norm, ReLU and Q_A of the scheme integer-sgd in one piece.</summary>
internal sealed class NormalizedBlock(ProductLayer layer, BatchNorm norm, Relu relu, Quantize? quantize, Scheme network)
    : Layer, IUnitEnd, IUnitReader
{
    private UnitNorm? unit;
    private UnitActivations? end;

    /// <inheritdoc/>
    public bool ErrorsAreCurrent { get; set; }

    /// <inheritdoc/>
    public UnitActivations Activations => end!;

    /// <inheritdoc/>
    public IUnitEnd? Before { private get; set; }

    /// <summary>Of the first block of a branch: where its error meets that of the shortcut, in this step.</summary>
    public IErrorEnd? Join { private get; set; }

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        unit = new UnitNorm(context, layer, norm, input, network);
        Name = unit.Name;
        context.Source = Name;
        end = NormalizedLayers.End(context, relu, quantize, unit.Shape);
        return end.Spec;
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError) =>
        unit!.BuildBackward(context, end!.BuildErrors(context, error, ErrorsAreCurrent), needsError);

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        unit!.Forward(x, null, s);
        end!.Cut = unit.Beyond;
        do unit.End(null, new BatchNormForward(0, 1), end.Stage, end.Begin(s));
        while (end.Repeats(s));
        return end.Output;
    }

    /// <inheritdoc/>
    internal override long Prepare(long exponent)
    {
        unit!.Prepare(exponent, end!.Frozen, isWide: false);
        return end.Frozen;
    }

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input) => unit!.Emit(plan, input, end!.Ending, end.Spec);

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s) => unit!.Backward(end!.Errors(e, s), Join ?? Before?.Activations, s);
}
