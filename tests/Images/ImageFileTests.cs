using Wage.Data;
using Wage.Images;
using Wage.Tests.Data;

namespace Wage.Tests.Images;

[Parallelizable]
public sealed class ImageFileTests
{
    private static readonly byte[] Colors = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 200, 100, 50, 255, 255, 255];

    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void AFileWithoutLossIsReadAsItWasWritten([Values("png", "bmp", "gif")] string format)
    {
        var path = scratch.Write("a.png", PictureFiles.File(format, Colors, 2, 3));
        Assert.That(ImageFile.Read(path, new ImagePreparation(2, 3, 3)), Is.EqualTo(Colors), "known by its first bytes, not by its name");
    }

    [Test]
    public void APhotographIsReadNearlyAsItWasWritten()
    {
        var gray = Enumerable.Range(0, 64).SelectMany(i => Enumerable.Repeat((byte)(i * 3), 3)).ToArray();
        var read = ImageFile.Read(scratch.Write("a.jpg", PictureFiles.File("jpg", gray, 8, 8)), new ImagePreparation(8, 8, 1));
        for (var i = 0; i < read.Length; i++) Assert.That((int)read[i], Is.EqualTo(i * 3).Within(8));
    }

    [Test]
    public void AFileIsPreparedAsTheDataSetWas()
    {
        var path = scratch.Write("a.png", PictureFiles.File("png", Colors, 2, 3));
        var (preparation, expected) = (new ImagePreparation(1, 2, 1), new byte[2]);
        preparation.Apply(Colors, 2, 3, 3, expected);
        Assert.That(ImageFile.Read(path, preparation), Is.EqualTo(expected));
    }

    [Test]
    public void AFileCutAnywhereIsRefusedByName([Values("png", "jpg", "bmp", "gif")] string format)
    {
        var whole = PictureFiles.File(format, Colors, 2, 3);
        var end = format == "gif" ? whole.Length - 1 : whole.Length;
        for (var length = 0; length < end; length++)
        {
            var path = scratch.Write("cut", whole[..length]);
            Assert.That(Scratch.Refusal(() => ImageFile.Read(path, new ImagePreparation(2, 3, 3))), Does.StartWith($"{path}: "), $"{length} bytes");
        }
    }

    [Test]
    public void ADamagedPngIsRefused()
    {
        var whole = PictureFiles.File("png", Colors, 2, 3);
        for (var at = 0; at < whole.Length; at++)
        {
            var bad = whole.ToArray();
            bad[at] ^= 4;
            var path = scratch.Write("bad.png", bad);
            Assert.That(Scratch.Refusal(() => ImageFile.Read(path, new ImagePreparation(2, 3, 3))), Does.StartWith($"{path}: "), $"byte {at}");
        }
    }

    [Test]
    public void AHugeSizeIsRefusedWithoutMemoryForIt()
    {
        var gif = PictureFiles.File("gif", Colors, 2, 3);
        (gif[6], gif[7], gif[8], gif[9]) = (255, 255, 255, 255);
        var path = scratch.Write("huge.gif", gif);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(
            Scratch.Refusal(() => ImageFile.Read(path, new ImagePreparation(2, 3, 3))), Does.StartWith($"{path}: claims 65535x65535 pixels, which "));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 << 20));
        path = scratch.Write("large.gif", [.. gif, .. new byte[1 << 20]]);
        Assert.That(Scratch.Refusal(() => ImageFile.Read(path, new ImagePreparation(2, 3, 3))), Does.Contain("at most 67108864"));
    }

    [TestCase(1 << 14, 1 << 14, 1 << 10, "cannot become an image of 1024 channels")]
    [TestCase(1 << 15, 1 << 15, 3, "have more than 1073741824 bytes (1 GiB)")]
    [TestCase(1 << 16, 1 << 16, 1, "have more than 1073741824 bytes (1 GiB)")]
    [TestCase(0, 3, 1, "both must be at least 1")]
    public void AnImpossiblePreparationIsRefusedBeforeAnythingIsRead(int height, int width, int channels, string reason)
    {
        var path = scratch.Path("none.png");
        var preparation = new ImagePreparation(height, width, channels);
        Assert.That(Scratch.Refusal(() => ImageFile.Read(path, preparation)), Does.StartWith($"{path}: ").And.Contain(reason));
        Assert.That(Scratch.Refusal(() => ImageFile.Read(path, [1], preparation)), Does.StartWith($"{path}: ").And.Contain(reason));
    }

    [TestCase("hello, I am a text"), TestCase("<svg xmlns='http://www.w3.org/2000/svg'/>"), TestCase("II*\0 a TIFF"), TestCase("RIFF....WEBP")]
    public void WhatIsNoPictureIsRefused(string text)
    {
        var path = scratch.Write("a.png", System.Text.Encoding.ASCII.GetBytes(text));
        Assert.That(
            Scratch.Refusal(() => ImageFile.Read(path, new ImagePreparation(2, 3, 3))), Does.StartWith($"{path}: is no PNG, JPEG, BMP or GIF"));
    }
}
