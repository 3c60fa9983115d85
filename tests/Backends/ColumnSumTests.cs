using Wage.Backends;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Backends;

/// <summary>Sums by column that leave in the pass that makes the output.</summary>
[Parallelizable]
public sealed class ColumnSumTests
{
    private static readonly ConvGeometry Geometry = new(6, 8, 8, 16, 16, 3, 3, 1, Padding.Same(8, 8, 3, 3, 1));
    private static readonly ConvGeometry[] Kinds =
    [
        Geometry, Geometry with { KernelHeight = 1, KernelWidth = 1, Padding = Padding.None }, Geometry with { Stride = 2 },
        Geometry with { Groups = 16 }, Geometry with { Filters = 24 }, new(5, 17, 9, 3, 70, 5, 5, 1, Padding.None),
    ];

    [Test]
    public void ProductsGiveWhatAPassOfItsOwnGives([Values(1, 2, 3)] int threads)
    {
        using var host = new HostBackend(threads);
        foreach (var g in Kinds)
        {
            for (var seed = 1UL; seed <= 6; seed++)
            {
                var draw = new Draw(seed);
                var t = Given(host, g, g.Filters);
                var x = host.With(ElementType.Int8, g.InputShape, draw.Adversarial((int)g.InputLength, 127));
                var w = host.With(ElementType.Int8, g.WeightShape, draw.Adversarial((int)g.WeightLength, 127));
                host.Convolve(x, w, g, ElementType.Int32, null, new UnitStage(short.MaxValue, 0), t);
                var alone = host.Allocate(ElementType.Int64, t.ColumnSums!.Shape);
                host.ReduceColumns(t.Output, null, null, 1, default(BatchNormSums), alone);
                Assert.That(host.Values(t.ColumnSums), Is.EqualTo(host.Values(alone)), $"{g} {seed}");
            }
        }
    }

    [Test]
    public void ThreadsDoNotShareSums([Values(1, 2, 8)] int threads)
    {
        using var host = new HostBackend(threads);
        var g = Geometry with { Batch = 64 };
        var t = Given(host, g, g.Filters);
        var (x, w) = (host.Allocate(ElementType.Int8, g.InputShape), host.Allocate(ElementType.Int8, g.WeightShape));
        var start = host.With(ElementType.Int32, [.. Enumerable.Range(0, g.Filters).Select(i => (long)i - 3)]);
        host.Convolve(x, w, g, ElementType.Int32, null, new UnitStage(short.MaxValue, 0), t with { Start = start });
        var positions = g.Positions;
        Assert.That(
            host.Values(t.ColumnSums!),
            Is.EqualTo(Enumerable.Range(0, 2 * g.Filters).Select(i => i < g.Filters ? (i - 3L) * positions : (i - 19L) * (i - 19L) * positions)));
    }

    /// <summary>Rows of the sums' columns that go on from one image to the next.</summary>
    [Test]
    public void ColumnsNeedNotBeThoseOfTheFilters([Values(1, 2)] int threads)
    {
        using var host = new HostBackend(threads);
        using var reference = new ReferenceBackend();
        var sums = ((IBackend[])[host, reference]).Select(backend =>
        {
            var draw = new Draw(4);
            var t = Given(backend, Geometry, 3);
            var x = backend.With(ElementType.Int8, Geometry.InputShape, draw.Adversarial((int)Geometry.InputLength, 127));
            var w = backend.With(ElementType.Int8, Geometry.WeightShape, draw.Adversarial((int)Geometry.WeightLength, 127));
            backend.Convolve(x, w, Geometry, ElementType.Int32, null, new UnitStage(short.MaxValue, 0), t);
            return backend.Values(t.ColumnSums!);
        }).ToArray();
        Assert.That(sums[0], Is.EqualTo(sums[1]));
    }

    [Test]
    public void SumsThatDoNotBelongToTheOutputAreRefused()
    {
        using var host = new HostBackend(1);
        using var reference = new ReferenceBackend();
        foreach (var backend in (IBackend[])[host, reference])
        {
            var x = backend.Allocate(ElementType.Int32, new Shape(5, 6));
            var output = backend.Allocate(ElementType.Int16, x.Shape);
            var g = new ConvGeometry(2, 3, 5, 1, 1, 1, 1, 1, Padding.None);
            var (image, weight) = (backend.Allocate(ElementType.Int8, g.InputShape), backend.Allocate(ElementType.Int8, g.WeightShape));
            Refuses(output, backend.Allocate(ElementType.Int64, new Shape(2, 4)));
            Refuses(output, backend.Allocate(ElementType.Int64, new Shape(3)));
            Refuses(output, backend.Allocate(ElementType.Int64, new Shape(1)));
            Refuses(output, backend.Allocate(ElementType.Int32, new Shape(2, 6)));
            Refuses(backend.Allocate(ElementType.Int32, x.Shape), backend.Allocate(ElementType.Int64, new Shape(2, 6)));
            var columns = backend.Allocate(ElementType.Int32, new Shape(1, 6));
            Assert.That(
                () => backend.MapColumns(x, null, columns, 1, new AddColumn(0), default(RawStage), Tensors(output, new Shape(2, 6))),
                Throws.ArgumentException.With.Message.Contains("sums of its own"));

            void Refuses(Tensor output, Tensor sums)
            {
                var t = new StageTensors(output) { ColumnSums = sums, Range = backend.Allocate(ElementType.Int64, new Shape(1)) };
                foreach (var run in (Action[])[
                    () => backend.Map(x, new UnitStage(127, 0), t),
                    () => backend.Convolve(image, weight, g, ElementType.Int32, null, new UnitStage(127, 0), t),
                    () => backend.ConvolveError(image, weight, g, ElementType.Int32, new UnitStage(127, 0), t)])
                    Assert.That(() => run(), Throws.ArgumentException.With.Message.Contains("sums by column"), $"{backend.Name} {sums.Shape}");
            }

            StageTensors Tensors(Tensor output, Shape shape) => new(output) { ColumnSums = backend.Allocate(ElementType.Int64, shape) };
        }
    }

    private static StageTensors Given(IBackend backend, in ConvGeometry g, int columns) => new(backend.Allocate(ElementType.Int16, g.OutputShape))
    {
        Range = backend.With(ElementType.Int64, 0),
        ColumnSums = backend.With(ElementType.Int64, new Shape(2, columns), new Draw(9).Many(2 * columns, -9, 9)),
    };
}
