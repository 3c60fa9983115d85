using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Simulation.Conversion;
using Wage.Tensors;

namespace Wage.Tests.Quantization.Onnx;

/// <summary>
/// An implementation by others: ONNX Runtime's quantized operators on 10,000 random cases. It multiplies in float32 and rounds once, ties to even, so
/// a code may differ where the exact value is about halfway between two, and nowhere else. Weights are uint8 with the zero point 128 there, for its
/// products of uint8 and int8 saturate on processors without VNNI.
/// </summary>
[Parallelizable]
public sealed class OnnxOracleTests
{
    private const int Unsigned = 128;
    private readonly HostBackend backend = new(1);
    private int cases, outputs, inner, halves;

    [OneTimeTearDown]
    public void Stop() => backend.Dispose();

    [Test]
    public void ConvolutionsAreItsQLinearConv()
    {
        var draw = new Draw(31);
        var doubled = 0;
        for (var shape = 0; shape < 40; shape++)
        {
            var groups = (int)draw.Of(1, 1, 1, 2);
            var (channels, filters) = (groups * (int)draw.Between(1, 6), groups * (int)draw.Between(1, 6));
            var (height, width, kernel) = ((int)draw.Between(3, 7), (int)draw.Between(3, 7), (int)draw.Between(1, 3));
            var pads = Array.ConvertAll(draw.Many(4, 0, kernel - 1), pad => (int)pad);
            var stride = (int)draw.Between(1, 2);
            var g = new ConvGeometry(
                1, height, width, channels, filters, kernel, kernel, stride, new Padding(pads[0], pads[1], pads[2], pads[3]), groups);
            using var conv = new OnnxOperator(
                "QLinearConv", "",
                [
                    (OnnxModel.UInt8, [1, channels, height, width]), .. Grid(), (OnnxModel.UInt8, [filters, channels / groups, kernel, kernel]),
                    (OnnxModel.Float, [filters]), (OnnxModel.UInt8, [filters]), .. Grid(), (OnnxModel.Int32, [filters]),
                ],
                [1, filters, g.OutputHeight, g.OutputWidth],
                ("kernel_shape", true, [kernel, kernel]), ("strides", true, [stride, stride]), ("pads", true, pads), ("group", false, [groups]));
            for (var i = 0; i < 100; i++) doubled += Convolution(draw, g, conv);
        }

        Report("convolutions", 4000, $"of single rounding; {doubled} by one of double");
        Assert.That((double)(halves + doubled) / outputs, Is.LessThan(.01));
    }

    [Test]
    public void DenseProductsAreItsQLinearMatMul()
    {
        var draw = new Draw(32);
        var doubled = 0;
        for (var shape = 0; shape < 20; shape++)
        {
            var (rows, terms, filters) = ((int)draw.Between(1, 4), (int)draw.Between(1, 300), (int)draw.Between(1, 12));
            var g = ConvGeometry.Dense(rows, terms, filters);
            using var product = new OnnxOperator(
                "QLinearMatMul", "",
                [(OnnxModel.UInt8, [rows, terms]), .. Grid(), (OnnxModel.UInt8, [terms, filters]), .. Grid(), .. Grid()], [rows, filters]);
            for (var i = 0; i < 100; i++)
            {
                var (x, w) = (draw.Many(rows * terms, 0, 255), draw.Many(filters * terms, 1, 255));
                var (s1, s2, s3) = (Scale(draw, -9, -3), Scale(draw, -10, -5), Scale(draw, -6, -1));
                var (z1, z3) = ((byte)draw.Of(0, 255, draw.Between(0, 255)), (byte)draw.Between(0, 255));
                long[] byTerm = [.. Enumerable.Range(0, w.Length).Select(j => w[((j % filters) * terms) + (j / filters)])];
                var theirs = product.Run(Bytes(x), One(s1), One(z1), Bytes(byTerm), One(s2), One(Unsigned), One(s3), One(z3));
                var starts = Starts(w, new long[filters], z1);
                doubled += Compare(g, x, w, starts, [s1], Enumerable.Repeat(s2, filters).ToArray(), s3, z3, theirs);
            }
        }

        Report("dense products", 2000, $"of single rounding; {doubled} by one of double");
        Assert.That((double)(halves + doubled) / outputs, Is.LessThan(.01));
    }

