using System.Buffers.Binary;

namespace Wage.Data;

/// <summary>
/// The IDX files of MNIST and its relatives, plain or gzip: a big-endian magic (0, 0, type 8 for bytes, number of dimensions), a 32-bit
/// extent per dimension, then the bytes. LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
/// </summary>
public static class IdxFile
{
    private const uint ImageMagic = 0x00000803;
    private const uint LabelMagic = 0x00000801;

    /// <summary>Reads gray images [count, height, width, 1] and their labels.</summary>
    /// <param name="imagesPath">An IDX file of three dimensions.</param>
    /// <param name="labelsPath">An IDX file of one dimension, as long as the other has images.</param>
    /// <param name="classes">Labels must be below this number, 1..256.</param>
    /// <exception cref="WageException">A file is missing, damaged, of another kind or beyond 1 GiB, or the two do not match.</exception>
    public static ImageSet Read(string imagesPath, string labelsPath, int classes)
    {
        Span<int> extents = stackalloc int[3];
        var pixels = ReadBytes(imagesPath, "images", ImageMagic, extents);
        Span<int> length = stackalloc int[1];
        var labels = ReadBytes(labelsPath, "labels", LabelMagic, length);
        if (length[0] != extents[0])
        {
            throw new WageException(
                $"{labelsPath}: holds {length[0]} labels, but {imagesPath} holds {extents[0]} images; there must be one label each.");
        }

        RequireLabels(labelsPath, labels, classes);
        return new ImageSet(pixels, labels, extents[1], extents[2], 1);
    }

    /// <summary>Refuses a label that is not below <paramref name="classes"/>, by file and position.</summary>
    internal static void RequireLabels(string path, ReadOnlySpan<byte> labels, int classes)
    {
        if (classes >= 256) return;
        var wrong = labels.IndexOfAnyInRange((byte)classes, byte.MaxValue);
        if (wrong >= 0) throw new WageException($"{path}: label {wrong} is {labels[wrong]}, but labels must be below {classes}.");
    }

    private static byte[] ReadBytes(string path, string kind, uint expectedMagic, Span<int> extents)
    {
        using var file = DataFile.Open(path, gzip: true);
        Span<byte> header = stackalloc byte[4 + (4 * 3)];
        header = header[..(4 + (4 * extents.Length))];
        var what = $"its header of {header.Length} bytes";
        file.Read(header[..4], what);
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (magic != expectedMagic)
            throw new WageException($"{path}: begins with 0x{magic:X8}, but an IDX file of {kind} begins with 0x{expectedMagic:X8}.");
        file.Read(header[4..], what);

        // At most three factors below 2^32: the product fits 128 bits, so a declared size cannot wrap into a small one.
        var size = UInt128.One;
        for (var i = 0; i < extents.Length; i++)
        {
            var extent = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + (4 * i))..]);
            size *= extent;
            extents[i] = extent <= int.MaxValue ? (int)extent : int.MaxValue;
        }

        if (size == 0) throw new WageException($"{path}: declares the size {Declared(header[4..])}, but each extent must be at least 1.");
        if (size > (UInt128)DataFile.LargestSize)
        {
            throw new WageException(
                $"{path}: declares the size {Declared(header[4..])}, {size} bytes, but at most {DataFile.LargestSize} (1 GiB) are read.");
        }

        return file.ReadRest((int)size, header.Length);
    }

    private static string Declared(ReadOnlySpan<byte> extents)
    {
        var texts = new string[extents.Length / 4];
        for (var i = 0; i < texts.Length; i++) texts[i] = $"{BinaryPrimitives.ReadUInt32BigEndian(extents[(4 * i)..])}";
        return $"[{string.Join(',', texts)}]";
    }
}
