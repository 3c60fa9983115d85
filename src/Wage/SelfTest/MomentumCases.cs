using Wage.Backends;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>What weights learn by with momentum, and the scale of weights of few bits.</summary>
internal static class MomentumCases
{
    private const int Stored = int.MaxValue;

    public static IEnumerable<BackendCase> All()
    {
        yield return Pair(new Decayed(58982, 6711), Stored, Stored, ElementType.Int64);
        yield return Pair(new Decayed(65535, (1 << 26) - 1), Stored, Stored, ElementType.Int64);
        yield return Pair(new LeftShift(47), 200, 9, ElementType.Int64);
        yield return Pair(new AddGradient(1 << 16, 16), 1L << 58, 1L << GradientStage.MostBits, ElementType.Int32);
        yield return Pair(new AddGradient(43691, 0), 1L << 58, 1L << GradientStage.MostBits, ElementType.Int64);
        yield return Pair(new RateStep(6554, Stored), Stored, Stored, ElementType.Int32);
        yield return Pair(new RateStep(1 << 30, (1 << 26) - 1), Stored, Stored, ElementType.Int32);
        yield return Pair(new WholeStep(1 << 30), Stored, Stored, ElementType.Int64);
        yield return Pair(new FirstScale(1400, 77), 77L * Stored, 9, ElementType.Int64);
        yield return Sum(ElementType.Int16);
        yield return Sum(ElementType.Int32);
        foreach (var type in (ElementType[])[ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64]) yield return Beyond(type);
        foreach (var shift in (int[])[-60, -46, -3, 0, 1, 9, 40, 62, 99])
        {
            yield return Stage(default(GradientStage), ElementType.Int32, ElementType.Int64, shift);
            yield return Stage(default(GradientStage), ElementType.Int64, ElementType.Int64, shift);
            yield return Stage(new UnitClip(7), ElementType.Int32, ElementType.Int32, shift);
            yield return Stage(new UnitClip(1), ElementType.Int16, ElementType.Int16, shift);
        }
    }

    private static BackendCase Pair<F>(F function, long mostX, long mostY, ElementType output)
        where F : unmanaged, IPairFunction =>
        new(FunctionName<F>.Name, $"{function}", b =>
        {
            var draw = new Draw(11);
            var z = b.Allocate(output, new Shape(300));
            var (x, y) = (draw.Adversarial(300, mostX), draw.Adversarial(300, mostY));
            b.Combine(b.With(ElementType.Int64, x), b.With(ElementType.Int64, y), function, z);
            return [b.Values(z)];
        });

    private static BackendCase Sum(ElementType type) =>
        new(FunctionName<SumOfMagnitudes>.Name, $"{type}", b =>
        {
            var to = b.With(ElementType.Int64, 3);
            b.Reduce(b.With(type, new Draw(12).Adversarial(5001, Draw.Limit(type))), null, 0, default(SumOfMagnitudes), to);
            return [b.Values(to)];
        });

    private static BackendCase Beyond(ElementType type) =>
        new(FunctionName<BeyondCount>.Name, $"{type}", b =>
        {
            var (most, to) = (Draw.Limit(type), b.Allocate(ElementType.Int64, new Shape(1)));
            b.Reduce(b.With(type, new Draw(13).Adversarial(5001, most)), null, 0, new BeyondCount(-most / 3, most / 2), to);
            return [b.Values(to)];
        });

    private static BackendCase Stage<S>(S stage, ElementType type, ElementType output, int range)
        where S : unmanaged, IOutputStage =>
        new(StageName<S>.Map, $"{type} {stage} by {range}", b =>
        {
            var draw = new Draw((ulong)(range + 80));
            var most = Math.Min(Draw.Limit(type), 1L << 60);
            var x = b.With(type, [.. draw.Ties(60, Math.Clamp(range, 1, 50), most), .. draw.Adversarial(61, most)]);
            var t = new StageTensors(b.Allocate(output, x.Shape)) { Range = b.With(ElementType.Int64, range) };
            b.Map(x, stage, t);
            return [b.Values(t.Output)];
        });
}
