using Wage.Backends;
using Wage.Backends.Host;
using Wage.Simulation;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Products;

/// <summary>The loops of the definition against the engine's paths, and against sums of doubles and differences.</summary>
[Parallelizable]
public sealed class FloatConvolutionTests
{
    private static readonly ConvGeometry[] Geometries =
    [
        ConvGeometry.Dense(1, 1, 1),
        ConvGeometry.Dense(3, 300, 10),
        ConvGeometry.Dense(37, 17, 33),
        ConvGeometry.Dense(5, 600, 49),
        new(2, 5, 6, 3, 17, 3, 3, 1, Padding.Same(5, 6, 3, 3, 1)),
        new(3, 7, 7, 4, 16, 5, 5, 1, Padding.Same(7, 7, 5, 5, 1)),
        new(1, 16, 9, 33, 40, 3, 3, 1, Padding.None),
        new(2, 8, 9, 3, 5, 3, 2, 2, Padding.Same(8, 9, 3, 2, 2)),
        new(2, 11, 8, 6, 7, 5, 3, 3, new Padding(4, 1, 3, 2)),
        new(2, 9, 9, 5, 6, 2, 1, 3, Padding.None),
        new(1, 2, 3, 4, 5, 2, 3, 4, new Padding(3, 0, 2, 1)),
        new(2, 6, 6, 8, 12, 1, 1, 1, Padding.None),
        new(2, 7, 6, 8, 12, 1, 1, 2, Padding.None),
        new(2, 6, 5, 6, 9, 3, 3, 1, Padding.Same(6, 5, 3, 3, 1), 3),
        new(1, 7, 7, 40, 60, 3, 3, 2, Padding.Same(7, 7, 3, 3, 2), 2),
        new(2, 9, 7, 19, 19, 3, 3, 1, Padding.Same(9, 7, 3, 3, 1), 19),
        new(2, 8, 9, 35, 35, 5, 5, 2, Padding.Same(8, 9, 5, 5, 2), 35),
        new(2, 17, 16, 83, 83, 3, 3, 1, Padding.Same(17, 16, 3, 3, 1), 83),
        new(1, 30, 20, 2, 2, 17, 16, 1, Padding.None, 2),
        new(1, 6, 6, 5, 15, 3, 3, 1, Padding.None, 5),
        new(1, 1, 600, 2, 2, 1, 300, 1, Padding.None, 2),
        new(1, 20, 30, 2, 3, 3, 3, 1, new Padding(5, 6, 7, 4)),
    ];

    [TestCaseSource(nameof(Geometries))]
    public void EveryNumberOfLanesAndThreadsGivesTheBitsOfTheDefinition(ConvGeometry g)
    {
        var operands = new Operands(g, FloatValues.Wide);
        var expected = operands.Products(new FloatEngine(null, 1));
        for (var threads = 1; threads <= 3; threads++)
        {
            using var pool = new WorkerPool(threads);
            foreach (var lanes in new[] { 1, 4, 8, 16 })
            {
                var engine = new FloatEngine(pool, lanes);
                Assert.That(operands.Products(engine), Is.EqualTo(expected), $"{lanes} lanes, {threads} threads");
            }
        }
    }

    /// <summary>Small integers, so that every order gives the exact sum.</summary>
    [TestCaseSource(nameof(Geometries))]
    public void TheErrorAndTheGradientAreTheAdjointsOfTheConvolution(ConvGeometry g)
    {
        var o = new Operands(g, FloatValues.Integers);
        var engine = new FloatEngine(null, 1);
        FloatTensor y = new(g.OutputShape), delta = new(g.InputShape), gradient = new(g.WeightShape), sums = new(new Shape(g.Filters));
        engine.Convolve(o.X, o.W, null, g, y);
        engine.ConvolveError(o.E, o.W, g, delta);
        engine.ConvolveGradient(o.X, o.E, g, gradient);
        engine.SumPositions(o.E, sums);
        var expected = Dot(y, o.E);
        Assert.That(Dot(delta, o.X), Is.EqualTo(expected), "<y, e> = <x, delta>");
        Assert.That(Dot(gradient, o.W), Is.EqualTo(expected), "<y, e> = <w, gradient>");
        Assert.That(sums.Span.ToArray().Sum(), Is.EqualTo(o.E.Span.ToArray().Sum()));
    }

    /// <summary>The sum of e y is linear in x and in w: a difference of any step is its derivative, exact for integers.</summary>
    [TestCaseSource(nameof(Geometries))]
    public void TheErrorAndTheGradientAreDerivatives(ConvGeometry g)
    {
        var o = new Operands(g, FloatValues.Integers);
        var engine = new FloatEngine(null, 1);
        FloatTensor y = new(g.OutputShape), delta = new(g.InputShape), gradient = new(g.WeightShape);
        engine.ConvolveError(o.E, o.W, g, delta);
        engine.ConvolveGradient(o.X, o.E, g, gradient);
        foreach (var (values, derivative) in new[] { (o.X, delta), (o.W, gradient) })
        {
            for (var i = 0; i < values.Span.Length; i += 1 + (values.Span.Length / 5))
            {
                Assert.That(Moved(1) - Moved(-1), Is.EqualTo(2 * derivative.Span[i]), $"{i} of {values.Shape}");

                double Moved(float by)
                {
                    var kept = values.Span[i];
                    values.Span[i] += by;
                    engine.Convolve(o.X, o.W, o.Bias, g, y);
                    values.Span[i] = kept;
                    return Dot(y, o.E);
                }
            }
        }
    }

