namespace Wage.Simulation.Stochastic;

/// <summary>How weights become binary (Rastegari et al. 2016) or ternary (Li et al. 2016).</summary>
/// <param name="IsTernary">Ternary: 0 besides both signs.</param>
/// <param name="Variant">Whose threshold and selection.</param>
/// <param name="ThresholdOfLayer">Ternary: one Delta for the layer; false: one for each filter.</param>
/// <param name="AlphaOfLayer">Ternary: one alpha for the layer; false: one for each filter.</param>
internal readonly record struct LowBitRule(bool IsTernary, SqVariant Variant, bool ThresholdOfLayer, bool AlphaOfLayer)
{
    /// <summary>"BWN", "TWN".</summary>
    public string Name => IsTernary ? "TWN" : "BWN";
}

/// <summary>The paper and the program that its authors published, which differ.</summary>
internal enum SqVariant
{
    /// <summary>Delta of |W|; the roulette draws what is quantized, by 1 / e.</summary>
    Paper,

    /// <summary>One Delta of |W - mean W| for a layer; the roulette draws what stays float32, by e.</summary>
    Program,
}
