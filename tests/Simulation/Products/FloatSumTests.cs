using Wage.Backends;
using Wage.Backends.Host;
using Wage.Simulation;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Products;

/// <summary>The order of the sums, written once more: what the three products of a dense layer give, with any number of lanes and threads.</summary>
[Parallelizable]
public sealed class FloatSumTests
{
    private static readonly (int Batch, int Inputs, int Outputs)[] Shapes =
    [
        (1, 1, 1), (1, 300, 10), (7, 5, 3), (8, 16, 16), (9, 255, 17), (33, 256, 31), (20, 257, 129), (64, 513, 140), (130, 20, 260), (3, 1000, 47),
        (600, 3, 40),
    ];

    [TestCaseSource(nameof(Shapes))]
    public void TermsComeInBlocksOf256((int Batch, int Inputs, int Outputs) shape)
    {
        var g = ConvGeometry.Dense(shape.Batch, shape.Inputs, shape.Outputs);
        FloatTensor x = FloatValues.Wide(1, g.InputShape), w = FloatValues.Wide(2, g.WeightShape), e = FloatValues.Wide(3, g.OutputShape);
        var bias = FloatValues.Wide(4, new Shape(g.Filters));
        FloatTensor y = new(g.OutputShape), delta = new(g.InputShape), gradient = new(g.WeightShape), sums = new(new Shape(g.Filters));
        var expected = new[]
        {
            Sums(shape.Batch, shape.Outputs, shape.Inputs, bias, (n, o, i) => (x.Span[(n * shape.Inputs) + i], w.Span[(o * shape.Inputs) + i])),
            Sums(shape.Batch, shape.Inputs, shape.Outputs, null, (n, i, o) => (e.Span[(n * shape.Outputs) + o], w.Span[(o * shape.Inputs) + i])),
            Sums(shape.Outputs, shape.Inputs, shape.Batch, null, (o, i, n) => (e.Span[(n * shape.Outputs) + o], x.Span[(n * shape.Inputs) + i])),
            Sums(1, shape.Outputs, shape.Batch, null, (_, o, n) => (e.Span[(n * shape.Outputs) + o], 1)),
        };
        using var pool = new WorkerPool(2);
        foreach (var engine in new FloatEngine[] { new(null, 1), new(null, 16), new(pool, 1), new(pool, 4), new(pool, 8), new(pool, 16) })
        {
            engine.Convolve(x, w, bias, g, y);
            engine.ConvolveError(e, w, g, delta);
            engine.ConvolveGradient(x, e, g, gradient);
            engine.SumPositions(e, sums);
            Assert.That(new[] { y, delta, gradient, sums }.Select(FloatValues.Bits), Is.EqualTo(expected), $"{engine.Lanes} lanes");
        }
    }

    /// <summary>Blocks of 256 terms, each a chain of fused multiply-adds from 0, added to the start one after the other.</summary>
    private static int[] Sums(int rows, int columns, int terms, FloatTensor? start, Func<int, int, int, (float A, float B)> term)
    {
        var bits = new int[rows * columns];
        for (var i = 0; i < bits.Length; i++)
        {
            var element = start is null ? 0 : start.Span[i % columns];
            for (var first = 0; first < terms; first += 256)
            {
                var sum = 0f;
                for (var t = first; t < Math.Min(first + 256, terms); t++)
                {
                    var (a, b) = term(i / columns, i % columns, t);
                    sum = MathF.FusedMultiplyAdd(a, b, sum);
                }

                element += sum;
            }

            bits[i] = BitConverter.SingleToInt32Bits(element);
        }

        return bits;
    }
}
