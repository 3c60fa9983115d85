using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// The rows of stored weights on the k_G grid as ternary codes on the grid of 8 bits: sgn(w) 2^a where |w| > T, else 0. T is that of Q_W, or
/// floor(7 sum |w| / (10 n)), for integers the same as 0.7 mean |w|. 2^a = Shift(mean of |w| beyond T), WAGE eq. 6, from 1 to 64 sigma(8).
/// Integers alone: sums of up to 2^31 weights below 2^15.
/// </summary>
/// <param name="rule">Threshold and alpha.</param>
/// <param name="rows">The rows.</param>
/// <param name="bits">k_G, from 8 to 16.</param>
/// <param name="rounding">Q_W's.</param>
internal sealed class TernaryRows(HybridRows rule, int rows, int bits, Rounding rounding)
{
    /// <summary>Bits of the rows that are not ternary, whose grid all share.</summary>
    public const int GridBits = 8;

    private const int MostAlphaLog2 = GridBits - 2;
    private readonly int gridThreshold = GridThreshold(bits, rounding);
    private readonly long[] sums = new long[rows];
    private readonly long[] beyond = new long[rows];
    private readonly int[] counts = new int[rows];
    private readonly int[] alphas = new int[rows];
    private readonly long[] distances = new long[rows];

    /// <summary>The bits that the grid of 8 bits drops of a stored weight.</summary>
    public int Dropped => bits - GridBits;

    /// <summary>sum |w - q| of a row, and sum |w|, on the k_G grid.</summary>
    public (long Distance, long Sum) ErrorOf(int row) => (distances[row], sums[row]);

    /// <summary>The bytes that it takes.</summary>
    public static long Bytes(int rows) => (long)rows * ((3 * sizeof(long)) + (2 * sizeof(int)));

    /// <summary>codes becomes the ternary codes of w.</summary>
    public void Run(ReadOnlySpan<int> w, Span<sbyte> codes)
    {
        var n = w.Length / rows;
        for (var row = 0; row < rows; row++) sums[row] = SumBeyond(w.Slice(row * n, n), -1).Sum;
        var ofLayer = Scaled(Total(sums), w.Length);
        for (var row = 0; row < rows; row++)
            (beyond[row], counts[row]) = SumBeyond(w.Slice(row * n, n), ThresholdOf(row, n, ofLayer));
        var layer = NearestLog2(Total(beyond), Total(counts));
        for (var row = 0; row < rows; row++)
        {
            alphas[row] = Math.Clamp((rule.AlphaOfLayer ? layer : NearestLog2(beyond[row], counts[row])) - Dropped, 0, MostAlphaLog2);
            distances[row] = Quantize(w.Slice(row * n, n), codes.Slice(row * n, n), ThresholdOf(row, n, ofLayer), alphas[row]);
        }
    }

    /// <summary>The greatest |w| that Q_W of 2 bits brings to 0: ties of halves are those of the rounding.</summary>
    private static int GridThreshold(int bits, Rounding rounding)
    {
        var most = 0;
        while (FixedPoint.Round(most + 1, bits - 2, rounding) == 0) most++;
        return most;
    }

    private static long Scaled(long sum, long n) => 7 * sum / (10 * n);

    /// <summary>round(log2(sum / count)), at least 0; 0 of nothing.</summary>
    private static int NearestLog2(long sum, long count)
    {
        var log2 = 0;
        while (2 * (UInt128)sum * (UInt128)sum > (UInt128)count * (UInt128)count << (2 * (log2 + 1)) && log2 < 15) log2++;
        return log2;
    }

    private static (long Sum, int Count) SumBeyond(ReadOnlySpan<int> w, long threshold)
    {
        var (sum, count, least) = (0L, 0, (int)threshold);
        foreach (var one in w)
        {
            var magnitude = Math.Abs(one);
            var isBeyond = (least - magnitude) >> 31;               // all bits or none: no branch that half of the weights take
            sum += magnitude & isBeyond;
            count -= isBeyond;
        }

        return (sum, count);
    }

    private static long Total(ReadOnlySpan<long> parts)
    {
        var sum = 0L;
        foreach (var part in parts) sum += part;
        return sum;
    }

    private static long Total(ReadOnlySpan<int> parts)
    {
        var sum = 0L;
        foreach (var part in parts) sum += part;
        return sum;
    }

    private long ThresholdOf(int row, int n, long ofLayer) => rule.Threshold switch
    {
        TernaryThreshold.Grid => gridThreshold,
        TernaryThreshold.Filter => Scaled(sums[row], n),
        _ => ofLayer,
    };

    private long Quantize(ReadOnlySpan<int> w, Span<sbyte> codes, long threshold, int alphaLog2)
    {
        var (code, value, distance, least) = (1 << alphaLog2, 1 << (alphaLog2 + Dropped), 0L, (int)threshold);
        for (var i = 0; i < w.Length; i++)
        {
            var (magnitude, sign) = (Math.Abs(w[i]), w[i] >> 31);
            var isBeyond = (least - magnitude) >> 31;
            codes[i] = (sbyte)(((code ^ sign) - sign) & isBeyond);
            distance += Math.Abs(magnitude - (value & isBeyond));
        }

        return distance;
    }
}
