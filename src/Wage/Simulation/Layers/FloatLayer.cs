using Wage.Quantization;

namespace Wage.Simulation.Layers;

/// <summary>
/// A layer of the float32 domain. It runs any number of times without allocating. Each output is valid until the layer's next call, and nobody writes
/// it but a ReLU behind it that works in place; an error belongs to the layer that is given it.
/// </summary>
internal abstract class FloatLayer(string name)
{
    /// <summary>"conv1", "batchNorm1": the name in the table, in checkpoints and in messages.</summary>
    public string Name => name;

    /// <summary>What it trains, in the order in which checkpoints have it; those of the layers inside it among them.</summary>
    public virtual IEnumerable<FloatParameter> Parameters => [];

    /// <summary>What else it remembers from step to step: averages, ranges, counters.</summary>
    public virtual IEnumerable<FloatState> States => [];

    /// <summary>True when something in it learns: then it is given errors.</summary>
    public bool Learns => Parameters.Any(parameter => !parameter.IsFrozen);

    /// <summary>Brings the weights into the form in which <see cref="Forward"/> reads them: once before a step, once before evaluations.</summary>
    public virtual void Prepare(in StepContext s)
    {
    }

    /// <summary>The output for this input; valid until the next call.</summary>
    /// <param name="x">The input; it stays as it is until <see cref="Backward"/> has used it.</param>
    /// <param name="s">Training: states move, random bits are drawn. Evaluation: neither.</param>
    public abstract FloatTensor Forward(FloatTensor x, in StepContext s);

    /// <summary>
    /// The error of the input for this error of the output, of the last <see cref="Forward"/>; leaves the gradients in the parameters.
    /// </summary>
    /// <param name="e">The error of the output; it may be changed.</param>
    /// <param name="needsError">False where no layer before learns: the result is not read.</param>
    /// <param name="s">As <see cref="Forward"/> was given it.</param>
    public abstract FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s);
}

/// <summary>A tensor that outlives a step and is no weight.</summary>
/// <param name="Name">"batchNorm1.mean".</param>
/// <param name="Values">Where it is; it lives as long as the network.</param>
/// <param name="Start">The value of each element in a network that has not trained.</param>
/// <param name="Require">Refuses values of a file that no step leaves; null: any finite ones are taken.</param>
internal readonly record struct FloatState(string Name, FloatTensor Values, float Start = 0, FloatStateCheck? Require = null);

/// <summary>Looks at values that a state is to have.</summary>
/// <exception cref="WageException">No step leaves them.</exception>
internal delegate void FloatStateCheck(ReadOnlySpan<float> values);
