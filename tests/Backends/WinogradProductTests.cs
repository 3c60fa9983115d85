using Wage.Backends;
using Wage.Backends.Host;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Backends;

/// <summary>Convolutions of 3x3 taps, which AVX2 makes of 16 products for each tile of four outputs, at the ends of int32.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class WinogradProductTests
{
    /// <summary>The greatest partial sum: 16 of a line, 16 times that of a tile, codes of -128, the greatest weight, every channel.</summary>
    [TestCase(511, -128, true), TestCase(512, -128, false), TestCase(512, -127, true), TestCase(516, -127, true), TestCase(517, -127, false)]
    public void ChannelsAreTakenAsLongAsInt32HoldsTheirSums(int channels, int least, bool fits)
    {
        var weights = new sbyte[1000];
        Array.Fill(weights, (sbyte)127);
        weights[^1] = (sbyte)least;
        Assert.That(WinogradProduct.Fits(channels, weights), Is.EqualTo(fits));
        Assert.That(16L * 16 * 128 * -least * channels <= int.MaxValue, Is.EqualTo(fits));
    }

    /// <summary>
    /// Images and filters of one pattern in all 512 channels, so that sums of places grow as far as they can. With weights of -128 so many channels
    /// are multiplied directly.
    /// </summary>
    [Test]
    public void The512thChannelFitsWhereNoWeightIsTheLeast([Values(-127, -128)] int least, [Values] bool isError)
    {
        const int Channels = 512, Filters = 32;
        using var host = new HostBackend(2);
        var g = new ConvGeometry(8, 4, 4, isError ? Filters : Channels, isError ? Channels : Filters, 3, 3, 1, Padding.Same(4, 4, 3, 3, 1));
        var draw = new Draw(least == -127 ? 3UL : 4UL);
        long[] pixels = draw.Many(8 * 16, 0, 1), taps = draw.Many(Filters * 9, 0, 1);
        long X(int at) => pixels[at] == 0 ? -128 : 127;
        long W(int filter, int tap) => taps[(filter * 9) + tap] == 0 ? least : 127;
        var images = new Shape(8, 4, 4, Channels);
        var data = host.With(ElementType.Int8, images, [.. Enumerable.Range(0, images.Length).Select(i => X(i / Channels))]);
        var shape = g.WeightShape;
        var weights = host.With(ElementType.Int8, shape, [.. Enumerable.Range(0, shape.Length).Select(i =>
            isError ? W(i % Filters, 8 - (i / Filters % 9)) : W(i / (9 * Channels), i / Channels % 9))]);
        var sums = host.Allocate(ElementType.Int32, new Shape(8, 4, 4, Filters));
        if (isError) host.ConvolveError(data, weights, g, sums);
        else host.Convolve(data, weights, g, sums);
        var expected = Enumerable.Range(0, 8 * 16 * Filters).Select(i => Sum(i / (16 * Filters), i / Filters % 16, i % Filters));
        Assert.That(host.Values(sums), Is.EqualTo(expected));

        long Sum(int image, int place, int filter)
        {
            var sum = 0L;
            for (var tap = 0; tap < 9; tap++)
            {
                var (y, x) = ((place / 4) + (tap / 3) - 1, (place % 4) + (tap % 3) - 1);
                if (y is >= 0 and < 4 && x is >= 0 and < 4) sum += X((image * 16) + (4 * y) + x) * W(filter, tap);
            }

            return sum * Channels;
        }
    }
}
