using Wage.Numbers;
using Wage.Simulation.Conversion;

namespace Wage.Simulation.Calibration;

/// <summary>Ranges of activations, searched in their histogram. Each contains 0 and lies within the least and the greatest value.</summary>
internal static class RangeSearch
{
    private const int ErrorStep = 16;
    private const int EntropyStep = 8;

    /// <summary>At each end the borders are cut off beyond which at most 100 - p percent of the values lie.</summary>
    public static (float Least, float Greatest) Percentile(ValueHistogram values, Ratio percentile)
    {
        var most = (long)((Int128)values.Count * ((100 * percentile.Denominator) - percentile.Numerator) / (100 * percentile.Denominator));
        var (low, high) = (values.First, values.Last);
        for (var left = most; low < 0 && (left -= values[low]) >= 0;) low++;
        for (var left = most; high > 0 && (left -= values[high - 1]) >= 0;) high--;
        return (values.Border(low), values.Border(high));
    }

    /// <summary>
    /// The ends, of 128 borders on each side of 0, of which none can be moved alone to a smaller sum of squared differences between the bins' middles
    /// and the values of their codes: first the greater end, then the least, until neither moves. Of equal ones the wider.
    /// </summary>
    public static (float Least, float Greatest) SquaredError(ValueHistogram values, string tensor, int bits)
    {
        (double Middle, long Count)[] bins =
        [
            .. Enumerable.Range(values.First, values.Last - values.First).Where(bin => values[bin] > 0)
                .Select(bin => ((bin + 0.5) * values.Width, values[bin])),
        ];
        var (low, high) = (-ValueHistogram.Half, ValueHistogram.Half);
        for (var moved = true; moved;)
        {
            var before = (low, high);
            if (values.Greatest > 0) high = Best(edge => Error(low, edge));
            if (values.Least < 0) low = -Best(edge => Error(-edge, high));
            moved = before != (low, high) && values is { Least: < 0, Greatest: > 0 };
        }

        return (values.Border(low), values.Border(high));

        double Error(int from, int to)
        {
            var (grid, sum) = (AffineGrid.Of(tensor, values.Border(from), values.Border(to), bits), 0.0);
            foreach (var (middle, count) in bins)
            {
                var apart = middle - grid.Value(grid.Code(middle));
                sum += count * apart * apart;
            }

            return sum;
        }

        static int Best(Func<int, double> error)
        {
            var (best, least) = (ValueHistogram.Half, double.PositiveInfinity);
            for (var edge = ValueHistogram.Half; edge > 0; edge -= ErrorStep)
            {
                if (error(edge) is var sum && sum < least) (best, least) = (edge, sum);
            }

            return best;
        }
    }

    /// <summary>
    /// The clip |x| &lt;= T, of every eighth border with at least 2^k bins inside, whose distribution diverges least from that of its 2^k codes
    /// (Migacz 2017, 8-bit inference with TensorRT; here for ranges with and without values below 0). Of equal ones the wider.
    /// </summary>
    public static (float Least, float Greatest) Entropy(ValueHistogram values, int bits)
    {
        var (best, least) = (ValueHistogram.Half, double.PositiveInfinity);
        for (var edge = ValueHistogram.Half; edge > 0; edge -= EntropyStep)
        {
            var (low, high) = (Math.Max(-edge, values.First), Math.Min(edge, values.Last));
            if (high - low < 1 << bits) break;
            if (Divergence(values, low, high, 1 << bits) is var sum && sum < least) (best, least) = (edge, sum);
        }

        return (values.Border(-best), values.Border(best));
    }

    /// <summary>
    /// sum p ln (p / q) over the bins from low to high. p: the bins' counts, with those outside added to the first and the last one. q: the counts
    /// inside, of each of the equal parts shared out among its bins that have values; where only values from outside are, one of them.
    /// </summary>
    private static double Divergence(ValueHistogram values, int low, int high, int parts)
    {
        var (bins, all, inside) = (high - low, 0L, 0L);
        var (below, above) = (0L, 0L);
        for (var bin = values.First; bin < values.Last; bin++)
        {
            all += values[bin];
            if (bin < low) below += values[bin];
            else if (bin >= high) above += values[bin];
            else inside += values[bin];
        }

        if (inside == 0) return double.PositiveInfinity;
        var divergence = 0.0;
        for (var part = 0; part < parts; part++)
        {
            var (from, to) = (low + (int)((long)part * bins / parts), low + (int)((part + 1L) * bins / parts));
            var (sum, filled) = (0L, 0);
            for (var bin = from; bin < to; bin++)
            {
                sum += values[bin];
                filled += values[bin] > 0 ? 1 : 0;
            }

            for (var bin = from; bin < to; bin++)
            {
                var here = values[bin] + (bin == low ? below : 0) + (bin == high - 1 ? above : 0);
                if (here == 0) continue;
                var (p, q) = ((double)here / all, (values[bin] > 0 ? (double)sum / filled : 1) / inside);
                divergence += p * FloatMath.Log((float)(p / q));
            }
        }

        return divergence;
    }
}
