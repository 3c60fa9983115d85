using System.Numerics;
using FsCheck.Fluent;
using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Gpu;

namespace Wage.Tests.Quantization.Hybrid;

/// <summary>Weights that are ternary in part, against their definition in exact fractions.</summary>
[Parallelizable]
public sealed class HybridWeightsTests
{
    private const int Rows = 5, Terms = 13;

    private static readonly HybridRows Half = new([new Ratio(1, 2), new Ratio(1, 1)]) { Form = RatioForm.Stepped };

    [Test]
    public void TernaryCodesAreThoseOfTheDefinition(
        [Values] TernaryThreshold threshold, [Values] bool layer, [Values(8, 9, 16)] int bits,
        [Values(Rounding.HalfEven, Rounding.HalfAway, Rounding.TowardZero)] Rounding rounding)
    {
        var rule = Half with { Threshold = threshold, AlphaOfLayer = layer };
        for (var seed = 0u; seed < 8; seed++)
        {
            var (w, codes) = (Stored(bits, seed), new sbyte[Rows * Terms]);
            var ternary = new TernaryRows(rule, Rows, bits, rounding);
            ternary.Run(w, codes);
            var expected = Defined(w, rule, bits, rounding);
            Assert.That(codes, Is.EqualTo(expected), $"seed {seed}");
            for (var row = 0; row < Rows; row++)
            {
                var range = (row * Terms)..((row + 1) * Terms);
                Assert.That(ternary.ErrorOf(row), Is.EqualTo((
                    w[range].Zip(expected[range]).Sum(one => Math.Abs((long)one.First - ((long)one.Second << (bits - 8)))),
                    w[range].Sum(one => (long)Math.Abs(one)))));
            }
        }
    }

    /// <summary>A mean of 45 is nearer to 32 by its logarithm, one of 46 to 64: 32 sqrt 2 is 45.25.</summary>
    [TestCase(45, 32)]
    [TestCase(46, 64)]
    [TestCase(127, 64)]
    [TestCase(1, 1)]
    public void AlphaIsThePowerOfTwoNearestToTheMean(int magnitude, int alpha)
    {
        var codes = new sbyte[4];
        new TernaryRows(Half with { Threshold = TernaryThreshold.Filter }, 2, 8, Rounding.HalfEven).Run([magnitude, -magnitude, 0, 0], codes);
        Assert.That(codes, Is.EqualTo(new[] { alpha, -alpha, 0, 0 }));
    }

    /// <summary>Without the hybrid WAGE's Q_W has 64 for 1/2 on this grid: with one threshold and an alpha of 1/2 the codes are its own.</summary>
    [Test]
    public void FromTheGridsThresholdNonZerosAreThoseOfPlainQw([Values(8, 12)] int bits)
    {
        var (w, codes) = (Stored(bits, 3), new sbyte[Rows * Terms]);
        new TernaryRows(Half, Rows, bits, Rounding.HalfEven).Run(w, codes);
        Assert.That(codes.Select(code => Math.Sign(code)),
            Is.EqualTo(w.Select(one => (int)FixedPoint.RoundToLimit(one, bits - 2, 1, Rounding.HalfEven))));
    }

    [Test]
    public void UnitsWeighAsTheLawSaysInExactFractions() => Laws.Hold(
        Gen.ListOf(Gen.Zip(Gen.Choose(0, 1 << 30), Gen.Choose(0, 1 << 30))), given =>
        {
            (long Distance, long Sum)[] units = [(1, 2), .. given.Select(one => ((long)one.Item1 << 8, (long)one.Item2 << 12))];
            long[] weights = [.. units.Select(one => SelectionWeights.Of(one.Distance, one.Sum))];
            BigInteger[] f = [.. units.Select(one => one.Sum == 0 ? BigInteger.One << 47
                : ((BigInteger)one.Sum << 47) / (((BigInteger)one.Distance << 23) + one.Sum))];
            var all = f.Aggregate((x, y) => x + y);
            SelectionWeights.Share(weights);
            Assert.That(weights, Is.EqualTo(f.Select(one => (long)BigInteger.Max(1, (one << 40) / all))));
        });

