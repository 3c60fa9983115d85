using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Tests.Gpu;
using static Wage.Simulation.Conversion.ProductWriter;

namespace Wage.Tests.Models;

/// <summary>
/// A plan of affine codes made by hand: a convolution with a zero point around the image, a bias and a scale for each filter, and a max pool; then
/// dense scores of 32 bits. It gives what loops over q - Z in 64 bits give, written apart from the library.
/// </summary>
[Parallelizable]
public sealed class AffinePlanTests
{
    private const int Size = 7, Channels = 2, Filters = 5, Classes = 3, Images = 9, Z1 = -37, Z2 = 11, Low = 11, High = 90;
    private static readonly ConvGeometry Conv =
        new(1, Size, Size, Channels, Filters, 3, 3, 1, Padding.Same(Size, Size, 3, 3, 1) with { Value = Z1 });

    private static readonly PoolGeometry Pool = new(1, Size, Size, Filters, 2, 2, 2);
    private static readonly int Inputs = Pool.OutputShape.Length;
    private static readonly long[] W1 = Draw(1, Filters * 9 * Channels, -127, 127), W2 = Draw(2, Classes * Inputs, -127, 127);
    private static readonly long[] B1 = Draw(3, Filters, -20_000, 20_000), B2 = Draw(4, Classes, -9_000, 9_000);
    private static readonly long[] M1 = Draw(5, Filters, 1 << 30, int.MaxValue), S1 = Draw(6, Filters, -10, -8);
    private static readonly long[] M2 = Draw(7, Classes, 1 << 30, int.MaxValue), S2 = Draw(8, Classes, -2, 0);
    private static readonly byte[] Pixels = [.. Draw(9, Images * Size * Size * Channels, 0, 255).Select(p => (byte)p)];

    [Test]
    public void ItsScoresAreThoseOfLoopsIn64BitsOnEveryBackend([Values] MultiplierRounding rounding, [Values] bool scaled)
    {
        var (plan, expected) = (Plan(rounding, scaled), Expected(rounding, scaled));
        foreach (var (device, threads) in new[] { ("reference", 1), ("cpu", 1), ("cpu", 2), ("ilgpu-cpu", 1) })
        {
            using var lent = Lent.Of(device, threads);
            using var model = new IntegerModel(plan, lent.Backend, batch: 4);
            Assert.That(model.Scores(Pixels, Images), Is.EqualTo(expected), $"{device}, {threads} threads");
        }

        Assert.That(expected.Distinct().Count(), Is.GreaterThan(20));
    }

