using System.Numerics;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// Counts for reports. Every range counts for itself and adds its counts under a lock: sums of integers do not depend on the order.
/// </summary>
internal sealed unsafe class HostHistogram(HostEngine engine)
{
    /// <inheritdoc cref="IBackend.Histogram"/>
    public void Run(Tensor x, long limit, int precision, Tensor histogram)
    {
        var bins = LogarithmicBins.Of(x.Type, precision);
        HostEngine.Require(histogram, 3 + bins.Count);
        var counts = (HostTensor<long>)histogram;
        counts.Span.Clear();
        (counts.Span[0], counts.Span[1]) = (long.MaxValue, long.MinValue);
        switch (x)
        {
            case HostTensor<sbyte> source: CountBytes(source, limit, bins, counts); break;
            case HostTensor<short> source: CountBins(source, limit, bins, counts); break;
            case HostTensor<int> source: CountBins(source, limit, bins, counts); break;
            case HostTensor<long> source: CountBins(source, limit, bins, counts); break;
            default: throw new ArgumentException($"histograms are of signed elements, not {x.Type}", nameof(x));
        }
    }

    private void CountBins<T>(HostTensor<T> x, long limit, LogarithmicBins bins, HostTensor<long> counts)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        engine.Ranges(x.Length, (x, limit, bins, counts, guard: engine.Joining), static (in s, start, n) =>
    {
        var source = s.x.Pointer + start;
        var (limit, precision, most) = (s.limit, s.bins.Precision, s.bins.Most);
        var own = stackalloc long[s.bins.Count];
        new Span<long>(own, s.bins.Count).Clear();
        var (low, high, beyond) = (T.MaxValue, T.MinValue, 0L);
        for (var i = 0; i < n; i++)
        {
            var value = long.CreateTruncating(source[i]);
            (low, high) = (T.Min(low, source[i]), T.Max(high, source[i]));
            if (value >= limit || value <= -limit) beyond++;
            own[most + LogarithmicBins.Bin(value, precision)]++;
        }

        lock (s.guard)
        {
            var all = s.counts.Span;
            (all[0], all[1], all[2]) = (Math.Min(all[0], long.CreateTruncating(low)), Math.Max(all[1], long.CreateTruncating(high)), all[2] + beyond);
            for (var bin = 0; bin < s.bins.Count; bin++) all[3 + bin] += own[bin];
        }
    });

    /// <summary>Bytes are counted by value first: 256 counters, no logarithm.</summary>
    private void CountBytes(HostTensor<sbyte> x, long limit, LogarithmicBins bins, HostTensor<long> counts) =>
        engine.Ranges(x.Length, (x, limit, bins, counts, guard: engine.Joining), static (in s, start, n) =>
    {
        var source = (byte*)s.x.Pointer + start;
        var own = stackalloc long[256];
        new Span<long>(own, 256).Clear();
        for (var i = 0; i < n; i++) own[source[i]]++;
        lock (s.guard)
        {
            var all = s.counts.Span;
            for (var code = 0; code < 256; code++)
            {
                if (own[code] == 0) continue;
                var value = (sbyte)code;
                (all[0], all[1]) = (Math.Min(all[0], value), Math.Max(all[1], value));
                if (value >= s.limit || value <= -s.limit) all[2] += own[code];
                all[3 + s.bins.Most + LogarithmicBins.Bin(value, s.bins.Precision)] += own[code];
            }
        }
    });
}
