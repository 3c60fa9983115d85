using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Wage.Models;
using Wage.Numbers;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>Headers that lie in a file whose checksum is right.</summary>
[Parallelizable]
public sealed class CheckpointHeaderTests
{
    internal static readonly Checkpoint Small = new(
        "recipe: tiny\nseed: 9\n# ünïcode \"quoted\"\n",
        ulong.MaxValue,
        2,
        3,
        new Score(-5, 25, 3, 60),
        new EpochResult(2, new Ratio(8, 1), new Score(7, 25, 1, 3), new Score(4, 25, 4, 6)),
        new EpochResult(1, new Ratio(3, 8), new Score(-1, 25, 2, 3), new Score(4, 25, 5, 6)),
        [
            new SavedTensor("dense1", ElementType.Int8, new Shape(2, 3), [1, 2, 3, 0xFF, 0x80, 6]),
            new SavedTensor("dense2", ElementType.Int16, new Shape(1, 2), [0, 1, 2, 3]),
        ])
    {
        StepsPerEpoch = 4,
        Beside = new Dictionary<string, long> { ["stats.jsonl"] = 1234, ["quiet.jsonl"] = 0 },
        Model = new ModelIdentity([new ModelTrait("scheme", "wage"), new ModelTrait("scheme.kW", "2")]),
        States =
        [
            new SavedTensor("dense1.rule.momentum", ElementType.Int32, new Shape(1, 2), [1, 0, 0, 0, 2, 0, 0, 0]),
            new SavedTensor("dense1.A.range", ElementType.Int64, new Shape(1), [9, 8, 7, 6, 5, 4, 3, 2]),
        ],
    };

    private string folder = string.Empty;

    [TestCase(16384, 16384, 1024, "data has images of 16384x16384x1024, more than 1073741824 bytes")]
    [TestCase(16384, 16384, 16, "data has images of 16384x16384x16, more than 1073741824 bytes")]
    [TestCase(16384, 16384, 4, null)]
    public void ImagesLargerThanAnyDataSetAreRefused(int height, int width, int channels, string? refusal)
    {
        var sides = $"\"height\": {height}, \"width\": {width}, \"channels\": {channels}";
        var json = $$"""{ "data": { {{sides}}, "fit": "Crop", "classes": ["a", "b"] } }""";
        using var header = JsonDocument.Parse(json);
        if (refusal is null) Assert.That(CheckpointData.Read(header.RootElement)!.Preparation.Channels, Is.EqualTo(channels));
        else Assert.That(() => CheckpointData.Read(header.RootElement), Throws.TypeOf<FormatException>().With.Message.EqualTo(refusal));
    }

