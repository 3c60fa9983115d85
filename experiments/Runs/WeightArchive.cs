using System.Buffers.Binary;
using System.IO.Compression;
using Wage.Data;
using Wage.Files;
using Wage.Tensors;

namespace Wage.Experiments.Runs;

/// <summary>
/// Weights by name in NumPy's .npz: np.savez(path, **{'conv1': w, 'dense1.bias': b}). Whole numbers are codes as they are stored; floats are weights,
/// of which the nearest code is taken, ties to even. Files are not trusted: only the model's arrays, in its shapes, are read, so that it bounds the
/// memory that a file takes, and what is declared must be there.
/// </summary>
internal static class WeightArchive
{
    private const long MostBytes = 1L << 32;
    private const int MostEntries = 1 << 12;

    /// <summary>An array of the file.</summary>
    /// <param name="Name">As the model would call it.</param>
    /// <param name="Shape">"[10,784]"; empty where the array was not opened.</param>
    /// <param name="Type">NumPy's, such as "&lt;f4".</param>
    /// <param name="Values">As doubles: exact for codes of up to 53 bits and for float32. Null where the model has none in this shape.</param>
    public sealed record Entry(string Name, string Shape, string Type, double[]? Values)
    {
        /// <summary>True for floats.</summary>
        public bool IsFloat => Type.Contains('f', StringComparison.Ordinal);
    }

    /// <summary>Every array of a file by its name, of equal names the first; with values those that the model has.</summary>
    /// <param name="path">The file.</param>
    /// <param name="wanted">The model's tensors by their names.</param>
    /// <exception cref="WageException">It is no archive of arrays of numbers, or is damaged.</exception>
    public static Dictionary<string, Entry> Read(string path, IReadOnlyDictionary<string, Shape> wanted)
    {
        using var file = BoundedFile.Open(path, "file", MostBytes);
        try
        {
            using var archive = ZipDirectory.Open(file, path, MostEntries);
            return archive.Entries.DistinctBy(NameOf).ToDictionary(NameOf, entry => Read(entry, path, wanted), StringComparer.Ordinal);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw new WageException($"{path}: is damaged or no .npz file ({OneLine.Quote(error.Message).TrimEnd('.')}).", null, error);
        }
    }

    private static string NameOf(ZipArchiveEntry entry) =>
        entry.FullName.EndsWith(".npy", StringComparison.Ordinal) ? entry.FullName[..^4] : entry.FullName;

    private static Entry Read(ZipArchiveEntry entry, string path, IReadOnlyDictionary<string, Shape> wanted)
    {
        var name = NameOf(entry);
        if (!wanted.TryGetValue(name, out var needed)) return new Entry(name, string.Empty, string.Empty, null);
        var owner = $"{path}: {OneLine.Quote(name)}";
        using var content = new NpzFile.ChecksumStream(entry.Open());
        var (type, shape) = NpyHeader.Read(content, owner);
        if (type is not ("|i1" or "<i2" or "<i4" or "<i8" or "<f4" or "<f8"))
            throw new WageException(
                $"{owner}: holds elements of type '{OneLine.Quote(type)}', but weights are int8 to int64, float32 or float64, little-endian.",
                "np.ascontiguousarray(x.astype('float32')).");
        var shown = $"[{string.Join(',', shape)}]";
        if (shown != needed.ToString()) return new Entry(name, shown, type, null);
        var size = type[2] - '0';
        var bytes = Bytes(content, checked(needed.Length * size), owner);
        if (content.ReadByte() >= 0) throw new WageException($"{owner}: goes on after the elements that its header declares.");
        if (content.Checksum != entry.Crc32) throw new WageException($"{owner}: is damaged: its checksum does not match.");
        var values = new double[needed.Length];
        for (var i = 0; i < values.Length; i++) values[i] = Value(type, bytes.AsSpan(i * size, size));
        return new Entry(name, shown, type, values);
    }

    private static double Value(string type, ReadOnlySpan<byte> bytes) => type switch
    {
        "|i1" => (sbyte)bytes[0],
        "<i2" => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        "<i4" => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "<i8" => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        "<f4" => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
    };

    private static byte[] Bytes(Stream content, int count, string owner)
    {
        using var bytes = new MemoryStream();
        var piece = new byte[Math.Min(Math.Max(count, 1), 1 << 16)];
        while (bytes.Length < count)
        {
            var got = content.Read(piece, 0, (int)Math.Min(piece.Length, count - bytes.Length));
            if (got == 0) throw new WageException($"{owner}: is truncated: {count} bytes are declared, but {bytes.Length} follow.");
            bytes.Write(piece, 0, got);
        }

        return bytes.ToArray();
    }
}