    [Test]
    public void AStepMakesExactlyItsShareTernaryAndLeavesTheRest8Bits(
        [Values] bool element, [Values] bool uniform, [Values("cpu", "reference", "ilgpu-cpu")] string device)
    {
        using var lent = Lent.Of(device, 1);
        var backend = lent.Backend;
        var rule = Half with { ByElement = element, IsUniform = uniform };
        var (quantizer, value, w) = Make(backend, rule, 9);
        var units = element ? Rows * Terms : Rows;
        HashSet<string> partitions = [];
        for (var step = 0u; step < 10; step++)
        {
            Apply(new StepContext(Phase.Training, 1, step, new Ratio(1, 1)) { Position = new RunPosition(0, 0, 2, 0) });
            var drawn = ((IPartialWeights)quantizer).Drawn.ToArray();
            Assert.That(drawn.Count(flag => flag), Is.EqualTo((units + 1) / 2));
            partitions.Add(string.Concat(drawn.Select(flag => flag ? '1' : '0')));
            var ternary = Defined(w, rule, 9, Rounding.HalfEven);
            Assert.That(Codes(), Is.EqualTo(ternary.Select((code, i) => drawn[i * units / w.Length] ? code
                : (sbyte)FixedPoint.RoundToLimit(w[i], 1, 127, Rounding.HalfEven))));
        }

        Assert.That(partitions, Has.Count.GreaterThan(3));
        Apply(default);
        Assert.That(Codes(), Is.EqualTo(Defined(w, rule, 9, Rounding.HalfEven)), "an evaluation");
        Apply(new StepContext { IsHybrid = true });
        var shown = Codes();
        Apply(new StepContext { IsHybrid = true });
        Assert.That(Codes(), Is.EqualTo(shown).And.Not.EqualTo(Defined(w, rule, 9, Rounding.HalfEven)), "a partition of a fixed seed");

        void Apply(StepContext s) => quantizer.Apply(w1, new StageTensors(value), s);
        sbyte[] Codes()
        {
            var codes = new sbyte[w.Length];
            backend.Download<sbyte>(value, codes);
            return codes;
        }
    }

    private Tensor w1 = null!;

    private (TensorQuantizer Quantizer, Tensor Value, int[] Stored) Make(IBackend backend, HybridRows rule, int bits)
    {
        var context = new BuildContext(backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto);
        var shape = new Shape(Rows, Terms);
        var w = Stored(bits, 5);
        w1 = context.Allocate(MemoryKind.Weights, ElementTypes.ForBits(bits), shape);
        backend.Upload<short>([.. w.Select(one => (short)one)], w1);
        var site = new TensorSite(TensorRole.Weights, "conv1", 2, shape, bits - 1);
        var value = context.Allocate(MemoryKind.Weights, ElementType.Int8, shape);
        return (new HybridWeights(bits, Rounding.HalfEven, rule).For(site, context), value, w);
    }

    /// <summary>From end to end of their bits, the second row small, the third zeros.</summary>
    private static int[] Stored(int bits, uint seed)
    {
        var limit = BitWidths.Limit(bits);
        return [.. Enumerable.Range(0, Rows * Terms).Select(i =>
        {
            var w = RandomBits.Below(new RandomKey(seed, 0, (uint)bits), (ulong)i, (2 * limit) + 1) - limit;
            return (i / Terms) switch { 1 => w >> 4, 2 => 0, _ => w };
        })];
    }

    private static sbyte[] Defined(int[] w, HybridRows rule, int bits, Rounding rounding)
    {
        var codes = new sbyte[w.Length];
        for (var row = 0; row < Rows; row++)
        {
            int[] own = w[(row * Terms)..((row + 1) * Terms)];
            int[] alphaOf = [.. (rule.AlphaOfLayer ? Enumerable.Range(0, Rows) : [row])
                .SelectMany(other => w[(other * Terms)..((other + 1) * Terms)].Where(one => IsBeyond(one, other)))];
            BigInteger sum = alphaOf.Sum(one => (long)Math.Abs(one));
            var log2 = sum.IsZero ? 0 : IntegerMath.RoundedLog2OfRoot(sum * sum, (BigInteger)alphaOf.Length * alphaOf.Length);
            var alpha = 1 << Math.Clamp(log2 - (bits - 8), 0, 6);
            for (var i = 0; i < Terms; i++) codes[(row * Terms) + i] = (sbyte)(IsBeyond(own[i], row) ? Math.Sign(own[i]) * alpha : 0);
        }

        return codes;

        bool IsBeyond(int one, int row)
        {
            if (rule.Threshold == TernaryThreshold.Grid) return FixedPoint.Round(one, bits - 2, rounding) != 0;
            var of = rule.Threshold == TernaryThreshold.Layer ? w : w[(row * Terms)..((row + 1) * Terms)];
            return 10L * of.Length * Math.Abs(one) > 7 * of.Sum(other => (long)Math.Abs(other));
        }
    }
}
