using Wage.Backends;
using Wage.Gpu;
using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Gpu;

/// <summary>Error products that end in their stage: no tensor of sums, no second pass, and one statistic of all threads' tiles.</summary>
[Parallelizable]
public sealed class ErrorEndingTests
{
    private static readonly ConvGeometry Dense = new(2, 9, 9, 6, 8, 3, 3, 1, new Padding(1, 1, 1, 1));
    private static readonly ConvGeometry[] Geometries = [Dense, Dense with { Groups = 2 }, Dense with { Stride = 2 }, ConvGeometry.Dense(33, 130, 5)];

    [Test]
    public void NoSumsAreStoredAndNoPassFollows()
    {
        using var device = DeviceSource.OnProcessor();
        foreach (var g in Geometries)
        {
            foreach (var (errors, sums) in new[] { (ElementType.Int8, ElementType.Int32), (ElementType.Int16, ElementType.Int64) })
            {
                var (e, w) = (device.Allocate(errors, g.OutputShape), device.Allocate(ElementType.Int8, g.WeightShape));
                var output = device.Allocate(ElementType.Int8, g.InputShape);
                var t = new StageTensors(output) { Statistic = device.Allocate(ElementType.Int64, new Shape(3)) };
                var before = device.Allocated;
                device.ConvolveError(e, w, g, sums, new ErrorStage(8, Rounding.HalfEven), t);
                Assert.That((device.StoredSums, device.Allocated), Is.EqualTo((0L, before)), $"{g} {errors}");
            }
        }

        Assert.That(device.LoadedKernels.Select(kernel => kernel.Name), Has.None.EqualTo(nameof(Stages.Map)));
    }

    [Test]
    public void TheTilesOfAllThreadsJoinInOneStatistic()
    {
        using var processor = DeviceSource.OnProcessor();
        foreach (var one in Geometries.SelectMany(g => Enumerable.Range(1, 8).SelectMany(seed => RangeCases.Of(g, (ulong)seed))))
            Assert.That(one.Difference(new ReferenceBackend(), processor), Is.Null);
    }

    [Test]
    public void SoDoThoseOfGroupsThatShareMemory()
    {
        using var groups = GpuBackends.Grouped();
        var few = new ConvGeometry(2, 3, 3, 10, 4, 1, 1, 1, Padding.None);
        foreach (var g in new[] { few, few with { Groups = 2 } })
            foreach (var one in RangeCases.Of(g, 3)) Assert.That(one.Difference(new ReferenceBackend(), groups), Is.Null);
    }
}
