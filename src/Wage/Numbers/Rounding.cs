namespace Wage.Numbers;

/// <summary>How the bits below the unit are dropped. Every place that drops bits names one of these.</summary>
public enum Rounding
{
    /// <summary>To the nearest; ties to the even neighbour (2.5 -> 2, -1.5 -> -2). TensorFlow's and IEEE 754's default.</summary>
    HalfEven,

    /// <summary>To the nearest; ties away from zero (2.5 -> 3, -1.5 -> -2). C's round().</summary>
    HalfAway,
}
