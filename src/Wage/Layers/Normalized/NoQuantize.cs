using Wage.Models;
using Wage.Quantization;

namespace Wage.Layers;

/// <summary>A Q_A behind what ends in activations already: nothing.</summary>
internal sealed class NoQuantize(Quantize quantize) : Layer
{
    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        Name = context.NextName(Quantize.NamePrefix);
        quantize.Take(Name, Name);
        return input;
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError) => error;

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s) => x;

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s) => e;

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input) => input;
}
