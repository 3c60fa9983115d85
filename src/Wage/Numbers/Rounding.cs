namespace Wage.Numbers;

/// <summary>How the bits below the unit are dropped. Every place that drops bits names one of these.</summary>
public enum Rounding
{
    /// <summary>To the nearest; ties to the even neighbour (2.5 -> 2, -1.5 -> -2). TensorFlow's and IEEE 754's default.</summary>
    HalfEven,

    /// <summary>To the nearest; ties away from zero (2.5 -> 3, -1.5 -> -2). C's round().</summary>
    HalfAway,

    /// <summary>Towards zero (2.9 -> 2, -2.9 -> -2): what an integer division drops.</summary>
    TowardZero,

    /// <summary>
    /// Away from zero where the upper half of the dropped bits of |x| exceeds the lower half, which serves as a random number (an odd number of bits
    /// gives the upper half one more, and the lower is doubled), else towards zero. NITI, Wang et al. 2020: it costs no randomness and is not exact.
    /// </summary>
    PseudoStochastic,

    /// <summary>floor(x) + Bernoulli(x - floor(x)), of bits that are a function of the seed, the step and the element: right in the mean.</summary>
    Stochastic,
}
