using System.Diagnostics;
using Wage.Files;

namespace Wage.Tests.Files;

[Parallelizable]
internal sealed class BoundedFileTests
{
    private string folder = string.Empty;

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("wage-file-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void AFileIsReadWhole()
    {
        File.WriteAllBytes(In("a"), [0xEF, 0xBB, 0xBF, (byte)'x']);
        Assert.That(BoundedFile.ReadAll(In("a"), "file", 4), Is.EqualTo(new byte[] { 0xEF, 0xBB, 0xBF, (byte)'x' }));
        Assert.That(BoundedFile.ReadText(In("a"), "file", 4), Is.EqualTo("x"));
    }

    [Test]
    public void WhatIsMissingEmptyAFolderOrLongerIsRefusedByName()
    {
        File.WriteAllBytes(In("empty"), []);
        File.WriteAllBytes(In("long"), new byte[101]);
        File.WriteAllBytes(In("binary"), [0xFF, 0xFE]);
        Assert.That(Refusal(In("none")), Is.EqualTo($"{In("none")}: there is no such checkpoint."));
        Assert.That(Refusal(In("none/none")), Is.EqualTo($"{In("none/none")}: there is no such checkpoint."));
        File.CreateSymbolicLink(In("dangling"), In("none"));
        File.CreateSymbolicLink(In("circle"), In("circle"));
        Assert.That(Refusal(In("dangling")), Is.EqualTo($"{In("dangling")}: there is no such checkpoint."));
        Assert.That(Refusal(In("circle")), Does.StartWith($"{In("circle")}: cannot be read ("));
        Assert.That(Refusal(folder), Is.EqualTo($"{folder}: is a folder; a checkpoint is needed."));
        Assert.That(Refusal(In("empty")), Does.StartWith($"{In("empty")}: is empty (0 bytes)"));
        Assert.That(Refusal(In("long")), Is.EqualTo($"{In("long")}: has 101 bytes; of a checkpoint at most 100 are read."));
        Assert.That(Refusal(In("binary")), Does.Contain("is not a text in UTF-8"));
        foreach (var path in new[] { "", "a\0b", new string('x', 100_000) }) Assert.That(Refusal(path), Does.Not.Contain("\n"));
    }

    /// <summary>The only test that leaves something in the current folder, for a bare name means a file there.</summary>
    [Test]
    public void ALinkInTheCurrentFolderIsFollowedWhereItIsGivenByItsBareName()
    {
        var (name, target) = ($"link-{Path.GetFileName(folder)}", $"target-{Path.GetFileName(folder)}");
        File.WriteAllBytes(target, [1, 2, 3]);
        File.CreateSymbolicLink(name, target);
        try
        {
            Assert.That(BoundedFile.ReadAll(name, "file", 4), Is.EqualTo(new byte[] { 1, 2, 3 }));
            Assert.That(BoundedFile.Length(name), Is.EqualTo(3));
        }
        finally
        {
            File.Delete(name);
            File.Delete(target);
        }
    }

    /// <summary>What .NET makes of a name that is not UTF-8; a file may be there all the same.</summary>
    [Test]
    public void ANameThatIsNotUtf8IsSaidToBeThat()
    {
        Assert.That(Refusal(In("\uFFFD.png")), Does.Contain("its name has bytes that are not UTF-8").And.Contain("HINT: rename it."));
        Assert.That(
            Assert.Throws<WageException>(() => Wage.Data.DataFolder.Names(In("\uFFFDt"), Directory.GetFiles))!.Message, Does.Contain("rename it."));
    }

    /// <summary>Reading the first would never end and opening the last would wait, so the time limit is the assertion.</summary>
    [Test, Platform(Exclude = "Win"), CancelAfter(30_000)]
    public void DevicesAndPipesAreRefusedBeforeTheyAreOpened()
    {
        using (var mkfifo = Process.Start("mkfifo", [In("pipe")])) mkfifo.WaitForExit();
        File.CreateSymbolicLink(In("link"), In("pipe"));
        File.CreateSymbolicLink(In("second"), In("link"));
        foreach (var path in new[] { "/dev/zero", "/dev/full", In("pipe"), In("link"), In("second") })
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.That(Refusal(path), Is.EqualTo($"{path}: is empty (0 bytes), or a pipe or device, which is not read."));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
            Assert.That(BoundedFile.Length(path), Is.Zero);
        }
    }

    [Test]
    public void NothingIsReadOfAFileOfTenGigabytes()
    {
        using (var sparse = File.Create(In("sparse"))) sparse.SetLength(10_000_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Refusal(In("sparse")), Does.Contain("has 10000000000 bytes"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(500_000));
    }

    private string In(string name) => Path.Combine(folder, name);

    private static string Refusal(string path) => Assert.Throws<WageException>(() => BoundedFile.ReadText(path, "checkpoint", 100))!.Message;
}