    [TestCaseSource(nameof(Geometries))]
    public void AnEngineKeepsNoMoreThanItSaysAndAllocatesNothingTheSecondTime(ConvGeometry g)
    {
        using var pool = new WorkerPool(2);
        var (engine, operands) = (new FloatEngine(pool, FloatEngine.Widest), new Operands(g, FloatValues.Integers));
        operands.Products(engine);
        Assert.That(engine.ScratchInUse, Is.GreaterThan(0).And.AtMost(FloatEngine.ScratchBytes([g], 2)));
        FloatTensor y = new(g.OutputShape), delta = new(g.InputShape), gradient = new(g.WeightShape), sums = new(new Shape(g.Filters));
        var packed = new FloatTensor(new Shape((int)engine.PackedLength(g)));
        Products();
        var least = long.MaxValue;                    // the runtime allocates now and then while it compiles a loop anew
        for (var i = 0; i < 5; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Products();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero);

        void Products()
        {
            engine.Pack(operands.W, g, packed);
            engine.Convolve(operands.X, operands.W, operands.Bias, g, y, packed);
            engine.ConvolveError(operands.E, operands.W, g, delta);
            engine.ConvolveGradient(operands.X, operands.E, g, gradient);
            engine.SumPositions(operands.E, sums);
        }
    }

    [Test]
    public void TheConvolutionIsTheSumOfItsWindows()
    {
        var g = new ConvGeometry(1, 3, 3, 1, 1, 2, 2, 2, new Padding(0, 0, 1, 1));
        FloatTensor x = new(g.InputShape), w = new(g.WeightShape), y = new(g.OutputShape), bias = new(new Shape(1));
        for (var i = 0; i < 9; i++) x.Span[i] = i + 1;
        for (var i = 0; i < 4; i++) w.Span[i] = MathF.Pow(10, i);
        bias.Span[0] = 0.5f;
        new FloatEngine(null, 16).Convolve(x, w, bias, g, y);
        Assert.That(y.Span.ToArray(), Is.EqualTo(new[] { 5421.5f, 603.5f, 87.5f, 9.5f }));
    }

    [Test]
    public void OperandsOfOtherSizesAreRefused()
    {
        var g = ConvGeometry.Dense(2, 3, 4);
        var o = new Operands(g, FloatValues.Integers);
        var engine = new FloatEngine(null, 4);
        var other = new FloatTensor(new Shape(5));
        Assert.Throws<ArgumentException>(() => engine.Convolve(other, o.W, null, g, new FloatTensor(g.OutputShape)));
        Assert.Throws<ArgumentException>(() => engine.Convolve(o.X, o.W, other, g, new FloatTensor(g.OutputShape)));
        Assert.Throws<ArgumentException>(() => engine.ConvolveError(o.E, o.W, g, other));
        Assert.Throws<ArgumentException>(() => engine.ConvolveGradient(o.X, other, g, new FloatTensor(g.WeightShape)));
        Assert.Throws<ArgumentException>(() => engine.SumPositions(o.E, other));
    }

    private static double Dot(FloatTensor a, FloatTensor b) => a.Span.ToArray().Zip(b.Span.ToArray(), (x, y) => (double)x * y).Sum();

    private sealed class Operands(ConvGeometry g, Func<ulong, Shape, FloatTensor> draw)
    {
        public FloatTensor X { get; } = draw(1, g.InputShape);

        public FloatTensor W { get; } = draw(2, g.WeightShape);

        public FloatTensor Bias { get; } = draw(3, new Shape(g.Filters));

        public FloatTensor E { get; } = draw(4, g.OutputShape);

        /// <summary>The bits of every product, whose memory held something before; twice, so that what an engine keeps is used again.</summary>
        public int[] Products(FloatEngine engine)
        {
            FloatTensor y = Empty(g.OutputShape), plain = Empty(g.OutputShape), delta = Empty(g.InputShape), gradient = Empty(g.WeightShape);
            var sums = Empty(new Shape(g.Filters));
            for (var i = 0; i < 2; i++)
            {
                engine.Convolve(X, W, Bias, g, y);
                engine.Convolve(X, W, null, g, plain, Packed(engine));
                engine.ConvolveError(E, W, g, delta);
                engine.ConvolveGradient(X, E, g, gradient);
                engine.SumPositions(E, sums);
            }

            return [.. new[] { y, plain, delta, gradient, sums }.SelectMany(FloatValues.Bits)];
        }

        private FloatTensor? Packed(FloatEngine engine)
        {
            if (engine.PackedLength(g) == 0) return null;
            var packed = Empty(new Shape((int)engine.PackedLength(g)));
            engine.Pack(W, g, packed);
            return packed;
        }

        private static FloatTensor Empty(Shape shape)
        {
            var tensor = new FloatTensor(shape);
            tensor.Span.Fill(float.NaN);
            return tensor;
        }
    }
}
