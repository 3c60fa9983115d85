namespace Wage.Quantization;

/// <summary>Which steps' maxima a tensor is scaled by. Fournarakis and Nagel 2021.</summary>
public enum RangeEstimator
{
    /// <summary>This step's: WAGE's own. The whole tensor is made before the first of its elements can be quantized.</summary>
    Current,

    /// <summary>A moving average that this step's has joined already.</summary>
    Running,

    /// <summary>The same average before this step's joins it: known when the step begins, so that elements are quantized as they are made.</summary>
    InHindsight,

    /// <summary>None: the range is given.</summary>
    Fixed,
}

/// <summary>How the range of a kind of tensors is found.</summary>
/// <param name="Estimator">Of which steps.</param>
/// <param name="Moving">How the average moves.</param>
/// <param name="FixedLog2">log2 of a fixed range, in units of the tensor's integers, 0 to 54.</param>
public readonly record struct RangeRule(RangeEstimator Estimator, MovingMaximum Moving = default, int FixedLog2 = 0)
{
    /// <summary>The greatest <see cref="FixedLog2"/>.</summary>
    public const int MostFixedLog2 = 54;
}
