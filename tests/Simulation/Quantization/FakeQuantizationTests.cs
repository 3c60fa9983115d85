using Wage.Backends;
using Wage.Numbers;
using Wage.Simulation;
using Wage.Simulation.Conversion;
using Wage.Simulation.Products;
using Wage.Simulation.Quantization;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Quantization;

/// <summary>Fake quantization against the grid's own codes, value by value, and ranges against their equations.</summary>
[Parallelizable]
public sealed unsafe class FakeQuantizationTests
{
    private static readonly AffineGrid[] Grids =
    [
        AffineGrid.Of("x", -1, 2, 8), AffineGrid.Of("x", 0, 6, 8), AffineGrid.Of("x", -10, 30, 8), AffineGrid.Of("x", -.25f, .75f, 4),
        AffineGrid.Of("x", .1f, .9f, 2), AffineGrid.Of("x", 0, 0, 8), AffineGrid.Symmetric("x", 3, 3), AffineGrid.Asymmetric("x", -1, 3, 5),
    ];

    [Test]
    public void EveryValueBecomesThatOfItsCode([Range(0, 7)] int index)
    {
        var grid = Grids[index];
        var x = Values(5000, 40);
        for (var i = 0; i < 600; i++) x.Span[i] = (float)((grid.Value(grid.Codes.Low) + (grid.Scale * (i - 40) / 2)));      // ties and ends
        foreach (var lanes in new[] { 1, 16 })
        {
            var y = new FloatTensor(x.Shape);
            FakeQuantization.Run(new FloatEngine(null, lanes), x.Pointer, x.Span.Length, grid, y.Pointer);
            for (var i = 0; i < x.Span.Length; i++)
                Assert.That(y.Span[i], Is.EqualTo((float)grid.Value(grid.Code(x.Span[i]))), $"{lanes} lanes, {x.Span[i]:R}");
        }
    }

    [Test]
    public void AnErrorPassesWhereTheRangeEnclosesTheValue([Range(0, 7)] int index)
    {
        var grid = Grids[index];
        var (x, e) = (Values(3000, 20), new FloatTensor(new Shape(3000)));
        (x.Span[0], x.Span[1]) = ((float)grid.Least, (float)grid.Greatest);
        (x.Span[2], x.Span[3]) = (MathF.BitDecrement(x.Span[0]), MathF.BitIncrement(x.Span[1]));
        e.Span.Fill(0.5f);
        FakeQuantization.Pass(new FloatEngine(null, FloatEngine.Widest), x.Pointer, x.Span.Length, grid, e.Pointer);
        for (var i = 0; i < x.Span.Length; i++)
            Assert.That(e.Span[i], Is.EqualTo(x.Span[i] >= grid.Least && x.Span[i] <= grid.Greatest ? 0.5f : 0), $"{x.Span[i]:R}");
    }

    [Test]
    public void NotANumberStaysOne()
    {
        var (x, y) = (Values(40, 1), new FloatTensor(new Shape(40)));
        x.Span.Fill(float.NaN);
        FakeQuantization.Run(new FloatEngine(null, FloatEngine.Widest), x.Pointer, 40, Grids[0], y.Pointer);
        Assert.That(y.Span.ToArray(), Is.All.NaN);
    }

    [Test]
    public void AMovingRangeIsTheAverageWithoutBias()
    {
        var range = new MovingRange(Builder(), "conv1", new MovingRangeRule(0.999, IsUnbiased: true));
        (float Least, float Greatest)[] batches = [(-1, 2), (-3, 1), (0.5f, 4), (-100, 200), (0, 0)];
        var (low, high) = (0.0, 0.0);
        for (var t = 1; t <= batches.Length; t++)
        {
            range.Add(batches[t - 1].Least, batches[t - 1].Greatest);
            low = (0.999 * low) + (0.001 * Math.Min(batches[t - 1].Least, 0));
            high = (0.999 * high) + (0.001 * Math.Max(batches[t - 1].Greatest, 0));
            var all = 1 - Math.Pow(0.999, t);
            Assert.That(range.Ends.Least, Is.EqualTo(low / all).Within(1e-5), $"batch {t}");
            Assert.That(range.Ends.Greatest, Is.EqualTo(high / all).Within(1e-4), $"batch {t}");
        }

        Assert.That(range.Grid(8), Is.EqualTo(AffineGrid.Of("conv1", range.Ends.Least, range.Ends.Greatest, 8)));
    }

