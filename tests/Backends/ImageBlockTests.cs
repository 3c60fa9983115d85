using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Backends;

/// <summary>Products that end in a stage without a tensor of all sums: in blocks of images, a dense layer's in blocks of rows and columns.</summary>
[Parallelizable]
public sealed class ImageBlockTests
{
    private static readonly ReferenceBackend Reference = new();
    private static readonly ConvGeometry Strided = new(5, 128, 128, 8, 3, 3, 3, 2, new Padding(0, 0, 1, 1));
    private static readonly ConvGeometry Wide = new(5, 64, 64, 8, 8, 1, 1, 1, Padding.None);
    private static readonly ConvGeometry Grouped = new(5, 64, 64, 16, 16, 1, 1, 1, Padding.None) { Groups = 4 };

    [Test]
    public void ABatchInPartsGivesTheIntegersOfTheWhole([Values(1, 2, 8)] int threads)
    {
        using var host = new HostBackend(threads);
        foreach (var g in (ConvGeometry[])[Strided, Wide, Grouped, ConvGeometry.Dense(100, 20, 1000), ConvGeometry.Dense(50, 700, 3)])
        {
            for (var seed = 1UL; seed <= 4; seed++)
            {
                foreach (var one in RangeCases.Of(g, seed).Concat(StageCases.Of(g, seed)).Concat(ColumnSumCases.Of(g, seed)))
                    Assert.That(one.Difference(Reference, host), Is.Null);
            }
        }
    }

    [Test]
    public void SumsThatAreStoredAreCountedAndOthersAreNot()
    {
        using var host = new HostBackend(2);
        Assert.That(Counted(Strided, ElementType.Int32), Is.EqualTo(Operands(Strided)));
        Assert.That(Counted(Strided with { Batch = 1 }, ElementType.Int32), Is.EqualTo(Operands(Strided with { Batch = 1 })));
        Assert.That(Counted(ConvGeometry.Dense(128, 512, 16), ElementType.Int32), Is.EqualTo(Operands(ConvGeometry.Dense(128, 512, 16))));
        var dense = ConvGeometry.Dense(128, 3000, 2);
        Assert.That(Counted(dense, ElementType.Int32), Is.EqualTo(Operands(dense)));
        Assert.That(Counted(dense, ElementType.Int64), Is.EqualTo(Operands(dense) + (2 * dense.InputLength * sizeof(long))), "packed once, so whole");
        using var reference = new ReferenceBackend();
        Assert.That(Counted(dense, ElementType.Int32, reference), Is.EqualTo(Operands(dense) + (2 * dense.InputLength * sizeof(int))));

        long Counted(in ConvGeometry g, ElementType accumulator, IBackend? backend = null)
        {
            var timed = new Counting(backend ?? host);
            var (e, w) = (timed.Allocate(ElementType.Int8, g.OutputShape), timed.Allocate(ElementType.Int8, g.WeightShape));
            var t = new StageTensors(timed.Allocate(ElementType.Int8, g.InputShape));
            timed.Bytes = 0;
            timed.ConvolveError(e, w, g, accumulator, new ErrorStage(8, Rounding.HalfEven), t);
            return timed.Bytes;
        }

        static long Operands(in ConvGeometry g) => g.OutputLength + g.WeightLength + g.InputLength;
    }

    [Test]
    public void TheScratchOfBlocksStaysBelowItsBound([Values(1, 2)] int threads)
    {
        using var host = new HostBackend(threads);
        ConvGeometry[] all = [Strided, Wide, Grouped, new(64, 16, 16, 32, 8, 3, 3, 2, new Padding(0, 0, 1, 1)), ConvGeometry.Dense(100, 4000, 20)];
        foreach (var g in all)
        {
            foreach (var accumulator in (ElementType[])[ElementType.Int32, ElementType.Int64])
            {
                var (e, w) = (host.Allocate(ElementType.Int8, g.OutputShape), host.Allocate(ElementType.Int8, g.WeightShape));
                var x = host.Allocate(ElementType.Int8, g.InputShape);
                host.ConvolveError(e, w, g, accumulator, new ErrorStage(8, Rounding.HalfEven), new StageTensors(x));
                host.Convolve(x, w, g, accumulator, null, new ShiftStage(3, 127, Rounding.HalfEven), new StageTensors(e));
            }

            var until = all.TakeWhile(one => one != g).Append(g).Select(one => (one, ElementType.Int64));
            Assert.That(HostBackend.ScratchBytes(until, threads), Is.GreaterThanOrEqualTo(host.ScratchInUse), $"{g}");
        }
    }

    private sealed class Counting(IBackend inner) : ForwardingBackend(inner)
    {
        public long Bytes { get; set; }

        protected override void After(in BackendCall call, long before) => Bytes += call.Bytes;
    }
}
