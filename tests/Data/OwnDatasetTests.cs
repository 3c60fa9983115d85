using System.IO.Compression;
using System.Text;
using Wage.Data;

namespace Wage.Tests.Data;

[Parallelizable]
public sealed class OwnDatasetTests
{
    private static readonly DatasetOptions Plain = new();

    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void AnNpzWithTwoSetsIsRead([Values("x_train y_train x_test y_test", "train_images train_labels test_images test_labels")] string names,
        [Values] bool isPacked)
    {
        var name = names.Split(' ');
        var path = scratch.Write("a.npz", Npz(isPacked,
            (name[0], Npy("|u1", "(3, 2, 4)", Scratch.Ramp(24))), (name[1], Npy("<i8", "(3, 1)", Wide([0, 2, 1], 8))),
            (name[2], Npy("|u1", "(1, 2, 4, )", Scratch.Ramp(8))), (name[3], Npy("<u2", "(1,)", Wide([1], 2)))));
        var data = OwnDataset.Load(path, Plain);
        Assert.That((data.Classes, data.Train.Count, data.Test.Count), Is.EqualTo((3, 3, 1)));
        Assert.That((data.Train.Height, data.Train.Width, data.Train.Channels), Is.EqualTo((2, 4, 1)));
        Assert.That(data.Train.Pixels, Is.EqualTo(Scratch.Ramp(24)));
        Assert.That(data.Train.Labels, Is.EqualTo(new byte[] { 0, 2, 1 }));
        Assert.That(data.ClassNames, Is.EqualTo(new[] { "0", "1", "2" }));
    }

    [Test]
    public void AnNpzWithoutTestImagesIsSplitBySeed()
    {
        var path = scratch.Write("a.npz", Npz(true,
            ("images", Npy("|u1", "(100, 1, 1, 3)", Scratch.Ramp(300))),
            ("labels", Npy("|u1", "(100,)", [.. Scratch.Ramp(100).Select(i => (byte)(i % 4))]))));
        var (first, again, other) = (OwnDataset.Load(path, Plain), OwnDataset.Load(path, Plain), OwnDataset.Load(path, Plain with { SplitSeed = 2 }));
        Assert.That((first.Train.Count, first.Test.Count, first.Train.Channels), Is.EqualTo((80, 20, 3)));
        Assert.That(again.Test.Pixels, Is.EqualTo(first.Test.Pixels));
        Assert.That(other.Test.Pixels, Is.Not.EqualTo(first.Test.Pixels));
        Assert.That(first.Test.Labels.CountBy(label => label).Select(count => count.Value), Is.All.EqualTo(5), "as many of each class");
        Assert.That(first.Train.Pixels.Concat(first.Test.Pixels).Order(), Is.EqualTo(Scratch.Ramp(300).Order()), "each image is in one part");
    }

    [TestCase("<f4", "(1, 2, 2)", "holds elements of type '<f4', but pixels and labels are whole numbers")]
    [TestCase(">i4", "(1, 2, 2)", "holds elements of type '>i4'")]
    [TestCase("|O", "(1, 2, 2)", "holds elements of type '|O'")]
    [TestCase("|u1", "(1, 4)", "has the shape (1, 4), but images are (count, height, width[, channels])")]
    [TestCase("|u1", "(1, 2, 3)", "is truncated: 6 elements are declared, but 4 follow")]
    [TestCase("|u1", "(1, 2, 1)", "goes on after the elements")]
    [TestCase("|u1", "(0, 2, 2)", "extents must be at least 1")]
    [TestCase("|u1", "(99999, 99999, 99999)", "their product at most 2^30 (1 GiB)")]
    [TestCase("|u1", "(1, 2, x)", "has the shape (1, 2, x), which is not read")]
    [TestCase("<u2", "(1, 1, 2)", "element 0 is below 0 or above 255")]
    public void AnArrayThatIsNoImageIsRefusedByName(string type, string shape, string reason)
    {
        var path = scratch.Write("a.npz", Npz(true, ("images", Npy(type, shape, [1, 2, 3, 4])), ("labels", Npy("|u1", "(1,)", [0]))));
        Assert.That(Scratch.Refusal(() => OwnDataset.Load(path, Plain)), Does.StartWith($"{path}: images: ").And.Contain(reason));
    }

    [Test]
    public void ColumnMajorArraysAreRefused()
    {
        var path = scratch.Write("a.npz", Npz(true, ("images", Npy("|u1", "(1, 2, 2)", [1, 2, 3, 4], "True")), ("labels", Npy("|u1", "(1,)", [0]))));
        Assert.That(Scratch.Refusal(() => OwnDataset.Load(path, Plain)), Does.Contain("HINT: np.ascontiguousarray(x)"));
    }

