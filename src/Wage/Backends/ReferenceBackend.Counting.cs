using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Counts for reports: they read tensors and change none.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void Histogram(Tensor x, long limit, int precision, Tensor histogram)
    {
        var (source, counts) = (Host(x), Host(histogram));
        var bins = LogarithmicBins.Of(x.Type, precision);
        Clear(histogram);
        (counts[0], counts[1]) = (long.MaxValue, long.MinValue);
        for (var i = 0; i < source.Length; i++)
        {
            var value = source[i];
            (counts[0], counts[1]) = (Math.Min(counts[0], value), Math.Max(counts[1], value));
            if (value >= limit || value <= -limit) counts[2]++;
            counts[3 + bins.Most + LogarithmicBins.Bin(value, precision)]++;
        }
    }
}