    [Test]
    public void SumsAreWithinOneOfItsQLinearAdd()
    {
        var draw = new Draw(33);
        const int Length = 256;
        using var add = new OnnxOperator(
            "QLinearAdd", "com.microsoft", [(OnnxModel.UInt8, [Length]), .. Grid(), (OnnxModel.UInt8, [Length]), .. Grid(), .. Grid()], [Length]);
        for (; cases < 2000; cases++)
        {
            var (x, y) = (draw.Many(Length, 0, 255), draw.Many(Length, 0, 255));
            AffineGrid[] grids =
                [.. Enumerable.Range(0, 3).Select(_ => new AffineGrid(Scale(draw, -8, -3), (int)draw.Between(-128, 127), new(-128, 127)))];
            var theirs = add.Run(
                Bytes(x), One(grids[0].Scale), One(Zero(0)), Bytes(y), One(grids[1].Scale), One(Zero(1)), One(grids[2].Scale), One(Zero(2)));
            var rounding = draw.Of(MultiplierRounding.Double, MultiplierRounding.Single);
            var (a, b, z) = (Codes(x), Codes(y), backend.Allocate(ElementType.Int8, new Shape(Length)));
            backend.Combine(a, b, Requantization.OfSum(grids[0], grids[1], grids[2], new(-128, 127), rounding), z);
            var sums = backend.Values(z);
            for (var i = 0; i < Length; i++)
            {
                var ours = sums[i] + Unsigned;
                Count(theirs[i]);
                if (ours == theirs[i]) continue;
                var exact = Zero(2) + ((grids[0].Value((int)x[i] - Unsigned) + grids[1].Value((int)y[i] - Unsigned)) / grids[2].Scale);
                var most = 2 * Math.Max(grids[0].Scale, grids[1].Scale) / grids[2].Scale;
                RequireHalf(ours, theirs[i], exact, ((most + 1) / (1 << 17)) + ((Math.Abs(exact) + 1) / (1 << 20)));
            }

            byte Zero(int grid) => (byte)(grids[grid].ZeroPoint + Unsigned);
        }

        Report("sums", 2000, "by one");
        Assert.That((double)halves / outputs, Is.LessThan(.01));
    }

    [Test]
    public void MeansAreWithinOneOfItsQLinearAveragePoolAndMaximaAreItsMaxPool()
    {
        var draw = new Draw(34);
        for (var shape = 0; shape < 20; shape++)
        {
            var (height, width, channels) = ((int)draw.Between(2, 6), (int)draw.Between(2, 6), (int)draw.Between(1, 5));
            var (rows, columns, stride) = ((int)draw.Between(1, height), (int)draw.Between(1, width), (int)draw.Between(1, 3));
            var g = new PoolGeometry(1, height, width, channels, rows, columns, stride);
            int[] input = [1, channels, height, width], output = [1, channels, g.OutputHeight, g.OutputWidth];
            (string, bool, int[])[] windows = [("kernel_shape", true, [rows, columns]), ("strides", true, [stride, stride])];
            using var average = new OnnxOperator(
                "QLinearAveragePool", "com.microsoft", [(OnnxModel.UInt8, input), .. Grid(), .. Grid()], output, windows);
            using var maximum = new OnnxOperator("MaxPool", "", [(OnnxModel.UInt8, input)], output, windows);
            for (var i = 0; i < 100; i++, cases += 2)
            {
                var (x, scale, zeroPoint) = (draw.Many(g.InputShape.Length, 0, 255), One(Scale(draw, -8, -3)), One((byte)draw.Between(0, 255)));
                var pixels = Bytes(Planes(x, channels));
                var (means, maxima) = (average.Run(pixels, scale, zeroPoint, scale, zeroPoint), maximum.Run(pixels));
                var (codes, mean) = (Codes(x), backend.Allocate(ElementType.Int8, g.OutputShape));
                var greatest = backend.Allocate(ElementType.Int8, g.OutputShape);
                backend.AveragePool(codes, g, Rounding.HalfAway, mean);
                backend.MaxPool(codes, g, greatest, backend.Allocate(ElementType.UInt8, g.OutputShape));
                Assert.That(Planes(backend.Values(greatest), channels).Select(code => code + Unsigned), Is.EqualTo(maxima));
                var (ours, exact) = (Planes(backend.Values(mean), channels), Planes(Sums(x, g), channels));
                for (var j = 0; j < means.Length; j++)
                {
                    Count(means[j]);
                    if (ours[j] + Unsigned != means[j]) RequireHalf(ours[j] + Unsigned, means[j], (double)exact[j] / g.Window, 256.0 / (1 << 21));
                }
            }
        }

        Report("poolings", 4000, "of the means by one");
    }

