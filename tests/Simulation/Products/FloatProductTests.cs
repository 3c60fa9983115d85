using Wage.Backends.Host;
using Wage.Simulation;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Products;

/// <summary>The order of the sums is the definition: every number of lanes and threads gives its bits.</summary>
public sealed class FloatProductTests
{
    private static readonly (int Rows, int Terms, int Columns)[] Shapes =
    [
        (1, 1, 1), (1, 300, 10), (7, 5, 3), (8, 16, 16), (9, 255, 17), (33, 256, 31), (20, 257, 129), (64, 513, 140), (130, 20, 260), (3, 1000, 47),
    ];

    [TestCaseSource(nameof(Shapes))]
    public void EveryNumberOfLanesAndThreadsGivesTheBitsOfTheDefinition((int Rows, int Terms, int Columns) shape)
    {
        var (a, b) = (FloatValues.Wide(1, new Shape(shape.Rows, shape.Terms)), FloatValues.Wide(2, new Shape(shape.Terms, shape.Columns)));
        var start = FloatValues.Wide(3, new Shape(1, shape.Columns));
        foreach (var from in new[] { null, start })
        {
            var expected = Definition(a, b, from, shape);
            foreach (var lanes in new[] { 1, 4, 8, 16 })
            {
                Assert.That(Product(null, lanes, a, b, from, shape), Is.EqualTo(expected), $"{lanes} lanes");
                for (var threads = 1; threads <= 3; threads++)
                {
                    using var pool = new WorkerPool(threads);
                    Assert.That(Product(pool, lanes, a, b, from, shape), Is.EqualTo(expected), $"{lanes} lanes, {threads} threads");
                }
            }
        }
    }

    [Test]
    public void ATransposedOperandIsReadAsItLies()
    {
        var shape = (Rows: 20, Terms: 30, Columns: 40);
        var (a, b) = (FloatValues.Wide(1, new Shape(shape.Rows, shape.Terms)), FloatValues.Wide(2, new Shape(shape.Terms, shape.Columns)));
        var transposed = new FloatTensor(new Shape(shape.Terms, shape.Rows));
        for (var i = 0; i < shape.Rows; i++)
        {
            for (var t = 0; t < shape.Terms; t++) transposed.Span[(t * shape.Rows) + i] = a.Span[(i * shape.Terms) + t];
        }

        var c = new FloatTensor(new Shape(shape.Rows, shape.Columns));
        new FloatEngine(null, 8).Multiply(Rows(transposed, 1, shape.Rows), shape.Rows, b, shape.Terms, null, c);
        Assert.That(FloatValues.Bits(c), Is.EqualTo(Definition(a, b, null, shape)));
    }

    [Test]
    public void OperandsOfOtherSizesAreRefused()
    {
        var engine = new FloatEngine(null, 1);
        var (a, b, c) = (FloatValues.Wide(1, new Shape(2, 3)), FloatValues.Wide(2, new Shape(3, 4)), new FloatTensor(new Shape(2, 4)));
        Assert.Throws<ArgumentException>(() => engine.Multiply(Rows(a, 4, 1), 2, b, 4, null, c));
        Assert.Throws<ArgumentException>(() => engine.Multiply(Rows(a, 3, 1), 2, b, 3, FloatValues.Wide(3, new Shape(1, 5)), c));
    }

    /// <summary>Blocks of 256 terms, each a chain of fused multiply-adds from 0, added to the start one after the other.</summary>
    private static int[] Definition(FloatTensor a, FloatTensor b, FloatTensor? start, (int Rows, int Terms, int Columns) shape)
    {
        var bits = new int[shape.Rows * shape.Columns];
        for (var i = 0; i < bits.Length; i++)
        {
            var (row, column) = (i / shape.Columns, i % shape.Columns);
            var element = start is null ? 0 : start.Span[column];
            for (var first = 0; first < shape.Terms; first += 256)
            {
                var sum = 0f;
                for (var t = first; t < Math.Min(first + 256, shape.Terms); t++)
                    sum = MathF.FusedMultiplyAdd(a.Span[(row * shape.Terms) + t], b.Span[(t * shape.Columns) + column], sum);
                element += sum;
            }

            bits[i] = BitConverter.SingleToInt32Bits(element);
        }

        return bits;
    }

    private static int[] Product(
        WorkerPool? pool, int lanes, FloatTensor a, FloatTensor b, FloatTensor? start, (int Rows, int Terms, int Columns) shape)
    {
        var c = new FloatTensor(new Shape(shape.Rows, shape.Columns));
        c.Span.Fill(float.NaN);
        new FloatEngine(pool, lanes).Multiply(Rows(a, shape.Terms, 1), shape.Rows, b, shape.Terms, start, c);
        return FloatValues.Bits(c);
    }

    private static unsafe FloatRows Rows(FloatTensor a, int row, int term) => new((nint)a.Pointer, row, term);
}
