using System.Numerics;
using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Quantization;

/// <summary>Batch norm against its equations in numbers without an end.</summary>
[Parallelizable]
public sealed class BatchNormTests
{
    private static readonly ReferenceBackend Backend = new();

    /// <summary>Of one channel: y, gamma and beta in units of 2^-24, the shortcut's exponent.</summary>
    private static IEnumerable<(long[] Y, int Gamma, int Beta, int Exponent)> Channels()
    {
        var draw = new Draw(17);
        int[] gammas = [0, 1, 1 << 24, -(1 << 24), (1 << 26) - 1, 1 - (1 << 26), 2047, 2048], betas = [0, (1 << 29) - 1, 1 - (1 << 29), -1];
        yield return ([short.MaxValue], 1 << 24, 0, -8);
        for (var i = 0; i < 400; i++)
        {
            var n = draw.Of(1, 2, 3, 5, 7, 64, 99);
            var (center, spread) = (draw.Of(0L, 32767, -32767, draw.Between(-32767, 32767)), draw.Of(0L, 1, 2, 5, 300, 65534));
            var y = Enumerable.Range(0, n).Select(_ => FixedPoint.Saturate(center + draw.Of(-spread, spread, draw.Between(-spread, spread)), 32767));
            yield return ([.. y], draw.Of(gammas), draw.Of(betas), (int)draw.Between(-26, 31));
        }
    }

    [Test]
    public void TheConstantsAndTheRunningStatisticsAreThoseOfTheEquations()
    {
        foreach (var (y, gamma, beta, exponent) in Channels())
        {
            var c = Constants(y, gamma, beta, exponent, out var moments);
            var m = Moments(y);
            BigInteger[] expected = [m.Mean, m.Inverse, m.Shift, Rn(gamma, 12), beta, Math.Clamp(exponent + 24, 0, 30)];
            Assert.That(c.Select(x => (BigInteger)x), Is.EqualTo(expected));
            Assert.That(moments.Select(x => (BigInteger)x), Is.EqualTo(new[] { m.Mean, m.Variance }));
            var running = new[] { 12345678L, 987654321L };
            var to = Backend.With(ElementType.Int64, new Shape(2, 1), running);
            var of = Backend.With(ElementType.Int64, new Shape(2, 1), moments);
            Backend.EachColumn([of, Backend.With(ElementType.Int64, exponent - 10), to], default(RunningStatistics), 1, to);
            BigInteger[] next = [Scaled(m.Mean, exponent + 14), Scaled(m.Variance, (2 * (exponent - 10)) + 16)];
            Assert.That(
                Backend.Values(to).Select(x => (BigInteger)x), Is.EqualTo(running.Zip(next, (r, x) => r + ((x - r + 4) >> 3))), $"2^{exponent - 10}");
        }
    }

