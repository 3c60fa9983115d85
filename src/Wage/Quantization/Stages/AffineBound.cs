using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>The proof, from shapes and codes, that the sums of an affine product fit 32 bits.</summary>
public static class AffineBound
{
    /// <summary>
    /// The greatest magnitude of bias + sum of (q - Z) w over <paramref name="terms"/>, of its parts, and of what is added to them: the sum of q w,
    /// and the start, bias - Z times the sum of w.
    /// </summary>
    /// <param name="layer">Its name, for the error.</param>
    /// <param name="terms">K, the terms of a sum.</param>
    /// <param name="codes">The inputs' codes, as they are stored.</param>
    /// <param name="zeroPoint">Z, one of them.</param>
    /// <param name="weight">The greatest magnitude of a weight.</param>
    /// <param name="bias">The greatest magnitude of a bias.</param>
    /// <exception cref="WageException">It does not fit 32 bits.</exception>
    public static int Require(string layer, int terms, CodeRange codes, int zeroPoint, int weight, long bias)
    {
        var shifted = Math.Max((long)codes.High - zeroPoint, (long)zeroPoint - codes.Low);
        var stored = Math.Max(Math.Abs((long)codes.High), Math.Abs((long)codes.Low));
        var sums = (Int128)terms * weight;
        var bound = Int128.Max((sums * shifted) + bias, Int128.Max(sums * stored, (sums * Math.Abs((long)zeroPoint)) + bias));
        if (bound <= int.MaxValue) return (int)bound;
        throw new WageException(
            $"{layer}: a sum of {terms} terms, codes {codes.Low} to {codes.High} with zero point {zeroPoint} times weights to {weight}, and a bias " +
            $"to {bias}, can reach {bound}, but 32 bits hold {int.MaxValue}.",
            "fewer inputs to the layer (groups, a smaller kernel), or fewer bits of its weights or inputs.");
    }
}
