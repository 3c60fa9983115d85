using System.IO.Compression;
using Wage.Data;
using Wage.Files;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Simulation.Compression;

/// <summary>Weights by name in NumPy's .npz: np.savez(path, **{'conv1': w, 'dense1.bias': b}).</summary>
internal static class NpzWeights
{
    private const int MostEntries = 1 << 12;
    private const string Suffix = ".npy";

    /// <summary>Every array of a file.</summary>
    /// <exception cref="WageException">It is no archive of arrays of numbers, is damaged, or unpacks to too much.</exception>
    public static WeightSet Read(string path)
    {
        using var file = BoundedFile.Open(path, "file", WeightSet.MostBytes);
        try
        {
            using var archive = ZipDirectory.Open(file, path, MostEntries);
            var (tensors, left) = (new List<SavedTensor>(), WeightSet.MostBytes);
            foreach (var entry in archive.Entries) tensors.Add(Read(entry, path, ref left));
            return new WeightSet(tensors);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw new WageException($"{path}: is damaged or no .npz file ({OneLine.Quote(error.Message).TrimEnd('.')}).", null, error);
        }
    }

    /// <summary>Writes an archive, not packed; the same bytes for the same weights.</summary>
    public static void Write(string path, WeightSet set) => AtomicFile.Write(path, stream =>
    {
        var archive = new StoredZip(stream);
        foreach (var tensor in set.Tensors)
        {
            var extents = new int[tensor.Shape.Rank];
            for (var i = 0; i < extents.Length; i++) extents[i] = tensor.Shape[i];
            archive.Add(tensor.Name + Suffix, NpyFile.Start(ForeignElements.Of(tensor.Type).Numpy, extents), tensor.Bytes);
        }

        archive.End();
    });

    private static SavedTensor Read(ZipArchiveEntry entry, string path, ref long left)
    {
        var name = entry.FullName.EndsWith(Suffix, StringComparison.Ordinal) ? entry.FullName[..^Suffix.Length] : entry.FullName;
        var owner = $"{path}: {OneLine.Quote(name)}";
        using var content = new NpzFile.ChecksumStream(entry.Open());
        var header = NpyHeader.Read(content, owner);
        var elements = ForeignElements.Named(owner, header.Type);
        var shape = elements.ShapeOf(owner, header.Shape);
        var size = shape.Length * elements.Size;
        left -= Math.Max(size, (long)shape.Length * elements.Type.Size());
        if (left < 0) throw new WageException($"{path}: unpacks to more than {WeightSet.MostBytes} bytes, which is the most that is read.");
        var bytes = GrowingArray.Read(size, 0, part => content.ReadAtLeast(part, part.Length, throwOnEndOfStream: false));
        if (bytes.Length < size) throw new WageException($"{owner}: is truncated: {size} bytes are declared, but {bytes.Length} follow.");
        if (content.ReadByte() >= 0) throw new WageException($"{owner}: goes on after the elements that its header declares.");
        if (content.Checksum != entry.Crc32) throw new WageException($"{owner}: is damaged: its checksum does not match.");
        return elements.Tensor(owner, name, shape, bytes);
    }
}
