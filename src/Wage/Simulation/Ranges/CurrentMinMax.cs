namespace Wage.Simulation.Ranges;

/// <summary>range^t = [min, max](G^t): dynamic, and nothing saturates. Evaluations take the last step's.</summary>
internal sealed class CurrentMinMax : IRangeEstimator
{
    /// <inheritdoc/>
    public string Words => "current min-max";

    /// <inheritdoc/>
    public bool IsStatic => false;

    /// <inheritdoc/>
    public bool IsState => false;

    /// <inheritdoc/>
    public TensorRange Next(RangeState state, TensorRange found, FloatTensor x, uint step)
    {
        state.Move(found);
        return found;
    }
}
