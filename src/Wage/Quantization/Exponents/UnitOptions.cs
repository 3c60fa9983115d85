using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>Every choice of a scheme whose tensors have units that follow them; each was checked by its table of options.</summary>
internal sealed record UnitOptions
{
    /// <summary>Bits of the weights in use, 2 to 8.</summary>
    public int WeightBits { get; init; } = 8;

    /// <summary>Bits of activations, 4 to 8.</summary>
    public int ActivationBits { get; init; } = 8;

    /// <summary>Bits of errors, 4 to 8.</summary>
    public int ErrorBits { get; init; } = 8;

    /// <summary>Bits of the errors D in front of a batch norm, on the way back: those of errors, or 16.</summary>
    public int NormErrorBits { get; init; } = 8;

    /// <summary>What D is stored as.</summary>
    public ElementType NormErrorType => NormErrorBits > 8 ? ElementType.Int16 : ElementType.Int8;

    /// <summary>Bits of stored weights, 32 or 16.</summary>
    public int MasterBits { get; init; } = 32;

    /// <summary>What stays of the velocity in a step; null: nothing.</summary>
    public Ratio? Momentum { get; init; }

    /// <summary>What of a weight joins its gradient; null: nothing.</summary>
    public Ratio? WeightDecay { get; init; }

    /// <summary>Whose maxima scale sums and activations: <see cref="RangeEstimator.InHindsight"/> or <see cref="RangeEstimator.Current"/>.</summary>
    public RangeEstimator ActivationRange { get; init; } = RangeEstimator.InHindsight;

    /// <summary>The same of errors.</summary>
    public RangeEstimator ErrorRange { get; init; } = RangeEstimator.InHindsight;
}
