using Wage.Backends;
using Wage.Gpu;
using Wage.Gpu.TensorCores;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Gpu.TensorCores;

/// <summary>The kernels for tensor cores, lane by lane on host threads: fragments, swizzles, stages and edges, against the reference.</summary>
[Parallelizable]
public sealed class TensorCoreProductTests
{
    private readonly ReferenceBackend reference = new();
    private readonly List<IlgpuBackend> backends = [];

    /// <summary>
    /// Extents around the segments of 16, the stages of 64 terms, the warps' 64 and the groups' 128 rows and columns;
    /// slots say how far terms are split, here down to a stage.
    /// </summary>
    private static IEnumerable<TestCaseData> Products()
    {
        yield return Named("one tile, a padded image", new(1, 5, 6, 16, 32, 3, 3, 1, Padding.Same(5, 6, 3, 3, 1)), 1);
        yield return Named("channels to fill up, a stride, an edge", new(2, 7, 5, 6, 10, 5, 3, 2, new Padding(3, 0, 1, 2)), 1);
        yield return Named("two tiles each way, terms in two parts", new(3, 7, 8, 80, 144, 1, 1, 1, Padding.None), 4);
        yield return Named("terms in two parts", ConvGeometry.Dense(6, 144, 18), 2);
    }

    private static IEnumerable<TestCaseData> Blocks()
    {
        yield return new TestCaseData(new ConvGeometry(1, 5, 7, 16, 32, 3, 3, 1, Padding.Same(5, 7, 3, 3, 1)), false, 1)
            .SetArgDisplayNames("no pool");
        yield return new TestCaseData(new ConvGeometry(3, 9, 7, 16, 144, 1, 1, 1, Padding.None), true, 1)
            .SetArgDisplayNames("pooled, with a row and a column left over");
        yield return new TestCaseData(ConvGeometry.Dense(3, 134, 32), false, 2).SetArgDisplayNames("terms in two parts");
    }

    [OneTimeTearDown]
    public void Stop() => backends.ForEach(b => b.Dispose());

    [TestCaseSource(nameof(Products))]
    public void TheThreeProductsAreTheReferences(ConvGeometry g, int slots)
    {
        var (products, device) = Device(slots);
        Same(device, ElementType.Int32, g.OutputShape, (b, x, w, _, y) =>
            Run(b, () => reference.Convolve(x, w, g, y), () => products.Convolve(Own(x), Own(w), g, Own(y))), g);
        Same(device, ElementType.Int32, g.InputShape, (b, _, w, e, d) =>
            Run(b, () => reference.ConvolveError(e, w, g, d), () => products.ConvolveError(Own(e), Own(w), g, Own(d))), g);
        Same(device, ElementType.Int32, g.WeightShape, (b, x, _, e, d) =>
            Run(b, () => reference.ConvolveGradient(x, e, g, d), () => products.ConvolveGradient(Own(x), Own(e), g, Own(d))), g);
    }

    [TestCaseSource(nameof(Blocks))]
    public void ABlockIsTheReferences(ConvGeometry g, bool pooled, int slots)
    {
        var (products, device) = Device(slots);
        PoolGeometry? pool = pooled ? new PoolGeometry(g.Batch, g.OutputHeight, g.OutputWidth, g.Filters, 2, 2, 2) : null;
        var stage = new ActivationStage(9, 127, Rounding.HalfEven, 30_000);
        var (expected, actual) = (Block(reference), Block(device));
        Assert.That(actual, Is.EqualTo(expected));

        List<long> Block(IBackend b)
        {
            var (x, w, _) = Inputs(b, g);
            var shape = pool?.OutputShape ?? g.OutputShape;
            Tensor[] outputs = [b.Allocate(ElementType.Int8, shape), b.Allocate(ElementType.UInt8, shape), b.Allocate(ElementType.UInt8, shape)];
            var position = pooled ? outputs[2] : null;
            var t = new StageTensors(outputs[0]) { Mask = outputs[1], Position = position };
            Run(
                b, () => reference.Convolve(x, w, g, ElementType.Int32, pool, stage, t),
                () => products.Convolve(
                    Own(x), Own(w), g, ElementType.Int32, pool, stage, Own(outputs[0]), Own(outputs[1]), position is null ? null : Own(position)));
            return [.. outputs.SelectMany(output => b.Values(output))];
        }
    }

    [Test]
    public void OtherTypesAndShapesAreLeftAlone()
    {
        var (products, device) = Device(1);
        var g = new ConvGeometry(1, 4, 4, 3, 5, 3, 3, 3, Padding.Same(4, 4, 3, 3, 3));
        GpuTensor Tensor(ElementType type, Shape shape) => Own(device.Allocate(type, shape));
        var (x, w, e) = (Tensor(ElementType.Int8, g.InputShape), Tensor(ElementType.Int8, g.WeightShape), Tensor(ElementType.Int16, g.OutputShape));
        Assert.Multiple(() =>
        {
            Assert.That(products.Convolve(x, w, g, Tensor(ElementType.Int32, g.OutputShape)), Is.False, "an odd number of columns");
            Assert.That(products.Convolve(x, w, g with { Filters = 4 }, Tensor(ElementType.Int64, g.OutputShape)), Is.False, "int64 accumulators");
            Assert.That(products.ConvolveGradient(x, e, g, Tensor(ElementType.Int32, g.WeightShape)), Is.False, "errors of 16 bits");
            Assert.That(products.ConvolveError(x, w, g with { Channels = 4 }, Tensor(ElementType.Int32, g.InputShape)), Is.False, "a stride of 3");
        });
    }

    private static TestCaseData Named(string name, ConvGeometry g, int slots) => new TestCaseData(g, slots).SetArgDisplayNames(name);

    private static GpuTensor Own(Tensor tensor) => (GpuTensor)tensor;

    private static (Tensor X, Tensor W, Tensor E) Inputs(IBackend b, ConvGeometry g)
    {
        var draw = new Draw(11);
        return (b.With(ElementType.Int8, g.InputShape, draw.Many(g.InputShape.Length, -128, 127)),
            b.With(ElementType.Int8, g.WeightShape, draw.Many(g.WeightShape.Length, -128, 127)),
            b.With(ElementType.Int8, g.OutputShape, draw.Many(g.OutputShape.Length, -128, 127)));
    }

    private static void Run(IBackend b, Action expected, Func<bool> actual)
    {
        if (b is ReferenceBackend) expected();
        else Assert.That(actual(), Is.True, "left to the portable kernel");
    }

    private void Same(IlgpuBackend device, ElementType type, Shape shape, Action<IBackend, Tensor, Tensor, Tensor, Tensor> product, ConvGeometry g)
    {
        Assert.That(Values(device), Is.EqualTo(Values(reference)));

        long[] Values(IBackend b)
        {
            var (x, w, e) = Inputs(b, g);
            var result = b.With(type, shape, [.. Enumerable.Repeat(-77L, shape.Length)]);
            product(b, x, w, e, result);
            return [.. b.Values(result)];
        }
    }

    private (TensorCoreProducts Products, IlgpuBackend Backend) Device(int slots)
    {
        var accelerator = LaneDevice.Open(out var owner);
        TensorCoreProducts? products = null;
        var backend = new IlgpuBackend(
            "lanes", "lanes on host threads", accelerator, LaunchShape.Processor(1),
            kernels => products = new TensorCoreProducts(accelerator, kernels, new Failures("lanes"), slots, leastStages: 1),
            owner);
        backends.Add(backend);
        return (products!, backend);
    }
}
