using Wage.Models;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>[N, ...] to [N, n]: the same memory under another shape.</summary>
public sealed class Flatten : Layer
{
    private readonly View forward = new();
    private readonly View backward = new();
    private Shape images;
    private Shape rows;

    /// <inheritdoc/>
    public override LayerSpec Spec => new FlattenSpec();

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        Name = context.NextName("flatten");
        (images, rows) = (input.Shape, new Shape(input.Shape[0], input.Shape.Stride));
        return input with { Shape = rows };
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError) => error with { Shape = images };

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s) => x with { Values = forward.Of(x.Values, rows) };

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s) => e with { Values = backward.Of(e.Values, images) };

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input) => plan.Add(Name, new ReshapeOperation(), plan[input] with { Shape = rows }, [input]);

    /// <summary>Remembers the reshaped tensor: a step allocates nothing.</summary>
    private sealed class View
    {
        private Tensor? source;
        private Tensor? view;

        public Tensor Of(Tensor tensor, Shape shape)
        {
            if (!ReferenceEquals(source, tensor)) (source, view) = (tensor, tensor.Reshape(shape));
            return view!;
        }
    }
}
