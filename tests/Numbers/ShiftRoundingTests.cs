using System.Numerics;
using Wage.Backends;
using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Numbers;

/// <summary>The one formula that drops bits, on every kind of lanes, against whole numbers without end.</summary>
[Parallelizable]
public sealed class ShiftRoundingTests
{
    private static readonly int[] Limits = [0, 1, 3, 31, 127, short.MaxValue];

    [Test]
    public void EveryKindOfLanesDropsBitsAsTheDefinitionSays([Values] Rounding rounding)
    {
        for (var shift = -62; shift <= 62; shift++)
        {
            foreach (var limit in Limits)
            {
                Check<Lane64>(shift, limit, rounding, Values(shift, 62), x => x, x => x.Value);
                Check<Lane32>(shift, limit, rounding, Values(shift, 31), x => (int)x, x => x.Value);
                Check<Int32x8>(shift, limit, rounding, Values(shift, 31), x => (int)x, x => x.Value[5]);
                if (Int32x16.IsSupported) Check<Int32x16>(shift, limit, rounding, Values(shift, 31), x => (int)x, x => x.Value[13]);
            }
        }
    }

    /// <summary>Which of the dropped bits 0, 1, 2, ... of |x| round away from zero: by hand, from the paper's words.</summary>
    [TestCase(1, "01")]
    [TestCase(2, "0010")]
    [TestCase(3, "00101011")]
    [TestCase(4, "0000100011001110")]
    public void PseudoStochasticRoundingIsThisTable(int shift, string away)
    {
        using var host = new HostBackend(1);
        var unit = 1 << shift;
        long[] x = [.. Enumerable.Range(-3 * unit, (6 * unit) + 1)];
        long[] expected = [.. x.Select(v => Math.Sign(v) * ((Math.Abs(v) >> shift) + away[(int)Math.Abs(v) % unit] - '0'))];
        Check<Lane64>(v => v.Value);
        Check<Lane32>(v => v.Value);
        Check<Int32x8>(v => v.Value[3]);
        if (Int32x16.IsSupported) Check<Int32x16>(v => v.Value[9]);
        foreach (var backend in (IBackend[])[host, new ReferenceBackend()])
        {
            var y = backend.Allocate(ElementType.Int8, new Shape(x.Length));
            backend.Quantize(backend.With(ElementType.Int32, x), shift, 127, Rounding.PseudoStochastic, y);
            Assert.That(backend.Values(y), Is.EqualTo(expected));
        }

        void Check<T>(Func<T, long> read)
            where T : struct, ILanes<T>
        {
            var rule = new ShiftRounding<T>(shift, 127, Rounding.PseudoStochastic);
            Assert.That(x.Select(v => read(rule.Of(T.Of(v), T.Of(0)))), Is.EqualTo(expected));
        }
    }

    [Test]
    public void LanesRefuseWhatTheyCannotHold()
    {
        Assert.Multiple(() =>
        {
            Assert.That(ShiftRounding<Lane32>.Fits(31, 127), Is.True);
            Assert.That(ShiftRounding<Lane32>.Fits(32, 127), Is.False, "more bits than there are");
            Assert.That(ShiftRounding<Lane32>.Fits(-62, short.MaxValue), Is.True, "whatever is multiplied saturates");
            Assert.That(ShiftRounding<Lane32>.Fits(1, 1L << 15), Is.False, "no shift both fits and saturates");
            Assert.That(ShiftRounding<Lane64>.Fits(62, int.MaxValue), Is.True);
            Assert.That(ShiftRounding<Lane64>.Fits(63, 1), Is.False);
        });
    }

    private static void Check<T>(int shift, int limit, Rounding rounding, IEnumerable<long> values, Func<long, long> fit, Func<T, long> read)
        where T : struct, ILanes<T>
    {
        if (!ShiftRounding<T>.Fits(shift, limit)) return;
        var rule = new ShiftRounding<T>(shift, limit, rounding);
        foreach (var x in values.Select(fit))
        {
            foreach (var random in (long[])[0, x & long.MaxValue, 0x2B5A_93C1_77F0_1234, long.MaxValue])
            {
                var exact = shift <= 0 ? (BigInteger)x << -shift : Defined(x, shift, rounding, random);
                var actual = read(rule.Of(T.Of(x), T.Of(random)));
                if (actual != (long)BigInteger.Max(-limit, BigInteger.Min(exact, limit)))
                    Assert.Fail($"{typeof(T).Name}: {x} / 2^{shift}, limit {limit}, {rounding}: {actual}");
            }
        }
    }

    private static BigInteger Defined(long x, int shift, Rounding rounding, long random)
    {
        var unit = BigInteger.One << shift;
        var floor = BigInteger.Divide(x - (((x % unit) + unit) % unit), unit);
        var dropped = x - (floor * unit);
        switch (rounding)
        {
            case Rounding.TowardZero:
                return BigInteger.Divide(x, unit);
            case Rounding.Stochastic:
                return floor + (dropped > ((BigInteger)random & (unit - 1)) ? 1 : 0);
            case Rounding.PseudoStochastic:
                var (quotient, rest) = BigInteger.DivRem(BigInteger.Abs(x), unit);
                var (upper, lower) = BigInteger.DivRem(rest, BigInteger.One << (shift / 2));
                return (quotient + (upper > lower * (1 + (shift % 2)) ? 1 : 0)) * Math.Sign(x);
            default:
                return FixedPoint.Round(x, shift, rounding);
        }
    }

    /// <summary>Around ties and around the ends of the lanes.</summary>
    private static IEnumerable<long> Values(int shift, int bits)
    {
        long[] ends = [0, 1, 2, 3, (1L << (bits - 1)) - 1, 1L << (bits - 1), (1L << bits) - 1];
        var half = shift is > 0 and < 60 ? 1L << (shift - 1) : 1;
        var ties = new[] { 1, 2, 3, 5, 253, 255, 65535 }.Select(n => (BigInteger)n * half)
            .Where(x => x < BigInteger.One << bits).Select(x => (long)x);
        return ends.Concat(ties).SelectMany(x => new[] { x - 1, x, x + 1 }).Where(x => x < 1L << bits && x >= 0).SelectMany(x => new[] { x, -x });
    }
}