    [Test]
    public void AnNpzCutOrDamagedAnywhereIsRefusedOrReadAlike()
    {
        var good = Npz(true, ("images", Npy("|u1", "(4, 2, 2)", Scratch.Ramp(16))), ("labels", Npy("|u1", "(4,)", [0, 1, 0, 1])));
        for (var length = 0; length < good.Length; length++) Refused(good[..length], $"cut to {length}");
        for (var at = 0; at < good.Length; at += 3)
        {
            var bad = good.ToArray();
            bad[at] ^= 0x10;
            var path = scratch.Write("a.npz", bad);
            try
            {
                var data = OwnDataset.Load(path, Plain with { Test = new Portion(1) });
                Assert.That(data.Train.Pixels.Concat(data.Test.Pixels).Order(), Is.EqualTo(Scratch.Ramp(16)), $"byte {at}");
            }
            catch (WageException refusal)
            {
                Assert.That(refusal.Message, Does.Contain("a.npz").And.Not.Contain("\n"));
            }
        }

        void Refused(byte[] bytes, string what)
        {
            var path = scratch.Write("a.npz", bytes);
            Assert.That(Scratch.Refusal(() => OwnDataset.Load(path, Plain)), Does.StartWith(path), what);
        }
    }

    [Test]
    public void AnNpzWithoutKnownNamesListsItsArrays()
    {
        var path = scratch.Write("a.npz", Npz(true, ("weights", Npy("|u1", "(1,)", [0]))));
        Assert.That(Scratch.Refusal(() => OwnDataset.Load(path, Plain)), Does.Contain("its arrays are weights").And.Contain("np.savez"));
    }

    [Test]
    public void LinesOfACsvAreImagesWithAHeaderOrWithout([Values("", "label,a,b,c,d\n")] string header, [Values("\n", "\r\n")] string end)
    {
        string[] lines = ["0,1,2,3,4", "1, 5, 6, 7, 8", "", "2,9,10,11,255", "1,0,0,0,0"];
        var path = scratch.Write("a.csv", Encoding.UTF8.GetBytes(header + string.Join(end, lines)));
        var data = OwnDataset.Load(path, Plain with { Test = new Portion(1) });
        Assert.That((data.Classes, data.Train.Count, data.Test.Count, data.Train.Height, data.Train.Width), Is.EqualTo((3, 3, 1, 2, 2)));
    }

    [Test]
    public void ACsvFolderHasItsOwnTestImagesAndASizeThatIsNamed()
    {
        scratch.Write("csv/train.csv", "0,1,2,3,4,5,6\n1,1,2,3,4,5,6\n"u8.ToArray());
        scratch.Write("csv/test.csv", "3,6,5,4,3,2,1\n"u8.ToArray());
        var data = OwnDataset.Load(scratch.Path("csv"), Plain with { Size = (3, 2) });
        Assert.That((data.Classes, data.Train.Height, data.Train.Width, data.Test.Pixels[0]), Is.EqualTo((4, 3, 2, (byte)6)));
        Assert.That(
            Scratch.Refusal(() => OwnDataset.Load(scratch.Path("csv"), Plain)),
            Does.Contain("train.csv: has 6 pixels a line, which are no square image").And.Contain("HINT: set DatasetOptions.Size to HEIGHTxWIDTH."));
    }

    [TestCase("0,1,2,3,4\n0,1,2,3\n", ":2: has 3 pixels, but the first image has 4")]
    [TestCase("0,1,2,3,256\n", ":1: pixel 4 is '256', but must be a whole number from 0 to 255")]
    [TestCase("0,1,2,3,4\ncat,1,2,3,4\n", ":2: its label is 'cat'")]
    [TestCase("0,1,,3,4\n", ":1: pixel 2 is ''")]
    [TestCase("label,a,b\n", ": has no image")]
    [TestCase("5\n", ":1: has a label, but no pixels")]
    [TestCase("5\n5,1,2,3,4\n", ":1: has a label, but no pixels")]
    [TestCase("0,1,2,3,4\n5\n", ":2: has a label, but no pixels")]
    [TestCase("-1,1,2,3,4\n", ":1: its label is '-1'")]
    [TestCase("0,1.5,2,3,4\n", ":1: pixel 1 is '1.5'")]
    [TestCase("0;1;2;3;4\n", ":1: its label is '0;1;2;3;4', but must be a whole number from 0 to 255. HINT: a line is numbers with commas")]
    [TestCase("\"0\",1,2,3,4\n0\t1\n", ":2: its label is '0 1', but must be a whole number from 0 to 255. HINT: a line is numbers with commas")]
    [TestCase("0,\"1\",2,3,4\n", ":1: pixel 1 is '\"1\"', but must be a whole number from 0 to 255. HINT: write the numbers without quotes")]
    [TestCase("1,2,3,4,5\n\u00000,1,2,3,4\n", ":2: its label is '0', but must be a whole number from 0 to 255. HINT: save it as a text in UTF-8")]
    public void ACsvThatIsNoImagesIsRefusedByLine(string text, string reason)
    {
        var path = scratch.Write("a.csv", Encoding.UTF8.GetBytes(text));
        Assert.That(Scratch.Refusal(() => OwnDataset.Load(path, Plain)), Does.StartWith(path + reason));
    }

