using Wage.Numbers;

namespace Wage.Simulation.Ranges;

/// <summary>
/// Fournarakis and Nagel 2021: range^t = (1 - eta) [min, max](G^(t-1)) + eta range^(t-1), the moving average read before step t joins it, so that
/// step t is static. range^0 = [min, max](G^0), and range^1 the same.
/// </summary>
/// <param name="eta">Below 1; null: 0.</param>
internal sealed class InHindsightMinMax(Ratio? eta) : IRangeEstimator
{
    private readonly double momentum = FloatMath.ToDouble(eta);

    /// <inheritdoc/>
    public string Words => $"in-hindsight min-max, momentum {eta?.ToString() ?? "0"}";

    /// <inheritdoc/>
    public bool IsStatic => true;

    /// <inheritdoc/>
    public bool IsState => true;

    /// <inheritdoc/>
    public TensorRange Next(RangeState state, TensorRange found, FloatTensor x, uint step)
    {
        var range = state.IsKnown ? state.Range : found;
        state.Move(found.Average(range, momentum));
        return range;
    }
}
