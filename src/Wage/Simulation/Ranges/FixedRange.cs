using Wage.Numbers;

namespace Wage.Simulation.Ranges;

/// <summary>
/// range^t = [-c, c], or [0, c] where the tensors have no sign and the first has nothing below 0; without c that of the first tensor. It never moves.
/// </summary>
/// <param name="c">The end; null: the first tensor's.</param>
/// <param name="isSigned">Whether tensors may have values below 0 though the first has none: errors.</param>
internal sealed class FixedRange(Ratio? c, bool isSigned = false) : IRangeEstimator
{
    /// <inheritdoc/>
    public string Words => c is { } given ? $"fixed at {given}" : "fixed by the first batch";

    /// <inheritdoc/>
    public bool IsStatic => true;

    /// <inheritdoc/>
    public bool IsState => false;

    /// <inheritdoc/>
    public TensorRange Next(RangeState state, TensorRange found, FloatTensor x, uint step)
    {
        var end = FloatMath.ToFloat(c);
        state.Move(state.IsKnown ? state.Range : c is null ? found : new TensorRange(isSigned || found.Least < 0 ? -end : 0, end));
        return state.Range;
    }
}
