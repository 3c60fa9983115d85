using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Counts for reports, over every type, with the types' own ends, which no quantizer makes but a histogram must survive.</summary>
internal static class CountingCases
{
    private static readonly ElementType[] Signed = [ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64];
    private static readonly int[] Lengths = [1, 33, 511, 513, 20011, 70001];

    public static IEnumerable<BackendCase> All() => [.. Histograms(), .. Changes(), .. Counts()];

    private static IEnumerable<BackendCase> Histograms() =>
        from type in Signed
        from n in Lengths
        from precision in (int[])[0, 2, 6]
        from limit in (long[])[1, 127, long.MaxValue]
        select new BackendCase(nameof(IBackend.Histogram), $"{type} [{n}] precision {precision} limit {limit}", b =>
        {
            var draw = new Draw((ulong)(n + precision));
            var values = draw.Adversarial(n, draw.Of(1L, 9, type.Maximum(), type.Maximum() >> 3));
            if (n > 1) (values[0], values[^1]) = (-type.Maximum() - 1, type.Maximum());
            var counts = b.With(ElementType.Int64, draw.Many(3 + LogarithmicBins.Of(type, precision).Count, -9, 9));
            b.Histogram(b.With(type, values), limit, precision, counts);
            return [b.Values(counts)];
        });

    private static IEnumerable<BackendCase> Changes() =>
        from type in Signed
        from n in Lengths
        select new BackendCase(nameof(WeightChange), $"{type} [{n}]", b =>
        {
            var draw = new Draw((ulong)n);
            var (before, after) = (draw.Adversarial(n, type.Maximum()), draw.Adversarial(n, type.Maximum()));
            for (var i = 0; i < n; i += 3) after[i] = before[i];
            var codes = b.With(type, after);
            b.Combine(b.With(type, before), codes, default(WeightChange), codes);
            return [b.Values(codes)];
        });

    private static IEnumerable<BackendCase> Counts() =>
        from type in Signed
        from n in Lengths
        select new BackendCase(nameof(ChangeCounts), $"{type} [{n}]", b =>
        {
            var draw = new Draw((ulong)n);
            var (codes, gate) = (b.With(type, draw.Many(n, 0, 3)), b.With(ElementType.UInt8, draw.Many(n, 0, 3)));
            var (all, some) = (b.With(ElementType.Int64, 7, -7), b.With(ElementType.Int64, 7, -7));
            b.Reduce(codes, null, 0, default(ChangeCounts), all);
            b.Reduce(codes, gate, 2, default(ChangeCounts), some);
            return [b.Values(all), b.Values(some)];
        });
}
