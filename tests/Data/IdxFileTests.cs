using Wage.Data;

namespace Wage.Tests.Data;

[Parallelizable]
public sealed class IdxFileTests
{
    private const uint Images = 0x803, Labels = 0x801;

    /// <summary>What `gzip` makes of nothing: a header, the last block, which is empty, and the checksum and length 0.</summary>
    private static readonly byte[] EmptyMember = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly byte[] images = Scratch.Idx(Images, [3, 2, 4], Scratch.Ramp(24));
    private readonly byte[] labels = Scratch.Idx(Labels, [3], [2, 0, 9]);
    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void PlainAndGzipFilesGiveTheSameImages([Values] bool packImages, [Values] bool packLabels)
    {
        var set = IdxFile.Read(
            scratch.Write("i", packImages ? Scratch.Gzip(images) : images),
            scratch.Write("l", packLabels ? Scratch.Gzip(labels) : labels),
            10);
        Assert.That(set.Pixels, Is.EqualTo(Scratch.Ramp(24)));
        Assert.That(set.Labels, Is.EqualTo(new byte[] { 2, 0, 9 }));
        Assert.That((set.Count, set.Height, set.Width, set.Channels), Is.EqualTo((3, 2, 4, 1)));
    }

    [Test]
    public void AFileCutAnywhereIsRefusedByName([Values] bool packed)
    {
        var whole = packed ? Scratch.Gzip(images) : images;
        for (var length = 0; length < whole.Length; length++)
        {
            var message = RefusedImages(whole[..length]);
            Assert.That(message, Does.Contain("images-file"), $"{length} bytes");
            Assert.That(
                message,
                Does.Contain("truncated").Or.Contain("is empty (0 bytes)").Or.Contain("begins with").Or.Contain("damaged"));
        }
    }

    [Test]
    public void AnEmptyFileIsRefused() => Assert.That(RefusedImages([]), Does.Contain("images-file: is empty (0 bytes)"));

    [Test]
    public void AMissingFileIsRefusedByName() =>
        Assert.That(
            Scratch.Refusal(() => IdxFile.Read(scratch.Path("none"), scratch.Path("none"), 10)),
            Does.EndWith("none: there is no such file."));

    [TestCase(0x801u), TestCase(0x03080000u), TestCase(0xD03u), TestCase(0u)]
    public void AnotherMagicIsRefused(uint magic)
    {
        var message = RefusedImages(Scratch.Idx(magic, [3, 2, 4], Scratch.Ramp(24)));
        Assert.That(message, Does.EndWith($"begins with 0x{magic:X8}, but an IDX file of images begins with 0x00000803."));
    }

    [Test]
    public void ImagesInPlaceOfLabelsAreRefused() => Assert.That(RefusedLabels(images), Does.Contain("0x00000801"));

    [Test]
    public void AsManyLabelsAsImagesAreNeeded() =>
        Assert.That(RefusedLabels(Scratch.Idx(Labels, [2], [1, 2])), Does.Contain("holds 2 labels, but").And.Contain("holds 3 images"));

    [Test]
    public void ALabelOutOfRangeIsRefusedByPosition() =>
        Assert.That(RefusedLabels(Scratch.Idx(Labels, [3], [1, 10, 2])), Does.EndWith("label 1 is 10, but labels must be below 10."));

    [Test]
    public void ExtentsWhoseProductOverflowsAreRefused()
    {
        // 2^32 + 24 bytes: a product taken in 32 bits would be the 24 that are there.
        Assert.That(
            RefusedImages(Scratch.Idx(Images, [0x8000_000C, 2, 1], Scratch.Ramp(24))),
            Does.Contain("[2147483660,2,1], 4294967320 bytes"));
        Assert.That(
            RefusedImages(Scratch.Idx(Images, [uint.MaxValue, uint.MaxValue, uint.MaxValue], [])),
            Does.Contain("(1 GiB) are read"));
    }

    [Test]
    public void AnExtentOfZeroIsRefused([Values(0, 1, 2)] int which)
    {
        uint[] extents = [3, 2, 4];
        extents[which] = 0;
        Assert.That(RefusedImages(Scratch.Idx(Images, extents, [])), Does.EndWith("each extent must be at least 1."));
    }

    [Test]
    public void TrailingBytesAreRefused([Values] bool packed)
    {
        byte[] more = [.. images, 0];
        Assert.That(
            RefusedImages(packed ? Scratch.Gzip(more) : more),
            Does.EndWith("goes on after the 24 bytes of data that its header declares."));
    }

    [Test]
    public void AFlippedByteInAGzipStreamIsRefused()
    {
        var packed = Scratch.Gzip(images);
        packed[^6] ^= 1;
        Assert.That(RefusedImages(packed), Does.Contain("its gzip stream is damaged or truncated."));
    }

