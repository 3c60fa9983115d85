using System.Buffers.Binary;
using Wage.Data;
using Wage.Experiments.Runs;
using Wage.Tensors;
using Wage.Tests.Data;

namespace Wage.Tests.Files;

/// <summary>Archives whose directory lists more than anybody reads, for both readers of archives.</summary>
[Parallelizable]
public sealed class ZipDirectoryTests
{
    private const int EndBytes = 22;

    private static readonly Action<string>[] Readers =
        [path => OwnDataset.Load(path, new DatasetOptions()), path => WeightArchive.Read(path, new Dictionary<string, Shape>())];

    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public void ANumberOfEntriesThatIsTooGreatIsRefused([Values(4097, 65534)] int declared)
    {
        var bytes = OwnDatasetTests.Npz(false, ("a", OwnDatasetTests.Npy("|i1", "(1,)", [0])));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(bytes.Length - EndBytes + 10), (ushort)declared);
        Refused(bytes, "has more than");
    }

    [Test]
    public void EntriesThatAreNotDeclaredCostNoMemory([Values(1, 4)] int declared)
    {
        const int entries = 200_000;
        var bytes = new byte[(46 * entries) + EndBytes];
        for (var i = 0; i < entries; i++) ((ReadOnlySpan<byte>)[(byte)'P', (byte)'K', 1, 2]).CopyTo(bytes.AsSpan(46 * i));
        var end = bytes.AsSpan(46 * entries);
        ((ReadOnlySpan<byte>)[(byte)'P', (byte)'K', 5, 6]).CopyTo(end);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], (ushort)declared);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], (ushort)declared);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], 46 * entries);
        Refused(bytes, "has more than");
    }

    [TestCase(10), TestCase(16)]
    public void AZip64DirectoryIsRefused(int field)
    {
        var bytes = OwnDatasetTests.Npz(false, ("a", OwnDatasetTests.Npy("|i1", "(1,)", [0])));
        bytes.AsSpan(bytes.Length - EndBytes + field, field == 16 ? 4 : 2).Fill(0xFF);
        Refused(bytes, "is a zip64 archive");
    }

    private void Refused(byte[] bytes, string reason)
    {
        var path = scratch.Write("a.npz", bytes);
        foreach (var read in Readers)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.That(Scratch.Refusal(() => read(path)), Does.StartWith($"{path}: {reason}"));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2 << 20));
        }
    }
}
