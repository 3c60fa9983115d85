using Wage.Numbers;

namespace Wage.Simulation.Calibration;

/// <summary>How a range comes of the values that a tensor has on the calibration images.</summary>
public enum CalibrationMethod
{
    /// <summary>The least and the greatest of all values.</summary>
    Current,

    /// <summary>The moving average of the batches' least and greatest values, as training has it.</summary>
    Running,

    /// <summary>At each end at most the given share of the values is left out.</summary>
    Percentile,

    /// <summary>The range whose codes are nearest to the values: the least sum of squared errors.</summary>
    SquaredError,

    /// <summary>The range whose codes keep most of the distribution: the least Kullback-Leibler divergence.</summary>
    Entropy,
}

/// <summary>What calibration does.</summary>
/// <param name="Method">How ranges are found.</param>
public sealed record CalibrationOptions(CalibrationMethod Method = CalibrationMethod.Current)
{
    /// <summary>The percentage of <see cref="CalibrationMethod.Percentile"/>, from 50 to 100: 100 less it is the share left out at an end.</summary>
    /// <exception cref="WageException">It is another.</exception>
    public Ratio Percentile
    {
        get;
        init => field = value.Numerator >= 50 * value.Denominator && value.Numerator <= 100 * value.Denominator
            ? value : throw new WageException($"percentile: is {value}, but must be from 50 to 100.", "99.99 leaves one value in ten thousand out.");
    } = new(9999, 100);
}
