using Wage.Numbers;

namespace Wage.Simulation.Conversion;

/// <summary>
/// The values that codes of k bits stand for: r = S (q - Z). 0 is one of them. Codes have a sign and lie in int8; those of 8 bits without a sign,
/// as other programs have them, are 128 more. Jacob et al. 2018, section 2.1.
/// </summary>
/// <param name="Scale">S, above 0.</param>
/// <param name="ZeroPoint">Z, the code of 0.</param>
/// <param name="Codes">The codes that a value may get.</param>
public readonly record struct AffineGrid(float Scale, int ZeroPoint, CodeRange Codes)
{
    /// <summary>The most bits of a code.</summary>
    public const int MostBits = 8;

    /// <summary>The least bits of a code.</summary>
    public const int LeastBits = 2;

    /// <summary>The least value that a code has: the range, nudged.</summary>
    public double Least => Value(Codes.Low);

    /// <summary>The greatest.</summary>
    public double Greatest => Value(Codes.High);

    /// <summary>
    /// That of a tensor's range, nudged so that 0 has a code: min and max are extended to contain 0, s = (max - min) / (2^k - 1),
    /// Z = clamp(floor(-min / s + 1/2), 0, 2^k - 1) - 2^(k-1). A range of 0 alone has one code.
    /// </summary>
    /// <param name="tensor">Its name, for the error.</param>
    /// <param name="least">The range's least value.</param>
    /// <param name="greatest">Its greatest.</param>
    /// <param name="bits">k, from 2 to 8.</param>
    /// <exception cref="WageException">The range is none, or not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">So many bits have no codes.</exception>
    public static AffineGrid Of(string tensor, float least, float greatest, int bits) => OfCodes(tensor, least, greatest, bits, 0);

    /// <summary>
    /// That of weights with a zero point, whose least code is left out, so that no product of two codes of 8 bits is -2^7 squared: as
    /// <see cref="Of"/>, with 2^k - 2 steps. Jacob et al. 2018, section 3.1.
    /// </summary>
    /// <inheritdoc cref="Of"/>
    public static AffineGrid Asymmetric(string tensor, float least, float greatest, int bits) => OfCodes(tensor, least, greatest, bits, 1);

    /// <summary>That of weights around 0: S = R / (2^(k-1) - 1), Z = 0; 1 and no code but 0 where R is 0.</summary>
    /// <param name="tensor">Its name, for the error.</param>
    /// <param name="greatest">R, the greatest magnitude.</param>
    /// <param name="bits">k, from 2 to 8.</param>
    /// <exception cref="WageException">It is negative, or not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">So many bits have no codes.</exception>
    public static AffineGrid Symmetric(string tensor, float greatest, int bits)
    {
        RequireRange(tensor, -greatest, greatest, bits);
        var most = (1 << (bits - 1)) - 1;
        return greatest == 0 ? new AffineGrid(1, 0, new CodeRange(0, 0)) : new AffineGrid(Positive((double)greatest / most), 0, new(-most, most));
    }

    /// <summary>S (q - Z).</summary>
    public double Value(int code) => (double)Scale * (code - ZeroPoint);

    /// <summary>The code whose value is the nearest: clamp(floor(r / S + 1/2) + Z).</summary>
    /// <param name="value">No NaN; infinities have the codes of the ends.</param>
    public int Code(double value) => (int)Math.Clamp(Math.Floor((value / Scale) + 0.5) + ZeroPoint, Codes.Low, Codes.High);

    /// <summary>The codes of values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="codes">As many.</param>
    /// <exception cref="WageException">A value is NaN: it has no code.</exception>
    /// <exception cref="ArgumentException">There is not a place for each.</exception>
    public void Quantize(ReadOnlySpan<float> values, Span<sbyte> codes)
    {
        LinearRange.RequireLength(values.Length, codes.Length);
        for (var i = 0; i < values.Length; i++) codes[i] = (sbyte)Code(LinearRange.Number(values[i], i));
    }

    /// <summary>What codes stand for.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="values">As many.</param>
    /// <exception cref="ArgumentException">There is not a place for each.</exception>
    public void Dequantize(ReadOnlySpan<sbyte> codes, Span<float> values)
    {
        LinearRange.RequireLength(codes.Length, values.Length);
        for (var i = 0; i < codes.Length; i++) values[i] = (float)Value(codes[i]);
    }

    /// <summary>The codes of values in [from, to], halves away from zero: a ReLU6 as a clamp, from 0 to 6; null where there is no bound.</summary>
    public CodeRange Within(int? from, int? to)
    {
        var (scale, zeroPoint) = ((double)Scale, ZeroPoint);
        return new(
            from is { } least ? (int)Math.Clamp(At(least), Codes.Low, Codes.High) : Codes.Low,
            to is { } most ? (int)Math.Clamp(At(most), Codes.Low, Codes.High) : Codes.High);

        double At(int value) => zeroPoint + Math.Round(value / scale, MidpointRounding.AwayFromZero);
    }

    private static AffineGrid OfCodes(string tensor, float least, float greatest, int bits, int first)
    {
        RequireRange(tensor, least, greatest, bits);
        var (low, high) = (Math.Min((double)least, 0), Math.Max((double)greatest, 0));
        var (half, steps) = (1 << (bits - 1), (1 << bits) - 1 - first);
        var codes = new CodeRange(first - half, half - 1);
        if (low == high) return new AffineGrid(1, codes.Low, new CodeRange(codes.Low, codes.Low));
        var zeroPoint = Math.Clamp(Math.Floor((-low * steps / (high - low)) + 0.5), 0, steps);
        return new AffineGrid(Positive((high - low) / steps), (int)zeroPoint + codes.Low, codes);
    }

    /// <summary>As float32, which is 0 for none of them.</summary>
    private static float Positive(double scale) => Math.Max((float)scale, float.Epsilon);

    private static void RequireRange(string tensor, float least, float greatest, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, LeastBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, MostBits);
        LinearRange.Require(tensor, least, greatest);
    }
}
