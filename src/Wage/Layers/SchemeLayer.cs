using Wage.Models;
using Wage.Quantization;

namespace Wage.Layers;

/// <summary>
/// A layer that not every scheme has. One that has it builds it together with the layers around it, see <see cref="Wage.Schemes.Scheme"/>; alone it
/// is refused.
/// </summary>
public abstract class SchemeLayer : Layer
{
    private readonly SchemeLayerSpec spec;

    /// <summary>Of this description.</summary>
    private protected SchemeLayer(SchemeLayerSpec spec) => this.spec = spec;

    /// <inheritdoc/>
    public override LayerSpec Spec => spec;

    /// <summary>"batchNorm": its name is this and a number.</summary>
    internal string Prefix => spec.Prefix;

    /// <summary>"batch norm".</summary>
    internal string Words => spec.Words;

    /// <inheritdoc/>
    /// <exception cref="WageException">The scheme does not have it, or not in this place.</exception>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        ArgumentNullException.ThrowIfNull(context);
        throw spec.Refusal(context.NextName(Prefix), $"scheme {context.Scheme.Name}");
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError) => throw NotAlone();

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s) => throw NotAlone();

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s) => throw NotAlone();

    private InvalidOperationException NotAlone() => new($"{Name}: a {spec.Words} runs with the layers around it");
}
