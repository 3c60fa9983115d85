using Wage.Numbers;

namespace Wage.Simulation.Ranges;

/// <summary>range^t = (1 - eta) [min, max](G^t) + eta range^(t-1), range^0 = [min, max](G^0): dynamic, for it includes step t.</summary>
/// <param name="eta">Below 1; null: 0.</param>
internal sealed class RunningMinMax(Ratio? eta) : IRangeEstimator
{
    private readonly double momentum = FloatMath.ToDouble(eta);

    /// <inheritdoc/>
    public string Words => $"running min-max, momentum {eta?.ToString() ?? "0"}";

    /// <inheritdoc/>
    public bool IsStatic => false;

    /// <inheritdoc/>
    public bool IsState => true;

    /// <inheritdoc/>
    public TensorRange Next(RangeState state, TensorRange found, FloatTensor x, uint step)
    {
        state.Move(state.IsKnown ? found.Average(state.Range, momentum) : found);
        return state.Range;
    }
}
