using Wage.Data;

namespace Wage.Files;

/// <summary>
/// Reads NumPy's .npy format, versions 1 to 3, as far as data sets need it: integers of 1 to 8 bytes, row-major, little-endian, each from 0 to 255.
/// </summary>
internal static class NpyReader
{
    /// <summary>Reads an array.</summary>
    /// <param name="stream">Read from its beginning; what follows the array stays.</param>
    /// <param name="owner">What it is, for messages: "data.npz: x_train".</param>
    /// <exception cref="WageException">It is no such array, ends early, or has more than 2^30 elements.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static (int[] Shape, byte[] Values) Read(Stream stream, string owner)
    {
        var header = NpyHeader.Read(stream, owner);
        var (type, shape) = (Elements(header.Type, owner), header.Shape);
        var count = 1L;
        foreach (var extent in shape)
        {
            count *= extent;
            if (extent < 1 || count > DataFile.LargestSize)
                throw new WageException(
                    $"{owner}: has the shape ({string.Join(", ", shape)}); extents must be at least 1 and their product at most 2^30 (1 GiB).");
        }

        return (shape, Values(count, type));

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

    private static (int Size, bool IsSigned) Elements(string type, string owner) =>
        type is ['|' or '<', 'u' or 'i', '1'] or ['<', 'u' or 'i', '2' or '4' or '8']
            ? (type[2] - '0', type[1] == 'i')
            : throw new WageException(
                $"{owner}: holds elements of type '{OneLine.Quote(type)}', but pixels and labels are whole numbers (i or u of 1 to 8 bytes, " +
                "little-endian).",
                "convert it: x.astype('uint8').");
}
