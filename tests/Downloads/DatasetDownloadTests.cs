using System.Formats.Tar;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Wage.Downloads;
using Wage.Tests.Data;

namespace Wage.Tests.Downloads;

[Parallelizable]
public sealed class DatasetDownloadTests
{
    private static readonly byte[] Content = Scratch.Ramp(200_000);
    private static readonly DownloadFile Wanted = File("a.gz", Content);
    private Scratch scratch = null!;

    [SetUp]
    public void Open() => scratch = new Scratch();

    [TearDown]
    public void Close() => scratch.Dispose();

    [Test]
    public async Task FilesArriveWholeUnderTheirNames()
    {
        await using var server = new TinyServer(TinyServer.Files(("a.gz", Content), ("b.gz", [1, 2, 3])));
        var told = new List<DownloadProgress>();
        await Get(server.Address, [Wanted, File("b.gz", [1, 2, 3])], new Listener(told));
        Assert.That(Names(), Is.EqualTo(new[] { "a.gz", "b.gz" }));
        Assert.That(Bytes("a.gz"), Is.EqualTo(Content));
        Assert.That(told.Where(p => p.File == "a.gz").Select(p => p.Received), Is.Ordered);
        Assert.That(told[^1], Is.EqualTo(new DownloadProgress("b.gz", 3, 3)));
    }

    [Test]
    public async Task AFileThatIsThereIsNotFetchedAgain()
    {
        scratch.Write("a.gz", Content);
        await using var server = new TinyServer(TinyServer.Files());
        await Get(server.Address, [Wanted]);
        Assert.That(server.Requests, Is.Empty);
    }

    [Test]
    public async Task AnotherFileOfItsNameIsReplaced()
    {
        scratch.Write("a.gz", [.. Content[..^1], 0]);
        await using var server = new TinyServer(TinyServer.Files(("a.gz", Content)));
        await Get(server.Address, [Wanted]);
        Assert.That(Bytes("a.gz"), Is.EqualTo(Content));
    }

    [Test]
    public async Task ACutDownloadGoesOnWhereItEnded()
    {
        await using (var dies = new TinyServer((_, _) => new("200 OK", Content[..70_000], Content.Length)))
            Assert.That(
                await Refusal(dies.Address),
                Does.Contain("70000 of 200000 bytes have arrived").And.Contain("the same command goes on from there"));
        Assert.That(Names(), Is.EqualTo(new[] { "a.gz.part" }));

        await using var server = new TinyServer(TinyServer.Files(("a.gz", Content)));
        await Get(server.Address, [Wanted]);
        Assert.That(server.Requests, Is.EqualTo(new[] { ("/data/a.gz", (long?)70_000) }));
        Assert.That(Names(), Is.EqualTo(new[] { "a.gz" }));
    }

    [Test]
    public async Task ASilentServerIsLeftAndTheBytesKept()
    {
        await using var server = new TinyServer((_, _) => new("200 OK", Content[..1000], Content.Length, Stalls: true));
        var message = await Refusal(server.Address, TimeSpan.FromMilliseconds(300));
        Assert.That(message, Does.Contain("1000 of 200000 bytes have arrived, then: nothing arrived for"));
        Assert.That(Bytes("a.gz.part"), Is.EqualTo(Content[..1000]));
    }

    [Test]
    public async Task AServerWithoutRangesSendsTheWholeFileAgain()
    {
        scratch.Write("a.gz.part", [9, 9, 9]);
        await using var server = new TinyServer((_, _) => new("200 OK", Content));
        await Get(server.Address, [Wanted]);
        Assert.That(Bytes("a.gz"), Is.EqualTo(Content));
    }

    [TestCase("416 Range Not Satisfiable", null)]
    [TestCase("206 Partial Content", "bytes 0-199999/200000")]
    [TestCase("206 Partial Content", "bytes 3-5/6")]
    public async Task ARefusedOrStrangeRangeMakesTheFileBeginAnew(string status, string? range)
    {
        scratch.Write("a.gz.part", [9, 9, 9]);
        await using var server = new TinyServer((_, from) => from is null ? new("200 OK", Content) : new(status, [7, 7, 7], Range: range));
        await Get(server.Address, [Wanted]);
        Assert.That(Bytes("a.gz"), Is.EqualTo(Content));
    }

    [Test]
    public async Task APartLongerThanTheFileBeginsAnew()
    {
        scratch.Write("a.gz.part", new byte[Content.Length + 1]);
        await using var server = new TinyServer(TinyServer.Files(("a.gz", Content)));
        await Get(server.Address, [Wanted]);
        Assert.That(server.Requests[0].From, Is.Null);
        Assert.That(Bytes("a.gz"), Is.EqualTo(Content));
    }

    [Test]
    public async Task AWholePartNeedsNoServer()
    {
        scratch.Write("a.gz.part", Content);
        await Get(Refusing(), [Wanted]);
        Assert.That(Names(), Is.EqualTo(new[] { "a.gz" }));
    }

    [Test]
    public async Task AWrongChecksumIsRefusedAndRemoved()
    {
        await using var server = new TinyServer((_, _) => new("200 OK", new byte[Content.Length]));
        Assert.That(await Refusal(server.Address), Does.Contain($"whose MD5 is not {Wanted.Md5}, that of the original a.gz"));
        Assert.That(Names(), Is.Empty);
    }

    [Test]
    public async Task AnotherLengthIsRefusedBeforeItIsReceived()
    {
        await using var server = new TinyServer((_, _) => new("200 OK", [1], 5_000_000_000));
        Assert.That(await Refusal(server.Address), Does.Contain("offers 5000000000 bytes, but the original a.gz has 200000."));
        Assert.That(Names(), Is.Empty);
    }

