using FsCheck.Fluent;
using Wage.Backends;
using Wage.Diagnostics;

namespace Wage.Tests.Diagnostics;

[Parallelizable]
internal sealed class LayerTrafficTests
{
    [TestCase(56, 64, 64, 3, 1, 438_272, 2_043_904)]
    [TestCase(14, 256, 256, 3, 1, 690_176, 1_091_584)]
    [TestCase(112, 16, 96, 1, 1, 1_406_464, 11_040_256)]
    [TestCase(112, 96, 96, 3, 96, 2_409_312, 12_043_104)]
    public void TheBytesAreThoseOfThePaper(int size, int channels, int filters, int kernel, int groups, long known, long found)
    {
        var g = new ConvGeometry(1, size, size, channels, filters, kernel, kernel, 1, Padding.Same(size, size, kernel, kernel, 1), groups);
        Assert.That(LayerTraffic.Of(g), Is.EqualTo(new LayerTraffic(known, found)));
    }

    [Test]
    public void ABatchMultipliesActivationsAndNotWeights() => Laws.Hold(
        from size in Gen.Choose(1, 40)
        from channels in Gen.Choose(1, 40)
        from filters in Gen.Choose(1, 40)
        from batch in Gen.Choose(1, 50)
        select (size, channels, filters, batch),
        sample =>
        {
            var one = new ConvGeometry(1, sample.size, sample.size, sample.channels, sample.filters, 1, 1, 1, Padding.None);
            var (alone, together) = (LayerTraffic.Of(one), LayerTraffic.Of(one with { Batch = sample.batch }));
            var weights = sample.channels * sample.filters;
            Assert.That(together.Static - weights, Is.EqualTo(sample.batch * (alone.Static - weights)));
            Assert.That(together.Dynamic - weights, Is.EqualTo(sample.batch * (alone.Dynamic - weights)));
        });

    [Test]
    public void WiderAccumulatorsMoveMore()
    {
        var g = ConvGeometry.Dense(2, 8, 3);
        Assert.That(LayerTraffic.Of(g, accumulatorBytes: 8).Dynamic - LayerTraffic.Of(g).Dynamic, Is.EqualTo(2 * 2 * 3 * 4));
    }

    [Test]
    public void PositionsThatLeave32BitsAreAnError()
    {
        var g = new ConvGeometry(1 << 16, 1 << 8, 1 << 8, 1, 1, 1, 1, 1, Padding.None);
        Assert.That(() => LayerTraffic.Of(g), Throws.TypeOf<OverflowException>());
    }
}