    [Test]
    public void IdxFilesInAFolderAreFoundByTheirNames()
    {
        scratch.Write("own/emnist-x-train-images-idx3-ubyte", Scratch.Idx(0x803, [2, 3, 5], Scratch.Ramp(30)));
        scratch.Write("own/emnist-x-train-labels-idx1-ubyte", Scratch.Idx(0x801, [2], [0, 6]));
        scratch.Write("own/emnist-x-test-images-idx3-ubyte.gz", Scratch.Gzip(Scratch.Idx(0x803, [1, 3, 5], Scratch.Ramp(15))));
        scratch.Write("own/emnist-x-test-labels-idx2-int.gz", Scratch.Gzip(Scratch.Idx(0xC01, [1], [0, 0, 0, 4])));
        var data = OwnDataset.Load(scratch.Path("own"), Plain);
        Assert.That((data.Classes, data.Train.Count, data.Test.Count, data.Train.Height, data.Train.Width), Is.EqualTo((7, 2, 1, 3, 5)));
    }

    [TestCase("train", "t10k", "val"), TestCase("my_training", "my_test", "my_validation"), TestCase("latest-train", "x-testing", "x-valid")]
    [TestCase("trainval-train", "interval-test", "test-val")]
    public void AnIdxFileBelongsToThePartThatTheLastWordOfItsNameNames(string train, string test, string validation)
    {
        WriteIdx(train, 2);
        WriteIdx(test, 3);
        WriteIdx(validation, 4);
        var data = OwnDataset.Load(scratch.Path("own"), Plain);
        Assert.That((data.Train.Count, data.Test.Count, data.Validation!.Count), Is.EqualTo((2, 3, 4)));
    }

    [TestCase("latest-train"), TestCase("interval-train"), TestCase("val_test_train")]
    public void AWordWithinANameIsNoPart(string train)
    {
        WriteIdx(train, 10);
        WriteIdx("trainval", 3);
        WriteIdx("contest", 3);
        var data = OwnDataset.Load(scratch.Path("own"), Plain);
        Assert.That((data.Train.Count, data.Test.Count, data.Validation), Is.EqualTo((8, 2, (ImageSet?)null)));
    }

    [TestCase("a-train", "b-train", ""), TestCase("train", "training", ""), TestCase("t10k", "test", "train")]
    [TestCase("x-val", "y_validation", "train")]
    public void TwoIdxFilesOfOnePartAreRefused(string one, string other, string third)
    {
        foreach (var stem in new[] { one, other, third }.Where(stem => stem.Length > 0)) WriteIdx(stem, 2);
        Assert.That(Scratch.Refusal(() => OwnDataset.Load(scratch.Path("own"), Plain)), Does.StartWith(
            $"{scratch.Path("own")}: has {one}-images-idx3-ubyte and {other}-images-idx3-ubyte, which both name the same part"));
    }

    [Test]
    public void AnIdxFileBesideItsGzipIsOne()
    {
        WriteIdx("train", 10);
        scratch.Write("own/train-images-idx3-ubyte.gz", [1]);
        Assert.That(OwnDataset.Load(scratch.Path("own"), Plain).Train.Count, Is.EqualTo(8));
    }