    [Test]
    public void EightThreadsGetTheScoresOfOne()
    {
        using var backend = new HostBackend(2);
        using var model = new IntegerModel(Plan(MultiplierRounding.Double, true), backend, batch: 4);
        var (expected, given) = (Expected(MultiplierRounding.Double, true), new long[8][]);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => given[i] = model.Scores(Pixels, Images));
        Assert.That(given, Is.All.EqualTo(expected));
    }

    [Test]
    public void TheCodeAroundTheImageAndEachColumnTakePart()
    {
        var plan = Plan(MultiplierRounding.Double, true);
        Assert.That(plan.Constants.Select(constant => constant.Name), Is.EqualTo(new[]
        {
            "conv1", "conv1.start", "conv1.multipliers", "conv1.shifts", "dense1", "dense1.start", "dense1.multipliers", "dense1.shifts",
        }));
        Assert.That(((ProductOperation)plan.Nodes[1].Operation).Geometry.Padding.Value, Is.EqualTo(Z1));
        var whole = Expected(MultiplierRounding.Double, true);
        Assert.That(Expected(MultiplierRounding.Double, true, outside: 0), Is.Not.EqualTo(whole));
        Assert.That(Expected(MultiplierRounding.Double, false), Is.Not.EqualTo(whole));
        Assert.That(Expected(MultiplierRounding.Single, true), Is.Not.EqualTo(whole));
    }

    [Test]
    public void APlanThatDoesNotFitIsRefused()
    {
        var image = new SignalSpec(new Shape(1, 4, 4, 1), ElementType.Int8, 0, 128);
        var g = new ConvGeometry(1, 4, 4, 1, 2, 4, 4, 1, Padding.None);
        var sums = new SignalSpec(g.OutputShape, ElementType.Int32, 0, 1 << 20);
        var (weights, raw) = (Host(ElementType.Int8, Enumerable.Repeat(127L, 32)), FusedStage.Of(default(RawStage)));
        PlanBuilder New() => new(image);
        void Add(PlanBuilder plan, ProductOperation product, params (string, Tensor)[] constants) => plan.Add("conv1", product, sums, [0], constants);
        Assert.That(() => new PlanBuilder(sums), Throws.ArgumentException);
        Assert.That(
            () => Add(New(), new(g with { Filters = 3 }, ElementType.Int32), ("conv1", weights)),
            Throws.ArgumentException.With.Message.StartsWith("conv1: its weights is [32], but the operation needs 48 elements"));
        Assert.That(() => Add(New(), new(g, ElementType.Int64), ("conv1", weights)), Throws.ArgumentException, "the output is Int32");
        var columns = new ProductOperation(g, ElementType.Int32, null, raw, StageReads.Start);
        Assert.That(() => Add(New(), columns, ("conv1", weights)), Throws.ArgumentException.With.Message.Contains("its stage reads Start"));
        Assert.That(() => Add(New(), columns, ("conv1", weights), ("b", Host(ElementType.Int32, [1, 2, 3]))), Throws.ArgumentException);
        Assert.That(() => Add(New(), columns, ("conv1", weights), ("b", Host(ElementType.Int64, [1, 2]))), Throws.ArgumentException);
        var scales = new ProductOperation(g, ElementType.Int32, null, raw, StageReads.Multipliers);
        Assert.That(() => Add(New(), scales, ("conv1", weights), ("m", Host(ElementType.Int32, [1, 2]))), Throws.ArgumentException);
        foreach (var (most, fits) in new[] { (int.MaxValue - (16L * 127 * 128), true), (int.MaxValue - (16L * 127 * 128) + 1, false) })
        {
            var plan = New();
            Add(plan, columns, ("conv1", weights), ("b", Host(ElementType.Int32, [0, -most])));
            Assert.That(() => plan.ToPlan(new sbyte[256]), fits ? Throws.Nothing : Throws.TypeOf<WageException>().With.Message.StartsWith(
                "conv1: the sums of filter 1 can reach 2147483648, which Int32 (2147483647) cannot hold."));
            Assert.That(() => plan.ToPlan(new sbyte[255]), Throws.ArgumentException);
        }
    }

    internal static ModelPlan Plan(MultiplierRounding rounding, bool scaled)
    {
        var plan = new PlanBuilder(new SignalSpec(Conv.InputShape, ElementType.Int8, 0, 128));
        var stage = FusedStage.Of(new AffineStage(default, Z2, Low, High, rounding));
        const StageReads All = StageReads.Start | StageReads.Multipliers | StageReads.Shifts;
        var conv = plan.Add(
            "conv1", new ProductOperation(Conv, ElementType.Int32, Pool, stage, All), new SignalSpec(Pool.OutputShape, ElementType.Int8, 0, 128), [0],
            ("conv1", Host(ElementType.Int8, W1)), ("conv1.start", Host(ElementType.Int32, Starts(W1, B1, Z1))),
            ("conv1.multipliers", Host(ElementType.Int32, M1)), ("conv1.shifts", Host(ElementType.Int32, S1)));
        var flat = new SignalSpec(new Shape(1, Inputs), ElementType.Int8, 0, 128);
        var rows = plan.Add("flatten1", new ReshapeOperation(), flat, [conv]);
        var (start, dense) = (("dense1.start", (Tensor)Host(ElementType.Int32, Starts(W2, B2, Z2))), ConvGeometry.Dense(1, Inputs, Classes));
        var scores = new SignalSpec(new Shape(1, Classes), ElementType.Int32, 0, int.MaxValue);
        var last = FusedStage.Of(new AffineStage(default, 0, int.MinValue, int.MaxValue, rounding));
        if (!scaled)
        {
            plan.Add(
                "dense1", new ProductOperation(dense, ElementType.Int32, null, FusedStage.Of(default(RawStage)), StageReads.Start), scores, [rows],
                ("dense1", Host(ElementType.Int8, W2)), start);
        }
        else
        {
            plan.Add(
                "dense1", new ProductOperation(dense, ElementType.Int32, null, last, All), scores, [rows], ("dense1", Host(ElementType.Int8, W2)),
                start, ("dense1.multipliers", Host(ElementType.Int32, M2)), ("dense1.shifts", Host(ElementType.Int32, S2)));
        }

        return plan.ToPlan([.. Enumerable.Range(0, 256).Select(p => (sbyte)(p - 128))]);
    }

    /// <summary>bias - Z times the sum of each filter's weights.</summary>
    private static long[] Starts(long[] w, long[] bias, long zeroPoint) =>
        [.. bias.Select((b, f) => b - (zeroPoint * w.Chunk(w.Length / bias.Length).ElementAt(f).Sum()))];

    private static long[] Expected(MultiplierRounding rounding, bool scaled, int outside = Z1) => [.. Enumerable.Range(0, Images).SelectMany(image =>
    {
        var codes = Pixels.Skip(image * Size * Size * Channels).Take(Size * Size * Channels).Select(p => (long)p - 128).ToArray();
        var pooled = new long[Inputs];
        Array.Fill(pooled, long.MinValue);
        for (var i = 0; i < Size * Size * Filters; i++)
        {
            var (y, x, f) = (i / (Size * Filters), i / Filters % Size, i % Filters);
            if (y / 2 >= Pool.OutputHeight || x / 2 >= Pool.OutputWidth) continue;
            var sum = B1[f];
            for (var k = 0; k < 9 * Channels; k++)
            {
                var (row, column, c) = (y + (k / (3 * Channels)) - 1, x + (k / Channels % 3) - 1, k % Channels);
                var isOutside = row < 0 || row >= Size || column < 0 || column >= Size;
                var q = isOutside ? outside : codes[(((row * Size) + column) * Channels) + c];
                sum += (q - Z1) * W1[(f * 9 * Channels) + k];
            }

            var at = ((((y / 2) * Pool.OutputWidth) + (x / 2)) * Filters) + f;
            pooled[at] = Math.Max(pooled[at], Math.Clamp(Z2 + Scale(sum, M1[f], S1[f], rounding), Low, High));
        }

        return Enumerable.Range(0, Classes).Select(f =>
        {
            var sum = B2[f];
            for (var k = 0; k < Inputs; k++) sum += (pooled[k] - Z2) * W2[(f * Inputs) + k];
            return scaled ? Scale(sum, M2[f], S2[f], rounding) : sum;
        });
    })];

    /// <summary>x m 2^(s - 31) for s up to 0: once, ties up; or the high product, ties up, and then the shift, ties away from zero.</summary>
    private static long Scale(long x, long m, long s, MultiplierRounding rounding)
    {
        if (rounding == MultiplierRounding.Single) return (long)(((Int128)x * m + ((Int128)1 << (int)(30 - s))) >> (int)(31 - s));
        var high = ((x * m) + (1L << 30)) >> 31;
        return s == 0 ? high : Math.Sign(high) * ((Math.Abs(high) + (1L << (int)(-s - 1))) >> (int)-s);
    }

    private static long[] Draw(uint stream, int count, long least, long most) =>
        [.. Enumerable.Range(0, count).Select(i => least + RandomBits.Below(new RandomKey(14, stream, 0), (ulong)i, (int)(most - least + 1)))];
}
