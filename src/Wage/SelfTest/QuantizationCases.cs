using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Every place that drops bits, at ties, at the types' ends and with shifts beyond the 32-bit lanes.</summary>
internal static class QuantizationCases
{
    private static readonly Rounding[] Roundings = [Rounding.HalfEven, Rounding.HalfAway];

    public static IEnumerable<BackendCase> All() =>
        [.. Weights(), .. Activations(), .. OtherRoundings(), .. Errors(), .. StaleErrors(), .. Gradients(), .. StaleGradients(), .. Updates()];

    private static IEnumerable<BackendCase> Weights() =>
        from stored in (ElementType[])[ElementType.Int8, ElementType.Int16]
        from dropped in (int[])[0, 1, 6, 13, 40]
        from limit in (int[])[1, 7, 127]
        from rounding in Roundings
        select new BackendCase(StageName<ShiftStage>.Map, $"{stored} >> {dropped} <= {limit} {rounding}", b =>
        {
            var x = b.With(stored, new Draw((ulong)dropped).Ties(1003, dropped, stored.Maximum()));
            var y = b.Allocate(ElementType.Int8, new Shape(1003));
            b.Quantize(x, dropped, limit, rounding, y);
            return [b.Values(y)];
        });

    private static IEnumerable<BackendCase> Activations() =>
        from type in (ElementType[])[ElementType.Int8, ElementType.Int32, ElementType.Int64]
        from dropped in (int[])[-20, -1, 0, 1, 2, 7, 15, 24, 30, 31, 32, 33, 62]
        from rounding in Roundings
        select new BackendCase(StageName<ShiftStage>.Map, $"{type} >> {dropped} {rounding}", b =>
        {
            var draw = new Draw((ulong)(dropped + 50));
            var x = b.With(type, [.. draw.Ties(517, dropped, Draw.Limit(type)), .. draw.Adversarial(516, Draw.Limit(type))]);
            var y = b.Allocate(ElementType.Int8, x.Shape);
            b.Quantize(x, dropped, dropped % 2 == 0 ? 127 : 3, rounding, y);
            return [b.Values(y)];
        });

    /// <summary>The roundings that are not to the nearest, of errors whose mask stops some, with random bits of 32 and of more.</summary>
    private static IEnumerable<BackendCase> OtherRoundings() =>
        from type in (ElementType[])[ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64]
        from rounding in (Rounding[])[Rounding.TowardZero, Rounding.PseudoStochastic, Rounding.Stochastic]
        from range in (long[])[0, 1, 77, 1L << 12, 1L << 30, 1L << 45]
        from n in (int[])[7, 1003, 20_011]
        select new BackendCase(StageName<ErrorStage>.Map, $"{type} [{n}] by a maximum of {range} {rounding}", b =>
        {
            var draw = new Draw((ulong)n);
            var x = b.With(type, draw.Adversarial(n, Draw.Limit(type)));
            var e = b.Allocate(ElementType.Int8, x.Shape);
            b.Map(x, new ErrorStage(8, rounding), new StageTensors(e)
            {
                Gate = b.With(ElementType.UInt8, draw.Many(n, 0, 3)),
                GateBits = 2,
                Range = b.With(ElementType.Int64, range),
                Key = new RandomKey(0xFEDCBA9876543210, 9, 3),
                FirstRandom = range == 77 ? (1L << 32) + 5 : range,
            });
            return [b.Values(e)];
        });

    private static IEnumerable<BackendCase> Errors() =>
        from type in (ElementType[])[ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64]
        from bits in (int[])[2, 8, 12, 16]
        from scale in (int[])[0, 1, 5, 12, 21, 31, 39]
        from rounding in Roundings
        where 1L << scale <= Draw.Limit(type) + 1
        select new BackendCase(StageName<ErrorStage>.Map, $"{type} {bits} bits, |delta| up to 2^{scale} {rounding}", b =>
        {
            var draw = new Draw((ulong)((bits * 64) + scale));
            var limit = scale == 0 ? 0 : (1L << scale) - 1;
            var delta = b.With(type, [.. draw.Adversarial(611, limit), .. draw.Ties(600, Math.Max(1, scale - bits + 1), limit)]);
            var (most, exponent) = (b.With(ElementType.Int64, 0), b.With(ElementType.Int64, 4));
            var e = b.Allocate(ElementTypes.ForBits(bits), delta.Shape);
            b.MaxAbs(delta, most);
            b.Map(delta, new ErrorStage(bits, rounding), new StageTensors(e)
            {
                Range = most,
                ExponentIn = scale % 2 == 0 ? null : b.With(ElementType.Int64, -8),
                Exponent = exponent,
            });
            return [b.Values(e), b.Values(exponent)];
        });