    /// <summary>Tests share counters; each begins anew.</summary>
    [SetUp]
    public void Begin() => (cases, outputs, inner, halves) = (0, 0, 0, 0);

    private int Convolution(Draw draw, in ConvGeometry geometry, OnnxOperator conv)
    {
        var g = geometry;
        var (x, w) = (draw.Many(g.InputShape.Length, 0, 255), draw.Many(g.WeightShape.Length, 1, 255));
        var bias = draw.Many(g.Filters, -20_000, 20_000);
        var (s1, s3) = (Scale(draw, -9, -3), Scale(draw, -6, -1));
        float[] scales = [.. Enumerable.Range(0, g.Filters).Select(_ => Scale(draw, -10, -5))];
        var (z1, z3) = ((byte)draw.Of(0, 255, draw.Between(0, 255)), (byte)draw.Between(0, 255));
        var theirs = conv.Run(
            Bytes(Planes(x, g.Channels)), One(s1), One(z1), Bytes([.. w.Chunk(g.FanIn).SelectMany(filter => Planes(filter, g.GroupChannels))]),
            scales, Enumerable.Repeat((byte)Unsigned, g.Filters).ToArray(), One(s3), One(z3), Array.ConvertAll(bias, b => (int)b));
        g = g with { Padding = g.Padding with { Value = z1 - Unsigned } };
        long[] inOrder = [.. Planes([.. theirs.Select(code => (long)code)], g.OutputHeight * g.OutputWidth)];
        return Compare(g, x, w, Starts(w, bias, z1), [s1], scales, s3, z3, Bytes(inOrder));
    }

    /// <summary>Both roundings of a product; how many codes of double rounding differ by one.</summary>
    private int Compare(ConvGeometry g, long[] x, long[] w, long[] starts, float[] s1, float[] scales, float s3, byte z3, byte[] theirs)
    {
        cases++;
        var weights = backend.With(ElementType.Int8, g.WeightShape, [.. w.Select(code => code - Unsigned)]);
        QuantizedMultiplier[] multipliers = [.. scales.Select(scale => Requantization.OfProduct(s1[0], scale, s3))];
        var t = new StageTensors(backend.Allocate(ElementType.Int8, g.OutputShape))
        {
            Start = backend.With(ElementType.Int32, starts),
            Multipliers = backend.With(ElementType.Int32, [.. multipliers.Select(m => (long)m.Multiplier)]),
            Shifts = backend.With(ElementType.Int32, [.. multipliers.Select(m => (long)m.Shift)]),
        };
        var (codes, sums) = (Codes(x, g.InputShape), backend.Allocate(ElementType.Int32, g.OutputShape));
        var doubled = 0;
        foreach (var rounding in new[] { MultiplierRounding.Single, MultiplierRounding.Double })
        {
            backend.Convolve(codes, weights, g, ElementType.Int32, null, new AffineStage(default, z3 - Unsigned, -128, 127, rounding), t);
            var ours = backend.Values(t.Output);
            if (rounding == MultiplierRounding.Single) backend.Convolve(codes, weights, g, sums);
            var exact = backend.Values(sums);
            for (var i = 0; i < ours.Length; i++)
            {
                var (code, column) = (ours[i] + Unsigned, i % g.Filters);
                if (rounding == MultiplierRounding.Single) Count(theirs[i]);
                if (code == theirs[i]) continue;
                if (rounding == MultiplierRounding.Double)
                {
                    doubled++;
                    if (Math.Abs(code - theirs[i]) > 1) Assert.Fail($"{g}: {code}, theirs {theirs[i]}");
                    continue;
                }

                var v = (exact[i] + starts[column]) * ((double)s1[0] * scales[column] / s3);
                RequireHalf(code, theirs[i], v, (Math.Abs(v) + 1) / (1 << 22));
            }
        }

        return doubled;
    }