    /// <summary>
    /// A mean beyond y saturates as y does; variances from below 1/16 of a unit to beyond all y; whatever has run, the constants keep their bits.
    /// </summary>
    [Test]
    public void WhatHasRunGivesTheConstantsOfItsMeanAndVariance()
    {
        var draw = new Draw(23);
        for (var i = 0; i < 400; i++)
        {
            var averages = draw.Of(0L, 1L << 60, -(1L << 60), draw.Between(-(1L << 40), 1L << 40));
            long[] running = [averages, draw.Of(0L, 1, 1L << 60, draw.Between(0, 1L << 50))];
            var exponent = (int)draw.Between(-38, 30);
            var of = Backend.Allocate(ElementType.Int64, new Shape(2, 1));
            var from = Backend.With(ElementType.Int64, new Shape(2, 1), running);
            Backend.EachColumn([from, Backend.With(ElementType.Int64, exponent)], default(RunMoments), 1, of);
            var (mean, v) = (Clamp(Scaled(running[0], -24 - exponent), 32767), BigInteger.Max(16, Scaled(running[1], -16 - (2 * exponent))));
            Assert.That(Backend.Values(of).Select(x => (BigInteger)x), Is.EqualTo(new[] { mean, v }), $"{running[0]} {running[1]} 2^{exponent}");
            var (gamma, beta) = (Backend.With(ElementType.Int32, (1 << 26) - 1), Backend.With(ElementType.Int32, 1 - (1 << 29)));
            var to = Backend.Allocate(ElementType.Int32, new Shape(6, 1));
            Backend.EachColumn([of, gamma, beta, Backend.With(ElementType.Int64, -8)], default(KnownConstants), 1, to, of);
            var c = Backend.Values(to);
            var j = 28 - (int)c[2];
            Assert.That(v << (2 * j), Is.InRange(BigInteger.One << 60, (BigInteger.One << 62) - 1), $"{v}");
            Assert.That(c[1], Is.InRange((1L << 13) - 1, 1L << 14));
            Assert.That((c[0], c[3], c[4], c[5]), Is.EqualTo(((long)mean, 1L << 14, 1L - (1 << 29), 16L)));
            var y = draw.Adversarial(50, 32767);
            var beyond = Backend.Allocate(ElementType.Int64, new Shape(1, 1));
            Backend.ReduceColumns(
                Backend.With(ElementType.Int16, new Shape(50, 1), y), null, Backend.With(ElementType.Int32, new Shape(6, 1), c), 1,
                default(BatchNormBeyond), beyond);
            Assert.That(Backend.Values(beyond)[0], Is.EqualTo(y.Count(IsBeyond)), $"{mean} {v}");

            bool IsBeyond(long x) => BigInteger.Abs(mean) == 32767 || BigInteger.Abs(Rn((x - mean) * c[1], (int)c[2])) > 32767;
        }
    }

    /// <summary>Errors that go with xhat as far as 8 bits can: the mean of |xhat| is at most the root of that of xhat^2, 1.</summary>
    [Test]
    public void TheMeanOfErrorsTimesXhatNeverLeavesItsBits()
    {
        var most = 0L;
        foreach (var (y, gamma, beta, exponent) in Channels())
        {
            var m = Moments(y);
            var sum = y.Sum(v => 127 * Math.Abs((long)Clamp(Rn((v - m.Mean) * m.Inverse, (int)m.Shift), 32767)));
            most = Math.Max(most, new BatchNormErrorConstants(y.Length, 7).MeanProduct(sum));
        }

        Assert.That(most, Is.InRange(16_000, 1 << 14));
    }

