namespace Wage.Simulation.Calibration;

/// <summary>
/// How often the values of a tensor occur: bins of width w = max |x| / 2048, of which bin i has the values from i w up to (i + 1) w, so that 0 is a
/// border. Zeros are counted by themselves: they have a code in every grid. Counts are whole numbers: no order of the values changes them.
/// </summary>
/// <param name="least">The least of the values, not above 0.</param>
/// <param name="greatest">The greatest, not below 0.</param>
internal sealed class ValueHistogram(float least, float greatest)
{
    /// <summary>The bins on each side of 0.</summary>
    public const int Half = 2048;

    private readonly long[] counts = new long[2 * Half];

    /// <summary>w.</summary>
    public double Width { get; } = Math.Max(-(double)least, greatest) / Half;

    /// <summary>The least value.</summary>
    public float Least => least;

    /// <summary>The greatest value.</summary>
    public float Greatest => greatest;

    /// <summary>The values, zeros among them.</summary>
    public long Count { get; private set; }

    /// <summary>The lowest bin that a value can be in; 0 where none is below 0.</summary>
    public int First => least < 0 ? Bin(least) : 0;

    /// <summary>The bin behind the highest that a value can be in; 0 where none is above 0.</summary>
    public int Last => greatest > 0 ? Bin(greatest) + 1 : 0;

    /// <summary>The values of a bin, from -2048 to 2047.</summary>
    public long this[int bin] => counts[bin + Half];

    /// <summary>Values that are between the least and the greatest.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        Count += values.Length;
        foreach (var value in values)
        {
            if (value != 0) counts[Bin(value) + Half]++;
        }
    }

    /// <summary>The value at the lower border of a bin; the least or the greatest value where it lies outside of these.</summary>
    public float Border(int bin) => (float)Math.Clamp(bin * Width, least, greatest);

    private int Bin(float value) => (int)Math.Clamp(Math.Floor(value / Width), -Half, Half - 1);
}
