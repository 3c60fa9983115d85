using System.Buffers.Binary;
using System.IO.Compression;

namespace Wage.Tests.Data;

/// <summary>A folder that goes when the test ends, and the files that tests put there.</summary>
internal sealed class Scratch : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("wage-data-").FullName;

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    public string Write(string name, byte[] bytes)
    {
        var path = Path(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>An IDX file: magic, extents, data.</summary>
    public static byte[] Idx(uint magic, uint[] extents, byte[] data)
    {
        var bytes = new byte[4 + (4 * extents.Length) + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, magic);
        for (var i = 0; i < extents.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 + (4 * i)), extents[i]);
        data.CopyTo(bytes, 4 + (4 * extents.Length));
        return bytes;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>0, 1, 2, ... modulo 251.</summary>
    public static byte[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i % 251))];

    /// <summary>What went wrong, which must be one line.</summary>
    public static string Refusal(Action action)
    {
        var message = Assert.Throws<WageException>(action)!.Message;
        Assert.That(message, Does.Not.Contain("\n"));
        return message;
    }
}
