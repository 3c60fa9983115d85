using System.Buffers.Binary;
using System.IO.Compression;
using Wage.Data;

namespace Wage.Tests.Data;

/// <summary>The golden files were written by scipy.io.savemat (1.10.1): pixel (row, column, channel, image) = (71 image + 5 row + 3 column + 11
/// channel) mod 256,
/// labels 10, 1, 9.</summary>
[Parallelizable]
public sealed class MatFileTests
{
    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [TestCase("svhn-compressed.mat"), TestCase("svhn-plain.mat")]
    public void FilesOfScipyAreReadAsTheirFormula(string name)
    {
        var set = SvhnFile.Read(Golden(name));
        Assert.That((set.Count, set.Height, set.Width, set.Channels), Is.EqualTo((3, 32, 32, 3)));
        Assert.That(set.Labels, Is.EqualTo(new byte[] { 0, 1, 9 }), "10 stands for the digit 0");
        for (var i = 0; i < set.Pixels.Length; i++)
        {
            var (image, row, column, channel) = (i / 3072, i / 96 % 32, i / 3 % 32, i % 3);
            Assert.That(set.Pixels[i], Is.EqualTo((byte)((71 * image) + (5 * row) + (3 * column) + (11 * channel))), $"pixel {i}");
        }
    }

    [Test]
    public void TheDataSetIsReadByName()
    {
        foreach (var split in new[] { "train", "test" }) scratch.Write($"svhn/{split}_32x32.mat", File.ReadAllBytes(Golden("svhn-compressed.mat")));
        var data = DatasetCatalog.Load("svhn", scratch.Folder);
        Assert.That((data.Train.Count, data.Test.Count, data.Classes), Is.EqualTo((3, 3, 10)));
    }

    [Test]
    public void AMissingFolderSaysWhichFilesBelongThere() =>
        Assert.That(Scratch.Refusal(() => DatasetCatalog.Load("svhn", scratch.Folder)), Does.Contain("put train_32x32.mat and test_32x32.mat"));

    [Test]
    public void LabelsStoredAsDoublesAreRefusedByClass() =>
        Assert.That(Scratch.Refusal(() => SvhnFile.Read(Golden("svhn-double.mat"))), Does.Contain("the array 'y' has MATLAB class 6")
            .And.Contain("must be uint8"));

    [TestCase("svhn-compressed.mat"), TestCase("svhn-plain.mat")]
    public void AFileCutAnywhereIsRefusedInOneLine(string name)
    {
        var whole = File.ReadAllBytes(Golden(name));
        for (var length = 1; length < whole.Length; length += 1 + (whole.Length / 60))
        {
            var path = scratch.Write("cut.mat", whole[..length]);
            Assert.That(Scratch.Refusal(() => SvhnFile.Read(path)), Does.StartWith(path), $"{length} bytes");
        }
    }

    [Test]
    public void NoDamageOfAByteEndsInAnythingButImagesOrARefusal([Values("svhn-compressed.mat", "svhn-plain.mat")] string name)
    {
        var whole = File.ReadAllBytes(Golden(name));
        var random = new Random(7);
        var refused = 0;
        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[i < 150 ? random.Next(128, Math.Min(400, whole.Length)) : random.Next(128, whole.Length)] ^= (byte)(1 << random.Next(8));
            var path = scratch.Write("damaged.mat", damaged);
            try
            {
                Assert.That(SvhnFile.Read(path).Count, Is.EqualTo(3));
            }
            catch (WageException error)
            {
                Assert.That(error.Message, Does.StartWith(path).And.Not.Contain("\n"));
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(name == "svhn-plain.mat" ? 20 : 250), "a compressed array has a checksum");
    }

