using Wage.Observation;
using Wage.Quantization;

namespace Wage.Simulation.Layers;

/// <summary>
/// The end of a block: shows its activations and its errors under its name, and changes neither.
/// </summary>
internal sealed class FloatShown(FloatView view, string name, Quantity output, bool showsErrors, float? clip = null) : FloatLayer(name)
{
    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        if (s.Phase == Phase.Training)
            view.Show(Name, output, x, output == Quantity.ActivationInputs ? FloatChannelsOf.Columns : FloatChannelsOf.None, clip);
        return x;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        if (showsErrors) view.Show(Name, Quantity.ErrorInputs, e);
        return e;
    }
}
