using Wage.Backends;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Backends;

/// <summary>A 1x1 product that copies channels, beside products that almost do.</summary>
[Parallelizable]
public sealed class SubsamplingTests
{
    [Test]
    public void AProductThatCopiesGivesTheReferenceIntegers(
        [Values(1, 2, 3)] int stride, [Values(1, 5, 16)] int channels, [Values(3, 16, 21)] int filters,
        [Values("a copy", "another channel", "twice", "a start", "a great start", "a start where it copies")] string kind)
    {
        using var reference = new ReferenceBackend();
        using var host = new HostBackend(2);
        var g = new ConvGeometry(3, 5, 7, channels, filters, 1, 1, stride, Padding.None);
        Assert.That(Run(host, g, kind), Is.EqualTo(Run(reference, g, kind)));
    }

    private static long[][] Run(IBackend b, in ConvGeometry g, string kind)
    {
        var (draw, weights, start, channels) = (new Draw(3), new long[g.WeightLength], new long[g.Filters], g.Channels);
        for (var i = 0; i < Math.Min(g.Filters, g.Channels); i++) weights[(i * g.Channels) + i] = 1;
        if (kind == "another channel") weights[^1] = 1;
        if (kind == "twice") weights[0] = 2;
        for (var f = 0; f < g.Filters && kind.Contains("start"); f++) start[f] = f < channels ? 0 : kind == "a great start" ? 300 : -128;
        if (kind == "a start where it copies") start[0] = 1;
        var (most, small) = (kind is "a copy" or "a start" ? 127 : 31, b.With(ElementType.Int8, g.WeightShape, weights));
        var x = b.With(ElementType.Int8, g.InputShape, draw.Adversarial((int)g.InputLength, most));
        var e = b.With(ElementType.Int8, g.OutputShape, draw.Adversarial((int)g.OutputLength, most));
        var (y, delta) = (b.Allocate(ElementType.Int8, g.OutputShape), b.Allocate(ElementType.Int8, g.InputShape));
        if (kind == "a great start") y = b.Allocate(ElementType.Int16, g.OutputShape);
        var added = kind.Contains("start") ? b.With(ElementType.Int32, start) : null;
        b.Convolve(x, small, g, ElementType.Int32, null, default(RawStage), new StageTensors(y) { Start = added });
        b.ConvolveError(e, small, g, ElementType.Int32, default(RawStage), new StageTensors(delta));
        return [b.Values(y), b.Values(delta)];
    }
}
