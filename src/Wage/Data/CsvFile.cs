using System.Buffers;
using System.Globalization;
using Wage.Files;

namespace Wage.Data;

/// <summary>
/// Images as lines of text: the label, then the pixels, whole numbers from 0 to 255 between commas; rows of interleaved pixels. The first line is a
/// header if its first field is no number.
/// </summary>
internal static class CsvFile
{
    private const long MostBytes = 6 * DataFile.LargestSize;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, plain text.</param>
    /// <param name="size">Rows and columns of an image; null: as many rows as columns.</param>
    /// <exception cref="WageException">A field is no number from 0 to 255, a line has another length, or the pixels make no image.</exception>
    public static ImageSet Read(string path, (int Height, int Width)? size)
    {
        var (pixels, labels) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        var (number, columns) = (0, 0);
        foreach (var line in BoundedFile.Lines(path, "CSV file", MostBytes))
        {
            number++;
            if (line.Length == 0) continue;
            if (number == 1 && !IsNumber(line.AsSpan()[..FirstComma(line)])) continue;
            var fields = Fields(path, number, line, labels, pixels);
            if (fields == 0)
                throw new WageException($"{path}:{number}: has a label, but no pixels.", "a line is a label and its pixels: 7,0,0,255,...");
            if (columns == 0) columns = fields;
            if (fields != columns)
                throw new WageException($"{path}:{number}: has {fields} pixels, but the first image has {columns}; all must have as many.");
            if (pixels.WrittenCount > DataFile.LargestSize)
                throw new WageException($"{path}:{number}: brings the pixels to more than {DataFile.LargestSize} bytes (1 GiB); no more is read.");
        }

        if (columns == 0) throw new WageException($"{path}: has no image.", "a line is a label and its pixels: 7,0,0,255,...");
        var (height, width, channels) = Shape(path, columns, size);
        return new ImageSet(pixels.WrittenSpan.ToArray(), labels.WrittenSpan.ToArray(), height, width, channels);
    }

    private static int FirstComma(string line) => line.IndexOf(',', StringComparison.Ordinal) is var comma and >= 0 ? comma : line.Length;

    private static bool IsNumber(ReadOnlySpan<char> field) => field.Trim() is [(>= '0' and <= '9') or '-' or '+' or '.', ..];

    private static int Fields(string path, int number, string line, ArrayBufferWriter<byte> labels, ArrayBufferWriter<byte> pixels)
    {
        var rest = line.AsSpan();
        for (var field = 0; ; field++)
        {
            var comma = rest.IndexOf(',');
            var text = (comma < 0 ? rest : rest[..comma]).Trim();
            if (!byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                throw new WageException(
                    $"{path}:{number}: {(field == 0 ? "its label" : $"pixel {field}")} is '{OneLine.Quote(text.ToString())}', " +
                    "but must be a whole number from 0 to 255.", Hint(line));
            (field == 0 ? labels : pixels).GetSpan(1)[0] = value;
            (field == 0 ? labels : pixels).Advance(1);
            if (comma < 0) return field;
            rest = rest[(comma + 1)..];
        }
    }

    /// <summary>What programs write in place of numbers and commas.</summary>
    private static string? Hint(string line) => line.Contains('\0') || line.Contains('\uFFFD') ? "save it as a text in UTF-8; it is none."
        : line.IndexOfAny([';', '\t']) >= 0 ? "a line is numbers with commas between them: 7,0,0,255,..."
        : line.Contains('"') ? "write the numbers without quotes: 7,0,0,255,..." : null;

    /// <summary>The given size in gray or color, else a square in gray or color.</summary>
    private static (int Height, int Width, int Channels) Shape(string path, int pixels, (int Height, int Width)? size)
    {
        foreach (var channels in (int[])[1, 3])
        {
            if (size is { } given && (long)given.Height * given.Width * channels == pixels) return (given.Height, given.Width, channels);
        }

        foreach (var channels in (int[])[1, 3])
        {
            for (var side = 1; pixels % channels == 0 && side <= pixels / channels / side; side++)
            {
                if (side * side * channels == pixels) return (side, side, channels);
            }
        }

        throw new WageException(
            $"{path}: has {pixels} pixels a line, which are no square image in gray or color" +
            (size is { } wrong ? $", nor one of {wrong.Height}x{wrong.Width}." : "."),
            $"set {Term.ImageSize} to HEIGHTxWIDTH.");
    }
}
