using Wage.Data;

namespace Wage.Tests.Data;

[Parallelizable]
public sealed class CifarFileTests
{
    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void PlanesBecomeInterleavedPixels()
    {
        var set = CifarFile.Read([scratch.Write("a", Records(1, 3, 9)), scratch.Write("b", Records(1, 0))], 10);
        Assert.That(set.Labels, Is.EqualTo(new byte[] { 3, 9, 0 }));
        Assert.That((set.Height, set.Width, set.Channels), Is.EqualTo((32, 32, 3)));
        for (var image = 0; image < 3; image++)
        {
            for (var p = 0; p < 1024; p++)
            {
                for (var c = 0; c < 3; c++)
                    Assert.That(set.Pixels[(((image * 1024) + p) * 3) + c], Is.EqualTo(Pixel(set.Labels[image], (c * 1024) + p)));
            }
        }
    }

    [Test]
    public void OfTwoLabelsTheFineOneIsKept() =>
        Assert.That(CifarFile.Read([scratch.Write("a", Records(2, 99, 7))], 100).Labels, Is.EqualTo(new byte[] { 99, 7 }));

    [Test]
    public void AFileCutInsideARecordIsRefusedByName([Values(1, 3072, 3074, 6145)] int length)
    {
        var path = scratch.Write("batch", Records(1, 1, 2)[..length]);
        Assert.That(
            Scratch.Refusal(() => CifarFile.Read([path], 10)),
            Does.StartWith($"{path}: has {length} bytes, but must be whole records of 3073"));
    }

    [Test]
    public void AnEmptyFileIsRefused()
    {
        var path = scratch.Write("batch", []);
        Assert.That(Scratch.Refusal(() => CifarFile.Read([path], 10)), Does.StartWith($"{path}: is empty (0 bytes)"));
    }

    [Test]
    public void ALabelOutOfRangeIsRefusedByPosition()
    {
        var path = scratch.Write("batch", Records(1, 1, 10));
        Assert.That(Scratch.Refusal(() => CifarFile.Read([path], 10)), Is.EqualTo($"{path}: label 1 is 10, but labels must be below 10."));
    }

    [Test]
    public void ACoarseLabelOutOfRangeIsRefusedByPosition()
    {
        var records = Records(2, 1, 2);
        records[3074] = 20;
        var path = scratch.Write("train", records);
        Assert.That(
            Scratch.Refusal(() => CifarFile.Read([path], 100)), Is.EqualTo($"{path}: coarse label 1 is 20, but coarse labels must be below 20."));
    }

    [Test]
    public void FilesOfTheFormatHaveAnySizeAndNumberOfClasses()
    {
        var set = CifarFile.Read([scratch.Write("a", [200, .. Scratch.Ramp(18), 7, .. Scratch.Ramp(18)])], 201, hasCoarse: false, 2, 3);
        Assert.That((set.Height, set.Width, set.Channels, set.Count), Is.EqualTo((2, 3, 3, 2)));
        Assert.That(set.Labels, Is.EqualTo(new byte[] { 200, 7 }));
        Assert.That(set.Pixels[..6], Is.EqualTo(new byte[] { 0, 6, 12, 1, 7, 13 }));
    }

    [Test]
    public void TheOtherCifarIsRefused()
    {
        var path = scratch.Write("train", Records(2, 1, 2));
        Assert.That(Scratch.Refusal(() => CifarFile.Read([path], 10)), Does.Contain("2 are left over"));
    }

    [Test]
    public void MoreThanAGigabyteIsRefusedBeforeItIsRead()
    {
        var path = scratch.Path("batch");
        using (var sparse = File.Create(path)) sparse.SetLength(3073L * 349_526);
        Assert.That(Scratch.Refusal(() => CifarFile.Read([path], 10)), Does.Contain("brings the pixels to 1073743872 bytes"));
    }

    internal static byte[] Records(int labelSize, params byte[] labels)
    {
        var bytes = new List<byte>();
        foreach (var label in labels)
        {
            if (labelSize == 2) bytes.Add(19);
            bytes.Add(label);
            for (var i = 0; i < 3072; i++) bytes.Add(Pixel(label, i));
        }

        return [.. bytes];
    }

    private static byte Pixel(int label, int i) => (byte)((label * 37) + (i * 7) + (i >> 10));
}
