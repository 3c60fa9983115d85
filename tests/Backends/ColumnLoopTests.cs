using Wage.Backends;
using Wage.Backends.Host;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Backends;

/// <summary>The loops of columns in vectors of either width: what one number after the other gives.</summary>
[Parallelizable]
public sealed unsafe class ColumnLoopTests
{
    [Test]
    public void VectorsOf256BitsGiveTheIntegersOfTheDefinition([Values(1, 3, 8, 17, 40)] int columns) => Check<Int32x8>(columns);

    [Test]
    public void VectorsOf512BitsGiveTheIntegersOfTheDefinition([Values(1, 3, 8, 17, 40)] int columns)
    {
        if (!Int32x16.IsSupported) Assert.Ignore("this processor has none");
        Check<Int32x16>(columns);
    }

    /// <summary>2^15 rows of the greatest terms, of both signs: the sums of a part do not leave 32 bits.</summary>
    [Test]
    public void TheMostRowsOfTheGreatestTermsAreAdded([Values(-32768, 32767)] short value)
    {
        const int width = 16, rows = ColumnLoops.MostRows;
        var x = Enumerable.Repeat(value, width * rows).ToArray();
        var sums = new long[2 * width];
        fixed (short* from = x)
        fixed (long* to = sums)
            ColumnLoops.Reduce<Int32x8, short, NoOperand, BatchNormSums>(from, (NoOperand*)from, default, default, width, rows, to);
        Assert.That(sums[..width], Is.All.EqualTo((long)value * rows));
        Assert.That(sums[width..], Is.All.EqualTo((long)value * value * rows));
    }

    private static void Check<T>(int columns)
        where T : struct, IVectorLanes<T>
    {
        var (draw, backend) = (new Draw(7), new ReferenceBackend());
        var width = columns * 16;
        long[] means = draw.Many(columns, -32767, 32767), inverses = draw.Many(columns, 8193, 16384), shifts = draw.Many(columns, 0, 28);
        long[] rest = [.. draw.Many(columns, -16256, 16256), .. draw.Many(columns, -32767, 32767), .. draw.Many(columns, -2048, 2048)];
        var constants = (HostTensor<int>)backend.With(ElementType.Int32, new Shape(6, columns), [.. means, .. inverses, .. shifts, .. rest]);
        var x = (HostTensor<sbyte>)backend.With(ElementType.Int8, draw.Adversarial(3 * width, 127));
        var y = (HostTensor<short>)backend.With(ElementType.Int16, draw.Adversarial(3 * width, 32767));

        var sums = (HostTensor<long>)backend.Allocate(ElementType.Int64, new Shape(2, columns));
        backend.ReduceColumns(x, y, constants, 1, default(BatchNormErrorSums), sums);
        using var memory = new NativeBuffer();
        var repeated = RepeatedColumns.Of(constants, 6, columns, width + 15, memory);
        var all = new long[2 * width];
        fixed (long* to = all) ColumnLoops.Reduce<T, sbyte, short, BatchNormErrorSums>(x.Pointer, y.Pointer, default, repeated, width, 3, to);
        for (var i = 0; i < 2 * columns; i++)
        {
            var (k, column) = Math.DivRem(i, columns);
            Assert.That(Enumerable.Range(0, 16).Sum(j => all[(k * width) + (j * columns) + column]), Is.EqualTo(sums[i]), $"sum {i}");
        }

        var t = new StageTensors(backend.Allocate(ElementType.Int32, x.Shape));
        backend.MapColumns(x, y, constants, 1, new BatchNormBackward(7), default(RawStage), t);
        var (expected, values) = (backend.Values(t.Output), new int[3 * width]);
        foreach (var first in (int[])[0, 1, columns + 2])
        {
            fixed (int* v = values)
            {
                var n = ColumnLoops.Map<T, sbyte, short, BatchNormBackward, int>(
                    x.Pointer + first, y.Pointer + first, new BatchNormBackward(7), repeated, first % columns, columns, (3 * width) - first, v);
                Assert.That(n, Is.GreaterThan((3 * width) - first - T.Count));
                Assert.That(values[..n].Select(value => (long)value), Is.EqualTo(expected[first..(first + n)]), $"from {first} on");
            }
        }
    }
}
