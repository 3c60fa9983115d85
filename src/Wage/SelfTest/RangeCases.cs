using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>
/// Ranges of other steps: stages that keep a statistic of what they read, alone and at the end of an error product, and how ranges move.
/// </summary>
internal static class RangeCases
{
    public static IEnumerable<BackendCase> All()
    {
        var seed = 0UL;
        foreach (var g in ProductCases.Geometries())
            foreach (var one in Of(g, ++seed)) yield return one;
        foreach (var type in (ElementType[])[ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64])
            foreach (var length in (int[])[1, 15, 16, 17, 1000, 40_000])
                foreach (var range in (long[])[0, 256, 300, 77 << 8, 1L << 30, 1L << 50])
                    yield return Stage(type, length, range, ++seed);
        foreach (var type in (ElementType[])[ElementType.Int32, ElementType.Int64])
            foreach (var rate in (Ratio[])[new(1, 1), new(8, 1), new(1, 64), new(3, 1), new(1, 10)])
                foreach (var range in (long[])[0, 256, 77 << 8, 1L << 28, 1L << 38])
                    yield return Gradient(type, range, rate, ++seed);
        yield return Moves();
    }

    /// <summary>An error product of this geometry that ends in Q_E by a range far below, near or far above its own.</summary>
    public static IEnumerable<BackendCase> Of(ConvGeometry g, ulong seed)
    {
        var choice = new Draw(seed);
        var errors = choice.Of(ElementType.Int8, ElementType.Int8, ElementType.Int16);
        var weight = choice.Of(1, 127);
        var wide = errors.Maximum() * weight * (long)g.FanOut > int.MaxValue || choice.Between(0, 3) == 0;
        var stage = new ErrorStage(
            choice.Of(2, 8, 8, 12), choice.Of(Rounding.HalfEven, Rounding.HalfAway, Rounding.Stochastic), MovingMaximum.FractionBits);
        yield return new(StageName<ErrorStage>.ConvolveError, $"{g} {errors} |w| <= {weight} {stage}", b =>
        {
            var draw = new Draw(seed);
            var e = b.With(errors, g.OutputShape, draw.Adversarial(g.OutputShape.Length, errors.Maximum()));
            var w = b.With(ElementType.Int8, g.WeightShape, draw.Adversarial(g.WeightShape.Length, weight));
            var t = Tensors(b, draw, g.InputShape, stage.Bits, draw.Of(256, 3000L << 8, 1L << 30), seed);
            b.ConvolveError(e, w, g, wide ? ElementType.Int64 : ElementType.Int32, stage, t);
            return Results(b, t);
        });
    }

    private static BackendCase Stage(ElementType type, int length, long range, ulong seed)
    {
        var choice = new Draw(seed);
        var stage = new ErrorStage(choice.Of(2, 8, 12), choice.Of(Rounding.HalfEven, Rounding.Stochastic), MovingMaximum.FractionBits);
        return new(StageName<ErrorStage>.Map, $"{type} {length}, a statistic, by a range of {range} / 256 {stage}", b =>
        {
            var draw = new Draw(seed);
            var x = b.With(type, draw.Adversarial(length, Math.Min(draw.Of(0, 3, 1000, Draw.Limit(type)), Draw.Limit(type))));
            var t = Tensors(b, draw, x.Shape, stage.Bits, range, seed);
            b.Map(x, stage, t);
            return Results(b, t);
        });
    }

    private static StageTensors Tensors(IBackend b, Draw draw, Shape shape, int bits, long range, ulong seed) =>
        new(b.Allocate(ElementTypes.ForBits(bits), shape))
        {
            Gate = seed % 4 == 0 ? null : b.With(ElementType.UInt8, shape, draw.Many(shape.Length, 0, 3)),
            GateBits = ActivationStage.BothPass,
            Range = b.With(ElementType.Int64, range),
            Statistic = seed % 5 == 0 ? null : b.With(ElementType.Int64, 1L << 62, -7, 9),
            StatisticLimit = BitWidths.Limit(bits),
            StatisticGateBits = ActivationStage.ClipPasses,
            Exponent = b.With(ElementType.Int64, 5),
            ExponentIn = b.With(ElementType.Int64, -3),
            Key = new RandomKey(seed, 5, 2),
        };

    private static long[][] Results(IBackend b, in StageTensors t) =>
        [b.Values(t.Output), b.Values(t.Exponent!), t.Statistic is null ? [] : b.Values(t.Statistic)];

    private static BackendCase Gradient(ElementType type, long range, Ratio rate, ulong seed) =>
        new(nameof(IBackend.QuantizeGradient), $"{type} by a range of {range} / 256, {rate}, with a statistic", b =>
        {
            var (draw, n) = (new Draw(seed), seed % 3 == 0 ? 20_011 : 1 + (int)(seed % 97));
            var gradient = b.With(type, draw.Adversarial(n, seed % 2 == 0 ? 900 : 1 << 27));
            var (update, statistic) = (b.Allocate(ElementType.Int16, gradient.Shape), b.With(ElementType.Int64, 1L << 62, 3, 4));
            var randomizer = seed % 4 == 1 ? Randomizer.Bits16 : Randomizer.Exact;
            var rule = new GradientRule(rate, randomizer, Rounding.HalfEven, MovingMaximum.FractionBits);
            b.QuantizeGradient(gradient, b.With(ElementType.Int64, range), rule, new RandomKey(seed, RandomStream.Gradient(2), 7), update, statistic);
            return [b.Values(update), b.Values(statistic)];
        });

    /// <summary>Ranges of every size by maxima of every size, 0 and the greatest of 64 bits among them.</summary>
    private static BackendCase Moves() => new(FunctionName<MovingMaximum>.Name, "ranges and maxima of every size", b =>
    {
        long[] maxima = [0, 1, 2, 3, 100, 255, 256, 1 << 20, int.MaxValue, 1L << 41, (1L << 54) - 1, 1L << 54, long.MaxValue];
        long[] ranges = [0, 256, 257, 300, 25600, 1L << 28, (1L << 39) + 12345, 1L << 49, ((1L << 54) - 1) << 8];
        var pairs = ranges.SelectMany(_ => maxima, (range, maximum) => (range, maximum)).ToList();
        return [.. new[] { 1, 6553, 6554, 32768, 65536 }.Select(weight =>
        {
            var range = b.With(ElementType.Int64, [.. pairs.Select(pair => pair.range)]);
            b.Combine(range, b.With(ElementType.Int64, [.. pairs.Select(pair => pair.maximum)]), new MovingMaximum(weight), range);
            return b.Values(range);
        })];
    });
}
