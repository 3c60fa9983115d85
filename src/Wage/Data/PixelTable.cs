using Wage.Numbers;

namespace Wage.Data;

/// <summary>What a pixel 0..255 means to the network.</summary>
public enum InputRange
{
    /// <summary>p / 127.5 - 1: black is -1, white 1. WAGE's.</summary>
    Symmetric,

    /// <summary>
    /// p / 255: black is 0, white 1. Black backgrounds then add nothing to a product, which suits dense layers without biases.
    /// </summary>
    Unit,
}

/// <summary>From pixels to the first activations, quantized as any activation.</summary>
public static class PixelTable
{
    /// <summary>A pixel is a byte.</summary>
    internal const int Entries = 256;

    /// <summary>
    /// A^0 of each pixel 0..255, unit sigma(k_A) = 2^(1-bits): clamp(round(n * 2^(bits-1) / 255), +-(2^(bits-1) - 1)), with n = 2p - 255 for
    /// <see cref="InputRange.Symmetric"/>, which is Q(p / 127.5 - 1, k_A) of WAGE eq. 3, and n = p for <see cref="InputRange.Unit"/>. Ties cannot
    /// occur (255 is odd); half to even is named all the same.
    /// </summary>
    /// <param name="bits">k_A, 2..8.</param>
    /// <param name="range">What a pixel means.</param>
    /// <returns>256 integers in [-(2^(bits-1) - 1), 2^(bits-1) - 1], not decreasing.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The width is not from 2 to 8.</exception>
    public static sbyte[] Create(int bits, InputRange range = InputRange.Symmetric)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 8);
        var table = new sbyte[Entries];
        for (var p = 0; p < table.Length; p++)
        {
            var numerator = range == InputRange.Symmetric ? (2L * p) - 255 : p;
            var rounded = FixedPoint.Divide(numerator << (bits - 1), 255, Rounding.HalfEven);
            table[p] = (sbyte)FixedPoint.Saturate(rounded, BitWidths.Limit(bits));
        }

        return table;
    }
}
