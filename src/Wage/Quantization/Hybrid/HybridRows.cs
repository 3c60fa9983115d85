using Wage.Models;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// Weights of which a step makes a share ternary and the others 8 bits, on one grid, sigma(8): this project's, of stochastic quantization (Dong et
/// al. 2017) and of WAGE. A ternary row is alpha times -1, 0 and 1, alpha = 2^round(log2 mean |W|) of its weights beyond the threshold: a shift.
/// </summary>
/// <param name="Ratios">The shares, none less than the one before.</param>
public sealed record HybridRows(SpecList<Ratio> Ratios)
{
    /// <summary>How the share grows.</summary>
    public RatioForm Form { get; init; }

    /// <summary>A unit is a single weight, ternary by its row's alpha; false: a row, the weights of an output.</summary>
    public bool ByElement { get; init; }

    /// <summary>Every unit is as likely; false: by 1 / e, e = sum |W - Q| / sum |W| of the unit.</summary>
    public bool IsUniform { get; init; }

    /// <summary>What becomes 0.</summary>
    public TernaryThreshold Threshold { get; init; }

    /// <summary>One alpha for the layer, so that its packed weights take 2 bits; false: one for each row.</summary>
    public bool AlphaOfLayer { get; init; }

    /// <summary>"1/2 1 of rows in Stages by Grid".</summary>
    public override string ToString() =>
        $"{string.Join(' ', Ratios)} of {(ByElement ? "weights" : "rows")}{(IsUniform ? " alike" : string.Empty)} in {Form} by {Threshold}" +
        (AlphaOfLayer ? " and one alpha" : string.Empty);

    /// <summary>The share of a step.</summary>
    internal RatioSchedule Schedule => new(Form, Ratios);
}

/// <summary>Which weights are 0 in ternary.</summary>
public enum TernaryThreshold
{
    /// <summary>Those that WAGE's Q_W of 2 bits brings to 0: up to a quarter.</summary>
    Grid,

    /// <summary>Those up to 0.7 mean |W| of the row: TWN, Li et al. 2016.</summary>
    Filter,

    /// <summary>The same of the layer.</summary>
    Layer,
}
