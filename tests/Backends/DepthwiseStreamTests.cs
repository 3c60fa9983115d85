using Wage.Backends;
using Wage.Backends.Host;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Backends;

/// <summary>Sums that are too many for the caches are written past them.</summary>
[Parallelizable]
public sealed unsafe class DepthwiseStreamTests
{
    [Test]
    public void ALargeBatchGivesTheSumsOfItsImagesOneByOne(
        [Values(InstructionSet.Scalar, InstructionSet.Vnni)] InstructionSet set, [Values(1, 2)] int threads)
    {
        const int Images = 33, Side = 32, Channels = 64;
        using var host = new HostBackend(threads, InstructionSets.Available.Contains(set) ? set : InstructionSet.Scalar);
        ConvGeometry Of(int batch) =>
            new(batch, Side, Side, Channels, Channels, 3, 3, 1, Padding.Same(Side, Side, 3, 3, 1), Channels);
        var draw = new Draw(4);
        var pixels = draw.Adversarial(Of(Images).InputShape.Length, 127);
        var w = host.With(ElementType.Int8, Of(1).WeightShape, draw.Adversarial(Of(1).WeightShape.Length, 127));
        var all = (HostTensor<int>)host.Allocate(ElementType.Int32, Of(Images).OutputShape);
        var taps = new DepthwiseTaps(Channels, Channels, 3, 3, Side, 1, false);
        Assert.That(taps.Streams(all.Pointer, (long)all.Length * sizeof(int)), "large, and at a multiple of 64 bytes");
        host.Convolve(host.With(ElementType.Int8, Of(Images).InputShape, pixels), w, Of(Images), all);
        var one = (HostTensor<int>)host.Allocate(ElementType.Int32, Of(1).OutputShape);
        Assert.That(taps.Streams(one.Pointer, (long)one.Length * sizeof(int)), Is.False);
        for (var image = 0; image < Images; image++)
        {
            var first = image * one.Length;
            host.Convolve(host.With(ElementType.Int8, Of(1).InputShape, pixels[first..(first + one.Length)]), w, Of(1), one);
            Assert.That(all.Span.Slice(first, one.Length).SequenceEqual(one.Span), $"image {image}");
        }
    }
}
