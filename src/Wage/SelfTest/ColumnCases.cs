using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Operations with columns: fewer and more than a vector's lanes, in runs and without, on one element, some and many.</summary>
internal static class ColumnCases
{
    private static readonly ElementType[] Signed = [ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64];

    /// <summary>Columns, neighbours that share one, and elements of each.</summary>
    internal static readonly (int Count, int Run, int Each)[] Layouts =
        [(1, 1, 1), (1, 1, 9001), (3, 1, 1), (16, 1, 600), (17, 1, 521), (40, 1, 33), (64, 1, 140), (5, 27, 27), (16, 9, 1125), (1030, 1, 9)];

    public static IEnumerable<BackendCase> All()
    {
        var seed = 0UL;
        foreach (var (count, run, each) in Layouts)
        {
            foreach (var type in Signed) yield return Sums(type, count, run, each, ++seed);
            yield return Added(Signed[++seed % 4], Signed[seed % 3], count, run, each, seed);

            yield return Scaled(count, ++seed);
        }
    }

    private static BackendCase Sums(ElementType type, int count, int run, int each, ulong seed) =>
        new(FunctionName<ColumnSum>.Name, $"{type} [{count}] in runs of {run}, {each} each", b =>
        {
            var draw = new Draw(seed);
            var x = b.With(type, draw.Adversarial(count * each, Draw.Limit(type)));
            var to = b.With(ElementType.Int64, draw.Many(count, -9, 9));
            b.ReduceColumns(x, null, null, run, default(ColumnSum), to);
            return [b.Values(to)];
        });

    private static BackendCase Added(ElementType type, ElementType output, int count, int run, int each, ulong seed) =>
        new(FunctionName<AddColumn>.Name, $"{type} to {output} [{count}] in runs of {run}, {each} each", b =>
        {
            var draw = new Draw(seed);
            var x = b.With(type, draw.Adversarial(count * each, Draw.Limit(type)));
            var columns = b.With(ElementType.Int32, draw.Adversarial(count, int.MaxValue));
            var (rounding, bits) = (draw.Of(Rounding.HalfEven, Rounding.HalfAway, Rounding.Stochastic), draw.Of(2, 8));
            var t = new StageTensors(b.Allocate(output, x.Shape))
            {
                Mask = b.Allocate(ElementType.UInt8, x.Shape),
                Gate = seed % 3 == 0 ? null : b.With(ElementType.UInt8, draw.Many(x.Length, 0, 3)),
                GateBits = 3,
                Range = b.With(ElementType.Int64, draw.Of(0L, 1 << 10, 1L << 33, 1L << 40)),
                ExponentIn = b.With(ElementType.Int64, -8),
                Exponent = b.With(ElementType.Int64, 4),
                Statistic = b.With(ElementType.Int64, 5, 6, 7),
                StatisticLimit = BitWidths.Limit(bits),
                StatisticGateBits = 1,
                Key = new RandomKey(seed, 9, 3),
                FirstRandom = draw.Of(0L, 3L, (1L << 32) + 5),
            };
            b.MapColumns(x, null, columns, run, new AddColumn(draw.Of(0, 7)), new ErrorStage(bits, rounding), t);
            return [b.Values(t.Output), b.Values(t.Mask), b.Values(t.Exponent), b.Values(t.Statistic)];
        });

    private static BackendCase Scaled(int count, ulong seed) => new(FunctionName<ScaleColumns>.Name, $"[{count}]", b =>
    {
        var draw = new Draw(seed);
        var all = new List<long[]>();
        foreach (var (from, to) in ((ElementType, ElementType)[])[(ElementType.Int64, ElementType.Int32), (ElementType.Int32, ElementType.Int64)])
        {
            var (y, same) = (b.With(to, draw.Many(2 * count, -9, 9)), b.Allocate(to, new Shape(count)));
            b.EachColumn([b.With(from, draw.Adversarial(count, 1 << 20))], new ScaleColumns(7), count, y);
            b.EachColumn([b.With(from, -5)], new ScaleColumns(3), count, same);
            all.AddRange([b.Values(same), b.Values(y)]);
        }

        return [.. all];
    });
}
