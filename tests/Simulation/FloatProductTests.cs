using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Simulation;
using Wage.Tensors;

namespace Wage.Tests.Simulation;

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
        var (a, b, start) = (Draw(1, shape.Rows, shape.Terms), Draw(2, shape.Terms, shape.Columns), Draw(3, 1, shape.Columns));
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
        var (a, b) = (Draw(1, shape.Rows, shape.Terms), Draw(2, shape.Terms, shape.Columns));
        var transposed = new FloatTensor(new Shape(shape.Terms, shape.Rows));
        for (var i = 0; i < shape.Rows; i++)
        {
            for (var t = 0; t < shape.Terms; t++) transposed.Span[(t * shape.Rows) + i] = a.Span[(i * shape.Terms) + t];
        }

        var c = new FloatTensor(new Shape(shape.Rows, shape.Columns));
        new FloatEngine(null, 8).Multiply(Rows(transposed, 1, shape.Rows), shape.Rows, b, shape.Terms, null, c);
        Assert.That(Bits(c), Is.EqualTo(Definition(a, b, null, shape)));
    }

    [Test]
    public void OperandsOfOtherSizesAreRefused()
    {
        var engine = new FloatEngine(null, 1);
        var (a, b, c) = (Draw(1, 2, 3), Draw(2, 3, 4), new FloatTensor(new Shape(2, 4)));
        Assert.Throws<ArgumentException>(() => engine.Multiply(Rows(a, 4, 1), 2, b, 4, null, c));
        Assert.Throws<ArgumentException>(() => engine.Multiply(Rows(a, 3, 1), 2, b, 3, Draw(3, 1, 5), c));
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
        return Bits(c);
    }

    private static unsafe FloatRows Rows(FloatTensor a, int row, int term) => new((nint)a.Pointer, row, term);

    private static int[] Bits(FloatTensor tensor) => [.. tensor.Span.ToArray().Select(BitConverter.SingleToInt32Bits)];

    /// <summary>Values of very different magnitudes, so that another order of a sum gives other bits.</summary>
    private static FloatTensor Draw(ulong seed, int rows, int columns)
    {
        var tensor = new FloatTensor(new Shape(rows, columns));
        for (var i = 0; i < tensor.Span.Length; i++)
        {
            var u = RandomBits.UInt64(new RandomKey(seed, 0, 0), (ulong)i);
            tensor.Span[i] = MathF.ScaleB((int)u / 2147483648f, (int)(u >> 60) - 8);
        }

        return tensor;
    }
}
