using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Simulation.Conversion;

/// <summary>
/// From scales, which are floats, to the integers of an affine model. Every quotient is of doubles, in the order in which it is written.
/// </summary>
internal static class Requantization
{
    /// <summary>M0 and the shift of a double.</summary>
    public static QuantizedMultiplier Of(double scale) => QuantizedMultiplier.OfDoubleBits(BitConverter.DoubleToUInt64Bits(scale));

    /// <summary>M = S1 Sw / S3 of a product's filter.</summary>
    public static QuantizedMultiplier OfProduct(float input, float weight, float output) => Of((double)input * weight / output);

    /// <summary>M of each filter of a layer that ends in int32 scores: Sw[c] over the greatest of them, so that the scores have one unit.</summary>
    public static QuantizedMultiplier[] OfScores(ReadOnlySpan<float> weights)
    {
        var (most, all) = (0f, new QuantizedMultiplier[weights.Length]);
        foreach (var scale in weights) most = Math.Max(most, scale);
        for (var c = 0; c < all.Length; c++) all[c] = Of((double)weights[c] / most);
        return all;
    }

    /// <summary>The sum of codes of two grids as codes of a third.</summary>
    public static AffineSum OfSum(in AffineGrid x, in AffineGrid y, in AffineGrid sum, CodeRange clamp, MultiplierRounding rounding)
    {
        var both = 2 * Math.Max((double)x.Scale, y.Scale);
        return new AffineSum(
            new(Of(x.Scale / both), x.ZeroPoint), new(Of(y.Scale / both), y.ZeroPoint), Of(both / ((1 << AffineSum.MoreBits) * (double)sum.Scale)),
            sum.ZeroPoint, clamp.Low, clamp.High, rounding);
    }

    /// <summary>Bias codes in the accumulators' unit S1 Sw[c], halves away from zero, and how many of them did not fit.</summary>
    /// <param name="bias">b of each filter, finite.</param>
    /// <param name="input">S1.</param>
    /// <param name="weights">Sw of each filter, or of all.</param>
    /// <param name="most">The greatest magnitude that the accumulators have room for.</param>
    public static (int[] Codes, int Clamped) OfBias(ReadOnlySpan<float> bias, float input, ReadOnlySpan<float> weights, int most)
    {
        var (codes, clamped) = (new int[bias.Length], 0);
        for (var c = 0; c < codes.Length; c++)
        {
            var scale = (double)input * weights[weights.Length == 1 ? 0 : c];
            var code = Math.Round(bias[c] / scale, MidpointRounding.AwayFromZero);
            if (!(Math.Abs(code) <= most)) clamped++;
            codes[c] = (int)Math.Clamp(code, -most, most);
        }

        return (codes, clamped);
    }
}
