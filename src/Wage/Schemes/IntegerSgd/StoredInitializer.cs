using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Schemes;

/// <summary>Weights of Q24 on the grid on which they are stored: ties up, saturated.</summary>
/// <param name="weights">What draws them.</param>
/// <param name="range">The grid.</param>
internal sealed class StoredInitializer(NormalInitializer weights, QuantizedRange range) : IWeightInitializer
{
    /// <summary>True where it draws none.</summary>
    public bool IsOfZeros => weights.IsOfZeros;

    /// <inheritdoc/>
    public void Initialize(int fanIn, in RandomKey key, int first, Span<long> stored)
    {
        weights.Initialize(fanIn, key, first, stored);
        var dropped = NormalInitializer.FractionBits - range.FractionBits;
        foreach (ref var w in stored) w = FixedPoint.Saturate(dropped == 0 ? w : (w + (1L << (dropped - 1))) >> dropped, range.Limit);
    }
}
