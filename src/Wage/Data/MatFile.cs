using System.Buffers.Binary;
using System.IO.Compression;

namespace Wage.Data;

/// <summary>
/// Arrays of unsigned bytes in a MATLAB level 5 file, plain or compressed: what the SVHN data set needs, and no more. "MAT-File Format", The
/// MathWorks: 128
/// bytes of header; then elements of an 8-byte tag (type, bytes) and their data, a multiple of 8; an array is an element of elements (flags,
/// dimensions,
/// name, values); a compressed element holds another as a zlib stream.
/// </summary>
internal static class MatFile
{
    private const int HeaderSize = 128;
    private const int Int8 = 1;
    private const int UInt8 = 2;
    private const int Int32 = 5;
    private const int UInt32 = 6;
    private const int Matrix = 14;
    private const int Compressed = 15;
    private const int UInt8Class = 9;
    private const int MostDimensions = 8;
    private const int LongestName = 63;
    private const int MostArrays = 64;

    /// <summary>Reads the arrays of these names; others are passed over without being read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">The arrays wanted, each a real uint8 array.</param>
    /// <exception cref="WageException">The file is missing, not of this format, damaged or cut; an array is missing, of another type, or exceeds 1
    /// GiB.</exception>
    public static IReadOnlyDictionary<string, MatArray> Read(string path, params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        using var file = DataFile.Open(path, gzip: false);
        var header = new byte[HeaderSize];
        file.Read(header, $"its header of {HeaderSize} bytes");
        if (!header.AsSpan().StartsWith("MATLAB 5.0 MAT-file"u8) || header[124] != 0 || header[125] != 1 || header[126] != 'I' || header[127] != 'M')
        {
            throw new WageException(
                $"{path}: is not a little-endian MATLAB level 5 file.", "SVHN's files are; level 7.3 files are HDF5 and are not read.");
        }

        var found = new Dictionary<string, MatArray>(StringComparer.Ordinal);
        var position = (long)HeaderSize;
        var tag = new byte[8];
        for (var count = 0; position < file.Length && found.Count < names.Count; count++)
        {
            if (count == MostArrays) throw new WageException($"{path}: has more than {MostArrays} arrays.");
            file.Read(tag, "an element's tag");
            var (type, size) = (BinaryPrimitives.ReadInt32LittleEndian(tag), BinaryPrimitives.ReadUInt32LittleEndian(tag.AsSpan(4)));
            position += tag.Length;
            if (size > file.Length - position)
                throw new WageException($"{path}: is truncated: an element declares {size} bytes, but {file.Length - position} follow.");
            using var content = file.Part(size);
            if (type == Compressed) ReadCompressed(path, content, names, found);
            else if (type == Matrix) new Reader(path, content, size).Array(names, found);
            content.SkipRest();
            position += size;
        }

        foreach (var name in names)
        {
            if (!found.ContainsKey(name)) throw new WageException($"{path}: has no array '{name}'.",
                "is it one of SVHN's cropped digits (train_32x32.mat, test_32x32.mat)?");
        }

        return found;
    }

    private static void ReadCompressed(string path, Stream content, IReadOnlyList<string> names, Dictionary<string, MatArray> found)
    {
        using var inflated = new ZLibStream(content, CompressionMode.Decompress, leaveOpen: true);
        var tag = new byte[8];
        Reader.Fill(path, inflated, tag);
        if (BinaryPrimitives.ReadInt32LittleEndian(tag) != Matrix) return;
        var before = found.Count;
        new Reader(path, inflated, BinaryPrimitives.ReadUInt32LittleEndian(tag.AsSpan(4))).Array(names, found);
        if (found.Count > before) RequireEnd(path, inflated);
    }

    /// <summary>Only the padding to a multiple of 8 may follow an array; reaching the end makes the decoder compare its checksum.</summary>
    private static void RequireEnd(string path, Stream inflated)
    {
        try
        {
            if (inflated.ReadAtLeast(new byte[8], 8, throwOnEndOfStream: false) < 8) return;
        }
        catch (InvalidDataException fault)
        {
            throw new WageException($"{path}: a compressed array is damaged.", "fetch or copy the file again.", fault);
        }

        throw new WageException($"{path}: is damaged: an array is followed by more than its padding.", "fetch or copy the file again.");
    }

