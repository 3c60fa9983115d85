using Wage.Files;

namespace Wage.Tests.Files;

[Parallelizable]
public sealed class AtomicFileTests
{
    private string folder = string.Empty;

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("wage-file-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void TheFileIsReplacedWhole()
    {
        var path = Path.Combine(folder, "a");
        AtomicFile.Write(path, [1, 2, 3, 4]);
        AtomicFile.Write(path, [5]);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 5 }));
        Assert.That(Directory.GetFileSystemEntries(folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void ALeftoverOfAKilledProcessIsNoHindranceAndGoesWhenItIsAskedTo()
    {
        var path = Path.Combine(folder, "a");
        string[] left = [path + ".tmp", path + ".0123456789ab.tmp"];
        foreach (var file in left) File.WriteAllBytes(file, new byte[1000]);
        File.WriteAllBytes(path + ".txt", [1]);
        File.WriteAllBytes(Path.Combine(folder, "b.tmp"), [1]);
        AtomicFile.Write(path, [5]);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 5 }));
        AtomicFile.RemoveLeftovers(path);
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "a", "a.txt", "b.tmp" }));
    }

    [Test]
    public void ManyWritersOfOneFileAllSucceedAndOneOfTheirFilesStands()
    {
        var path = Path.Combine(folder, "a");
        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        Parallel.For(0, 64, eight, i => AtomicFile.Write(path, Enumerable.Repeat((byte)i, 1000).ToArray()));
        Assert.That(File.ReadAllBytes(path).Distinct().Count(), Is.EqualTo(1));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void WhatFailsWhileItIsWrittenLeavesTheOldFile()
    {
        var path = Path.Combine(folder, "a");
        AtomicFile.Write(path, [1, 2]);
        Assert.That(
            () => AtomicFile.Write(path, stream =>
            {
                stream.Write([3]);
                throw new IOException("No space left on device");
            }),
            Throws.TypeOf<WageException>().With.Message.StartsWith($"{path}: cannot be written (No space left on device)"));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2 }));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo(new[] { path }));
    }

    /// <summary>A device that fails while its weights are written, say.</summary>
    [Test]
    public void WhatFailsForAnotherReasonIsToldAsItIsAndLeavesNoTemporaryFile()
    {
        var path = Path.Combine(folder, "a");
        AtomicFile.Write(path, [1, 2]);
        Assert.That(
            () => AtomicFile.Write(path, stream => throw new WageException("device cuda:0: stopped working.")),
            Throws.TypeOf<WageException>().With.Message.EqualTo("device cuda:0: stopped working."));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2 }));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo(new[] { path }));
    }

    [Test, Platform(Exclude = "Win")]
    public void NothingIsWrittenInTheFolderOfDevices()
    {
        var path = $"/dev/wage-{Guid.NewGuid():N}";
        try
        {
            Assert.That(() => AtomicFile.Write(path, [1]), Throws.TypeOf<WageException>().With.Message.Contains("is in the folder of devices"));
            Assert.That(File.Exists(path), Is.False);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void AMissingFolderIsOneLineThatNamesTheFile()
    {
        var path = Path.Combine(folder, "none", "a");
        var error = Assert.Throws<WageException>(() => AtomicFile.Write(path, [1]));
        Assert.That(error!.Message, Does.StartWith($"{path}: cannot be written").And.Contain("HINT").And.Not.Contain("\n"));
    }

    [Test]
    public void AFailedWriteLeavesTheOldFileAndNothingElse()
    {
        var path = Path.Combine(folder, "a");
        Directory.CreateDirectory(path);
        File.WriteAllBytes(Path.Combine(path, "old"), [1]);
        Assert.That(() => AtomicFile.Write(path, [2]), Throws.TypeOf<WageException>(), "a folder of that name cannot be replaced");
        Assert.That(File.ReadAllBytes(Path.Combine(path, "old")), Is.EqualTo(new byte[] { 1 }));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo(new[] { path }), "no temporary file stays");
    }

    [Test]
    public void ANameThatLeavesNoRoomForATemporaryIsRefused()
    {
        var path = Path.Combine(folder, new string('a', 250));
        File.WriteAllBytes(path, [1, 2]);
        Assert.That(() => AtomicFile.Write(path, [3]), Throws.TypeOf<WageException>());
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2 }));
    }
}