    /// <summary>A difference by one where the exact value lies within the band around a half.</summary>
    private void RequireHalf(long ours, long theirs, double exact, double band)
    {
        halves++;
        var fromHalf = Math.Abs(exact - Math.Floor(exact) - .5);
        if (Math.Abs(ours - theirs) != 1 || fromHalf > band)
            Assert.Fail($"{ours}, theirs {theirs}, of {exact:R}, {fromHalf:R} from a half, not {band:R}");
    }

    private void Count(byte code)
    {
        outputs++;
        if (code is > 0 and < 255) inner++;
    }

    private void Report(string what, int expected, string difference)
    {
        TestContext.Out.WriteLine($"{cases} {what}, {outputs} codes, {inner} between the ends: {halves} about a half differ {difference}");
        Assert.That(cases, Is.EqualTo(expected));
        Assert.That((double)inner / outputs, Is.GreaterThan(.4), "a code at its end hides a difference");
    }

    /// <summary>bias - Z1 times the sum of each filter's codes, which are stored less 128.</summary>
    private static long[] Starts(long[] w, long[] bias, byte z1) =>
        [.. w.Chunk(w.Length / bias.Length).Select((filter, f) => bias[f] - ((z1 - (long)Unsigned) * filter.Sum(code => code - Unsigned)))];

    /// <summary>Any, one of few decimals, or a power of two, with which halves are common.</summary>
    private static float Scale(Draw draw, int least, int most) => draw.Between(0, 9) switch
    {
        0 => MathF.ScaleB(1, (int)draw.Between(least, most)),
        1 => draw.Between(1, 99) / 1000f,
        _ => MathF.ScaleB(1 + (draw.Between(0, (1 << 23) - 1) / (float)(1 << 23)), (int)draw.Between(least, most)),
    };

    private static long[] Sums(long[] x, PoolGeometry g)
    {
        var sums = new long[g.OutputShape.Length];
        for (var i = 0; i < sums.Length; i++)
        {
            var (c, column, row) = (i % g.Channels, i / g.Channels % g.OutputWidth, i / g.Channels / g.OutputWidth);
            for (var k = 0; k < g.Window; k++)
            {
                var (y, z) = ((row * g.Stride) + (k / g.WindowWidth), (column * g.Stride) + (k % g.WindowWidth));
                sums[i] += x[(((y * g.Width) + z) * g.Channels) + c];
            }
        }

        return sums;
    }

    private Tensor Codes(long[] x) => Codes(x, new Shape(x.Length));

    private Tensor Codes(long[] x, Shape shape) => backend.With(ElementType.Int8, shape, [.. x.Select(code => code - Unsigned)]);

    /// <summary>[positions,channels] as [channels,positions].</summary>
    private static long[] Planes(long[] x, int channels) =>
        [.. Enumerable.Range(0, x.Length).Select(i => x[(i % (x.Length / channels) * channels) + (i / (x.Length / channels))])];

    private static byte[] Bytes(long[] values) => Array.ConvertAll(values, value => (byte)value);

    private static float[] One(float value) => [value];

    private static byte[] One(byte value) => [value];

    private static (int, int[])[] Grid() => [(OnnxModel.Float, []), (OnnxModel.UInt8, [])];
}