    [Test]
    public void WhatItMakesOfYAndOfErrorsIsThatOfTheEquations([Values(8, 16)] int errorBits)
    {
        var (type, guard) = errorBits == 8 ? (ElementType.Int8, 7) : (ElementType.Int16, 0);
        var draw = new Draw(3);
        foreach (var (y, gamma, beta, exponent) in Channels())
        {
            var (c, m) = (Constants(y, gamma, beta, exponent, out _), Moments(y));
            var codes = draw.Many(y.Length, 0, 255);
            var xhat = y.Select(v => Clamp(Rn((v - m.Mean) * m.Inverse, (int)m.Shift), 32767)).ToArray();
            var left = Math.Clamp(exponent + 24, 0, 30);
            var z = xhat.Select((x, i) => (x * Rn(gamma, 12)) + beta + (BigInteger.Min(codes[i], (1 << 30) >> left) << left)).ToArray();
            var columns = Backend.With(ElementType.Int32, c);
            var (inputs, shortcut) = (Backend.With(ElementType.Int16, y), Backend.With(ElementType.Int8, Array.ConvertAll(codes, a => a - 128)));
            Assert.That(Map(new BatchNormForward(128, 0), inputs, shortcut, columns), Is.EqualTo(z));
            var pre = z.Select(v => BigInteger.Max(BigInteger.Min(Rn(v, 16), 32767), 0));
            Assert.That(Map(new BatchNormForward(128, 1), inputs, shortcut, columns), Is.EqualTo(pre));

            var d = draw.Adversarial(y.Length, (1 << (errorBits - 1)) - 1);
            var (sums, count) = (Backend.Allocate(ElementType.Int64, new Shape(2, 1)), y.Length);
            var errors = Backend.With(type, d);
            Backend.ReduceColumns(errors, inputs, columns, 1, default(BatchNormErrorSums), sums);
            var (s1, s2) = (Sum(d.Select(v => (BigInteger)v)), Sum(d.Zip(xhat, (v, x) => v * x)));
            Assert.That(Backend.Values(sums).Select(v => (BigInteger)v), Is.EqualTo(new[] { s1, s2 }));
            var (mean, product) = (Rdiv(s1 << guard, count), Clamp(Rn(Rdiv(s2 << guard, count), 12), 32767));
            var slope = Rn(gamma, 12) * m.Inverse;
            var bits = (int)BigInteger.Abs(slope).GetBitLength();
            var k = bits > 11 ? Rn(slope, bits - 11) : slope << (11 - bits);
            var (back, unit) = (Backend.Allocate(ElementType.Int32, new Shape(6, 1)), Backend.With(ElementType.Int64, 9));
            var (ed, ey) = (Backend.With(ElementType.Int64, -33), Backend.With(ElementType.Int64, 5));
            Backend.EachColumn([sums, columns, ed, ey], new BatchNormErrorConstants(count, guard), 1, back, unit);
            Assert.That(Backend.Values(unit)[0], Is.EqualTo(-24 - (long)m.Shift + bits - 11 - 5 - 33 - guard));
            var dx = xhat.Zip(d, (x, e) => ((e << guard) - mean - Rn(x * product, 12)) * k);
            Assert.That(Map(new BatchNormBackward(guard), errors, inputs, back), Is.EqualTo(dx));
        }
    }

    /// <summary>eK is the greatest of the channels': a channel of a smaller gamma, or a greater deviation, has fewer bits.</summary>
    [Test]
    public void ChannelsShareTheExponentOfTheirErrors()
    {
        long[] shifts = [3, 17, 28], inverses = [16384, 8193, 10000], scales = [16384, -4096, 0];
        var constants = Backend.With(ElementType.Int32, new Shape(6, 3), [0, 0, 0, .. inverses, .. shifts, .. scales, 0, 0, 0, 0, 0, 0]);
        var (back, sums) = (Backend.Allocate(ElementType.Int32, new Shape(6, 3)), Backend.Allocate(ElementType.Int64, new Shape(2, 3)));
        var (unit, zero) = (Backend.With(ElementType.Int64, 9), Backend.With(ElementType.Int64, 0));
        Backend.EachColumn([sums, constants, zero, zero], new BatchNormErrorConstants(4, 7), 3, back, unit);
        var exponent = -24 - 3 + 29 - 11;     // of 2^14 2^14
        var second = Rn(-4096 * 8193, exponent - (-24 - 17));
        Assert.That(Backend.Values(unit)[0], Is.EqualTo(exponent - 7));
        Assert.That(Backend.Values(back)[15..].Select(v => (BigInteger)v), Is.EqualTo(new[] { 1024, second, 0 }));
    }

    /// <summary>At every bound at once: the checked sums and products of 32 bits hold, and give what 64 bits give.</summary>
    [Test]
    public void LanesOf32BitsHoldItAtItsBounds(
        [Values(-32767, 32767)] int mean, [Values(8193, 16384)] int inverse, [Values(0, 5, 17, 28)] int shift)
    {
        int[] ys = [-32767, 32767, mean, 0], scales = [-16384, 16384], betas = [1 - (1 << 29), (1 << 29) - 1];
        foreach (var y in ys)
        {
            foreach (var scale in scales)
            {
                foreach (var beta in betas)
                {
                    foreach (var left in (int[])[0, 15, 16, 22, 23, 30])
                    {
                        foreach (var code in (int[])[-32768, -1, 0, 255, 32767])
                            Both(new BatchNormForward(0, code & 1), y, code, [mean, inverse, shift, scale, beta, left]);
                    }
                }

                foreach (var product in (int[])[-32767, 32767])
                    foreach (var (error, mu, k) in ((int, int, int)[])[(127, -16256, 2048), (-127, 16256, 2048), (127, -16256, -2048), (0, 0, 1)])
                    {
                        Both(new BatchNormBackward(7), error, y, [mean, inverse, shift, mu, product, k]);
                        Both(new BatchNormBackward(0), error * 258, y, [mean, inverse, shift, mu * 2, product, k]);
                    }
            }
        }

        static void Both<F>(F function, int x, int y, int[] constants)
            where F : unmanaged, IColumnFunction
        {
            var wide = function.Of(new Lane64(x), new Lane64(y), new Constants64(constants)).Value;
            var narrow = function.Of(new Lane32(x), new Lane32(y), new Constants32(constants)).Value;
            Assert.That(narrow, Is.EqualTo(wide), $"{function} of {x} and {y}: {string.Join(' ', constants)}");
        }
    }

