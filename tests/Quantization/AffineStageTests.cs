using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Gpu;

namespace Wage.Tests.Quantization;

/// <summary>
/// Affine layers against numbers that were computed elsewhere in exact arithmetic, on every backend. Codes of 8 bits without a sign are stored
/// less 128.
/// </summary>
[Parallelizable]
public sealed class AffineStageTests
{
    private const int Unsigned = 128;

    /// <summary>3 x 3 of two channels.</summary>
    private static readonly int[] X = [174, 167, 66, 195, 176, 52, 3, 204, 65, 187, 176, 213, 254, 158, 140, 160, 235, 191];

    /// <summary>A filter's 3 x 3 of two channels.</summary>
    private static readonly int[][] W =
    [
        [97, 46, -109, 120, -105, -13, 41, -15, -13, 71, -114, -62, 5, -65, 114, -88, 109, -102],
        [36, -31, 85, -37, -113, 97, -13, -120, 118, -36, 45, -40, 88, 118, 6, 77, 94, 116],
        [116, -16, -82, -50, 28, 99, 93, -116, 11, 50, 34, -54, -88, -17, 27, -53, 70, -8],
    ];

    private static readonly int[] Bias = [-1393, -4256, 3419];

    private static readonly int[][] Sums =
    [
        [3322, 1592, 6302, -34501, 5498, 8592, 332, -1499, 13089],
        [16739, -3681, 28153, 52514, -4687, 33524, 29301, -6186, 20935],
        [10855, -12515, 5663, 20747, -23133, 20325, 7577, 22863, -3541],
    ];

    private static readonly int[][] Codes =
    [
        [17, 12, 27, 0, 24, 34, 8, 2, 48], [88, 0, 143, 255, 0, 169, 148, 0, 108], [20, 0, 14, 32, 0, 32, 16, 35, 3],
    ];

    private static readonly int[][] ClippedCodes =
    [
        [17, 12, 27, 7, 24, 34, 8, 7, 48], [57, 7, 57, 57, 7, 57, 57, 7, 57], [20, 7, 14, 32, 7, 32, 16, 35, 7],
    ];

    private static readonly QuantizedMultiplier[] Scales = [new(1701036012, -8), new(1324224257, -7), new(1334990391, -9)];

    private readonly List<IBackend> backends = [];

    [OneTimeSetUp]
    public void Start() => backends.AddRange([new ReferenceBackend(), new HostBackend(1), new HostBackend(2), .. Lent.All()]);

    [OneTimeTearDown]
    public void Stop() => backends.ForEach(Lent.Return);

    [Test]
    public void AWholeConvolutionIsTheGoldenOneWithBothRoundings() => Assert.Multiple(() =>
    {
        foreach (var b in backends)
        {
            Assert.That(Convolve(b, MultiplierRounding.Double, 0, 255), Is.EqualTo(Codes), b.Name);
            Assert.That(Convolve(b, MultiplierRounding.Single, 0, 255), Is.EqualTo(OnceRounded(Codes)), b.Name);
            Assert.That(Convolve(b, MultiplierRounding.Double, 7, 57), Is.EqualTo(ClippedCodes), $"{b.Name}, ReLU6");
            Assert.That(Convolve(b, MultiplierRounding.Single, 7, 57), Is.EqualTo(OnceRounded(ClippedCodes)), $"{b.Name}, ReLU6");
        }
    });

    [Test]
    public void ItsSumsAreTheGoldenOnes() => Assert.Multiple(() =>
    {
        foreach (var b in backends)
        {
            var (x, w, g, start) = Operands(b, 121);
            var (v, sums) = (b.Allocate(ElementType.Int32, g.OutputShape), b.Allocate(ElementType.Int32, g.OutputShape));
            b.Convolve(x, w, g, v);
            b.Map(v, default(RawStage), new StageTensors(sums) { Start = start });
            Assert.That(ByFilter(b.Values(sums), 0), Is.EqualTo(Sums), b.Name);
        }
    });

