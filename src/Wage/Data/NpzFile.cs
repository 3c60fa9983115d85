using System.IO.Compression;
using Wage.Files;

namespace Wage.Data;

/// <summary>
/// NumPy's .npz: a zip archive of arrays. Images are [count, height, width] or [count, height, width, channels], labels [count] or [count, 1], by the
/// names that Keras (x_train, y_train, x_test, y_test), MedMNIST (train_images, train_labels, val_images, ...) and np.savez(images=, labels=) use.
/// </summary>
internal static class NpzFile
{
    private const int MostEntries = 1 << 10;

    private static readonly (string Images, string Labels)[] Training = [("x_train", "y_train"), ("train_images", "train_labels")];
    private static readonly (string Images, string Labels)[] Tests = [("x_test", "y_test"), ("test_images", "test_labels")];
    private static readonly (string Images, string Labels)[] Validations =
        [("x_val", "y_val"), ("x_valid", "y_valid"), ("val_images", "val_labels")];

    private static readonly (string Images, string Labels)[] Wholes = [("images", "labels"), ("x", "y"), ("X", "y"), ("data", "labels")];

    /// <summary>The sets of a file, all of its images as training images where it has no test set.</summary>
    /// <exception cref="WageException">It is no such archive, is damaged, or has no arrays of these names.</exception>
    public static RawSets Read(string path)
    {
        using var file = BoundedFile.Open(path, "file", 4 * DataFile.LargestSize);
        try
        {
            using var archive = ZipDirectory.Open(file, path, MostEntries);
            var train = Find(archive, Training) ?? Find(archive, Wholes);
            if (train is not { } names)
                throw new WageException(
                    $"{path}: has no images and labels; its arrays are " +
                    $"{OneLine.Quote(string.Join(", ", archive.Entries.Select(entry => Stem(entry.FullName))))}.",
                    "np.savez(path, images=..., labels=...), or x_train, y_train, x_test, y_test.");
            return new RawSets(Set(names)!, Set(Find(archive, Tests)), Set(Find(archive, Validations)));

            ImageSet? Set((string Images, string Labels)? pair) => pair is not { } found ? null
                : ImagesAndLabels($"{path}: {found.Images}", Array(archive, path, found.Images), $"{path}: {found.Labels}",
                    Array(archive, path, found.Labels));
        }
        catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException or ArgumentException
            or OverflowException or FormatException)
        {
            throw new WageException($"{path}: is damaged or no .npz file ({OneLine.Quote(error.Message).TrimEnd('.')}).", null, error);
        }
    }

    private static (string Images, string Labels)? Find(ZipArchive archive, IEnumerable<(string Images, string Labels)> pairs)
    {
        foreach (var pair in pairs)
        {
            if (archive.GetEntry(pair.Images + ".npy") is not null && archive.GetEntry(pair.Labels + ".npy") is not null) return pair;
        }

        return null;
    }

    private static (int[] Shape, byte[] Values) Array(ZipArchive archive, string path, string name)
    {
        var entry = archive.GetEntry(name + ".npy")!;
        using var content = new ChecksumStream(entry.Open());
        var array = NpyReader.Read(content, $"{path}: {name}");
        if (content.ReadByte() >= 0) throw new WageException($"{path}: {name}: goes on after the elements that its header declares.");
        if (content.Checksum != entry.Crc32) throw new WageException($"{path}: {name}: is damaged: its checksum does not match.");
        return array;
    }

    private static ImageSet ImagesAndLabels(
        string imagesName, (int[] Shape, byte[] Values) images, string labelsName, (int[] Shape, byte[] Values) labels)
    {
        var shape = images.Shape;
        var isRight = shape.Length is 3 or 4 && shape[1..].All(side => side <= ImagePreparation.MostSide);
        if (!isRight)
            throw new WageException($"{imagesName}: has the shape ({string.Join(", ", shape)}), but images are (count, height, width[, channels]).");
        if (labels.Values.Length != shape[0])
            throw new WageException(
                $"{labelsName}: has the shape ({string.Join(", ", labels.Shape)}), but there are {shape[0]} images; there must be one label each.");
        return new ImageSet(images.Values, labels.Values, shape[1], shape[2], shape.Length == 4 ? shape[3] : 1);
    }

    private static string Stem(string name) => name.EndsWith(".npy", StringComparison.Ordinal) ? name[..^4] : name;

    /// <summary>An entry's bytes, and the CRC-32 of those read.</summary>
    internal sealed class ChecksumStream(Stream content) : ForwardStream
    {
        public uint Checksum { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var read = content.Read(buffer);
            Checksum = Crc32.Of(buffer[..read], Checksum);
            return read;
        }

        public override int ReadByte()
        {
            Span<byte> one = stackalloc byte[1];
            return Read(one) == 1 ? one[0] : -1;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) content.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>What a file or folder holds: test images only where it has a set of them.</summary>
internal sealed record RawSets(ImageSet Train, ImageSet? Test, ImageSet? Validation);