    /// <summary>Reads one array's elements, never more than it declares.</summary>
    private sealed class Reader(string path, Stream content, long left)
    {
        /// <summary>Reads the array if its name is wanted.</summary>
        public void Array(IReadOnlyList<string> names, Dictionary<string, MatArray> found)
        {
            var flags = Small("array flags", UInt32, 8);
            var dimensionBytes = Small("dimensions", Int32, 4 * MostDimensions);
            var name = System.Text.Encoding.ASCII.GetString(Small("name", Int8, LongestName));
            if (!names.Contains(name, StringComparer.Ordinal)) return;
            if (found.ContainsKey(name)) throw Damaged($"the array '{name}' is there twice");
            if (flags.Length != 8) throw Damaged("array flags are not 8 bytes");
            if (flags[0] != UInt8Class || (flags[1] & 0x08) != 0)
            {
                var complex = (flags[1] & 0x08) != 0 ? " (complex)" : string.Empty;
                throw new WageException($"{path}: the array '{name}' has MATLAB class {flags[0]}{complex}, but must be uint8 (class {UInt8Class}).");
            }

            if (dimensionBytes.Length < 8 || dimensionBytes.Length % 4 != 0) throw Damaged($"the array '{name}' has no proper dimensions");
            var (dimensions, size) = (new int[dimensionBytes.Length / 4], (Int128)1);
            for (var i = 0; i < dimensions.Length; i++)
            {
                dimensions[i] = BinaryPrimitives.ReadInt32LittleEndian(dimensionBytes.AsSpan(4 * i));
                if (dimensions[i] < 0) throw Damaged($"the array '{name}' has the extent {dimensions[i]}");
                size *= dimensions[i];
                if (size > DataFile.LargestSize)
                    throw new WageException($"{path}: the array '{name}' declares more than {DataFile.LargestSize} bytes (1 GiB).");
            }

            var (type, bytes, inline) = Tag();
            if (type != UInt8 || bytes != (long)size)
                throw Damaged($"the array '{name}' has {bytes} bytes of type {type}, but {size} of type {UInt8} (uint8) are declared");
            found.Add(name, new MatArray(dimensions, inline is null ? GrowingArray.Read((int)size, 0, Take) : inline[..(int)bytes]));
        }

        /// <summary>Fills the buffer or says that the file is damaged.</summary>
        public static void Fill(string path, Stream stream, Span<byte> buffer)
        {
            try
            {
                if (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) == buffer.Length) return;
            }
            catch (InvalidDataException fault)
            {
                throw new WageException($"{path}: a compressed array is damaged.", "fetch or copy the file again.", fault);
            }

            throw new WageException($"{path}: is truncated: it ends inside an array.", "fetch or copy the file again.");
        }

        /// <summary>An element of at most <paramref name="most"/> bytes.</summary>
        private byte[] Small(string what, int expected, int most)
        {
            var (type, size, inline) = Tag();
            if (type != expected || size > most)
                throw Damaged($"the {what} have type {type} and {size} bytes, but must have type {expected} and at most {most}");
            if (inline is not null) return inline[..(int)size];
            var bytes = new byte[size];
            Take(bytes);
            Take(new byte[(8 - (size % 8)) % 8]);
            return bytes;
        }

        /// <summary>A tag; with at most 4 bytes of data the data may be in it.</summary>
        private (int Type, long Size, byte[]? Inline) Tag()
        {
            var tag = new byte[8];
            Take(tag);
            var type = BinaryPrimitives.ReadInt32LittleEndian(tag);
            if (type >> 16 == 0) return (type, BinaryPrimitives.ReadUInt32LittleEndian(tag.AsSpan(4)), null);
            var size = type >> 16;
            return size is > 0 and <= 4 ? (type & 0xFFFF, size, tag[4..]) : throw Damaged($"a small element declares {size} bytes");
        }

        private int Take(Span<byte> buffer)
        {
            if (buffer.Length > left) throw Damaged("an element is longer than its array");
            left -= buffer.Length;
            Fill(path, content, buffer);
            return buffer.Length;
        }

        private WageException Damaged(string how) => new($"{path}: is damaged: {how}.", "fetch or copy the file again.");
    }
}

/// <summary>An array of bytes as MATLAB stores it: the first index varies fastest.</summary>
/// <param name="Dimensions">Its extents.</param>
/// <param name="Values">As many bytes as the extents multiply to.</param>
public sealed record MatArray(IReadOnlyList<int> Dimensions, byte[] Values);
