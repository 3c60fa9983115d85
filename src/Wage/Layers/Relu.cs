using Wage.Backends;
using Wage.Models;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>y = max(x, 0); e passes where y > 0. In place unless the tensor is shared.</summary>
public sealed class Relu : Layer
{
    internal const string NamePrefix = "relu";

    private readonly InPlace output = new();
    private readonly InPlace error = new();
    private IBackend? backend;
    private Tensor? y;

    /// <inheritdoc/>
    public override LayerSpec Spec => new ReluSpec();

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        Name = context.NextName(NamePrefix);
        backend = context.Backend;
        output.Build(context, MemoryKind.Activations, input);
        return input with { Shared = false };
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        this.error.Build(context, MemoryKind.Errors, error);
        return error with { Shared = false };
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        y = output.Target(x.Values);
        backend!.Relu(x.Values, y);
        return x with { Values = y };
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s)
    {
        var values = error.Own(backend!, e.Values);
        backend!.ClearOutside(y!, 1, long.MaxValue, values);
        return e with { Values = values };
    }

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input) => plan.Add(Name, new ReluOperation(), plan[input], [input]);
}

/// <summary>A tensor that a layer may overwrite: the given one, or a copy of its own where somebody else reads the given one too.</summary>
internal sealed class InPlace
{
    private Tensor? own;

    /// <summary>Allocates the copy if it is needed.</summary>
    public void Build(BuildContext context, MemoryKind kind, SignalSpec spec) =>
        own = spec.Shared ? context.Allocate(kind, spec.Type, spec.Shape) : null;

    /// <summary>Where to write a result computed from <paramref name="given"/>.</summary>
    public Tensor Target(Tensor given) => own ?? given;

    /// <summary>A tensor with the values of <paramref name="given"/> that may be changed.</summary>
    public Tensor Own(IBackend backend, Tensor given)
    {
        if (own is null) return given;
        backend.Copy(given, own);
        return own;
    }
}
