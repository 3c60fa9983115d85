using Wage.Models;
using Wage.Quantization;
using Wage.Schemes;

namespace Wage.Layers;

/// <summary>
/// One step of a network. A layer is built twice, forward and then backward, which proves
/// its bounds and allocates its tensors; then it runs any number of times without allocating.
/// </summary>
public abstract class Layer
{
    private Scheme? scheme;
    private bool isClaimed;

    /// <summary>This layer's own scheme: other bit widths or another rule than the network's. Default: the network's.</summary>
    public Scheme? Scheme
    {
        get => scheme;
        init => scheme = value;
    }

    /// <summary>The name in tables and messages, which <see cref="Build"/> sets by <see cref="BuildContext.NextName"/>: "conv1".</summary>
    public string Name { get; protected set; } = "layer";

    /// <summary>The layer as data, from which another like it can be made; null where it has no such description.</summary>
    public virtual LayerSpec? Spec => null;

    /// <summary>Makes the layer part of a network that is being built, with the layers that it consists of.</summary>
    /// <exception cref="WageException">It is part of one already: its tensors would be overwritten.</exception>
    internal virtual void Claim()
    {
        if (isClaimed)
            throw new WageException(
                $"model: {Name}, a {GetType().Name}, is in two places or in two networks; its tensors are those of one.", "make a layer for each.");
        isClaimed = true;
    }

    /// <summary>Gives the layer its name, where another builds it with its own.</summary>
    internal void Take(string name) => Name = name;

    /// <summary>Gives the layer a scheme before it is built, in place of its own.</summary>
    internal void Take(Scheme own) => scheme = own;

    /// <summary>Checks the input, proves the forward bound, allocates, and says what comes out.</summary>
    /// <exception cref="WageException">The input does not fit the layer, or a bound cannot be proved.</exception>
    public abstract SignalSpec Build(BuildContext context, SignalSpec input);

    /// <summary>The same for the way back. With <paramref name="needsError"/> false nobody reads the result (the first layer with weights).</summary>
    /// <exception cref="WageException">A bound cannot be proved.</exception>
    public abstract SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError);

    /// <summary>The output for this input; valid until the next call.</summary>
    /// <param name="x">The input.</param>
    /// <param name="s">The step.</param>
    public abstract Signal Forward(Signal x, in StepContext s);

    /// <summary>
    /// The error of the input for this error of the output, of the last <see cref="Forward"/>; leaves the gradients in the parameters.
    /// </summary>
    /// <param name="e">The error of the output.</param>
    /// <param name="s">The step.</param>
    public abstract Signal Backward(Signal e, in StepContext s);

    /// <summary>Brings up to date what an evaluation reads besides weights in use, when these are.</summary>
    /// <param name="exponent">That of the input's unit in an evaluation, where it is found at run time.</param>
    /// <returns>That of the output's.</returns>
    internal virtual long Prepare(long exponent) => exponent;

    /// <summary>
    /// Adds what this layer does in an evaluation to a plan, once it is built: what <see cref="Forward"/> gives, bit for bit. A network with a layer
    /// that does not say it can be trained and evaluated, and has no plan.
    /// </summary>
    /// <param name="plan">Where.</param>
    /// <param name="input">The node that gives its input.</param>
    /// <returns>The node that gives its output.</returns>
    /// <exception cref="WageException">It does not say it.</exception>
    public virtual int Emit(PlanBuilder plan, int input) => throw new WageException(
        $"{GetType().Name}: does not say what it does without training, so its network has no plan.", "override Layer.Emit.");
}
