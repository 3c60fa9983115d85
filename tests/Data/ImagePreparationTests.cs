using System.Numerics;
using Wage.Data;

namespace Wage.Tests.Data;

[Parallelizable]
public sealed class ImagePreparationTests
{
    [Test]
    public void AnImageOfTheRightShapeStaysAsItIs()
    {
        var image = Scratch.Ramp(24);
        Assert.That(Prepared(new ImagePreparation(4, 2, 3), image, 4, 2, 3), Is.EqualTo(image));
    }

    [Test]
    public void AFourthOfAnImageIsTheMeanOfFourPixelsRoundedHalfUp() => Assert.That(
        Prepared(new ImagePreparation(1, 2, 1), [0, 1, 10, 20, 1, 0, 30, 41], 2, 4, 1), Is.EqualTo(new byte[] { 1, 25 }));

    [Test]
    public void TwiceAnImageRepeatsItsPixels() => Assert.That(
        Prepared(new ImagePreparation(2, 4, 1), [7, 200], 1, 2, 1), Is.EqualTo(new byte[] { 7, 7, 200, 200, 7, 7, 200, 200 }));

    [Test]
    public void CropTakesTheMiddleAndPadKeepsAllAndStretchPullsIt()
    {
        byte[] wide = [1, 2, 3, 4, 5, 6];
        Assert.That(Prepared(new ImagePreparation(1, 2, 1, ImageFit.Crop), wide, 1, 6, 1), Is.EqualTo(new byte[] { 3, 4 }));
        Assert.That(Prepared(new ImagePreparation(1, 3, 1, ImageFit.Stretch), wide, 1, 6, 1), Is.EqualTo(new byte[] { 2, 4, 6 }));
        Assert.That(
            Prepared(new ImagePreparation(3, 3, 1, ImageFit.Pad), [2, 2, 4, 4, 6, 6], 1, 6, 1), Is.EqualTo(new byte[] { 0, 0, 0, 2, 4, 6, 0, 0, 0 }));
    }

    [Test]
    public void GrayIsAWeightedMeanAndColorRepeatsIt()
    {
        Assert.That(
            Prepared(new ImagePreparation(1, 3, 1), [255, 0, 0, 0, 255, 0, 255, 255, 255], 1, 3, 3), Is.EqualTo(new byte[] { 77, 149, 255 }));
        Assert.That(Prepared(new ImagePreparation(1, 1, 3), [9], 1, 1, 1), Is.EqualTo(new byte[] { 9, 9, 9 }));
        Assert.That(Scratch.Refusal(() => Prepared(new ImagePreparation(1, 1, 3), [9, 9], 1, 1, 2)), Does.Contain("has 2 bytes a pixel"));
    }

    /// <summary>The formula as it is written, with exact fractions: every pixel of the grid of S times D parts for itself.</summary>
    [Test]
    public void EverySizeIsTheMeanOverAreasToTheLastBit()
    {
        var random = new Random(7);
        for (var (tries, most) = (0, 9); tries < 200; tries++)
        {
            int height = random.Next(1, most), width = random.Next(1, most), high = random.Next(1, most), wide = random.Next(1, most);
            var image = new byte[height * width];
            random.NextBytes(image);
            var given = Prepared(new ImagePreparation(high, wide, 1, ImageFit.Stretch), image, height, width, 1);
            for (var i = 0; i < high; i++)
            {
                for (var j = 0; j < wide; j++)
                {
                    var sum = BigInteger.Zero;
                    for (var y = i * height; y < (i + 1) * height; y++)
                    {
                        for (var x = j * width; x < (j + 1) * width; x++) sum += image[(y / high * width) + (x / wide)];
                    }

                    var mean = ((2 * sum) + (height * width)) / (2 * height * width);
                    Assert.That((int)given[(i * wide) + j], Is.EqualTo((int)mean), $"{height}x{width} -> {high}x{wide}");
                }
            }
        }
    }

    [Test]
    public void ASetIsPreparedImageByImage()
    {
        var set = new ImageSet(Scratch.Ramp(32), [1, 0], 4, 4, 1);
        var preparation = new ImagePreparation(2, 2, 3);
        var prepared = preparation.Apply(set);
        Assert.That(prepared.Pixels[12..], Is.EqualTo(Prepared(preparation, Scratch.Ramp(32)[16..], 4, 4, 1)));
        Assert.That(new ImagePreparation(4, 4, 1).Apply(set), Is.SameAs(set));
    }

    private static byte[] Prepared(ImagePreparation preparation, byte[] image, int height, int width, int channels)
    {
        var pixels = new byte[preparation.Height * preparation.Width * preparation.Channels];
        preparation.Apply(image, height, width, channels, pixels);
        return pixels;
    }
}
