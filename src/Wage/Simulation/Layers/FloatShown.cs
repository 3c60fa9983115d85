using Wage.Observation;
using Wage.Quantization;

namespace Wage.Simulation.Layers;

/// <summary>
/// The end of a block: shows its activations and its errors under its name, and changes neither. What a scheme makes of the errors comes here too.
/// </summary>
internal sealed class FloatShown(FloatView view, string name, Quantity output, FloatLayer? errors, float? clip = null) : FloatLayer(name)
{
    /// <inheritdoc/>
    public override IEnumerable<FloatState> States => errors?.States ?? [];

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
        view.Show(Name, Quantity.ErrorInputs, e);
        return errors is null ? e : errors.Backward(e, needsError, s);
    }
}
