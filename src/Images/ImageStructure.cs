using System.Buffers.Binary;
using Wage.Files;

namespace Wage.Images;

/// <summary>
/// Whether a file of pictures is whole. Decoders are lenient: what a cut file lacks becomes gray or black, and a network would be trained on it. So
/// its
/// parts are walked through first; nothing is decoded.
/// </summary>
internal static class ImageStructure
{
    private const string Truncated = "is truncated";

    private static ReadOnlySpan<byte> PngMark => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>What is wrong with a file, as the end of a sentence; null: it is a whole PNG, JPEG, BMP or GIF as far as its structure
    /// tells.</summary>
    public static string? FaultOf(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(PngMark)) return Png(file);
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return Jpeg(file);
        if (file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8)) return Gif(file);
        return file.StartsWith("BM"u8) ? Bmp(file) : "is no PNG, JPEG, BMP or GIF (its first bytes are the mark of none)";
    }

    /// <summary>Chunks of length, type, data and checksum, to IEND.</summary>
    private static string? Png(ReadOnlySpan<byte> file)
    {
        for (var rest = file[8..]; rest.Length >= 12;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12) return Truncated;
            var chunk = rest.Slice(4, (int)length + 4);
            if (Crc32.Of(chunk) != BinaryPrimitives.ReadUInt32BigEndian(rest[((int)length + 8)..]))
                return "is damaged: the checksum of a part does not match";
            if (chunk.StartsWith("IEND"u8)) return null;
            rest = rest[((int)length + 12)..];
        }

        return Truncated;
    }

    /// <summary>Segments to the first scan, and behind it the mark of the end, which no scan can hold: there, FF is followed by 0 or a
    /// restart.</summary>
    private static string? Jpeg(ReadOnlySpan<byte> file)
    {
        for (var rest = file[2..]; rest.Length >= 4;)
        {
            if (rest[0] != 0xFF) return "is damaged: a part does not begin with its mark";
            if (rest[1] == 0xFF)
            {
                rest = rest[1..];
                continue;
            }

            if (rest[1] == 0xDA) return rest.IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) < 0 ? Truncated : null;
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (length > rest.Length - 2) return Truncated;
            rest = rest[(length + 2)..];
        }

        return Truncated;
    }

    /// <summary>The screen, its colors, extensions, and the first image to the end of its blocks.</summary>
    private static string? Gif(ReadOnlySpan<byte> file)
    {
        if (file.Length < 13) return Truncated;
        var rest = Behind(file, 13 + Colors(file[10]));
        while (rest.Length > 0)
        {
            var isImage = rest[0] == 0x2C;
            if (rest[0] == 0x3B) return "holds no image";
            if (!isImage && rest[0] != 0x21) return "is damaged: a part does not begin with its mark";
            if (isImage && rest.Length < 11) return Truncated;
            rest = Behind(rest, isImage ? 11 + Colors(rest[9]) : 2);
            while (rest.Length > 0 && rest[0] != 0) rest = Behind(rest, rest[0] + 1);
            if (rest.Length == 0) return Truncated;
            rest = rest[1..];
            if (isImage) return rest.Length == 0 ? Truncated : null;
        }

        return Truncated;

        static int Colors(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
        static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> bytes, int count) => count <= bytes.Length ? bytes[count..] : default;
    }

    /// <summary>Rows of 4-byte multiples behind the header.</summary>
    private static string? Bmp(ReadOnlySpan<byte> file)
    {
        if (file.Length < 54) return Truncated;
        var (begin, header) = (BinaryPrimitives.ReadUInt32LittleEndian(file[10..]), BinaryPrimitives.ReadUInt32LittleEndian(file[14..]));
        if (header < 40) return "is a BMP of OS/2, which is not read";
        var (width, height) = (BinaryPrimitives.ReadInt32LittleEndian(file[18..]), BinaryPrimitives.ReadInt32LittleEndian(file[22..]));
        var (bits, compression) = (BinaryPrimitives.ReadUInt16LittleEndian(file[28..]), BinaryPrimitives.ReadUInt32LittleEndian(file[30..]));
        if (compression is not (0 or 3 or 6)) return "is a compressed BMP, which is not read";
        var row = (((Int128)Math.Max(width, 0) * bits) + 31) / 32 * 4;
        return begin + (row * Int128.Abs(height)) > file.Length ? Truncated : null;
    }
}