    [Test]
    public void ARangeFromTheFirstBatchHasTheGoldenValues()
    {
        // spec: eta .9, G = [-1,2], [-3,1], [0,0], [-100,200]
        var range = new MovingRange(Builder(), "conv1", new MovingRangeRule(0.9, IsUnbiased: false));
        ((float Least, float Greatest) Batch, (double Least, double Greatest) Range)[] golden =
        [
            ((-1, 2), (-1, 2)), ((-3, 1), (-1.2, 1.9)), ((0, 0), (-1.08, 1.71)), ((-100, 200), (-10.972, 21.539)),
        ];
        foreach (var (batch, expected) in golden)
        {
            range.Add(batch.Least, batch.Greatest);
            Assert.That(range.Ends.Least, Is.EqualTo(expected.Least).Within(1e-5));
            Assert.That(range.Ends.Greatest, Is.EqualTo(expected.Greatest).Within(1e-5));
        }
    }

    [Test]
    public void ARangeOfWhatIsNoNumberIsRefusedByTheTensorsName()
    {
        var range = new MovingRange(Builder(), "conv7", new MovingRangeRule(0.9, IsUnbiased: false));
        Assert.That(() => range.Add(0, float.PositiveInfinity), Throws.TypeOf<WageException>().With.Message.StartsWith("conv7: its range is"));
        Assert.That(range.IsKnown, Is.False);
    }

    [Test]
    public void TheEndsOfATensorAreFoundWhereverTheyAre([Values(1, 7, 16, 16_384, 40_001)] int length)
    {
        foreach (var lanes in new[] { 1, 4, 8, 16 })
        {
            using var pool = new Wage.Backends.Host.WorkerPool(2);
            foreach (var at in new[] { 0, length / 2, length - 1 })
            {
                var x = Values(length, 1);
                (x.Span[at], x.Span[length - 1 - at]) = (-7, length == 1 || at == length - 1 - at ? -7 : 9);
                var (least, greatest) = (x.Span.ToArray().Min(), x.Span.ToArray().Max());
                Assert.That(new FloatRange(Builder(), length).Of(x), Is.EqualTo((least, greatest)), $"{lanes} lanes, at {at}");
            }
        }
    }

    [Test]
    public void WeightsHaveTheCodesOfTheirGrids([Values] bool perChannel, [Values] bool isSymmetric, [Values(2, 5, 8)] int bits)
    {
        var w = Values(6 * 35, 1);
        w.Span[70..105].Clear();                                                  // a dead filter
        var rule = new WeightRule(bits, perChannel, isSymmetric);
        var (quantizer, q) = (new WeightQuantizer(Builder(), "conv1", 6, rule), new FloatTensor(w.Shape));
        quantizer.Run(w, q);
        var codes = isSymmetric
            ? WeightCodes.Symmetric("conv1", w.Span, 6, bits, perChannel) : WeightCodes.Asymmetric("conv1", w.Span, 6, bits, perChannel);
        Assert.That(quantizer.Grids.ToArray(), Is.EqualTo(codes.Grids));
        for (var i = 0; i < w.Span.Length; i++)
            Assert.That(q.Span[i], Is.EqualTo((float)codes.Grids[perChannel ? i / 35 : 0].Value(codes.Codes[i])));
    }

    private static FloatBuilder Builder() =>
        new(new PlainFloats(), new ReferenceBackend(), FloatOptimizer.Sgd(), System.Collections.Frozen.FrozenSet<string>.Empty);

    private static FloatTensor Values(int count, float most)
    {
        var x = new FloatTensor(new Shape(count));
        for (var i = 0; i < count; i++) x.Span[i] = most * (int)RandomBits.UInt32(new RandomKey(9, 0, 0), (ulong)i) / (1L << 31);
        return x;
    }
}
