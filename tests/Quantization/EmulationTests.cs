using FsCheck;
using FsCheck.Fluent;
using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Tests.Quantization;

/// <summary>The integers of the scheme's pieces, run by the reference backend, are those of the paper's formulas in float64. Exactly.</summary>
[Parallelizable]
public sealed class EmulationTests
{
    private static readonly ReferenceBackend Backend = new();

    private static Gen<BitWidths> Bits =>
        from w in Gen.Choose(2, 8)
        from a in Gen.Choose(2, 8)
        from more in Gen.Choose(1, 16 - w)
        from e in Gen.Choose(2, 16)
        select new BitWidths(w, a, w + more, e);

    private static Gen<Rounding> Roundings => Gen.Elements(Rounding.HalfEven, Rounding.HalfAway);

    [Test]
    public void UsedWeightsAreThoseOfTheFormula() => Laws.Hold(
        from bits in Bits
        from rounding in Roundings
        from values in Integers(BitWidths.Limit(bits.G))
        select (bits, rounding, values),
        law =>
        {
            var (bits, rounding, values) = law;
            var w = new ShiftWeights(bits, rounding, clipMask: false);
            var stored = Values.Tensor(ElementTypes.ForBits(bits.G), [.. values, BitWidths.Limit(bits.G), -BitWidths.Limit(bits.G)]);
            var used = Backend.Allocate(w.Range.Type, stored.Shape);
            w.Quantize(Backend, stored, 0, used);
            var expected = Values.Of(stored).Select(x => FloatWage.Q(x * FloatWage.Sigma(bits.G), bits.W, rounding) / FloatWage.Sigma(bits.W));
            Assert.That(Values.Of(used), Is.EqualTo(expected));
        });

    [Test]
    public void ActivationsAndTheirMasksAreThoseOfTheFormula([Values] ClipMask mask) => Laws.Hold(
        from bits in Bits
        from rounding in Roundings
        from fraction in Gen.Choose(0, 20)
        from values in Integers(1 << Math.Min(fraction + 2, 30))
        select (bits, rounding, fraction, values),
        law =>
        {
            var (bits, rounding, fraction, values) = law;
            var a = new ShiftActivations(bits.A, rounding, mask);
            var limit = (1 - FloatWage.Sigma(bits.A)) * Math.Pow(2, fraction);
            var (below, above) = ((long)Math.Floor(limit), (long)Math.Ceiling(limit));
            long[] near = [below, above, below + 1, -below, -above];
            var x = Values.Tensor(ElementType.Int32, [.. values, .. near]);
            var y = Backend.Allocate(ElementType.Int8, x.Shape);
            a.Quantize(Backend, x, fraction, y);
            var expected = Values.Of(x).Select(v => FloatWage.Q(v / Math.Pow(2, fraction), bits.A, rounding) / FloatWage.Sigma(bits.A));
            Assert.That(Values.Of(y), Is.EqualTo(expected));

            var delta = Values.Tensor(ElementType.Int32, [.. Enumerable.Range(1, x.Length).Select(i => (long)i)]);
            a.On(Backend, x.Shape, fraction).Backward(x, delta);
            var passes = Values.Of(x).Select(v => Math.Abs(v / Math.Pow(2, fraction))).Select(v => mask switch
            {
                ClipMask.Inclusive => v <= 1 - FloatWage.Sigma(bits.A),
                ClipMask.Exclusive => v < 1 - FloatWage.Sigma(bits.A),
                _ => true,
            });
            Assert.That(Values.Of(delta), Is.EqualTo(passes.Select((pass, i) => pass ? i + 1 : 0)));
        });

    [Test]
    public void ErrorsAreThoseOfTheFormula() => Laws.Hold(
        from bits in Bits
        from rounding in Roundings
        from size in Gen.Choose(0, 40)
        from values in Integers(1L << size)
        select (bits, rounding, values),
        law =>
        {
            var (bits, rounding, values) = law;
            var delta = Values.Tensor(ElementType.Int64, values);
            var e = Quantized(delta, bits.E, rounding);
            var expected = FloatWage.QuantizeErrors([.. values.Select(v => (double)v)], bits.E, rounding);
            Assert.That(e, Is.EqualTo(expected.Select(x => x / FloatWage.Sigma(bits.E))));
        });

