using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Blocks in one piece: the geometries of the products, with and without pools, and masks of every kind.</summary>
internal static class StageCases
{
    public static IEnumerable<BackendCase> All()
    {
        var seed = 0UL;
        foreach (var g in ProductCases.Geometries())
            foreach (var one in Of(g, ++seed)) yield return one;

        foreach (var type in (ElementType[])[ElementType.Int8, ElementType.Int32, ElementType.Int64])
        {
            foreach (var length in (int[])[1, 15, 16, 17, 1000, 40_000])
            {
                foreach (var scale in (long[])[0, 3, 100, Draw.Limit(type)])
                {
                    yield return Statistic<MaxAbs>(type, length, scale, ++seed);
                    yield return Statistic<MinMax>(type, length, scale, seed);
                    yield return Alone(type, length, scale, ++seed);
                    yield return Masked(type, length, scale, (int)(seed % 4), seed);
                    yield return Errors(type, length, scale, seed % 2 == 0 ? 8 : 11, seed % 3 == 0 ? Rounding.HalfAway : Rounding.HalfEven, seed);
                }
            }
        }
    }

    /// <summary>A block of this product, and one with a pool where that fits.</summary>
    public static IEnumerable<BackendCase> Of(ConvGeometry g, ulong seed)
    {
        var draw = new Draw(seed);
        var stage = new ActivationStage(
            (int)draw.Between(-1, 14), draw.Of(1, 31, 127), draw.Of(Enum.GetValues<Rounding>()),
            draw.Of(100, 127L << 7, long.MaxValue));
        var accumulator = draw.Of(ElementType.Int32, ElementType.Int32, ElementType.Int64);
        yield return Block(g, accumulator, null, stage, seed);
        if (g.OutputHeight < 2 || g.OutputWidth < 3) yield break;
        var pool = draw.Of(
            new PoolGeometry(g.Batch, g.OutputHeight, g.OutputWidth, g.Filters, 2, 2, 2),
            new PoolGeometry(g.Batch, g.OutputHeight, g.OutputWidth, g.Filters, 2, 3, 1));
        yield return Block(g, accumulator, pool, stage, seed);
    }

    private static BackendCase Block(ConvGeometry g, ElementType accumulator, PoolGeometry? pool, ActivationStage stage, ulong seed) =>
        new(StageName<ActivationStage>.Convolve, $"{g} {accumulator} {pool} {stage}", b =>
        {
            var draw = new Draw(seed);
            var x = b.With(ElementType.Int8, g.InputShape, draw.Adversarial(g.InputShape.Length, 127));
            var w = b.With(ElementType.Int8, g.WeightShape, draw.Adversarial(g.WeightShape.Length, draw.Of(1, 127)));
            var shape = pool?.OutputShape ?? g.OutputShape;
            var a = b.Allocate(ElementType.Int8, shape);
            var (mask, position) = (b.Allocate(ElementType.UInt8, shape), b.Allocate(ElementType.UInt8, shape));
            var t = new StageTensors(a) { Mask = mask, Position = pool is null ? null : position, Key = new RandomKey(seed, 8, 1) };
            b.Convolve(x, w, g, accumulator, pool, stage, t);
            return [b.Values(a), b.Values(mask), b.Values(position)];
        });

    private static BackendCase Alone(ElementType type, int length, long scale, ulong seed)
    {
        var draw = new Draw(seed);
        var stage = new ActivationStage((int)draw.Between(-33, 40), draw.Of(1, 31, 127), draw.Of(Rounding.HalfEven, Rounding.HalfAway), scale / 3);
        return new(StageName<ActivationStage>.Map, $"{type} {length} {scale} {stage}", b =>
        {
            var x = b.With(type, new Draw(seed).Adversarial(length, scale));
            var t = new StageTensors(b.Allocate(ElementType.Int8, x.Shape)) { Mask = b.Allocate(ElementType.UInt8, x.Shape) };
            b.Map(x, stage, t);
            return [b.Values(t.Output), b.Values(t.Mask)];
        });
    }

    private static BackendCase Statistic<R>(ElementType type, int length, long scale, ulong seed)
        where R : unmanaged, IStatistic =>
        new(FunctionName<R>.Name, $"{type} {length} {scale} {seed}", b =>
        {
            var draw = new Draw(seed);
            var delta = b.With(type, draw.Adversarial(length, scale));
            var mask = b.With(ElementType.UInt8, draw.Many(length, 0, 3));
            var results = b.With(ElementType.Int64, draw.Many(R.Results, -9, 9));
            var bits = seed % 2 == 0 ? ActivationStage.ClipPasses : ActivationStage.BothPass;
            b.Reduce(delta, seed % 5 == 0 ? null : mask, bits, default(R), results);
            return [b.Values(results)];
        });

    private static BackendCase Masked(ElementType type, int length, long scale, int bits, ulong seed) =>
        new(StageName<RawStage>.Map, $"{type} {length} {scale} {bits}", b =>
        {
            var draw = new Draw(seed);
            var mask = b.With(ElementType.UInt8, draw.Many(length, 0, 3));
            var e = b.With(type, draw.Adversarial(length, scale));
            b.MaskErrors(mask, bits, e);
            return [b.Values(e)];
        });

    private static BackendCase Errors(ElementType type, int length, long scale, int bits, Rounding rounding, ulong seed) =>
        new(StageName<ErrorStage>.Map, $"{type} {length} {scale} {bits} {rounding}", b =>
        {
            var draw = new Draw(seed);
            var delta = b.With(type, draw.Adversarial(length, scale));
            var mask = b.With(ElementType.UInt8, draw.Many(length, 0, 3));
            var maximum = b.With(ElementType.Int64, draw.Of(0, scale, scale / 2));
            var e = b.With(ElementTypes.ForBits(bits), new Shape(length), draw.Many(length, -5, 5));
            var (exponentIn, exponent) = (b.With(ElementType.Int64, draw.Between(-9, 9)), b.Allocate(ElementType.Int64, new Shape(1)));
            b.Map(delta, new ErrorStage(bits, rounding), new StageTensors(e)
            {
                Gate = mask,
                GateBits = ActivationStage.BothPass,
                Range = maximum,
                ExponentIn = exponentIn,
                Exponent = exponent,
            });
            return [b.Values(e), b.Values(exponent)];
        });
}
