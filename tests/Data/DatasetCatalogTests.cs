using Wage.Data;

namespace Wage.Tests.Data;

[Parallelizable]
public sealed class DatasetCatalogTests
{
    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void IdxFoldersAreReadPlainOrPacked([Values("mnist", "fashion-mnist")] string name)
    {
        WriteIdx(name, "train", 4, packed: false);
        WriteIdx(name, "t10k", 2, packed: true);
        var data = DatasetCatalog.Load(name, scratch.Folder);
        Assert.That((data.Name, data.Classes, data.Train.Count, data.Test.Count), Is.EqualTo((name, 10, 4, 2)));
    }

    [Test]
    public void CifarFoldersAreReadAlsoAsTheArchivesUnpackThem([Values] bool inner)
    {
        var ten = "cifar10/" + (inner ? "cifar-10-batches-bin/" : "");
        for (byte i = 1; i <= 5; i++) scratch.Write($"{ten}data_batch_{i}.bin", CifarFileTests.Records(1, i));
        scratch.Write($"{ten}test_batch.bin", CifarFileTests.Records(1, 9));
        var hundred = "cifar100/" + (inner ? "cifar-100-binary/" : "");
        scratch.Write($"{hundred}train.bin", CifarFileTests.Records(2, 42, 99));
        scratch.Write($"{hundred}test.bin", CifarFileTests.Records(2, 0));
        Assert.That(DatasetCatalog.Load("cifar10", scratch.Folder).Train.Labels, Is.EqualTo(new byte[] { 1, 2, 3, 4, 5 }));
        Assert.That(DatasetCatalog.Load("cifar100", scratch.Folder).Train.Labels, Is.EqualTo(new byte[] { 42, 99 }));
    }

    [Test]
    public void EmnistIsTurnedAndItsLettersBeginWithOneAndQmnistHasInt32Labels()
    {
        foreach (var split in new[] { "train", "test" })
        {
            scratch.Write($"emnist/gzip/emnist-letters-{split}-images-idx3-ubyte", Scratch.Idx(0x803, [1, 2, 3], Scratch.Ramp(6)));
            scratch.Write($"emnist/gzip/emnist-letters-{split}-labels-idx1-ubyte", Scratch.Idx(0x801, [1], [26]));
            scratch.Write($"qmnist/qmnist-{split}-images-idx3-ubyte.gz", Scratch.Gzip(Scratch.Idx(0x803, [1, 2, 3], Scratch.Ramp(6))));
            scratch.Write($"qmnist/qmnist-{split}-labels-idx2-int", Scratch.Idx(0xC02, [1, 8], [0, 0, 0, 7, .. new byte[28]]));
        }

        var letters = DatasetCatalog.Load("emnist-letters", scratch.Folder);
        Assert.That((letters.Train.Height, letters.Train.Width, letters.ClassNames[letters.Train.Labels[0]]), Is.EqualTo((3, 2, "Z")));
        Assert.That(letters.Train.Pixels, Is.EqualTo(new byte[] { 0, 3, 1, 4, 2, 5 }));
        Assert.That(DatasetCatalog.Load("qmnist", scratch.Folder).Test.Labels, Is.EqualTo(new byte[] { 7 }));
        Assert.That(
            Scratch.Refusal(() => DatasetCatalog.Load("emnist-byclass", scratch.Folder)), Does.Contain("emnist-byclass-train-images-idx3-ubyte"));
    }