    [Test]
    public void AdversarialErrorsAreThoseOfTheFormula(
        [Values(Rounding.HalfEven, Rounding.HalfAway)] Rounding rounding, [Values(2, 3, 8, 16)] int bits)
    {
        for (var f = 1; f < 40; f++)
        {
            var one = 1L << f;
            var root = (long)IntegerMath.SquareRoot(System.Numerics.BigInteger.One << ((2 * f) + 1));
            foreach (var most in (long[])[one - 1, one, one + 1, root - 1, root, root + 1])
            {
                if (most < 1) continue;
                var dropped = FixedPoint.ErrorShift(most, bits);
                var tie = dropped > 0 ? 1L << (dropped - 1) : 0;
                long[] near = [most, -most, 0, 1, -1, tie, -tie, 3 * tie, -3 * tie, tie + 1, tie - 1];
                var values = near.Where(v => Math.Abs(v) <= most).ToArray();
                var expected = FloatWage.QuantizeErrors([.. values.Select(v => (double)v)], bits, rounding);
                var quantized = Quantized(Values.Tensor(ElementType.Int64, values), bits, rounding);
                Assert.That(quantized, Is.EqualTo(expected.Select(x => x / FloatWage.Sigma(bits))), $"{most}");
            }
        }
    }

    [Test]
    public void UpdatesGivenTheGradientAndTheRandomBitsAreThoseOfTheFormula() => Laws.Hold(
        from size in Gen.Choose(0, 30)
        from values in Integers(1L << size)
        from exponent in Gen.Choose(-12, 12)
        from seed in Gen.Choose(0, int.MaxValue)
        select (values, exponent, seed),
        law =>
        {
            var (values, exponent, seed) = law;
            var key = new RandomKey((ulong)seed, RandomStream.Gradient(3), 9);
            var scaled = FloatWage.Scale([.. values.Select(v => (double)v)], Math.Pow(2, exponent));
            var dropped = FixedPoint.RoundedLog2(Math.Max(1, values.Max(Math.Abs))) - exponent;
            var expected = scaled.Select((x, i) =>
            {
                if (dropped <= 0) return x;
                var word = dropped > 32 ? RandomBits.UInt64(key, (ulong)i) : RandomBits.UInt32(key, (ulong)i);
                return FloatWage.Step(x, (word & ((1ul << dropped) - 1)) / Math.Pow(2, dropped));
            });
            var eta = exponent >= 0 ? new Ratio(1L << exponent, 1) : new Ratio(1, 1L << -exponent);
            Assert.That(Updates(values, new GradientRule(eta, Randomizer.Exact, Rounding.HalfEven), key), Is.EqualTo(expected));
        });

    [Test]
    public void UpdatesOfTheCoarseRandomizerAreThoseOfTheFormula() => Laws.Hold(
        from size in Gen.Choose(0, 30)
        from values in Integers(1L << size)
        from eta in Gen.Elements(new Ratio(1, 1), new Ratio(8, 1), new Ratio(1, 64), new Ratio(3, 1), new Ratio(5, 2), new Ratio(3, 32))
        from rounding in Roundings
        from seed in Gen.Choose(0, int.MaxValue)
        select (values, eta, rounding, seed),
        law =>
        {
            var (values, eta, rounding, seed) = law;
            var key = new RandomKey((ulong)seed, RandomStream.Gradient(0), 0);
            var scaled = FloatWage.Scale([.. values.Select(v => (double)v)], (double)eta.Numerator / eta.Denominator);
            var expected = scaled.Select((x, i) =>
                FloatWage.Step(FloatWage.Round(x * 32768, rounding) / 32768, (RandomBits.UInt32(key, (ulong)i) & 32767) / 32768.0));
            Assert.That(Updates(values, new GradientRule(eta, Randomizer.Bits16, rounding), key), Is.EqualTo(expected));
        });