    /// <summary>Errors scaled by the maximum of another step, far below and far above their own.</summary>
    private static IEnumerable<BackendCase> StaleErrors() =>
        from type in (ElementType[])[ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64]
        from bits in (int[])[2, 8, 16]
        from earlier in (long[])[0, 1, 3, 1L << 20, 1L << 31, 1L << 45, long.MaxValue]
        from rounding in Roundings
        select new BackendCase(StageName<ErrorStage>.Map, $"{type} {bits} bits, by a maximum of {earlier} {rounding}", b =>
        {
            var delta = b.With(type, [.. new Draw((ulong)bits).Adversarial(300, Draw.Limit(type)), Draw.Limit(type), -Draw.Limit(type)]);
            var (e, exponent) = (b.Allocate(ElementTypes.ForBits(bits), delta.Shape), b.With(ElementType.Int64, 4));
            var range = b.With(ElementType.Int64, earlier);
            b.Map(delta, new ErrorStage(bits, rounding), new StageTensors(e) { Range = range, Exponent = exponent });
            return [b.Values(e), b.Values(exponent)];
        });

    /// <summary>Gradients scaled by the maximum of another step; each rate fits gradients of this bound.</summary>
    private static IEnumerable<BackendCase> StaleGradients() =>
        from type in (ElementType[])[ElementType.Int32, ElementType.Int64]
        from rate in (Ratio[])[new(1, 1), new(128, 1), new(1, 64), new(3, 1), new(99, 10), new(1, 1023)]
        from randomizer in (Randomizer[])[Randomizer.Exact, Randomizer.Bits16]
        from earlier in (long[])[0, 1, 100, 1L << 20, 1L << 31]
        let bound = type == ElementType.Int32 ? int.MaxValue : 1L << 40
        where GradientScale.Fits(bound, rate)
        select new BackendCase(nameof(IBackend.QuantizeGradient), $"{type} by a maximum of {earlier}, {rate} {randomizer}", b =>
        {
            var gradient = b.With(type, [.. new Draw((ulong)earlier).Adversarial(131, bound), bound, -bound]);
            var update = b.Allocate(ElementType.Int16, gradient.Shape);
            var rule = new GradientRule(rate, randomizer, Roundings[earlier % 2]);
            b.QuantizeGradient(gradient, b.With(ElementType.Int64, earlier), rule, new RandomKey(7, RandomStream.Gradient(1), 2), update);
            return [b.Values(update)];
        });

    private static IEnumerable<BackendCase> Gradients()
    {
        var seed = 0UL;
        foreach (var type in (ElementType[])[ElementType.Int32, ElementType.Int64])
        {
            foreach (var rate in (Ratio[])[new(1, 1), new(8, 1), new(1, 8), new(1, 64), new(3, 1), new(1, 10), new(7, 16)])
            {
                foreach (var randomizer in (Randomizer[])[Randomizer.Exact, Randomizer.Bits16])
                {
                    foreach (var scale in (int[])[0, 3, 9, 20, 30, 31, 38])
                    {
                        if (1L << scale > Draw.Limit(type) + 1) continue;
                        var (n, rule) = (scale == 20 ? 20011 : 1 + (int)(seed % 97), new GradientRule(rate, randomizer, Roundings[seed % 2]));
                        yield return Gradient(type, scale, n, rule, ++seed);
                    }

                    var part = new GradientRule(rate, randomizer, Rounding.HalfEven, FirstRandom: 8 * 240_089);
                    if (rate.Denominator == 1) yield return Gradient(type, 20, 4099, part, ++seed);
                }
            }
        }
    }

    private static BackendCase Gradient(ElementType type, int scale, int n, GradientRule rule, ulong seed) =>
        new(nameof(IBackend.QuantizeGradient), $"{type} [{n}] up to 2^{scale}, {rule}", b =>
        {
            var gradient = b.With(type, new Draw(seed).Adversarial(n, scale == 0 ? 0 : (1L << scale) - 1));
            var (most, update) = (b.With(ElementType.Int64, 0), b.Allocate(ElementType.Int16, gradient.Shape));
            b.MaxAbs(gradient, most);
            b.QuantizeGradient(gradient, most, rule, new RandomKey(0xFEDCBA9876543210 ^ seed, RandomStream.Gradient(3), 41), update);
            return [b.Values(update)];
        });

    private static IEnumerable<BackendCase> Updates() =>
        from stored in (ElementType[])[ElementType.Int8, ElementType.Int16]
        from clip in (int[])[1, 63, 127, 32767]
        from first in (bool[])[false, true]
        from n in (int[])[1, 15, 16, 77, 20011]
        where clip <= stored.Maximum()
        select new BackendCase(FunctionName<WeightClip>.Name, $"{stored} [{n}] {clip} {first}", b =>
        {
            var draw = new Draw((ulong)(n + clip));
            var w = b.With(stored, draw.Adversarial(n, stored.Maximum()));
            var update = b.With(ElementType.Int16, draw.Adversarial(n, clip % 2 == 1 ? 5 : short.MaxValue));
            b.Combine(w, update, new WeightClip(clip, first, (int)stored.Maximum()), w);
            return [b.Values(w)];
        });
}