    [Test]
    public void EverySetOfTheCatalogHasANameForEachClass()
    {
        foreach (var (name, facts) in DatasetFacts.All)
        {
            Assert.That(facts.Names, Is.Unique, name);
            Assert.That(ClassNames.Require(name, facts.Names, facts.Names.Count), Is.SameAs(facts.Names));
        }

        int[] counts = [.. DatasetFacts.All.Values.Select(facts => facts.Names.Count)];
        Assert.That(counts, Is.EqualTo(new[] { 10, 10, 10, 10, 100, 10, 10, 26, 47, 10, 10, 62, 47 }));
        Assert.That(ClassNames.Cifar100, Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal), "as fine_label_names.txt has them");
    }

    [Test]
    public void NamesOfClassesAreAsManyAsTheClasses()
    {
        var set = new ImageSet(new byte[2], [0, 1], 1, 1, 1);
        Assert.That(Scratch.Refusal(() => new Dataset("own", set, set, 2) { ClassNames = ["a"] }), Does.Contain("has 1 class names for 2 classes"));
        Assert.That(Scratch.Refusal(() => new Dataset("own", set, set, 2) { ClassNames = ["a", "b\n"] }), Does.Contain("a class has the name"));
        Assert.That(new Dataset("own", set, set, 2).ClassNames, Is.EqualTo(new[] { "0", "1" }));
    }

    [Test]
    public void AMissingFolderNamesThePlaceAndTheWaysOut()
    {
        var message = Scratch.Refusal(() => DatasetCatalog.Load("mnist", scratch.Folder));
        Assert.That(
            message,
            Does.Contain(scratch.Path("mnist")).And.Contain("give the folder that holds").And.Contain("DatasetDownload fetches it"));
        Assert.That(
            Scratch.Refusal(() => DatasetCatalog.Load("mnist", null)),
            Does.StartWith("mnist: no data folder is given. HINT: give the folder"));
    }

    [Test]
    public void AMissingFileIsNamed()
    {
        WriteIdx("mnist", "train", 4, packed: false);
        Assert.That(
            Scratch.Refusal(() => DatasetCatalog.Load("mnist", scratch.Folder)),
            Does.Contain("t10k-images-idx3-ubyte (nor with .gz)"));
    }

    [Test]
    public void BatchesPackedWithXzAreToBeUnpackedFirst()
    {
        scratch.Write("cifar10/data_batch_1.bin.xz", [1]);
        Assert.That(Scratch.Refusal(() => DatasetCatalog.Load("cifar10", scratch.Folder)), Does.Contain("HINT: unpack it: xz -dk "));
    }

    [TestCase("mnsit", "mnist"), TestCase("cifar-10", "cifar10"), TestCase("fashion", "fashion-mnist"), TestCase("DIGITS", "digits")]
    public void AnUnknownNameSuggestsTheNearest(string given, string nearest) =>
        Assert.That(Scratch.Refusal(() => DatasetCatalog.Load(given, null)), Does.EndWith($"HINT: did you mean {nearest}?"));

    [Test]
    public void AFarNameSuggestsNothing() =>
        Assert.That(Scratch.Refusal(() => DatasetCatalog.Load("imagenet", null)), Does.Not.Contain("HINT"));

    [Test]
    public void SplitsOfDifferentSizesAreRefused()
    {
        var (small, large) = (new ImageSet(new byte[4], [1], 2, 2, 1), new ImageSet(new byte[9], [1], 3, 3, 1));
        Assert.That(Scratch.Refusal(() => _ = new Dataset("own", small, large, 10)), Does.Contain("[2,2,1] but test images are [3,3,1]"));
    }

    [Test]
    public void LabelsReachingTheClassesAreRefusedAlsoWhenReplaced()
    {
        var (good, bad) = (new ImageSet(new byte[2], [0, 1], 1, 1, 1), new ImageSet(new byte[2], [0, 2], 1, 1, 1));
        Assert.That(
            Scratch.Refusal(() => _ = new Dataset("own", good, bad, 2)),
            Is.EqualTo("own: test image 1 has the label 2, but labels must be below 2."));
        var whole = new Dataset("own", good, good, 2);
        Assert.That(Scratch.Refusal(() => _ = whole with { Train = bad }), Does.StartWith("own: training image 1"));
    }

    [Test]
    public void TakeGivesTheFirstImages()
    {
        var set = new ImageSet(Scratch.Ramp(24), [5, 6, 7], 2, 2, 2);
        var two = set.Take(2);
        Assert.That(two.Pixels, Is.EqualTo(Scratch.Ramp(16)));
        Assert.That(two.Labels, Is.EqualTo(new byte[] { 5, 6 }));
        Assert.That(set.Take(3), Is.SameAs(set));
        Assert.That(Scratch.Refusal(() => set.Take(4)), Does.Contain("4 asked for, but the set has 3"));
    }

    [Test]
    public void PixelsMustBeAsManyAsTheExtentsSay() =>
        Assert.Throws<ArgumentException>(() => _ = new ImageSet(new byte[7], [0, 1], 2, 2, 1));

    private void WriteIdx(string name, string split, int count, bool packed)
    {
        var images = Scratch.Idx(0x803, [(uint)count, 2, 3], Scratch.Ramp(6 * count));
        var labels = Scratch.Idx(0x801, [(uint)count], new byte[count]);
        scratch.Write($"{name}/{split}-images-idx3-ubyte{(packed ? ".gz" : "")}", packed ? Scratch.Gzip(images) : images);
        scratch.Write($"{name}/{split}-labels-idx1-ubyte{(packed ? ".gz" : "")}", packed ? Scratch.Gzip(labels) : labels);
    }
}