    [Test]
    public void PaddedWithCodeZeroItIsAnother() => Assert.Multiple(() =>
    {
        foreach (var b in backends)
            Assert.That(Convolve(b, MultiplierRounding.Double, 0, 255, outside: 0)[0][..3], Is.EqualTo((int[])[15, 39, 58]), b.Name);
    });

    /// <summary>Both operands have zero points: sum (q1 - Z1)(q2 - Z2) = K Z1 Z2 - Z1 colsum - Z2 rowsum + sum q1 q2.</summary>
    [TestCase(new[] { 5, 250, 128, 0, 131 }, 777, new[] { 72885, -58082, -77400, 92126 }, 30306, 1518500250, -8, 184)]
    [TestCase(new[] { 255, 1, 90, 140, 127 }, -12345, null, -41024, 1759218604, -7, 0)]
    public void ADenseSumWithTwoZeroPointsIsTheGoldenOne(int[] w, int bias, int[]? terms, int sum, int multiplier, int shift, int code)
    {
        int[] x = [0, 255, 17, 128, 200];
        int[] parts = [5 * 113 * 129, -113 * w.Sum(), -129 * x.Sum(), x.Zip(w, (q1, q2) => q1 * q2).Sum()];
        if (terms is not null) Assert.That(parts, Is.EqualTo(terms));
        Assert.That(parts.Sum() + bias, Is.EqualTo(sum));
        var stage = new AffineStage(new(multiplier, shift), 100 - Unsigned, -128, 127, MultiplierRounding.Double);
        Assert.That(stage.Value(sum) + Unsigned, Is.EqualTo(code));
    }

    [TestCase(new long[] { -1, -2, -2, -1 }, 2, 2, -2)]
    [TestCase(new long[] { 1, 2, 2, 1 }, 2, 2, 2)]
    [TestCase(new long[] { -3, -2, -3 }, 1, 3, -3)]
    [TestCase(new long[] { -128, -128, -127, -127, 0, 0 }, 2, 3, -85)]
    public void AnAverageOfCodesIsTheGoldenOne(long[] codes, int height, int width, int mean) => Assert.Multiple(() =>
    {
        foreach (var b in backends)
        {
            var g = new PoolGeometry(1, height, width, 1, height, width, 1);
            var y = b.Allocate(ElementType.Int8, g.OutputShape);
            b.AveragePool(b.With(ElementType.Int8, g.InputShape, codes), g, Rounding.HalfAway, y);
            Assert.That(b.Values(y), Is.EqualTo((long[])[mean]), b.Name);
        }
    });

    [Test]
    public void OneScaleForAllColumnsIsThatOfEveryColumn()
    {
        foreach (var b in backends)
        {
            var x = b.With(ElementType.Int32, [.. Enumerable.Range(0, 90).Select(i => (i * 7919L) - 300_000)]);
            var stage = new AffineStage(Scales[0], -3, -128, 127, MultiplierRounding.Double);
            var (one, each) = (b.Allocate(ElementType.Int8, x.Shape), b.Allocate(ElementType.Int8, x.Shape));
            b.Map(x, stage, new StageTensors(one));
            b.Map(x, stage with { Scale = default }, new StageTensors(each)
            {
                Multipliers = b.With(ElementType.Int32, Scales[0].Multiplier, Scales[0].Multiplier, Scales[0].Multiplier),
                Shifts = b.With(ElementType.Int32, Scales[0].Shift, Scales[0].Shift, Scales[0].Shift),
            });
            Assert.That(b.Values(each), Is.EqualTo(b.Values(one)), b.Name);
        }
    }

