using Wage.Data;
using Wage.Images;
using Wage.Tests.Data;

namespace Wage.Tests.Images;

[Parallelizable]
public sealed class ImageFolderTests
{
    private static readonly DatasetOptions Plain = new();

    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void AFolderForEachClassIsADataSetThatIsSplitBySeed()
    {
        PictureFiles.WriteDigits(scratch, "own", 20);
        var data = ImageFolder.Load(scratch.Path("own"), Plain);
        Assert.That(data.ClassNames, Is.EqualTo(PictureFiles.DigitNames), "in ordinal order");
        Assert.That((data.Train.Count, data.Test.Count, data.Train.Height, data.Train.Width, data.Train.Channels), Is.EqualTo((64, 16, 20, 14, 1)));
        Assert.That(data.Test.Labels.CountBy(label => label).Select(count => count.Value), Is.All.EqualTo(4));
        var again = ImageFolder.Load(scratch.Path("own"), Plain);
        Assert.That(again.Train.Pixels, Is.EqualTo(data.Train.Pixels));
        Assert.That(ImageFolder.Load(scratch.Path("own"), Plain with { SplitSeed = 3 }).Test.Pixels, Is.Not.EqualTo(data.Test.Pixels));
    }

    [Test]
    public void FoldersTrainAndTestAndValidationAreTheParts()
    {
        foreach (var (part, shade) in new[] { ("train", 10), ("test", 20), ("val", 30) })
        {
            Write($"own/{part}/b/1.png", (byte)shade);
            Write($"own/{part}/b/10.PNG", (byte)(shade + 1));
            Write($"own/{part}/a/2.png", (byte)(shade + 2));
        }

        scratch.Write("own/train/a/.DS_Store", [1]);
        scratch.Write("own/train/a/Thumbs.db", [1]);
        var data = ImageFolder.Load(scratch.Path("own"), Plain);
        Assert.That(data.Train.Pixels, Is.EqualTo(new byte[] { 12, 10, 11 }), "classes and names in ordinal order");
        Assert.That(data.Test.Pixels, Is.EqualTo(new byte[] { 22, 20, 21 }));
        Assert.That(data.Validation!.Labels, Is.EqualTo(new byte[] { 0, 1, 1 }));
    }

    [Test]
    public void ColorIsKeptWhereOnePictureHasIt()
    {
        Write("own/a/1.png", 7);
        scratch.Write("own/b/1.png", PictureFiles.File("png", [1, 2, 3], 1, 1));
        var options = Plain with { Test = new Portion(1) };
        Assert.That(ImageFolder.Load(scratch.Path("own"), options).Train.Channels, Is.EqualTo(3));
        Assert.That(ImageFolder.Load(scratch.Path("own"), options with { Channels = 1 }).Train.Channels, Is.EqualTo(1));
    }

    [Test]
    public void PicturesOfTwoSizesNeedASize()
    {
        Write("own/a/1.png", 7);
        scratch.Write("own/b/1.png", PictureFiles.File("png", new byte[18], 2, 3));
        Assert.That(
            Scratch.Refusal(() => ImageFolder.Load(scratch.Path("own"), Plain)),
            Does.StartWith($"{scratch.Path("own/b/1.png")}: has 2x3 pixels").And.Contain("1x1").And.Contain("HINT: set DatasetOptions.Size"));
        var data = ImageFolder.Load(scratch.Path("own"), Plain with { Size = (2, 2), Test = new Portion(1) });
        Assert.That((data.Train.Height, data.Train.Width), Is.EqualTo((2, 2)));
    }

    [Test]
    public void OfSeveralBadFilesTheFirstIsNamedEveryTime()
    {
        for (var i = 0; i < 20; i++) Write($"own/a/{i:00}.png", 1);
        for (var i = 0; i < 20; i++) scratch.Write($"own/b/{i:00}.png", i >= 3 ? [1, 2, 3] : PictureFiles.File("png", [1, 1, 1], 1, 1));
        for (var tries = 0; tries < 10; tries++)
            Assert.That(
                Scratch.Refusal(() => ImageFolder.Load(scratch.Path("own"), Plain)), Does.StartWith($"{scratch.Path("own/b/03.png")}: is no PNG"));
    }

    [Test]
    public void WhatIsNoPictureOfAClassIsRefusedByName()
    {
        Write("own/a/1.png", 7);
        Write("own/b/1.png", 8);
        foreach (var stranger in new[] { "own/b/readme.txt", "own/b/c.webp", "own/b/deeper/1.png" })
        {
            var path = scratch.Write(stranger, [1]);
            Assert.That(Scratch.Refusal(() => ImageFolder.Load(scratch.Path("own"), Plain)), Does.Contain("is no picture by its name"), stranger);
            File.Delete(path);
            if (stranger.Contains("deeper", StringComparison.Ordinal)) Directory.Delete(scratch.Path("own/b/deeper"));
        }

        Directory.CreateDirectory(scratch.Path("own/c"));
        Assert.That(Scratch.Refusal(() => ImageFolder.Load(scratch.Path("own"), Plain)), Does.Contain("c: holds no picture"));
    }

    [Test]
    public void OneClassAndAStrangeTestClassAreRefused()
    {
        Write("one/a/1.png", 7);
        Assert.That(Scratch.Refusal(() => ImageFolder.Load(scratch.Path("one"), Plain)), Does.Contain("has 1 folders of classes"));
        Write("own/train/a/1.png", 7);
        Write("own/train/b/1.png", 7);
        Write("own/test/z/1.png", 7);
        Assert.That(
            Scratch.Refusal(() => ImageFolder.Load(scratch.Path("own"), Plain)), Does.Contain("z: is a class that the training images do not have"));
    }

    [TestCase("train", "training"), TestCase("test", "testing"), TestCase("val", "valid"), TestCase("valid", "validation")]
    public void TwoFoldersOfOnePartAreRefused(string one, string other)
    {
        foreach (var part in new[] { "train", one, other })
        {
            Write($"own/{part}/a/1.png", 7);
            Write($"own/{part}/b/1.png", 8);
        }

        Assert.That(
            Scratch.Refusal(() => ImageFolder.Load(scratch.Path("own"), Plain)),
            Does.StartWith($"{scratch.Path("own")}: has {one} and {other}, which both name the same part"));
    }

    [Test]
    public void PicturesThatAreDecodedAtATimeStayWithinABudget([Values(1, 2)] int pictures)
    {
        var path = scratch.Write("a.png", PictureFiles.File("png", new byte[3 * 64 * 64], 64, 64));
        var each = ImageFile.Open(path).Memory;
        Assert.That(each, Is.GreaterThan(11 * 64 * 64), "stored and upright pixels of 4 bytes, and their colors");
        var budget = new MemoryBudget(pictures * each);
        var set = new PictureReader([.. Enumerable.Repeat((path, (byte)0), 40)], Plain, budget).Read();
        Assert.That(set.Count, Is.EqualTo(40));
        Assert.That(budget.Greatest, Is.InRange(each, pictures * each));
    }

    private void Write(string name, byte shade) => scratch.Write(name, PictureFiles.File("png", [shade, shade, shade], 1, 1));
}
