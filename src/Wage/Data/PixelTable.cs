using Wage.Numbers;

namespace Wage.Data;

/// <summary>From pixels to the first activations: WAGE maps a pixel p to p / 127.5 - 1 and quantizes it as any activation.</summary>
public static class PixelTable
{
    /// <summary>
    /// A^0 of each pixel 0..255, unit sigma(k_A) = 2^(1-bits): clamp(round((2p - 255) * 2^(bits-1) / 255), +-(2^(bits-1) - 1)), which is
    /// Q(p / 127.5 - 1, k_A) of WAGE eq. 3. Ties cannot occur (255 is odd); half to even is named all the same.
    /// </summary>
    /// <param name="bits">k_A, 2..8.</param>
    /// <returns>256 integers in [-(2^(bits-1) - 1), 2^(bits-1) - 1], not decreasing.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The width is not from 2 to 8.</exception>
    public static sbyte[] Create(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 8);
        var table = new sbyte[256];
        for (var p = 0; p < table.Length; p++)
        {
            var rounded = FixedPoint.Divide(((2L * p) - 255) << (bits - 1), 255, Rounding.HalfEven);
            table[p] = (sbyte)FixedPoint.Saturate(rounded, BitWidths.Limit(bits));
        }

        return table;
    }
}
