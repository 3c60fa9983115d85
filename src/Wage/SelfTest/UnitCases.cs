using Wage.Backends;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Stages whose shift is in device memory, and the rules that find it.</summary>
internal static class UnitCases
{
    public static IEnumerable<BackendCase> All() => [.. Stages(), .. Rules()];

    private static IEnumerable<BackendCase> Stages()
    {
        foreach (var type in (ElementType[])[ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64])
        {
            foreach (var shift in (int[])[-70, -9, 0, 1, 7, 15, 30, 31, 32, 33, 62])
            {
                var dropped = Math.Clamp(shift, 0, 30);
                yield return Stage(new CodeStage(255, 128), type, shift, x => [.. x.Select(v => v == long.MinValue ? 0 : Math.Abs(v))]);
                yield return Stage(new CodeStage(15, 8), type, dropped, x => [.. x.Select(v => v == long.MinValue ? 0 : Math.Abs(v))]);
                var limit = ((int[])[7, 127, short.MaxValue, int.MaxValue])[(shift & 3) ^ (int)type % 4];
                yield return Stage(new UnitStage(limit, 0, 3), type, shift - 3, x => x);
                yield return Stage(new UnitStage(127, 1), type, shift, x => x);
            }
        }

        foreach (var shift in (int[])[-2, 0, 1, 8, 16, 30, 31, 32])
        {
            foreach (var limit in (int[])[1, 100, 127])
                for (var gate = 0; gate < 3; gate++) yield return Stored(new UnitStage(limit, 1), ElementType.Int8, shift, gate);
            foreach (var limit in (int[])[1, 32000, 32767]) yield return Stored(new UnitStage(limit, 0), ElementType.Int16, shift, 0);
        }
    }

    /// <summary>Of sums, as products end: a gate of other bits, and in the third the measure's too.</summary>
    private static BackendCase Stored(UnitStage stage, ElementType type, int range, int gate) =>
        new(StageName<UnitStage>.Map, $"{type} {stage} by {range}, gate {gate}", b =>
        {
            var draw = new Draw((ulong)(range + 80));
            var most = gate == 1 ? 1 << Math.Clamp(range + 7, 9, 30) : int.MaxValue;
            var x = b.With(ElementType.Int32, [.. draw.Ties(60, Math.Max(range, 1), most), .. draw.Adversarial(61, most), int.MinValue]);
            var t = new StageTensors(b.Allocate(type, x.Shape))
            {
                Range = b.With(ElementType.Int64, range),
                Exponent = b.With(ElementType.Int64, 4),
                Statistic = b.With(ElementType.Int64, 5),
                Key = new Numbers.RandomKey(7, 9, 3),
                FirstRandom = 5,
                Gate = gate == 0 ? null : b.With(ElementType.UInt8, draw.Many(x.Length, 0, 255)),
                GateBits = gate == 0 ? 0 : 130,
                StatisticGateBits = gate == 2 ? 1 : 0,
            };
            b.Map(x, stage, t);
            return [b.Values(t.Output), b.Values(t.Exponent), b.Values(t.Statistic)];
        });

    private static BackendCase Stage<S>(S stage, ElementType type, int range, Func<long[], long[]> of)
        where S : unmanaged, IOutputStage =>
        new(StageName<S>.Map, $"{type} {stage} by {range}", b =>
        {
            var draw = new Draw((ulong)(range + 80));
            var x = b.With(type, of([.. draw.Ties(60, Math.Max(range, 1), Draw.Limit(type)), .. draw.Adversarial(61, Draw.Limit(type))]));
            var t = new StageTensors(b.Allocate(ElementType.Int32, x.Shape))
            {
                Mask = b.Allocate(ElementType.UInt8, x.Shape),
                Range = b.With(ElementType.Int64, range),
                Exponent = b.With(ElementType.Int64, 4),
                Statistic = b.With(ElementType.Int64, 5),
                StatisticLimit = 127,
                Key = new Numbers.RandomKey(7, 9, 3),
            };
            b.Map(x, stage, t);
            return [b.Values(t.Output), b.Values(t.Mask), b.Values(t.Exponent), b.Values(t.Statistic)];
        });

    private static IEnumerable<BackendCase> Rules()
    {
        foreach (var limit in (int[])[1, 7, 127, 255, short.MaxValue])
        {
            foreach (var least in (int[])[UnitShift.NoLeast, -24])
            {
                yield return Rule(new FittingExponent(limit, 1, least), 1L << 50);
                yield return Rule(default(LatestExponent), 1L << 50);
                yield return Rule(new FittingShift(limit, least), long.MaxValue);
            }
        }

        yield return Rule(new KeptShift(UnitShift.NoLeast), 99);
        yield return Rule(new KeptShift(-24), 99);
        yield return Rule(new ExponentOf(12), 99);
    }

    /// <summary>Exponents with magnitudes, the powers of two and their neighbours among them.</summary>
    private static BackendCase Rule<F>(F rule, long most)
        where F : unmanaged, IPairFunction =>
        new(FunctionName<F>.Name, $"{rule}", b =>
        {
            var draw = new Draw(5);
            var magnitudes = draw.Many(300, 0, most);
            for (var i = 0; i < 62; i++) for (var j = 0; j < 3; j++) magnitudes[(3 * i) + j] = Math.Min((1L << i) + j - 1, most);
            var z = b.Allocate(ElementType.Int64, new Shape(300));
            b.Combine(b.With(ElementType.Int64, draw.Many(300, -99, 99)), b.With(ElementType.Int64, magnitudes), rule, z);
            return [b.Values(z)];
        });
}