    [Test]
    public void SeveralGzipMembersAreOneContentAndZerosBehindThemAreNothing(
        [Values(1, 2, 5)] int members, [Values(0, 1, 513)] int zeros, [Values] bool hasEmptyMembers)
    {
        byte[] nothing = hasEmptyMembers ? EmptyMember : [];
        var pieces = images.Chunk((images.Length + members - 1) / members)
            .SelectMany(piece => (byte[])[.. nothing, .. Scratch.Gzip(piece), .. nothing]);
        var set = IdxFile.Read(scratch.Write("i", [.. pieces, .. new byte[zeros]]), scratch.Write("l", labels), 10);
        Assert.That(set.Pixels, Is.EqualTo(Scratch.Ramp(24)));
    }

    [Test]
    public void SeveralMembersOfLargeContentAreRead()
    {
        var noise = new byte[300_000];
        new Random(1).NextBytes(noise);
        var whole = Scratch.Idx(Images, [3, 250, 400], noise);
        var packed = whole.Chunk(70_001).SelectMany(Scratch.Gzip).ToArray();
        Assert.That(IdxFile.Read(scratch.Write("i", packed), scratch.Write("l", labels), 10).Pixels, Is.EqualTo(noise));
    }

    [Test]
    public void SeveralMembersCutAnywhereAreRefused()
    {
        byte[] packed = [.. Scratch.Gzip(images[..20]), .. Scratch.Gzip(images[20..])];
        for (var length = 1; length < packed.Length; length++)
            Assert.That(RefusedImages(packed[..length]), Does.Contain("truncated").Or.Contain("begins with"), $"{length} bytes");
    }

    [Test]
    public void OtherBytesBehindAGzipStreamAreRefused() =>
        Assert.That(RefusedImages([.. Scratch.Gzip(images), 0, 0, 1]), Does.Contain("its gzip stream is damaged or truncated."));

    [Test]
    public void LabelsOfQmnistAreTheFirstColumnOfInt32()
    {
        byte[] table = [0, 0, 0, 2, 1, 2, 3, 4, 0, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 9, 0, 0, 0, 1];
        var set = IdxFile.Read(scratch.Write("i", images), scratch.Write("l", Scratch.Idx(0xC02, [3, 2], table)), 10);
        Assert.That(set.Labels, Is.EqualTo(new byte[] { 2, 0, 9 }));
        Assert.That(
            RefusedLabels(Scratch.Idx(0xC01, [3], [0, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 9])),
            Does.EndWith("label 1 is 256, but labels must be from 0 to 255."));
        Assert.That(RefusedLabels(Scratch.Idx(0xC02, [3, 65], new byte[780])), Does.Contain("at most 64 columns"));
    }

    [Test]
    public void LettersBeginWithOne()
    {
        var set = IdxFile.Read(scratch.Write("i", images), scratch.Write("l", Scratch.Idx(Labels, [3], [1, 26, 3])), 26, firstLabel: 1);
        Assert.That(set.Labels, Is.EqualTo(new byte[] { 0, 25, 2 }));
        Assert.That(
            Scratch.Refusal(() => IdxFile.Read(scratch.Path("i"), scratch.Write("l", labels), 26, firstLabel: 1)),
            Does.EndWith("label 1 is 0, but labels begin with 1."));
    }

    [Test]
    public void ImagesOfFourDimensionsHaveChannels()
    {
        var set = IdxFile.Read(scratch.Write("i", Scratch.Idx(0x804, [3, 2, 2, 3], Scratch.Ramp(36))), scratch.Write("l", labels), 10);
        Assert.That((set.Height, set.Width, set.Channels), Is.EqualTo((2, 2, 3)));
    }

    [Test]
    public void AGzipBombIsReadOnlyToTheDeclaredSize()
    {
        var bomb = Scratch.Gzip(Scratch.Idx(Images, [3, 2, 4], new byte[64 << 20]));
        var path = scratch.Write("images-file", bomb);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(RefusedImages(path), Does.Contain("goes on after the 24 bytes"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 << 20));
    }

    [Test]
    public void NoMemoryIsTakenForASizeThatTheFileCannotHold([Values] bool packed)
    {
        var liar = Scratch.Idx(Images, [1 << 20, 1 << 5, 1 << 5], Scratch.Ramp(100));
        var path = scratch.Write("images-file", packed ? Scratch.Gzip(liar) : liar);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(RefusedImages(path), Does.Contain("its header declares 1073741824 bytes of data, but"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 << 20));
    }

    private string RefusedImages(byte[] bytes) => RefusedImages(scratch.Write("images-file", bytes));

    private string RefusedImages(string path)
    {
        var labelsPath = scratch.Write("labels-file", labels);
        return Scratch.Refusal(() => IdxFile.Read(path, labelsPath, 10));
    }

    private string RefusedLabels(byte[] bytes)
    {
        var (imagesPath, labelsPath) = (scratch.Write("images-file", images), scratch.Write("labels-file", bytes));
        var message = Scratch.Refusal(() => IdxFile.Read(imagesPath, labelsPath, 10));
        Assert.That(message, Does.StartWith(labelsPath));
        return message;
    }
}
