using Wage.Models;
using Wage.Quantization;

namespace Wage.Layers;

/// <summary>
/// The shortcut without weights of He et al. 2016 (A): every stride-th position in both directions, and channels of zeros behind the others.
/// A scheme that has it builds it in its residual block; alone it is refused.
/// </summary>
/// <param name="spec">What it is.</param>
public sealed class Subsample(SubsampleSpec spec) : Layer
{
    /// <inheritdoc/>
    public override LayerSpec Spec => spec;

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        ArgumentNullException.ThrowIfNull(context);
        throw spec.Refusal(context.NextName(SubsampleSpec.NamePrefix), $"scheme {context.Scheme.Name}");
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError) => throw NotAlone();

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s) => throw NotAlone();

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s) => throw NotAlone();

    private InvalidOperationException NotAlone() => new($"{Name}: a subsample runs in a residual block");
}