    [Test]
    public void NewWeightsAreThoseOfTheFormula([Values] StoredClip clip, [Values] ClipOrder order) => Laws.Hold(
        from bits in Bits
        from stored in Integers(BitWidths.Limit(bits.G))
        from update in Gen.ArrayOf(Gen.Choose(-40000, 40000), stored.Length)
        select (bits, stored, update),
        law =>
        {
            var (bits, stored, update) = law;
            var options = new WageOptions { Bits = bits, StoredClip = clip, ClipOrder = order };
            var steps = update.Select(u => (long)Math.Clamp(u, -32768, 32767)).ToArray();
            var w = Values.Tensor(options.ToScheme().Storage, stored);
            Backend.Combine(w, Values.Tensor(ElementType.Int16, steps), options.StoredUpdate, w);
            var sigma = FloatWage.Sigma(bits.G);
            var limit = clip == StoredClip.WeightGrid ? 1 - FloatWage.Sigma(bits.W) : 1 - sigma;
            var expected = stored.Zip(steps, (old, step) => order == ClipOrder.BeforeUpdate
                ? Math.Clamp(Math.Clamp(old * sigma, -limit, limit) - (step * sigma), -1 + sigma, 1 - sigma)
                : Math.Clamp((old * sigma) - (step * sigma), -limit, limit));
            Assert.That(Values.Of(w), Is.EqualTo(expected.Select(x => x / sigma)));
        });

    [Test]
    public void WithoutAnErrorNothingMoves()
    {
        Assert.That(Quantized(Values.Tensor(ElementType.Int32, 0, 0, 0), 8, Rounding.HalfEven), Is.All.Zero);
        foreach (var randomizer in Enum.GetValues<Randomizer>())
        {
            foreach (var eta in (Ratio[])[new(1, 1), new(16384, 1), new(1, 1 << 20), new(3, 7)])
                Assert.That(Updates([0, 0, 0], new GradientRule(eta, randomizer, Rounding.HalfEven), default), Is.All.Zero);
        }
    }

    /// <summary>Up to 40 integers of magnitude up to the limit, of every size: small ones, halves and ends are frequent.</summary>
    private static Gen<long[]> Integers(long limit) =>
        from count in Gen.Choose(1, 40)
        from values in Gen.ArrayOf(Integer(limit), count)
        select values;

    private static Gen<long> Integer(long limit) =>
        from bits in Gen.Choose(0, 62)
        from high in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(0, int.MaxValue)
        from form in Gen.Choose(0, 5)
        from sign in Gen.Elements(1L, -1L)
        let random = (((long)high << 31) | (uint)low) >> bits
        select sign * form switch
        {
            0 => 0,
            1 => limit,
            2 => Math.Min(limit, 1L << (bits % 62)),
            3 => Math.Min(limit, 3L << (bits % 60)),
            _ => random % (limit + 1),
        };

    private static long[] Quantized(HostTensor delta, int bits, Rounding rounding)
    {
        var quantizer = new ShiftErrors(bits, rounding);
        var e = Backend.Allocate(quantizer.Range.Type, delta.Shape);
        quantizer.Quantize(Backend, delta, 0, e);
        return Values.Of(e);
    }

    private static long[] Updates(long[] gradient, GradientRule rule, RandomKey key)
    {
        var g = Values.Tensor(gradient.Max(Math.Abs) <= int.MaxValue ? ElementType.Int32 : ElementType.Int64, gradient);
        var update = Backend.Allocate(ElementType.Int16, g.Shape);
        var maximum = Backend.Allocate(ElementType.Int64, new Shape(1));
        Backend.MaxAbs(g, maximum);
        Backend.QuantizeGradient(g, maximum, rule, key, update);
        return Values.Of(update);
    }
}
