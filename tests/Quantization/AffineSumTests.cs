using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Gpu;

namespace Wage.Tests.Quantization;

/// <summary>The affine sum on every backend: golden codes, and all pairs of codes against whole numbers of 128 bits.</summary>
[Parallelizable]
public sealed class AffineSumTests
{
    private const int Unsigned = 128, Codes = 256;
    private static readonly MultiplierRounding[] Roundings = [MultiplierRounding.Double, MultiplierRounding.Single];

    /// <summary>(.1f, 10) + (.037f, 128) -> (.15f, 64).</summary>
    private static readonly AffineSum Golden = new(
        new(new(1073741824, 0), 10 - Unsigned), new(new(1589137896, -2), 128 - Unsigned), new(1431655730, -19), 64 - Unsigned, -128, 127,
        MultiplierRounding.Double);

    private readonly List<IBackend> backends = [];

    [OneTimeSetUp]
    public void Start() => backends.AddRange([new ReferenceBackend(), new HostBackend(1), new HostBackend(2), .. Lent.All()]);

    [OneTimeTearDown]
    public void Stop() => backends.ForEach(Lent.Return);

    [Test]
    public void TheGoldenSumsAreThoseOfEveryBackend([ValueSource(nameof(Roundings))] MultiplierRounding rounding)
    {
        (int First, int Second, int Twice, int Once)[] all =
        [
            (13, 128, 66, 66), (11, 131, 65, 65), (7, 125, 61, 61), (200, 3, 160, 160), (255, 0, 196, 196), (0, 0, 26, 26), (17, 103, 62, 63),
            (40, 53, 66, 65), (63, 3, 69, 68),
        ];
        long[] firsts = [.. all.Select(one => (long)one.First - Unsigned)], seconds = [.. all.Select(one => (long)one.Second - Unsigned)];
        foreach (var b in backends)
        {
            var (x, y) = (b.With(ElementType.Int8, firsts), b.With(ElementType.Int8, seconds));
            var z = b.Allocate(ElementType.Int8, x.Shape);
            b.Combine(x, y, Golden with { Rounding = rounding }, z);
            Assert.That(
                b.Values(z).Select(code => code + Unsigned),
                Is.EqualTo(all.Select(one => (long)(rounding == MultiplierRounding.Double ? one.Twice : one.Once))), b.Name);
        }
    }

    /// <summary>A grid above 1, one far below, a sum that saturates at both ends, a narrow ReLU6: all 65,536 pairs.</summary>
    [Test]
    public void EveryPairOfCodesIsTheOneOfWholeNumbers([ValueSource(nameof(Roundings))] MultiplierRounding rounding)
    {
        AffineSum[] sums =
        [
            Golden,
            new(new(new(1073741824, 0), -128), new(new(1073741824, 0), 127), new(2000000011, -20), 5, -128, 127, rounding),
            new(new(new(1610612736, -9), 0), new(new(1073741824, 0), -7), new(1234567891, -16), -128, -128, 57, rounding),
            new(new(new(0, 0), 0), new(new(int.MaxValue, 0), 3), new(1073741824, 1), 0, -128, 127, rounding),
        ];
        long[] firsts = [.. Enumerable.Range(0, Codes * Codes).Select(i => (i / Codes) - 128L)];
        long[] seconds = [.. Enumerable.Range(0, Codes * Codes).Select(i => (i % Codes) - 128L)];
        foreach (var sum in sums.Select(sum => sum with { Rounding = rounding }))
        {
            long[] expected = [.. firsts.Zip(seconds, (x, y) => Exact(sum, x, y))];
            foreach (var b in backends)
            {
                var (x, y) = (b.With(ElementType.Int8, firsts), b.With(ElementType.Int8, seconds));
                b.Combine(x, y, sum, y);
                Assert.That(b.Values(y).AsSpan().SequenceEqual(expected), b.Name);
            }
        }
    }

    private static long Exact(in AffineSum sum, long x, long y)
    {
        var both = Scaled((x - sum.X.ZeroPoint) << 20, sum.X.Scale, sum.Rounding) + Scaled((y - sum.Y.ZeroPoint) << 20, sum.Y.Scale, sum.Rounding);
        return Math.Clamp(sum.ZeroPoint + Scaled(both, sum.Scale, sum.Rounding), sum.Low, sum.High);
    }

    /// <summary>x M0 2^(shift - 31), saturated where x 2^shift leaves 32 bits.</summary>
    private static long Scaled(long x, QuantizedMultiplier scale, MultiplierRounding rounding)
    {
        var (m, s) = ((Int128)scale.Multiplier, scale.Shift);
        if (s > 0) x = Math.Clamp(x, int.MinValue >> s, int.MaxValue >> s);
        if (rounding == MultiplierRounding.Single) return (long)(((x * m) + ((Int128)1 << (30 - s))) >> (31 - s));
        var high = (long)((((Int128)x << Math.Max(s, 0)) * m + (1 << 30)) >> 31);
        return s >= 0 ? high : Math.Sign(high) * ((Math.Abs(high) + (1L << (-s - 1))) >> -s);
    }
}
