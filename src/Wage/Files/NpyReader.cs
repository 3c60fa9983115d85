using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Wage.Data;

namespace Wage.Files;

/// <summary>
/// Reads NumPy's .npy format, versions 1 to 3, as far as data sets need it: integers of 1 to 8 bytes, row-major, little-endian, each from 0 to 255.
/// </summary>
internal static class NpyReader
{
    private const int MostHeaderBytes = 1 << 14;
    private const int MostRank = 8;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads an array.</summary>
    /// <param name="stream">Read from its beginning; what follows the array stays.</param>
    /// <param name="owner">What it is, for messages: "data.npz: x_train".</param>
    /// <exception cref="WageException">It is no such array, ends early, or has more than 2^30 elements.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static (int[] Shape, byte[] Values) Read(Stream stream, string owner)
    {
        Span<byte> start = stackalloc byte[12];
        Fill(start[..8]);
        if (!start.StartsWith(Magic) || start[6] is < 1 or > 3)
            throw new WageException($"{owner}: is no array of NumPy (.npy, versions 1 to 3): its first bytes are another mark.");
        var bytes = start[6] == 1 ? 2 : 4;
        Fill(start.Slice(8, bytes));
        var length = bytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (length > MostHeaderBytes) throw new WageException($"{owner}: its header declares {length} bytes; at most {MostHeaderBytes} are read.");
        var text = new byte[length];
        Fill(text);
        var (type, shape) = Header(Encoding.Latin1.GetString(text), owner);
        var count = 1L;
        foreach (var extent in shape)
        {
            count *= extent;
            if (extent < 1 || count > DataFile.LargestSize)
                throw new WageException(
                    $"{owner}: has the shape ({string.Join(", ", shape)}); extents must be at least 1 and their product at most 2^30 (1 GiB).");
        }

        return (shape, Values(count, type));

        void Fill(Span<byte> part)
        {
            if (stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false) < part.Length)
                throw new WageException($"{owner}: is truncated: it ends inside its header.");
        }

        byte[] Values(long count, (int Size, bool IsSigned) type)
        {
            var piece = new byte[type.Size << 13];
            var (read, number) = (0L, 0);
            var values = GrowingArray.Read((int)count, 0, part =>
            {
                var filled = 0;
                while (filled < part.Length)
                {
                    var wanted = Math.Min(piece.Length, (part.Length - filled) * type.Size);
                    var got = stream.ReadAtLeast(piece.AsSpan(0, wanted), wanted, throwOnEndOfStream: false) / type.Size;
                    for (var i = 0; i < got; i++) part[filled++] = Value(piece.AsSpan(i * type.Size, type.Size), type.IsSigned, number++);
                    if (got * type.Size < wanted) break;
                }

                read += filled;
                return filled;
            });
            return read == count ? values : throw new WageException($"{owner}: is truncated: {count} elements are declared, but {read} follow.");
        }

        byte Value(ReadOnlySpan<byte> element, bool isSigned, int number)
        {
            if (!element[1..].ContainsAnyExcept((byte)0) && !(isSigned && element.Length == 1 && element[0] > 127)) return element[0];
            throw new WageException($"{owner}: element {number} is below 0 or above 255, but pixels and labels are from 0 to 255.");
        }
    }

    private static ((int Size, bool IsSigned) Type, int[] Shape) Header(string text, string owner)
    {
        if (Between(text, "'descr':", "'", "'") is not { } type || Between(text, "'fortran_order':", "", ",") is not { } order
            || Between(text, "'shape':", "(", ")") is not { } shape || order is not ("True" or "False"))
            throw new WageException($"{owner}: has the header '{OneLine.Quote(text)}', which is not one of NumPy's.");
        if (type is not (['|' or '<', 'u' or 'i', '1'] or ['<', 'u' or 'i', '2' or '4' or '8']))
            throw new WageException(
                $"{owner}: holds elements of type '{OneLine.Quote(type)}', but pixels and labels are whole numbers (i or u of 1 to 8 bytes, " +
                "little-endian).",
                "convert it: x.astype('uint8').");
        if (order == "True")
            throw new WageException($"{owner}: is stored column by column (fortran_order).", "np.ascontiguousarray(x) makes it row by row.");
        var parts = shape.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var extents = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (i == MostRank || !int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out extents[i]))
                throw new WageException($"{owner}: has the shape ({OneLine.Quote(shape)}), which is not read.");
        }

        return ((type[2] - '0', type[1] == 'i'), extents);
    }

    /// <summary>What stands behind a key between two marks, or null where it does not.</summary>
    private static string? Between(string text, string key, string begin, string end)
    {
        var at = text.IndexOf(key, StringComparison.Ordinal);
        if (at < 0) return null;
        var value = text[(at + key.Length)..].TrimStart();
        if (!value.StartsWith(begin, StringComparison.Ordinal)) return null;
        var to = value.IndexOf(end, begin.Length, StringComparison.Ordinal);
        return to < 0 ? null : value[begin.Length..to].Trim();
    }
}
