using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Wage.Backends;
using Wage.Numbers;
using Wage.Simulation.Compression;
using Wage.Tensors;
using Wage.Tests.Data;
using Wage.Tests.Experiments;
using Wage.Tests.Traces;

namespace Wage.Tests.Simulation.Compression;

/// <summary>.npz, .safetensors and compressed files: bytes by hand, files of other programs, and files that lie.</summary>
[Parallelizable]
public sealed class WeightFileTests
{
    private const string Header = "{" + Tensors + "," + Notes + "}";

    private const string Tensors =
        """
        "w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"n":{"dtype":"I64","shape":[],"data_offsets":[16,24]}
        """;

    private const string Notes =
        """
        "__metadata__":{"format":"pt"}
        """;

    /// <summary>1, -2, 0.5 and 3 as float32, and 7 as int64.</summary>
    private static readonly byte[] Data =
        [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F, 0, 0, 0x40, 0x40, 7, 0, 0, 0, 0, 0, 0, 0];

    private ScratchFolder scratch = null!;

    [SetUp]
    public void Make() => scratch = new ScratchFolder();

    [TearDown]
    public void Clean() => scratch.Dispose();

    [Test]
    public void SafetensorsAreReadAsTheirBytesSay()
    {
        var set = Read("a.safetensors", Safetensors(Header, Data));
        Assert.That(set.Tensors.Select(tensor => (tensor.Name, tensor.Type, $"{tensor.Shape}")),
            Is.EqualTo(new[] { ("w", ElementType.Float32, "[2,2]"), ("n", ElementType.Int64, "[]") }));
        Assert.That(CompressedWeightsTests.Values(set.Tensors[0]), Is.EqualTo(new[] { 1, -2, 0.5f, 3 }));
        Assert.That(set.Tensors[1].Bytes, Is.EqualTo(Data[16..]));
        Assert.That(set.Notes, Is.EqualTo(new Dictionary<string, string> { ["format"] = "pt" }));
    }

    [Test]
    public void SafetensorsAreWrittenAsTheirFormatSays()
    {
        Read("a.safetensors", Safetensors(Header, Data)).Write(scratch.In("b.safetensors"));
        const string written = "{" + Notes + "," + Tensors + "}";
        Assert.That(File.ReadAllBytes(scratch.In("b.safetensors")), Is.EqualTo(Safetensors(written.PadRight((written.Length + 7) / 8 * 8), Data)));
    }

    [TestCase("F16", new byte[] { 0x00, 0x3C, 0x01, 0x00, 0xFF, 0xFB }, new[] { 1f, 5.9604645e-8f, -65504f })]
    [TestCase("BF16", new byte[] { 0x80, 0x3F, 0x40, 0xC0, 0x01, 0x00 }, new[] { 1f, -3f, 9.1835496e-41f })]
    [TestCase(
        "F64", new byte[] { 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0x9A, 0x99, 0x99, 0x99, 0x99, 0x99, 0xB9, 0x3F },
        new[] { 1f, -2f, 0.1f })]
    public void FloatsOfOtherWidthsBecomeFloat32(string type, byte[] data, float[] values)
    {
        var header = $$$"""{"w":{"dtype":"{{{type}}}","shape":[3],"data_offsets":[0,{{{data.Length}}}]}}""";
        Assert.That(CompressedWeightsTests.Values(Read("a", Safetensors(header, data)).Tensors[0]), Is.EqualTo(values));
    }

