using Wage.Backends;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>
/// Two errors in one unit, straight into a stage: units from near to far apart, of either side, with ties where bits are dropped; the sums alone are
/// those of <see cref="IBackend.AddErrors"/>, and both are compared.
/// </summary>
internal static class ErrorSumCases
{
    private const int Guard = 23;
    private const int Count = 117;

    public static IEnumerable<BackendCase> All() => [.. Sums(), .. Products()];

    private static IEnumerable<BackendCase> Sums()
    {
        foreach (var (x, y) in ((ElementType, ElementType)[])[
            (ElementType.Int32, ElementType.Int8), (ElementType.Int32, ElementType.Int32), (ElementType.Int64, ElementType.Int8),
            (ElementType.Int8, ElementType.Int16)])
        {
            foreach (var apart in (int[])[-70, -31, -24, -9, -1, 0, 1, 6, 23, 25, 31, 62])
            {
                yield return new BackendCase(nameof(ErrorShifts), $"{apart} apart", b => [.. Shifts(b, apart).Select(b.Values)]);
                yield return new BackendCase(nameof(ErrorSum), $"{x} + {y}, {apart} apart", b => Sums(b, x, y, apart));
            }
        }
    }

    /// <summary>The sums of an error product, of convolutions, strided ones and dense ones.</summary>
    private static IEnumerable<BackendCase> Products()
    {
        foreach (var g in (ConvGeometry[])[
            new(3, 9, 7, 5, 4, 3, 3, 1, Padding.Same(9, 7, 3, 3, 1)), new(4, 8, 8, 16, 16, 3, 3, 1, Padding.Same(8, 8, 3, 3, 1)),
            new(3, 8, 8, 8, 4, 3, 3, 2, Padding.Same(8, 8, 3, 3, 2)), ConvGeometry.Dense(5, 40, 9)])
        {
            foreach (var apart in (int[])[-25, -7, 0, 3, 4, 24])
                yield return new BackendCase(FunctionName<ErrorSum>.ConvolveError, $"{g}, {apart} apart", b => Product(b, g, apart));
        }
    }

    private static long[][] Product(IBackend b, in ConvGeometry g, int apart)
    {
        var (draw, shifts) = (new Draw((ulong)(apart + 80)), Shifts(b, apart));
        var e = b.With(ElementType.Int8, g.OutputShape, draw.Adversarial((int)g.OutputLength, 127));
        var w = b.With(ElementType.Int8, g.WeightShape, draw.Adversarial((int)g.WeightLength, 127));
        var (type, limit) = apart % 2 == 0 ? (ElementType.Int8, sbyte.MaxValue) : (ElementType.Int16, (int)short.MaxValue);
        var y = b.With(type, g.InputShape, draw.Many((int)g.InputLength, -limit - 1, limit));
        var t = new StageTensors(b.Allocate(type, g.InputShape))
        {
            Gate = b.With(ElementType.UInt8, g.InputShape, draw.Many((int)g.InputLength, 0, 1)),
            GateBits = 1,
            Range = b.With(ElementType.Int64, 9),
            ExponentIn = shifts[1],
            Exponent = b.With(ElementType.Int64, 4),
            Statistic = b.With(ElementType.Int64, 5),
            StatisticLimit = limit,
            Key = new Numbers.RandomKey(7, 9, 3),
            FirstRandom = 3,
        };
        var sums = b.Allocate(ElementType.Int32, g.InputShape);
        b.ConvolveError(e, w, g, sums, y, shifts[0], new ErrorSum(24, Bits(type)), new UnitStage(limit, 1), t);
        return [b.Values(t.Output), b.Values(t.Exponent), b.Values(t.Statistic)];
    }

    private static Tensor[] Shifts(IBackend b, int apart)
    {
        var (constants, exponent) = (b.Allocate(ElementType.Int32, new Shape(ErrorSum.Constants, 1)), b.Allocate(ElementType.Int64, new Shape(1)));
        b.EachColumn([b.With(ElementType.Int64, -40), b.With(ElementType.Int64, apart - 40)], new ErrorShifts(Guard), 1, constants, exponent);
        return [constants, exponent];
    }

    private static long[][] Sums(IBackend b, ElementType typeX, ElementType typeY, int apart)
    {
        var (draw, shifts) = (new Draw((ulong)(apart + 80)), Shifts(b, apart));
        var (x, y) = (Drawn(typeX), Drawn(typeY));
        var sum = new ErrorSum(Bits(typeX), Bits(typeY));
        var t = new StageTensors(b.Allocate(ElementType.Int8, x.Shape))
        {
            Gate = b.With(ElementType.UInt8, draw.Many(Count, 0, 1)),
            GateBits = 1,
            Range = b.With(ElementType.Int64, draw.Of(0, 1, 7, 15, 19, 30)),
            ExponentIn = shifts[1],
            Exponent = b.With(ElementType.Int64, 4),
            Statistic = apart % 2 == 0 ? b.With(ElementType.Int64, 5, 6, 7) : b.With(ElementType.Int64, 5),
            StatisticLimit = 127,
            Key = new Numbers.RandomKey(7, 9, 3),
            FirstRandom = draw.Of(0L, 3L, (1L << 32) + 5),
        };
        b.MapColumns(x, y, shifts[0], 1, sum, new UnitStage(127, 1), t);
        var exact = new StageTensors(b.Allocate(ElementType.Int64, x.Shape));
        b.MapColumns(x, y, shifts[0], 1, sum, default(RawStage), exact);
        var (added, unit) = (b.Allocate(ElementType.Int64, x.Shape), b.Allocate(ElementType.Int64, new Shape(1)));
        b.AddErrors(x, b.With(ElementType.Int64, -40), 0, y, b.With(ElementType.Int64, apart - 40), 0, Guard, added, unit);
        return [b.Values(t.Output), b.Values(t.Exponent), b.Values(t.Statistic), b.Values(exact.Output), b.Values(added), b.Values(unit)];

        Tensor Drawn(ElementType type)
        {
            var (limit, dropped) = ((1L << Bits(type)) - 1, Math.Clamp(Math.Abs(apart) - Guard, 1, 6));
            return b.With(type, [.. draw.Ties(58, dropped, limit), .. draw.Adversarial(59, limit)]);
        }
    }

    /// <summary>Of errors of products, and of what a bound allows.</summary>
    private static int Bits(ElementType type) => type switch
    {
        ElementType.Int8 => 7,
        ElementType.Int16 => 15,
        ElementType.Int32 => 24,
        _ => 62 - Guard,
    };
}
