using System.Buffers.Binary;

namespace Wage.Data;

/// <summary>
/// The IDX files of MNIST and its relatives, plain or gzip: a big-endian magic (0, 0, type, number of dimensions), a 32-bit extent per dimension,
/// then
/// the elements: bytes (type 8) or, for QMNIST's labels, big-endian Int32 (type 12). LeCun, Cortes and Burges, "The MNIST database of handwritten
/// digits"; Yadav and Bottou 2019 for QMNIST.
/// </summary>
public static class IdxFile
{
    private const uint ImageMagic = 0x00000803;
    private const uint ColorMagic = 0x00000804;
    private const uint LabelMagic = 0x00000801;
    private const uint Int32Magic = 0x00000C01;
    private const uint Int32TableMagic = 0x00000C02;
    private const int MostColumns = 64;

    /// <summary>Reads images [count, height, width, 1], or [count, height, width, channels] of a file with four dimensions, and their
    /// labels.</summary>
    /// <param name="imagesPath">An IDX file of three or four dimensions.</param>
    /// <param name="labelsPath">
    /// An IDX file as long as the other has images: bytes, Int32, or a table of Int32 [count, columns], as QMNIST's, whose first column is the class.
    /// </param>
    /// <param name="classes">Labels must be below this number, 1..256.</param>
    /// <param name="firstLabel">The label of the first class in the file: 1 for EMNIST's letters. It is subtracted.</param>
    /// <exception cref="WageException">A file is missing, damaged, of another kind or beyond 1 GiB, or the two do not match.</exception>
    public static ImageSet Read(string imagesPath, string labelsPath, int classes, int firstLabel = 0)
    {
        var (pixels, extents) = ReadPixels(imagesPath);
        Span<int> length = stackalloc int[4];
        var read = ReadBytes(labelsPath, "labels", [LabelMagic, Int32Magic, Int32TableMagic], length);
        if (length[0] != extents[0])
        {
            throw new WageException(
                $"{labelsPath}: holds {length[0]} labels, but {imagesPath} holds {extents[0]} images; there must be one label each.",
                "take both files of one set.");
        }

        var labels = Bytes(labelsPath, read, length[0]);
        if (firstLabel != 0) Shift(labelsPath, labels, firstLabel);
        RequireLabels(labelsPath, labels, classes);
        return new ImageSet(pixels, labels, extents[1], extents[2], extents[3]);
    }

    /// <summary>Reads the images of a file without their labels: all have the label 0.</summary>
    /// <param name="path">An IDX file of three or four dimensions.</param>
    /// <exception cref="WageException">The file is missing, damaged, of another kind or beyond 1 GiB.</exception>
    public static ImageSet ReadImages(string path)
    {
        var (pixels, extents) = ReadPixels(path);
        return new ImageSet(pixels, new byte[extents[0]], extents[1], extents[2], extents[3]);
    }

    private static (byte[] Pixels, int[] Extents) ReadPixels(string path)
    {
        var extents = new int[4];
        var pixels = ReadBytes(path, "images", [ImageMagic, ColorMagic], extents);
        if (Math.Max(Math.Max(extents[1], extents[2]), extents[3]) > ImagePreparation.MostSide)
            throw new WageException(
                $"{path}: declares images of {extents[1]}x{extents[2]}x{extents[3]}; no side may exceed {ImagePreparation.MostSide}.");
        return (pixels, extents);
    }

    /// <summary>Refuses a label that is not below <paramref name="classes"/>, by file and position.</summary>
    internal static void RequireLabels(string path, ReadOnlySpan<byte> labels, int classes)
    {
        if (classes >= 256) return;
        var wrong = labels.IndexOfAnyInRange((byte)classes, byte.MaxValue);
        if (wrong >= 0) throw new WageException($"{path}: label {wrong} is {labels[wrong]}, but labels must be below {classes}.");
    }

    /// <summary>The labels of a file of bytes as they are; of Int32, the first of each image.</summary>
    private static byte[] Bytes(string path, byte[] read, int count)
    {
        if (read.Length == count) return read;
        var (labels, stride) = (new byte[count], read.Length / count);
        for (var i = 0; i < count; i++)
        {
            var label = BinaryPrimitives.ReadInt32BigEndian(read.AsSpan(i * stride));
            if (label is < 0 or > 255) throw new WageException($"{path}: label {i} is {label}, but labels must be from 0 to 255.");
            labels[i] = (byte)label;
        }

        return labels;
    }

    private static void Shift(string path, Span<byte> labels, int first)
    {
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] < first) throw new WageException($"{path}: label {i} is {labels[i]}, but labels begin with {first}.");
            labels[i] -= (byte)first;
        }
    }

    /// <summary>The bytes of all elements; extents that the file does not have are 1.</summary>
    private static byte[] ReadBytes(string path, string kind, ReadOnlySpan<uint> magics, Span<int> extents)
    {
        using var file = DataFile.Open(path, gzip: true);
        Span<byte> header = stackalloc byte[4 + (4 * 4)];
        file.Read(header[..4], "the mark of an IDX file");
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (!magics.Contains(magic))
            throw new WageException($"{path}: begins with 0x{magic:X8}, but an IDX file of {kind} begins with 0x{magics[0]:X8}.");
        var (dimensions, isInt32) = ((int)(magic & 0xFF), magic is Int32Magic or Int32TableMagic);
        header = header[..(4 + (4 * dimensions))];
        file.Read(header[4..], $"its header of {header.Length} bytes");

        // At most four factors below 2^32 and a 4: what exceeds 2^125 stops at it, so a declared size cannot wrap into a small one.
        var size = isInt32 ? (UInt128)4 : 1;
        extents.Fill(1);
        for (var i = 0; i < dimensions; i++)
        {
            var extent = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + (4 * i))..]);
            size = UInt128.Min(size, (UInt128)1 << 93) * extent;
            extents[i] = extent <= int.MaxValue ? (int)extent : int.MaxValue;
        }

        if (size == 0) throw new WageException($"{path}: declares the size {Declared(header[4..])}, but each extent must be at least 1.");
        if (size > (UInt128)DataFile.LargestSize)
        {
            throw new WageException(
                $"{path}: declares the size {Declared(header[4..])}, {size} bytes, but at most {DataFile.LargestSize} (1 GiB) are read.");
        }

        if (magic == Int32TableMagic && extents[1] > MostColumns)
            throw new WageException($"{path}: declares the size {Declared(header[4..])}, but a table of labels has at most {MostColumns} columns.");
        return file.ReadRest((int)size, header.Length);
    }

    private static string Declared(ReadOnlySpan<byte> extents)
    {
        var texts = new string[extents.Length / 4];
        for (var i = 0; i < texts.Length; i++) texts[i] = $"{BinaryPrimitives.ReadUInt32BigEndian(extents[(4 * i)..])}";
        return $"[{string.Join(',', texts)}]";
    }
}