    [TestCase("", "no .safetensors file")]
    [TestCase("[]", "no .safetensors file")]
    [TestCase("{}", "24 bytes follow its header, but its tensors have 0")]
    [TestCase("{\"a\":5}", "no .safetensors file")]
    [TestCase("{\"a\":{\"shape\":[6],\"data_offsets\":[0,24]}}", "dtype is missing")]
    [TestCase("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[24],\"data_offsets\":[0,24]}}", "holds elements of type 'F8_E4M3'")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0,20]}}", "lies at 0 to 20")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,20]}}", "24 bytes follow its header, but its tensors have 20")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[7],\"data_offsets\":[0,28]}}", "lies at 0 to 28, but 24 bytes follow")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[4,24]}}", "should begin at 0")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[-24,0]}}", "should begin at 0")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0]}}", "has 1 parts, not 2")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", "has the shape (0)")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536],\"data_offsets\":[0,24]}}", "1073741824 bytes in all")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1e99],\"data_offsets\":[0,24]}}", "no .safetensors file")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},\"b\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}",
        "should begin at 12")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[12,24]}}",
        "'a' is there twice")]
    public void ASafetensorsThatLiesIsRefusedInALine(string header, string reason)
    {
        var bytes = Safetensors(header, Data);
        File.WriteAllBytes(scratch.In("a"), bytes);
        var refused = Assert.Throws<WageException>(() => SafetensorsFile.Read(scratch.In("a")));
        Assert.That(refused!.Message, Does.Contain(reason).And.Not.Contain("\n"));
    }

    [Test]
    public void AHeaderOfMoreThanTheFileTakesNoMemory()
    {
        var bytes = Safetensors(Header, Data);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        Assert.That(() => Read("a", bytes), Throws.TypeOf<WageException>().With.Message.Contains("claims a header of 18446744073709551615 bytes"));
    }

    [Test]
    public void ArraysOfNumpyAreRead()
    {
        var set = Read("a.npz", OwnDatasetTests.Npz(true, ("w", OwnDatasetTests.Npy("<f4", "(2, 2)", Data[..16])),
            ("half", OwnDatasetTests.Npy("<f2", "(1,)", [0, 0x3C])), ("steps", OwnDatasetTests.Npy("<i8", "()", Data[16..]))));
        Assert.That(set.Tensors.Select(tensor => (tensor.Name, tensor.Type, $"{tensor.Shape}")),
            Is.EqualTo(new[] { ("w", ElementType.Float32, "[2,2]"), ("half", ElementType.Float32, "[1]"), ("steps", ElementType.Int64, "[]") }));
        Assert.That(CompressedWeightsTests.Values(set.Tensors[0]), Is.EqualTo(new[] { 1, -2, 0.5f, 3 }));
        set.Write(scratch.In("b.npz"));
        var again = WeightSet.Read(scratch.In("b.npz"));
        Assert.That(again.Tensors.Select(tensor => tensor.Bytes), Is.EqualTo(set.Tensors.Select(tensor => tensor.Bytes)));
        set.Write(scratch.In("c.npz"));
        Assert.That(File.ReadAllBytes(scratch.In("c.npz")), Is.EqualTo(File.ReadAllBytes(scratch.In("b.npz"))), "no time is in it");
    }

    [TestCase("|b1", "(16,)", "holds elements of type '|b1'")]
    [TestCase(">f4", "(2, 2)", "holds elements of type '>f4'")]
    [TestCase("<f4", "(2, 3)", "is truncated: 24 bytes are declared, but 16 follow")]
    [TestCase("<f4", "(3,)", "goes on after the elements")]
    [TestCase("<f4", "(0, 3)", "has the shape (0, 3)")]
    [TestCase("<f4", "(65536, 65536)", "1073741824 bytes in all")]
    public void AnArrayThatLiesIsRefused(string type, string shape, string reason) => Assert.That(
        () => Read("a.npz", OwnDatasetTests.Npz(false, ("w", OwnDatasetTests.Npy(type, shape, Data[..16])))),
        Throws.TypeOf<WageException>().With.Message.Contains("a.npz: w: ").And.Message.Contains(reason));

    [Test]
    public void NumpyReadsWhatItWroteAfterARoundTrip()
    {
        Numpy.Require();
        const string write = """
            import numpy as np
            r = np.random.default_rng(1)
            np.savez('a.npz', w=r.normal(size=(8, 3, 3, 5)).astype('f4'), b=r.normal(size=8))
            """;
        Assert.That(Numpy.Execute(write, scratch.Path).Exit, Is.Zero);
        CompressedWeights.Of(WeightSet.Read(scratch.In("a.npz")), 8, Granularity.Channel).Write(scratch.In("a.wagez"));
        WeightSet.Read(scratch.In("a.wagez")).Write(scratch.In("b.npz"));
        const string read = """
            import numpy as np
            a, b = np.load('a.npz'), np.load('b.npz')
            w = a['w']; step = (w.max((1, 2, 3)) - w.min((1, 2, 3))) / 255
            near = (abs(w - b['w']).max((1, 2, 3)) <= step / 2 + 1e-6).all()
            print(b['w'].dtype, b['w'].shape, near, (b['b'] == a['b'].astype('f4')).all())
            """;
        Assert.That(Numpy.Execute(read, scratch.Path).Text.Trim(), Is.EqualTo("float32 (8, 3, 3, 5) True True"));
    }

    [Test]
    public void NotesStandInACompressedFile()
    {
        CompressedWeights.Of(Read("a.safetensors", Safetensors(Header, Data))).Write(scratch.In("a.wagez"));
        var back = WeightSet.Read(scratch.In("a.wagez"));
        Assert.That(back.Notes, Is.EqualTo(new Dictionary<string, string> { ["format"] = "pt" }));
        Assert.That(() => back.Write(scratch.In("b.wage")), Throws.TypeOf<WageException>().With.Message.Contains("are of no run"));
        Assert.That(() => back.Write(scratch.In("b.txt")), Throws.TypeOf<WageException>().With.Message.Contains("are written as .npz"));
        Assert.That(() => WeightSet.Read(scratch.In("none")), Throws.TypeOf<WageException>().With.Message.Contains("there is no such file"));
        Assert.That(() => Read("x", [1, 2, 3]), Throws.TypeOf<WageException>().With.Message.EndsWith("by its first bytes."));
    }

    [TestCase("\"bits\":8", "\"bits\":9", "is Float32 [16,40] in 1 ranges of 9 bits")]
    [TestCase("\"bits\":8", "\"bits\":1", "in 1 ranges of 1 bits")]
    [TestCase("\"bits\":8", "\"bits\":0", "in 1 ranges of 0 bits")]
    [TestCase("\"ranges\":1", "\"ranges\":3", "in 3 ranges of 8 bits")]
    [TestCase("\"ranges\":1", "\"ranges\":-1", "ranges is -1")]
    [TestCase("[16,40]", "[16,4000]", "bytes, but")]
    [TestCase("[16,40]", "[16,39]", "bytes follow its tensors")]
    [TestCase("[16,40]", "[65536,65536]", "has the shape [65536,65536]")]
    [TestCase("\"name\":\"w\"", "\"name\":\"\"", "has the name ''")]
    [TestCase("\"name\":\"w\"", "\"name\":\"b\"", "'b' is there twice")]
    [TestCase("\"type\":\"Float32\"", "\"type\":\"Float64\"", "has the type 'Float64'")]
    [TestCase("\"notes\":{}", "\"notes\":5", "cannot be read|that this program can read")]
    [TestCase("\"notes\":{}", "\"notes\":{},\"checkpoint\":{}", "is missing")]
    public void ACompressedFileThatLiesIsRefused(string part, string lie, string reason)
    {
        var set = new WeightSet(
        [
            CompressedWeightsTests.Floats("w", new Shape(16, 40), [.. Enumerable.Range(0, 640).Select(i => (float)i)]),
            CompressedWeightsTests.Floats("b", new Shape(3), [1, 2, 3]),
        ]);
        CompressedWeights.Of(set).Write(scratch.In("a.wagez"));
        Assert.That(WeightSet.Read(scratch.In("a.wagez")).Tensors, Has.Count.EqualTo(2));
        Reseal(header => ReplaceFirst(header, part, lie));
        Assert.That(() => CompressedWeights.Read(scratch.In("a.wagez")),
            Throws.TypeOf<WageException>().With.Message.Matches(Pattern(reason)).And.Message.StartsWith(scratch.In("a.wagez")));
    }

    [Test]
    public void ARangeThatIsNoneIsRefused()
    {
        CompressedWeights.Of(new WeightSet([CompressedWeightsTests.Floats("w", new Shape(4, 4), new float[16])])).Write(scratch.In("a.wagez"));
        foreach (var greatest in (float[])[float.NaN, float.PositiveInfinity, -1])
        {
            Reseal(header => header, payload => BinaryPrimitives.WriteSingleLittleEndian(payload.AsSpan(4), greatest));
            Assert.That(() => CompressedWeights.Read(scratch.In("a.wagez")), Throws.TypeOf<WageException>().With.Message.Contains("w: its range is"));
        }
    }

    [TestCase("dense1.velocity", "dense1.velosity", "but it is not there like that")]
    [TestCase("{\"name\":\"dense2.bias\"", "{\"name\":\"dense9.bias\"", "but it is not there like that|has no tensor")]
    public void TheTensorsOfACheckpointAreThoseOfItsHeader(string part, string lie, string reason)
    {
        using var backend = new HostBackend(1);
        using var trainer = FloatRuns.Start(backend, momentum: new Ratio(9, 10));
        CompressedWeights.Of(WeightSet.Of(trainer.Save("name: tiny\n"))).Write(scratch.In("a.wagez"));
        Reseal(header => ReplaceFirst(header, part, lie));
        Assert.That(() => CompressedWeights.Read(scratch.In("a.wagez")), Throws.TypeOf<WageException>().With.Message.Matches(Pattern(reason)));
    }

    private static string Pattern(string reasons) => string.Join('|', reasons.Split('|').Select(System.Text.RegularExpressions.Regex.Escape));

    private static string ReplaceFirst(string text, string part, string lie)
    {
        var at = text.IndexOf(part, StringComparison.Ordinal);
        Assert.That(at, Is.AtLeast(0), "the part is there");
        return text[..at] + lie + text[(at + part.Length)..];
    }

    /// <summary>Another header or payload with a checksum that holds.</summary>
    private void Reseal(Func<string, string> change, Action<byte[]>? damage = null)
    {
        var bytes = File.ReadAllBytes(scratch.In("a.wagez"));
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12));
        var header = Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(bytes, 16, length)));
        var payload = bytes[(16 + length)..^32];
        damage?.Invoke(payload);
        byte[] file = [.. bytes[..12], .. BitConverter.GetBytes(header.Length), .. header, .. payload];
        File.WriteAllBytes(scratch.In("a.wagez"), [.. file, .. SHA256.HashData(file)]);
    }

    private WeightSet Read(string name, byte[] bytes)
    {
        File.WriteAllBytes(scratch.In(name), bytes);
        return WeightSet.Read(scratch.In(name));
    }

    internal static byte[] Safetensors(string header, byte[] data) =>
        [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. data];
}