    [Test]
    public void AFolderThatCannotBeListedIsRefused()
    {
        Assert.That(
            Scratch.Refusal(() => DataFolder.Names("own", _ => throw new UnauthorizedAccessException("Denied."))),
            Is.EqualTo("own: cannot be listed (Denied)."));
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess) return;
        var own = scratch.Path("own");
        Directory.CreateDirectory(own);
        File.SetUnixFileMode(own, UnixFileMode.None);
        Assert.That(Scratch.Refusal(() => OwnDataset.Load(own, Plain)), Does.StartWith($"{own}: cannot be listed"));
    }

    [Test]
    public void FilesInCifarsFormatHaveTheNamesBesideThem()
    {
        scratch.Write("own/train.bin", [0, .. Scratch.Ramp(12), 1, .. Scratch.Ramp(12)]);
        scratch.Write("own/test.bin", [1, .. Scratch.Ramp(12)]);
        scratch.Write("own/batches.meta.txt", "cat\ndog\n\n"u8.ToArray());
        var data = OwnDataset.Load(scratch.Path("own"), Plain with { Size = (2, 2) });
        Assert.That(data.ClassNames, Is.EqualTo(new[] { "cat", "dog" }));
        Assert.That((data.Train.Count, data.Train.Height, data.Train.Channels), Is.EqualTo((2, 2, 3)));
        Assert.That(Scratch.Refusal(() => OwnDataset.Load(scratch.Path("own"), Plain)), Does.Contain("must be whole records of 3073"));
    }

    [TestCase("train.bin", "data_batch_2.bin", "has train.bin and data_batch_2.bin, which both name the same part of a data set. HINT: keep one")]
    [TestCase("test.bin", "test_batch.bin", "has test.bin and test_batch.bin, which both name the same part of a data set. HINT: keep one")]
    [TestCase("data_batch_2.bin", "train.csv", "has data_batch_1.bin and train.csv, which both name the same part of a data set. HINT: keep one")]
    [TestCase("a-train-images-idx3-ubyte", "x", "has a-train-images-idx3-ubyte and data_batch_1.bin, which both name the same part")]
    public void FilesThatNameOnePartTwiceAreRefused(string one, string other, string message)
    {
        if (one != "train.bin") scratch.Write("own/data_batch_1.bin", [0, .. Scratch.Ramp(12), 1, .. Scratch.Ramp(12)]);
        foreach (var name in new[] { one, other }) scratch.Write($"own/{name}", [1, .. Scratch.Ramp(12)]);
        Assert.That(
            Scratch.Refusal(() => OwnDataset.Load(scratch.Path("own"), Plain with { Size = (2, 2) })),
            Does.StartWith($"{scratch.Path("own")}: {message}"));
    }

    [Test]
    public void WhatIsNoDataSetIsToldTheFormats()
    {
        scratch.Write("own/readme.txt", [1]);
        foreach (var path in new[] { scratch.Path("own"), scratch.Path("none"), scratch.Path("own/readme.txt") })
            Assert.That(Scratch.Refusal(() => OwnDataset.Load(path, Plain)), Does.StartWith($"{path}: is no data set").And.Contain(".npz"));
    }

    [Test]
    public void ImagesOfTwoSizesBecomeOneOnlyWhereItIsNamed()
    {
        var path = scratch.Write("a.npz", Npz(true,
            ("x_train", Npy("|u1", "(2, 2, 2)", Scratch.Ramp(8))), ("y_train", Npy("|u1", "(2,)", [0, 1])),
            ("x_test", Npy("|u1", "(1, 4, 4)", Scratch.Ramp(16))), ("y_test", Npy("|u1", "(1,)", [1]))));
        Assert.That(Scratch.Refusal(() => OwnDataset.Load(path, Plain)), Does.Contain("[2,2,1] but test images are [4,4,1]"));
        var data = OwnDataset.Load(path, Plain with { Size = (4, 4), Channels = 3 });
        Assert.That((data.Test.Height, data.Train.Width, data.Train.Channels), Is.EqualTo((4, 4, 3)));
        Assert.That(data.Description.Preparation, Is.EqualTo(new ImagePreparation(4, 4, 3)));
    }

    private void WriteIdx(string stem, int count)
    {
        scratch.Write($"own/{stem}-images-idx3-ubyte", Scratch.Idx(0x803, [(uint)count, 1, 1], Scratch.Ramp(count)));
        scratch.Write($"own/{stem}-labels-idx1-ubyte", Scratch.Idx(0x801, [(uint)count], [.. Scratch.Ramp(count).Select(i => (byte)(i % 2))]));
    }

    /// <summary>An .npy file of version 1.</summary>
    internal static byte[] Npy(string type, string shape, byte[] data, string isFortran = "False")
    {
        var header = $"{{'descr': '{type}', 'fortran_order': {isFortran}, 'shape': {shape}, }}\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header), .. data];
    }

    internal static byte[] Npz(bool isPacked, params (string Name, byte[] Npy)[] arrays)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            foreach (var (name, npy) in arrays)
            {
                using var entry = zip.CreateEntry(name + ".npy", isPacked ? CompressionLevel.Optimal : CompressionLevel.NoCompression).Open();
                entry.Write(npy);
            }
        }

        return bytes.ToArray();
    }

    private static byte[] Wide(byte[] values, int size) => [.. values.SelectMany(value => new byte[size - 1].Prepend(value))];
}