    /// <summary>32 bits hold no code beyond a stored one, whatever the zero point.</summary>
    [Test]
    public void NothingWrapsAtTheEndsOf32Bits([Values(-5, 0, 5)] int zeroPoint)
    {
        var stage = new AffineStage(new(int.MaxValue, 30), zeroPoint, int.MinValue, int.MaxValue, MultiplierRounding.Double);
        foreach (var b in backends)
        {
            var x = b.With(ElementType.Int32, [.. Enumerable.Repeat((long)int.MaxValue, 16), .. Enumerable.Repeat((long)int.MinValue, 17)]);
            var y = b.Allocate(ElementType.Int32, x.Shape);
            b.Map(x, stage, new StageTensors(y));
            var values = b.Values(y);
            Assert.That((values[0], values[^1]), Is.EqualTo((stage.Value(int.MaxValue), stage.Value(int.MinValue))), b.Name);
            Assert.That((values[0] > 1 << 29, values[^1] < -(1 << 29)), Is.EqualTo((true, true)), b.Name);
        }
    }

    [Test]
    public void ColumnsThatAreNotTheOutputsAreRefused()
    {
        var stage = new AffineStage(Scales[0], 0, -128, 127, MultiplierRounding.Double);
        foreach (var b in backends)
        {
            var (x, y) = (b.Allocate(ElementType.Int32, new Shape(12)), b.Allocate(ElementType.Int8, new Shape(12)));
            var (five, four) = (b.Allocate(ElementType.Int32, new Shape(5)), b.Allocate(ElementType.Int32, new Shape(4)));
            var wide = b.Allocate(ElementType.Int64, new Shape(4));
            foreach (var t in (StageTensors[])
                [new(y) { Start = five }, new(y) { Start = wide }, new(y) { Multipliers = four }, new(y) { Shifts = four },
                    new(y) { Start = four, Multipliers = five, Shifts = five }])
                Assert.That(() => b.Map(x, stage, t), Throws.ArgumentException.With.Message.StartsWith("a stage's columns"), b.Name);
            Assert.That(() => b.Map(x, stage, new(y) { Start = four, Multipliers = four, Shifts = four }), Throws.Nothing, b.Name);
        }
    }

    private static int[][] Convolve(IBackend b, MultiplierRounding rounding, int low, int high, int outside = 121)
    {
        var (x, w, g, start) = Operands(b, outside);
        var stage = new AffineStage(default, 7 - Unsigned, low - Unsigned, high - Unsigned, rounding);
        var t = new StageTensors(b.Allocate(ElementType.Int8, g.OutputShape))
        {
            Start = start,
            Multipliers = b.With(ElementType.Int32, [.. Scales.Select(s => (long)s.Multiplier)]),
            Shifts = b.With(ElementType.Int32, [.. Scales.Select(s => (long)s.Shift)]),
        };
        b.Convolve(x, w, g, ElementType.Int32, null, stage, t);
        return ByFilter(b.Values(t.Output), Unsigned);
    }

    private static (Tensor X, Tensor W, ConvGeometry G, Tensor Start) Operands(IBackend b, int outside)
    {
        var g = new ConvGeometry(1, 3, 3, 2, 3, 3, 3, 1, new Padding(1, 1, 1, 1) { Value = outside - Unsigned });
        var x = b.With(ElementType.Int8, g.InputShape, [.. Inner(X).Select(code => (long)code - Unsigned)]);
        var w = b.With(ElementType.Int8, g.WeightShape, [.. W.SelectMany(Inner).Select(one => (long)one)]);
        return (x, w, g, b.With(ElementType.Int32, [.. Bias.Select((bias, f) => bias - ((121L - Unsigned) * W[f].Sum()))]));
    }

    /// <summary>Channels, which the numbers have outside, innermost.</summary>
    private static IEnumerable<int> Inner(int[] planes) => Enumerable.Range(0, 18).Select(i => planes[(i % 2 * 9) + (i / 2)]);

    private static int[][] ByFilter(long[] values, int more) =>
        [.. Enumerable.Range(0, 3).Select(f => Enumerable.Range(0, 9).Select(i => (int)values[(i * 3) + f] + more).ToArray())];

    private static int[][] OnceRounded(int[][] twice)
    {
        var once = twice.Select(row => row.ToArray()).ToArray();
        (once[0][2], once[0][8]) = (26, 47);
        return once;
    }
}
