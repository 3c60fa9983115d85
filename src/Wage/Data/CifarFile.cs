namespace Wage.Data;

/// <summary>
/// The binary versions of CIFAR-10 and CIFAR-100: records of one label (CIFAR-100: a coarse, then a fine one) and 3072 bytes, the red,
/// green and blue planes of a 32x32 image. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
/// </summary>
public static class CifarFile
{
    private const int Side = 32;
    private const int Channels = 3;
    private const int Plane = Side * Side;
    private const int ImageSize = Plane * Channels;

    /// <summary>Reads the files one after the other into images [count, 32, 32, 3], planes turned into interleaved pixels.</summary>
    /// <param name="paths">The files, each a whole number of records.</param>
    /// <param name="classes">10 for CIFAR-10's records; 100 for CIFAR-100's, of which the fine labels are kept.</param>
    /// <exception cref="WageException">A file is missing, ends inside a record, has a label out of range, or all exceed 1 GiB.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of classes is not 10 or 100.</exception>
    public static ImageSet Read(IReadOnlyList<string> paths, int classes)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (classes is not (10 or 100)) throw new ArgumentOutOfRangeException(nameof(classes), classes, "CIFAR has 10 or 100 classes");
        var labelSize = classes == 100 ? 2 : 1;
        var recordSize = labelSize + ImageSize;
        var counts = new int[paths.Count];
        var total = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Records(paths[i], recordSize);
            total += counts[i];
            var size = total * ImageSize;
            if (size > DataFile.LargestSize)
                throw new WageException($"{paths[i]}: brings the pixels to {size} bytes; at most {DataFile.LargestSize} (1 GiB) are read.");
        }

        var pixels = new byte[total * ImageSize];
        var labels = new byte[total];
        var first = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            var own = labels.AsSpan(first, counts[i]);
            ReadRecords(paths[i], labelSize, own, pixels.AsSpan(first * ImageSize, counts[i] * ImageSize));
            IdxFile.RequireLabels(paths[i], own, classes);
            first += counts[i];
        }

        return new ImageSet(pixels, labels, Side, Side, Channels);
    }

    private static int Records(string path, int recordSize)
    {
        using var file = DataFile.Open(path, gzip: false);
        var length = file.Length;
        if (length % recordSize != 0)
        {
            throw new WageException(
                $"{path}: has {length} bytes, but must be whole records of {recordSize} bytes: {length % recordSize} are left over " +
                "(it is truncated, compressed, or of the other CIFAR).");
        }

        return (int)Math.Min(length / recordSize, int.MaxValue);
    }

    private static void ReadRecords(string path, int labelSize, Span<byte> labels, Span<byte> pixels)
    {
        using var file = DataFile.Open(path, gzip: false);
        var record = new byte[labelSize + ImageSize];
        for (var i = 0; i < labels.Length; i++)
        {
            file.Read(record, $"record {i}");
            labels[i] = record[labelSize - 1];
            var planes = record.AsSpan(labelSize);
            var image = pixels.Slice(i * ImageSize, ImageSize);
            for (var p = 0; p < Plane; p++)
            {
                for (var c = 0; c < Channels; c++) image[(p * Channels) + c] = planes[(c * Plane) + p];
            }
        }
    }
}