    [Test]
    public async Task AMissingFileOnTheServerIsNamedAndTheBytesKept()
    {
        scratch.Write("a.gz.part", [1, 2]);
        await using var server = new TinyServer(TinyServer.Files());
        Assert.That(await Refusal(server.Address), Does.Contain("/data/a.gz: answers 404 Not Found. HINT: download a.gz by hand into"));
        Assert.That(Bytes("a.gz.part"), Is.EqualTo(new byte[] { 1, 2 }));
    }

    [Test]
    public async Task WithoutANetworkTheAddressAndTheWaysOutAreNamed()
    {
        var message = await Refusal(Refusing());
        Assert.That(message, Does.StartWith("http://127.0.0.1:").And.Contain("/a.gz: cannot be fetched: "));
        Assert.That(message, Does.Contain($"by hand into {scratch.Folder}").And.Contain("name another server with the argument mirror"));
        Assert.That(Names(), Is.Empty);
    }

    [Test]
    public async Task ACancelledDownloadKeepsItsPart()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = new TinyServer((_, _) => new("200 OK", Content[..1000], Content.Length, Stalls: true));
        var progress = new Listener([], cancel.Cancel);
        Assert.That(
            async () => await Get(server.Address, [Wanted], progress, token: cancel.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Names(), Is.EqualTo(new[] { "a.gz.part" }));
    }

    [Test]
    public void AnUnknownNameAndAForeignSchemeAreRefused()
    {
        Assert.That(
            async () => await DatasetDownload.GetAsync("minst", scratch.Folder, null, CancellationToken.None),
            Throws.TypeOf<WageException>().With.Message.EndsWith("HINT: did you mean mnist?"));
        Assert.That(
            async () => await DatasetDownload.GetAsync("mnist", scratch.Folder, null, CancellationToken.None, new Uri("file:///etc/")),
            Throws.TypeOf<WageException>().With.Message.Contains("must begin with http:// or https://"));
    }

    [Test]
    public void AnArchiveGivesItsBatchesAndNothingElse()
    {
        var archive =
            Archive(10, ("../outside.bin", 10), ("cifar-10-batches-bin/readme.html", 3), ("cifar-10-batches-bin/../../up.bin", 10));
        Unpack(archive, 10);
        string[] expected =
            [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin"), "test_batch.bin", "x.tar.gz"];
        Assert.That(Names(), Is.EqualTo(expected));
        Assert.That(Bytes("data_batch_3.bin"), Is.EqualTo(Scratch.Ramp(10)));
    }

    [Test]
    public void AnArchiveWithAnotherSizeOrWithoutABatchIsRefused()
    {
        var archive = Archive(10);
        Assert.That(
            Scratch.Refusal(() => Unpack(archive, 11)),
            Does.Contain("has 10 bytes, but must have 11"));
        var empty = scratch.Write("x.tar.gz", Scratch.Gzip(new byte[1024]));
        Assert.That(
            Scratch.Refusal(() => Unpack(empty, 10)),
            Does.EndWith("has no cifar-10-batches-bin/data_batch_1.bin."));
    }

    [Test]
    public void ADamagedArchiveAndAGzipBombAreRefused()
    {
        var damaged = scratch.Write("x.tar.gz", [1, 2, 3, 4]);
        Assert.That(
            Scratch.Refusal(() => Unpack(damaged, 10)),
            Does.StartWith(damaged));
        var bomb = Archive(10, ("bomb", 3 << 20));
        Assert.That(
            Scratch.Refusal(() => Unpack(bomb, 10)),
            Does.Contain("unpacks to more than"));
        Assert.That(Names(), Is.EqualTo(new[] { "x.tar.gz" }));
    }

    private static DownloadFile File(string name, byte[] bytes) => new(name, bytes.Length, Convert.ToHexStringLower(MD5.HashData(bytes)));

    /// <summary>An address where nobody listens.</summary>
    private static Uri Refusing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }

    private void Unpack(string archive, int batchSize) =>
        CifarArchiveFile.Unpack(archive, scratch.Folder, batchSize, CancellationToken.None);

    private string Archive(int batchSize, params (string Name, int Size)[] before)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, size) in before) Add(tar, name, size);
            foreach (var i in new[] { 3, 1, 2, 5, 4 }) Add(tar, $"cifar-10-batches-bin/data_batch_{i}.bin", batchSize);
            Add(tar, "cifar-10-batches-bin/test_batch.bin", batchSize);
        }

        return scratch.Write("x.tar.gz", Scratch.Gzip(bytes.ToArray()));
    }

    private static void Add(TarWriter tar, string name, int size) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Scratch.Ramp(size)) });

    private Task Get(
        Uri address,
        DownloadFile[] files,
        IProgress<DownloadProgress>? progress = null,
        TimeSpan? patience = null,
        CancellationToken token = default) =>
        DatasetDownload.GetAsync(files, address, scratch.Folder, progress, token, patience ?? FileDownload.DefaultPatience);

    private async Task<string> Refusal(Uri address, TimeSpan? patience = null)
    {
        try
        {
            await Get(address, [Wanted], patience: patience);
        }
        catch (WageException refused)
        {
            Assert.That(refused.Message, Does.Not.Contain("\n"));
            return refused.Message;
        }

        return "nothing was refused";
    }

    private string[] Names() =>
        [.. Directory.GetFileSystemEntries(scratch.Folder).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];

    private byte[] Bytes(string name) => System.IO.File.ReadAllBytes(scratch.Path(name));

    private sealed class Listener(List<DownloadProgress> told, Action? then = null) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            told.Add(value);
            then?.Invoke();
        }
    }
}
