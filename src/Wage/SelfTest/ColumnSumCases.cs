using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Outputs with their sums by column: at the end of products of both ways, pooled or not, and alone.</summary>
internal static class ColumnSumCases
{
    public static IEnumerable<BackendCase> All()
    {
        var seed = 0UL;
        foreach (var g in ProductCases.Geometries())
            foreach (var one in Of(g, ++seed)) yield return one;
        foreach (var (columns, rows) in ((int, int)[])[(1, 1), (1, 9001), (3, 700), (16, 64), (37, 11), (64, 129), (1000, 3)])
            for (var i = 0; i < 3; i++) yield return Alone(columns, rows, ++seed);
    }

    /// <summary>Both ways of a product of this geometry.</summary>
    public static IEnumerable<BackendCase> Of(ConvGeometry g, ulong seed)
    {
        var choice = new Draw(seed);
        var accumulator = choice.Of(ElementType.Int32, ElementType.Int32, ElementType.Int32, ElementType.Int64);
        PoolGeometry? pool = g.OutputHeight < 2 || g.OutputWidth < 2 || choice.Between(0, 3) != 0 ? null
            : new PoolGeometry(g.Batch, g.OutputHeight, g.OutputWidth, g.Filters, 2, 2, 2);
        yield return new(StageName<UnitStage>.Convolve, $"{g} {accumulator} {pool}, with sums by column", b =>
        {
            var (draw, shape) = (new Draw(seed), pool?.OutputShape ?? g.OutputShape);
            var (x, w) = Operands(b, draw, g.InputShape, g);
            var (t, stage) = Tensors(b, draw, shape, g.Filters, seed);
            if (pool is not null) t = t with { Position = b.Allocate(ElementType.UInt8, shape) };
            b.Convolve(x, w, g, accumulator, pool, stage, t);
            return Results(b, t);
        });
        yield return new(StageName<UnitStage>.ConvolveError, $"{g}, with sums by column", b =>
        {
            var draw = new Draw(seed);
            var (e, w) = Operands(b, draw, g.OutputShape, g);
            var (t, stage) = Tensors(b, draw, g.InputShape, g.Channels, seed);
            b.ConvolveError(e, w, g, ElementType.Int32, stage, t);
            return Results(b, t);
        });
    }

    private static BackendCase Alone(int columns, int rows, ulong seed) =>
        new(StageName<UnitStage>.Map, $"[{rows}, {columns}] {seed}, with sums by column", b =>
        {
            var draw = new Draw(seed);
            var x = b.With(ElementType.Int32, new Shape(rows, columns), draw.Adversarial(rows * columns, 1 << 20));
            var (t, stage) = Tensors(b, draw, x.Shape, columns, seed);
            b.Map(x, stage, t);
            return Results(b, t);
        });

    private static (Tensor Data, Tensor Weights) Operands(IBackend b, Draw draw, Shape shape, in ConvGeometry g)
    {
        var data = b.With(ElementType.Int8, shape, draw.Adversarial(shape.Length, 127));
        return (data, b.With(ElementType.Int8, g.WeightShape, draw.Adversarial(g.WeightShape.Length, 127)));
    }

    /// <summary>Codes of 16 bits as they are, or of 8 at random; the sums are to be written, not added to.</summary>
    private static (StageTensors Tensors, UnitStage Stage) Tensors(IBackend b, Draw draw, Shape shape, int columns, ulong seed)
    {
        var stage = draw.Of(new UnitStage(short.MaxValue, 0), new UnitStage(short.MaxValue, 0), new UnitStage(127, 1));
        var t = new StageTensors(b.Allocate(stage.Limit == 127 ? ElementType.Int8 : ElementType.Int16, shape))
        {
            Range = b.With(ElementType.Int64, draw.Of(-2L, 0L, 3L, 8L)),
            Exponent = b.With(ElementType.Int64, 4),
            Statistic = seed % 3 == 0 ? null : b.With(ElementType.Int64, 5),
            StatisticLimit = stage.Limit,
            ColumnSums = b.With(ElementType.Int64, new Shape(2, columns), draw.Many(2 * columns, -9, 9)),
            Start = seed % 2 == 0 ? null : b.With(ElementType.Int32, draw.Many(columns, -999, 999)),
            Key = new RandomKey(seed, 9, 3),
            FirstRandom = 7,
        };
        return (t, stage);
    }

    private static long[][] Results(IBackend b, in StageTensors t) =>
        [b.Values(t.Output), b.Values(t.Exponent!), t.Statistic is null ? [] : b.Values(t.Statistic), b.Values(t.ColumnSums!)];
}