    [Test]
    public void ADeclaredSizeCostsNoMemoryThatTheFileDoesNotFill()
    {
        var array = Array("X", [1024, 1024, 1000, 1], []);
        Tag(2, 1024 * 1024 * 1000).CopyTo(array, array.Length - 8);
        BinaryPrimitives.WriteUInt32LittleEndian(array.AsSpan(4), uint.MaxValue);
        var path = scratch.Write("bomb.mat", [.. Header(), .. Compressed(array)]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Scratch.Refusal(() => MatFile.Read(path, "X")), Does.Contain("truncated"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(16 << 20));
    }

    [Test]
    public void MoreThanAGibibyteIsRefusedBeforeItIsRead()
    {
        var path = scratch.Write("huge.mat", [.. Header(), .. Array("X", [1 << 20, 1 << 20], [])]);
        Assert.That(Scratch.Refusal(() => MatFile.Read(path, "X")), Does.Contain("more than 1073741824 bytes (1 GiB)"));
    }

    [Test]
    public void OtherArraysArePassedOverAndAMissingOneIsNamed()
    {
        var path = scratch.Write("own.mat", [.. Header(), .. Compressed(Array("other", [2, 1], [1, 2])), .. Array("wanted", [3, 1], [4, 5, 6])]);
        var found = MatFile.Read(path, "wanted");
        Assert.That(found["wanted"].Values, Is.EqualTo(new byte[] { 4, 5, 6 }));
        Assert.That(found["wanted"].Dimensions, Is.EqualTo(new[] { 3, 1 }));
        Assert.That(Scratch.Refusal(() => MatFile.Read(path, "X")), Does.Contain("has no array 'X'"));
    }

    [Test]
    public void ImagesOfAnotherSizeOrWithAnImpossibleLabelAreRefused()
    {
        var small = scratch.Write("small.mat", [.. Header(), .. Array("X", [2, 2, 3, 1], new byte[12]), .. Array("y", [1, 1], [1])]);
        Assert.That(Scratch.Refusal(() => SvhnFile.Read(small)), Does.Contain("X is [2,2,3,1], but must be [32,32,3,count]"));
        var label = scratch.Write("label.mat", [.. Header(), .. Array("X", [32, 32, 3, 1], new byte[3072]), .. Array("y", [1, 1], [11])]);
        Assert.That(Scratch.Refusal(() => SvhnFile.Read(label)), Does.Contain("image 0 has the label 11"));
    }

    [Test]
    public void OtherFormatsAreRefused()
    {
        Assert.That(Scratch.Refusal(() => MatFile.Read(scratch.Write("a.mat", new byte[200]), "X")),
            Does.Contain("is not a little-endian MATLAB level 5 file"));
        Assert.That(Scratch.Refusal(() => MatFile.Read(scratch.Write("b.mat", new byte[20]), "X")), Does.Contain("truncated"));
    }

    private static string Golden(string name) => Repository.Path($"tests/golden/{name}");

    internal static byte[] Header()
    {
        var header = new byte[128];
        "MATLAB 5.0 MAT-file"u8.CopyTo(header);
        (header[125], header[126], header[127]) = (1, (byte)'I', (byte)'M');
        return header;
    }

    internal static byte[] Array(string name, int[] extents, byte[] values)
    {
        byte[] flags = [9, 0, 0, 0, 0, 0, 0, 0];
        var dimensions = extents.SelectMany(BitConverter.GetBytes).ToArray();
        byte[] body = [.. Element(6, flags), .. Element(5, dimensions), .. Element(1, System.Text.Encoding.ASCII.GetBytes(name)),
            .. Element(2, values)];
        return Element(14, body);
    }

    private static byte[] Element(int type, byte[] data) => [.. Tag(type, (uint)data.Length), .. data, .. new byte[(8 - (data.Length % 8)) % 8]];

    private static byte[] Tag(int type, uint size)
    {
        var tag = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(tag, type);
        BinaryPrimitives.WriteUInt32LittleEndian(tag.AsSpan(4), size);
        return tag;
    }

    internal static byte[] Compressed(byte[] element)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal)) zlib.Write(element);
        var stream = packed.ToArray();
        return [.. Tag(15, (uint)stream.Length), .. stream];
    }
}
