using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Tests.Layers;

/// <summary>A layer whose output and error have the bound and the unit that a test gives, whatever the input.</summary>
internal sealed class GivenLayer(SignalSpec forward, SignalSpec backward) : Layer
{
    public Tensor? Values { get; set; }

    public Tensor? Error { get; set; }

    public override SignalSpec Build(BuildContext context, SignalSpec input) => forward;

    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError) => backward;

    public override Signal Forward(Signal x, in StepContext s) => new(Values!, forward.FractionBits);

    public override Signal Backward(Signal e, in StepContext s) => new(Error!, backward.FractionBits);
}