    private static long[] Constants(long[] y, int gamma, int beta, int exponent, out long[] moments)
    {
        var sums = Backend.Allocate(ElementType.Int64, new Shape(2, 1));
        Backend.ReduceColumns(Backend.With(ElementType.Int16, y), null, null, 1, default(BatchNormSums), sums);
        var (to, of) = (Backend.Allocate(ElementType.Int32, new Shape(6, 1)), Backend.Allocate(ElementType.Int64, new Shape(2, 1)));
        var (scale, offset) = (Backend.With(ElementType.Int32, gamma), Backend.With(ElementType.Int32, beta));
        Backend.EachColumn([sums, scale, offset, Backend.With(ElementType.Int64, exponent)], new BatchNormConstants(y.Length), 1, to, of);
        moments = Backend.Values(of);
        return Backend.Values(to);
    }

    private static BigInteger[] Map<F>(F function, Tensor x, Tensor y, Tensor columns)
        where F : unmanaged, IColumnFunction
    {
        var t = new StageTensors(Backend.Allocate(ElementType.Int64, x.Shape));
        Backend.MapColumns(x, y, columns, 1, function, default(RawStage), t);
        return Array.ConvertAll(Backend.Values(t.Output), v => (BigInteger)v);
    }

    /// <summary>mu, v, ri and sh as they are written down.</summary>
    private static (BigInteger Mean, BigInteger Variance, BigInteger Inverse, BigInteger Shift) Moments(long[] y)
    {
        BigInteger count = y.Length, sum = 0, squares = 0;
        foreach (var v in y) (sum, squares) = (sum + v, squares + ((BigInteger)v * v));
        var mean = Rdiv(sum, count);
        var all = squares - (2 * mean * sum) + (count * mean * mean);
        var variance = BigInteger.Max(16, (all << 8) / count);
        var j = 0;
        while (variance << (2 * j) < BigInteger.One << 60) j++;
        return (mean, variance, (BigInteger.One << 44) / IntegerMath.SquareRoot(variance << (2 * j)), 28 - j);
    }

    private static BigInteger Sum(IEnumerable<BigInteger> terms) => terms.Aggregate(BigInteger.Zero, (sum, term) => sum + term);

    /// <summary>x 2^left.</summary>
    private static BigInteger Scaled(BigInteger x, int left) => left >= 0 ? Clamp(x, BigInteger.Pow(2, 60) >> left) << left : Rn(x, -left);

    private static BigInteger Rn(BigInteger v, int s) => (v + ((BigInteger.One << s) >> 1)) >> s;

    private static BigInteger Rdiv(BigInteger x, BigInteger y) => x.Sign * (((2 * BigInteger.Abs(x)) + y) / (2 * y));

    private static BigInteger Clamp(BigInteger x, BigInteger limit) => BigInteger.Max(BigInteger.Min(x, limit), -limit);

    private readonly struct Constants64(int[] values) : IColumnConstants<Lane64>
    {
        public Lane64 At(int row) => new(values[row]);
    }

    private readonly struct Constants32(int[] values) : IColumnConstants<Lane32>
    {
        public Lane32 At(int row) => new(values[row]);
    }
}
