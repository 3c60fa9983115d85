using Wage.Models;
using Wage.Quantization;

namespace Wage.Layers;

/// <summary>
/// Batch normalization of each channel behind a product. A scheme that has it builds it together with the product, see
/// <see cref="Wage.Schemes.Scheme"/>; alone it is refused.
/// </summary>
/// <param name="spec">What it is.</param>
public sealed class BatchNorm(BatchNormSpec spec) : Layer
{
    /// <inheritdoc/>
    public override LayerSpec Spec => spec;

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        ArgumentNullException.ThrowIfNull(context);
        throw spec.Refusal(context.NextName(BatchNormSpec.NamePrefix), $"scheme {context.Scheme.Name}");
    }

    /// <summary>Takes its name, when it is built with its product.</summary>
    /// <exception cref="WageException">It has a momentum or an epsilon, which integers have not.</exception>
    internal void Begin(string name)
    {
        Take(name);
        if (spec.Momentum == BatchNormSpec.UsualMomentum && spec.Epsilon == BatchNormSpec.UsualEpsilon) return;
        throw new WageException(
            $"{name}: is a {spec}, but in integers its averages have a momentum of 7/8, and a variance is at least 1/16 of a unit.",
            "leave its momentum and epsilon away.");
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError) => throw NotAlone();

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s) => throw NotAlone();

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s) => throw NotAlone();

    private InvalidOperationException NotAlone() => new($"{Name}: a batch norm runs with its product");
}
