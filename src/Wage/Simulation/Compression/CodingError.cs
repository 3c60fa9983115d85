namespace Wage.Simulation.Compression;

/// <summary>How far values that came back from codes are from those that went in.</summary>
/// <param name="Greatest">The greatest magnitude of a difference.</param>
/// <param name="Rms">The root of the mean square difference.</param>
/// <param name="SignalToNoise">10 log10(sum x^2 / sum (x - y)^2), in decibels; infinite where nothing differs.</param>
public readonly record struct CodingError(double Greatest, double Rms, double SignalToNoise)
{
    /// <summary>That of these values, one or more.</summary>
    /// <exception cref="ArgumentException">There are not as many of both.</exception>
    public static CodingError Of(ReadOnlySpan<float> values, ReadOnlySpan<float> restored)
    {
        if (values.Length != restored.Length) throw new ArgumentException($"{restored.Length} values for {values.Length}", nameof(restored));
        var (greatest, signal, noise) = (0.0, 0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            var difference = (double)values[i] - restored[i];
            greatest = Math.Max(greatest, Math.Abs(difference));
            signal += (double)values[i] * values[i];
            noise += difference * difference;
        }

        return new CodingError(
            greatest, Math.Sqrt(noise / values.Length), noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(signal / noise));
    }
}
