namespace Wage.Data;

/// <summary>
/// The binary versions of CIFAR-10 and CIFAR-100, and files of their format: records of one label (CIFAR-100: a coarse, then a fine one) and the red,
/// green and blue planes of an image, 32x32 in the originals. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
/// </summary>
public static class CifarFile
{
    private const int Side = 32;
    private const int Channels = 3;
    private const int CoarseClasses = 20;

    /// <summary>Reads the files one after the other into images [count, 32, 32, 3], planes interleaved into pixels.</summary>
    /// <param name="paths">The files, each a whole number of records.</param>
    /// <param name="classes">10 for CIFAR-10's records; 100 for CIFAR-100's, of which the fine labels are kept.</param>
    /// <exception cref="WageException">A file is missing, ends inside a record, has a label out of range, or all exceed 1 GiB.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of classes is not 10 or 100.</exception>
    public static ImageSet Read(IReadOnlyList<string> paths, int classes)
    {
        if (classes is not (10 or 100)) throw new ArgumentOutOfRangeException(nameof(classes), classes, "CIFAR has 10 or 100 classes");
        return Read(paths, classes, hasCoarse: classes == 100, Side, Side);
    }

    /// <summary>Reads files of this format with images of any size and any number of classes.</summary>
    /// <param name="paths">The files, each a whole number of records.</param>
    /// <param name="classes">Labels must be below this number, 1..256.</param>
    /// <param name="hasCoarse">Whether a label of 20 coarse classes stands before each label.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <exception cref="WageException">A file is missing, ends inside a record, has a label out of range, or all exceed 1 GiB.</exception>
    public static ImageSet Read(IReadOnlyList<string> paths, int classes, bool hasCoarse, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var (labelSize, imageSize) = (hasCoarse ? 2 : 1, checked(height * width * Channels));
        var counts = new int[paths.Count];
        var total = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Records(paths[i], labelSize + imageSize, (height, width));
            total += counts[i];
            var size = total * imageSize;
            if (size > DataFile.LargestSize)
                throw new WageException($"{paths[i]}: brings the pixels to {size} bytes; at most {DataFile.LargestSize} (1 GiB) are read.");
        }

        var pixels = new byte[total * imageSize];
        var labels = new byte[total];
        var first = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            var own = labels.AsSpan(first, counts[i]);
            ReadRecords(paths[i], labelSize, own, pixels.AsSpan(first * imageSize, counts[i] * imageSize), imageSize);
            IdxFile.RequireLabels(paths[i], own, classes);
            first += counts[i];
        }

        return new ImageSet(pixels, labels, height, width, Channels);
    }

    private static int Records(string path, int recordSize, (int Height, int Width) image)
    {
        using var file = DataFile.Open(path, gzip: false);
        var length = file.Length;
        if (length % recordSize != 0)
        {
            throw new WageException(
                $"{path}: has {length} bytes, but must be whole records of {recordSize} bytes: {length % recordSize} are left over " +
                "(it is truncated, compressed, or of the other CIFAR).",
                image == (Side, Side) ? null : (Wording)$"{Term.ImageSize} says that its images are {image.Height}x{image.Width}.");
        }

        return (int)Math.Min(length / recordSize, int.MaxValue);
    }

    private static void ReadRecords(string path, int labelSize, Span<byte> labels, Span<byte> pixels, int imageSize)
    {
        using var file = DataFile.Open(path, gzip: false);
        var (record, plane) = (new byte[labelSize + imageSize], imageSize / Channels);
        for (var i = 0; i < labels.Length; i++)
        {
            file.Read(record, $"record {i}");
            if (labelSize == 2 && record[0] >= CoarseClasses)
                throw new WageException($"{path}: coarse label {i} is {record[0]}, but coarse labels must be below {CoarseClasses}.");
            labels[i] = record[labelSize - 1];
            var planes = record.AsSpan(labelSize);
            var image = pixels.Slice(i * imageSize, imageSize);
            for (var p = 0; p < plane; p++)
            {
                for (var c = 0; c < Channels; c++) image[(p * Channels) + c] = planes[(c * plane) + p];
            }
        }
    }
}