    private string Path => System.IO.Path.Combine(folder, "last.wage");

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("wage-checkpoint-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    /// <summary>A file whose checksum is right and whose header lies: made with care, still refused in one line.</summary>
    [TestCase("\"shape\":[2,3]", "\"shape\":[2,4]")]
    [TestCase("\"shape\":[2,3]", "\"shape\":[2,2]")]
    [TestCase("\"shape\":[2,3]", "\"shape\":[2,-3]")]
    [TestCase("\"shape\":[2,3]", "\"shape\":[0,3]")]
    [TestCase("\"shape\":[2,3]", "\"shape\":[2147483647,2147483647]")]
    [TestCase("\"shape\":[2,3]", "\"shape\":[2.5,3]")]
    [TestCase("\"shape\":[2,3]", "\"shape\":6")]
    [TestCase("\"Int8\"", "\"Float32\"")]
    [TestCase("\"Int8\"", "\"17\"")]
    [TestCase("\"Int8\"", "null")]
    [TestCase("\"Int8\"", "\"99999999999999999999\"")]
    [TestCase("\"Int8\"", "\"Int8,Int16\"")]
    [TestCase("\"dense1\"", "\"\"")]
    [TestCase("\"dense1\"", "\"\\ud800\"")]
    [TestCase("\"beside\":{", "\"beside\":{\"a\":-1,")]
    [TestCase("\"beside\":{", "\"beside\":{\"a\":\"b\",")]
    [TestCase("[-5,25,3,60]", "[9223372036854775807,25,3,60]")]
    [TestCase("[-5,25,3,60]", "[-9223372036854775808,25,3,60]")]
    [TestCase("[-5,25,3,60]", "[32985348833281,25,3,60]")]
    [TestCase("[-5,25,3,60]", "[-5,25,61,60]")]
    [TestCase("[-5,25,3,60]", "[-5,25,-1,60]")]
    [TestCase("[-5,25,3,60]", "[-5,25,3,-60]")]
    [TestCase("[-5,25,3,60]", "[-5,25,3,16777217]")]
    [TestCase("[-5,25,3,60]", "[-5,1000,3,60]")]
    [TestCase("[-5,25,3,60]", "[-5,25,3]")]
    [TestCase("\"epoch\":2,", "\"epoch\":3,")]
    [TestCase("\"epoch\":2,", "\"epoch\":0,")]
    [TestCase("\"last\":{\"epoch\":2", "\"last\":{\"epoch\":1")]
    [TestCase("\"best\":{\"epoch\":1", "\"best\":{\"epoch\":0")]
    [TestCase("\"best\":{\"epoch\":1", "\"best\":{\"epoch\":2")]
    [TestCase("\"best\":{\"epoch\":1", "\"best\":{\"epoch\":3")]
    [TestCase("\"best\":{\"epoch\":1", "\"best\":null,\"x\":{\"epoch\":1")]
    [TestCase("[4,25,5,6]", "[4,25,3,6]")]
    [TestCase("[4,25,5,6]", "[4,25,5,7]")]
    [TestCase("\"epoch\":2,", "\"epoch\":-2,")]
    [TestCase("\"epoch\":2,", "\"epoch\":99999999999,")]
    [TestCase("\"epoch\":2,", "")]
    [TestCase("\"stepInEpoch\":3", "\"stepInEpoch\":\"3\"")]
    [TestCase("\"stepsPerEpoch\":4", "\"stepsPerEpoch\":2")]
    [TestCase("\"stepsPerEpoch\":4", "\"stepsPerEpoch\":0")]
    [TestCase("\"stepsPerEpoch\":4", "\"stepsPerEpoch\":2147483648")]
    [TestCase("\"stepsPerEpoch\":4", "\"stepsPerEpoch\":2147483647")]
    [TestCase("\"stepsPerEpoch\":4", "\"stepsPerEpoch\":null")]
    [TestCase("\"3/8\"", "\"0/8\"")]
    [TestCase("\"3/8\"", "7")]
    [TestCase("\"seed\":18446744073709551615", "\"seed\":18446744073709551616")]
    [TestCase("\"Int32\"", "\"Int64\"")]
    [TestCase("\"dense1.A.range\"", "\"dense1.rule.momentum\"")]
    [TestCase("\"dense1.A.range\"", "\"\"")]
    [TestCase("\"states\":[", "\"states\":null,\"x\":[")]
    [TestCase("\"states\":[", "\"states\":[7,")]
    [TestCase("\"model\":[", "\"x\":[")]
    [TestCase("\"model\":[", "\"model\":7,\"x\":[")]
    [TestCase("\"model\":[", "\"model\":[[],")]
    [TestCase("\"scheme\"", "\"\"")]
    [TestCase("\"scheme\"", "\"scheme.kW\"")]
    [TestCase("\"scheme\"", "7")]
    [TestCase("\"wage\"", "null")]
    [TestCase("\"wage\"", "\"\\ud800\"")]
    [TestCase("{\"config\"", "[\"config\"")]
    [TestCase("{\"config\"", "")]
    public void AHeaderThatLiesIsRefusedByName(string text, string lie)
    {
        var good = Written();
        var length = BinaryPrimitives.ReadInt32LittleEndian(good.AsSpan(12));
        var header = System.Text.Encoding.UTF8.GetString(good, 16, length);
        Assert.That(header, Does.Contain(text));
        var at = header.IndexOf(text, StringComparison.Ordinal);
        var changed = System.Text.Encoding.UTF8.GetBytes(header[..at] + lie + header[(at + text.Length)..]);
        AssertRefused(Sealed(good, changed, good[(16 + length)..^32]), lie);
    }

    [TestCase("\"dense1\"")]
    [TestCase("\"Int8\"")]
    [TestCase("\"3/8\"")]
    [TestCase("\"scheme.kW\"")]
    [TestCase("\"wage\"")]
    [TestCase("\"dense1.A.range\"")]
    public void AMessageQuotesAtMost80CharactersOfTheFile(string text)
    {
        var good = Written();
        var length = BinaryPrimitives.ReadInt32LittleEndian(good.AsSpan(12));
        var header = System.Text.Encoding.UTF8.GetString(good, 16, length).Replace(text, $"\"{new string('x', 100_000)}\"", StringComparison.Ordinal);
        var error = AssertRefused(Sealed(good, System.Text.Encoding.UTF8.GetBytes(header), good[(16 + length)..^32]), text);
        Assert.That(error.Message, Does.Contain(new string('x', 70)).And.Not.Contain(new string('x', 81)));
    }

    /// <summary>Version 1 kept every epoch's results in the header.</summary>
    [TestCase("", true)]
    [TestCase("\"epoch\":2,\"eta\"", false)]
    public void AnOlderCheckpointIsReadAndItsResultsAreChecked(string lie, bool isRead)
    {
        const string history = """
            [{"epoch":1,"eta":"3/8","train":[-1,25,2,3],"test":[4,25,5,6]},{"epoch":2,"eta":"8","train":[7,25,1,3],"test":[4,25,4,6]}]
            """;
        (Small with { States = [] }).Write(Path);
        var good = File.ReadAllBytes(Path);
        var length = BinaryPrimitives.ReadInt32LittleEndian(good.AsSpan(12));
        var header = System.Text.Encoding.UTF8.GetString(good, 16, length);
        var (from, to) = (header.IndexOf("\"last\"", StringComparison.Ordinal), header.IndexOf("\"weights\"", StringComparison.Ordinal));
        var results = isRead ? history : history.Replace("\"epoch\":1,\"eta\"", lie, StringComparison.Ordinal);
        var old = $"{header[..from]}\"history\":{results},{header[to..]}";
        good[8] = 1;
        var bytes = Sealed(good, System.Text.Encoding.UTF8.GetBytes(old), good[(16 + length)..^32]);
        if (!isRead)
        {
            AssertRefused(bytes, lie);
            return;
        }

        File.WriteAllBytes(Path, bytes);
        var read = Checkpoint.Read(Path);
        Assert.That((read.Epoch, read.StepInEpoch, read.Last, read.Best), Is.EqualTo((2, 3, Small.Last, Small.Best)));
        Assert.That(read.Beside, Is.Empty);
    }

    /// <summary>Version 2 said neither which model it is of nor any states.</summary>
    [Test]
    public void ACheckpointOfVersion2IsReadWithoutAModel()
    {
        (Small with { States = [], Model = null }).Write(Path);
        var good = File.ReadAllBytes(Path);
        var length = BinaryPrimitives.ReadInt32LittleEndian(good.AsSpan(12));
        var header = System.Text.Encoding.UTF8.GetString(good, 16, length)
            .Replace("\"model\":null,", string.Empty, StringComparison.Ordinal).Replace(",\"states\":[]", string.Empty, StringComparison.Ordinal);
        AssertRefused(Sealed(good, System.Text.Encoding.UTF8.GetBytes(header), good[(16 + length)..^32]), "as version 3 it says too little");
        good[8] = 2;
        File.WriteAllBytes(Path, Sealed(good, System.Text.Encoding.UTF8.GetBytes(header), good[(16 + length)..^32]));
        var read = Checkpoint.Read(Path);
        Assert.That((read.Epoch, read.Last, read.Best), Is.EqualTo((2, Small.Last, Small.Best)));
        Assert.That((read.Model, read.States.Count), Is.EqualTo(((ModelIdentity?)null, 0)));
        Assert.That(read.Weights.Select(w => w.Name), Is.EqualTo(new[] { "dense1", "dense2" }));
    }

    [TestCase(uint.MaxValue)]
    [TestCase(1u << 30)]
    [TestCase(0u)]
    public void AHeaderLengthThatLiesIsRefused(uint length)
    {
        var bytes = Written();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), length);
        SHA256.HashData(bytes.AsSpan(..^32), bytes.AsSpan(^32..));
        AssertRefused(bytes, $"{length}");
    }

    private static byte[] Sealed(byte[] file, byte[] header, byte[] payload)
    {
        byte[] bytes = [.. file[..12], 0, 0, 0, 0, .. header, .. payload, .. new byte[32]];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), header.Length);
        SHA256.HashData(bytes.AsSpan(..^32), bytes.AsSpan(^32..));
        return bytes;
    }

    private byte[] Written()
    {
        Small.Write(Path);
        return File.ReadAllBytes(Path);
    }

    private WageException AssertRefused(byte[] bytes, string what) => AssertRefused(Path, bytes, what);

    /// <summary>Reads these bytes as the checkpoint at the path: it must be refused in one line that begins with the path.</summary>
    internal static WageException AssertRefused(string path, byte[] bytes, string what)
    {
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<WageException>(() => Checkpoint.Read(path), what);
        Assert.That(error!.Message, Does.StartWith(path).And.Not.Contain("\n"), what);
        return error;
    }
}
