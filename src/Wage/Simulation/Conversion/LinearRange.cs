using System.Globalization;

namespace Wage.Simulation.Conversion;

/// <summary>
/// Values between two, coded linearly by k bits without a sign: code 0 is the least, code 2^k - 1 the greatest. 0 need not have a code. For files;
/// integer products want an <see cref="AffineGrid"/>. TensorFlow's guide Fixed Point Quantization.
/// </summary>
/// <param name="Least">The least value.</param>
/// <param name="Greatest">The greatest, not less.</param>
/// <param name="Bits">k, from 1 to 8.</param>
public readonly record struct LinearRange(float Least, float Greatest, int Bits = 8)
{
    private int Steps => (1 << Bits) - 1;

    /// <summary>That of these values.</summary>
    /// <param name="tensor">Their name, for the error.</param>
    /// <param name="values">One or more.</param>
    /// <param name="bits">k, from 1 to 8.</param>
    /// <exception cref="WageException">A value is not finite.</exception>
    public static LinearRange Of(string tensor, ReadOnlySpan<float> values, int bits = 8)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Length);
        var (least, greatest) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var value in values) (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
        Require(tensor, least, greatest);
        return new LinearRange(least, greatest, bits);
    }

    /// <summary>floor((r - min) (2^k - 1) / (max - min) + 1/2), within the codes; 0 where both are the same.</summary>
    public byte Code(float value) =>
        Greatest <= Least ? (byte)0 : (byte)Math.Clamp(Math.Floor(((double)value - Least) * Steps / ((double)Greatest - Least) + 0.5), 0, Steps);

    /// <summary>min + q (max - min) / (2^k - 1).</summary>
    public double Value(byte code) => Least + (code * ((double)Greatest - Least) / Steps);

    /// <summary>The codes of values.</summary>
    /// <exception cref="WageException">A value is NaN: it has no code.</exception>
    /// <exception cref="ArgumentException">There is not a place for each.</exception>
    public void Quantize(ReadOnlySpan<float> values, Span<byte> codes)
    {
        RequireLength(values.Length, codes.Length);
        for (var i = 0; i < values.Length; i++) codes[i] = Code(Number(values[i], i));
    }

    /// <summary>What codes stand for.</summary>
    /// <exception cref="ArgumentException">There is not a place for each.</exception>
    public void Dequantize(ReadOnlySpan<byte> codes, Span<float> values)
    {
        RequireLength(codes.Length, values.Length);
        for (var i = 0; i < codes.Length; i++) values[i] = (float)Value(codes[i]);
    }

    internal static void RequireLength(int length, int places)
    {
        if (length != places) throw new ArgumentException($"{length} elements do not fit {places} places", nameof(places));
    }

    internal static float Number(float value, int index) => !float.IsNaN(value)
        ? value : throw new WageException($"value {index} is NaN, which has no code.", "look for the layer that made it.");

    /// <summary>It is a range of finite numbers.</summary>
    internal static void Require(string tensor, float least, float greatest)
    {
        if (float.IsFinite(least) && float.IsFinite(greatest) && least <= greatest) return;
        throw new WageException(
            string.Create(CultureInfo.InvariantCulture, $"{tensor}: its range is [{least:R}, {greatest:R}], which no codes of integers cover."),
            "a range is of finite numbers, the least first: train or calibrate with data that have one.");
    }
}
