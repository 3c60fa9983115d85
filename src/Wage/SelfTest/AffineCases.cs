using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>
/// Affine requantization alone and at the end of products: both roundings, one scale or one for each column, shifts in both directions, results that
/// saturate at both ends, and codes around the image.
/// </summary>
internal static class AffineCases
{
    public static IEnumerable<BackendCase> All()
    {
        var seed = 0UL;
        foreach (var rounding in (MultiplierRounding[])[MultiplierRounding.Double, MultiplierRounding.Single])
        {
            foreach (var type in (ElementType[])[ElementType.Int8, ElementType.Int32, ElementType.Int64])
                foreach (var columns in (int[])[0, 1, 3, 15, 16, 17, 40])
                    yield return Alone(type, columns, rounding, ++seed);
        }

        foreach (var g in ProductCases.Geometries()) yield return Product(g, ++seed);
    }

    private static BackendCase Alone(ElementType type, int columns, MultiplierRounding rounding, ulong seed) =>
        new(StageName<AffineStage>.Map, $"{type}, {columns} columns, {rounding}", b =>
        {
            var draw = new Draw(seed);
            var most = type == ElementType.Int64 ? 1L << 40 : type.Maximum();
            var x = b.With(type, draw.Adversarial(columns == 0 ? 1003 : columns * 77, most));
            var output = draw.Of(ElementType.Int8, ElementType.Int16, ElementType.Int32);
            var t = Columns(b, draw, new StageTensors(b.Allocate(output, x.Shape)), columns, type == ElementType.Int32 ? 0 : 1000);
            b.Map(x, Stage(draw, rounding, Shift(draw), output), t);
            return [b.Values(t.Output)];
        });

    private static BackendCase Product(ConvGeometry geometry, ulong seed)
    {
        var draw = new Draw(seed);
        var g = geometry with { Padding = geometry.Padding with { Value = (int)draw.Of(0, -128, 127, draw.Between(-128, 127)) } };
        PoolGeometry? pool = g.OutputHeight > 1 && g.OutputWidth > 1 && draw.Between(0, 2) == 0
            ? new PoolGeometry(g.Batch, g.OutputHeight, g.OutputWidth, g.Filters, 2, 2, (int)draw.Between(1, 2)) : null;
        var (columns, accumulator) = (draw.Of(0, g.Filters, g.Filters), draw.Of(ElementType.Int32, ElementType.Int32, ElementType.Int64));
        var rounding = draw.Of(MultiplierRounding.Double, MultiplierRounding.Single);
        return new(StageName<AffineStage>.Convolve, $"{g} {pool} {accumulator} {columns} columns, {rounding}", b =>
        {
            var inner = new Draw(seed);
            var x = b.With(ElementType.Int8, g.InputShape, inner.Many(g.InputShape.Length, -128, 127));
            var w = b.With(ElementType.Int8, g.WeightShape, inner.Adversarial(g.WeightShape.Length, 127));
            var shape = pool?.OutputShape ?? g.OutputShape;
            var position = pool is null ? null : b.Allocate(ElementType.UInt8, shape);
            var t = new StageTensors(b.Allocate(ElementType.Int8, shape)) { Position = position };
            t = Columns(b, inner, t, columns, 100_000);
            b.Convolve(x, w, g, accumulator, pool, Stage(inner, rounding, inner.Between(-14, -3), ElementType.Int8), t);
            return position is null ? [b.Values(t.Output)] : [b.Values(t.Output), b.Values(position)];
        });
    }

    private static AffineStage Stage(Draw draw, MultiplierRounding rounding, long shift, ElementType output)
    {
        var (least, most) = ((int)-output.Maximum() - 1, (int)output.Maximum());
        var zeroPoint = (int)draw.Of(0, least, most, draw.Between(-128, 127));
        var (low, high) = (draw.Of(least, Math.Max(least, zeroPoint)), draw.Of(most, most, Math.Max(zeroPoint, 57)));
        return new AffineStage(new QuantizedMultiplier((int)draw.Between(1 << 30, int.MaxValue), (int)shift), zeroPoint, low, high, rounding);
    }

    private static StageTensors Columns(IBackend b, Draw draw, in StageTensors t, int columns, long start)
    {
        if (columns == 0) return t;
        var all = t with { Start = b.With(ElementType.Int32, draw.Many(columns, -start, start)) };
        if (draw.Between(0, 3) == 0) return all;
        var most = draw.Of(-1L, 30L);
        return all with
        {
            Multipliers = b.With(ElementType.Int32, [.. draw.Many(columns, 1 << 30, int.MaxValue).Select(m => draw.Between(0, 9) == 0 ? 0 : m)]),
            Shifts = b.With(ElementType.Int32, [.. Enumerable.Range(0, columns).Select(_ => Math.Min(Shift(draw), most))]),
        };
    }

    /// <summary>Mostly those of a model, some at the ends.</summary>
    private static long Shift(Draw draw) => draw.Between(0, 4) == 0 ? draw.Of(-31L, -1L, 0L, 1L, 3L, 30L) : draw.Between(-14, 2);
}
