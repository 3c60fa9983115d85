using Wage.Observation;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation;

/// <summary>A layer of the float32 domain. It runs any number of times without allocating.</summary>
internal abstract class FloatLayer(string name)
{
    /// <summary>The name under which observers see it: "dense1", that of a dense layer and of what follows it up to the next.</summary>
    public string Name => name;

    /// <summary>As what an observer sees its output; null: not at all.</summary>
    public Quantity? Output { get; set; }

    /// <summary>The output for this input; valid until the next call.</summary>
    public abstract FloatTensor Forward(FloatTensor x);

    /// <summary>
    /// The error of the input for this error of the output, of the last <see cref="Forward"/>; leaves the gradients in the parameters.
    /// </summary>
    /// <param name="e">The error of the output; it may be changed.</param>
    /// <param name="needsError">False in the first layer with weights: the result is not read.</param>
    public abstract FloatTensor Backward(FloatTensor e, bool needsError);

    /// <summary>Brings the weights into the form in which <see cref="Forward"/> reads them.</summary>
    public virtual void Prepare()
    {
    }
}

/// <summary>y = x W^T + b. Input [N,n] (or images, read as they lie), W [outputs,n], b [outputs], output [N,outputs].</summary>
internal sealed class FloatDense(
    FloatEngine engine, string name, FloatParameter weights, FloatParameter bias, FloatTensor transposed, FloatTensor y, FloatTensor? delta)
    : FloatLayer(name)
{
    private readonly FloatTensor one = One();
    private FloatTensor? input;

    /// <summary>The weights.</summary>
    public FloatParameter Weights => weights;

    /// <summary>The output.</summary>
    public FloatTensor Y => y;

    /// <summary>True: its weights and its bias do not learn, and have no gradient.</summary>
    public bool IsFrozen
    {
        get => weights.IsFrozen;
        set => weights.IsFrozen = bias.IsFrozen = value;
    }

    private int Batch => y.Shape[0];

    private int Outputs => y.Shape[1];

    /// <inheritdoc/>
    public override void Prepare()
    {
        Span<float> from = weights.Value.Span, to = transposed.Span;
        var n = weights.Value.Shape.Stride;
        for (var o = 0; o < Outputs; o++)
        {
            for (var i = 0; i < n; i++) to[(i * Outputs) + o] = from[(o * n) + i];
        }
    }

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x)
    {
        input = x;
        var n = x.Shape.Stride;
        engine.Multiply(Rows(x, n, 1), Batch, transposed, n, bias.Value, y);
        return y;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError)
    {
        if (!IsFrozen)
        {
            engine.Multiply(Rows(e, 1, Outputs), Outputs, input!, Batch, null, weights.Gradient);   // g = e^T x
            engine.Multiply(Rows(one, 0, 0), 1, e, Batch, null, bias.Gradient);                     // the sum of e over the batch
        }

        if (!needsError || delta is null) return e;
        engine.Multiply(Rows(e, Outputs, 1), Batch, weights.Value, Outputs, null, delta);           // e W
        return delta;
    }

    private static unsafe FloatRows Rows(FloatTensor a, int row, int term) => new((nint)a.Pointer, row, term);

    private static FloatTensor One()
    {
        var one = new FloatTensor(new Shape(1));
        one.Span[0] = 1;
        return one;
    }
}

/// <summary>y = max(x, 0), in place; NaN stays, so that it is found. An error passes where y is above 0.</summary>
internal sealed class FloatRelu(string name) : FloatLayer(name)
{
    private FloatTensor? y;

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x)
    {
        foreach (ref var value in x.Span) value = value <= 0 ? 0 : value;
        return y = x;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError)
    {
        Span<float> errors = e.Span, values = y!.Span;
        for (var i = 0; i < errors.Length; i++) errors[i] = values[i] > 0 ? errors[i] : 0;
        return e;
    }
}
