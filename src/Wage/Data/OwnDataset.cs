using Wage.Files;

namespace Wage.Data;

/// <summary>
/// Data sets of one's own in files: an .npz or .csv file, or a folder of IDX files, of files in CIFAR's format, or of train.csv and test.csv.
/// Folders of pictures are read by the package Wage.Images.
/// </summary>
public static class OwnDataset
{
    private const int MostClasses = 256;
    private const string IdxImages = "-images-idx";
    private const string CifarWhole = "train.bin";

    /// <summary>The formats in words.</summary>
    public const string Formats =
        "an .npz file (images, labels), a .csv file (label, pixels), or a folder of IDX files (train-images-idx3-ubyte or NAME-train-..., ...), of "
        + "files in CIFAR's format (train.bin or data_batch_*.bin, test.bin) or of train.csv and test.csv";

    /// <summary>True when <see cref="Load"/> reads this place: a file, or a folder in which it finds files by their names.</summary>
    public static bool Reads(string path) => File.Exists(path) || (Directory.Exists(path) && FormatOf(path) is not null);

    /// <summary>Reads a data set. It has as many classes as its greatest label says, or as a file of class names beside CIFAR's has lines.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">What the images become, and how many are taken for the test where there are no test images.</param>
    /// <exception cref="WageException">There is no such place, a file is damaged or of no known format, or the parts do not fit together.</exception>
    public static Dataset Load(string path, DatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        if (FormatOf(path) is not { } read)
            throw new WageException($"{path}: is no data set: neither {Formats}.", $"{new Term(TermKind.DataFormats)} has the formats.");
        if (Directory.Exists(path) && TrainingFiles(path) is var (idx, cifar, csv)) DataFolder.One(path, new[] { idx, cifar, csv }.OfType<string>());
        var (sets, names) = read(path, options);
        return Complete(path, sets, names, options);
    }

    /// <summary>Takes the test images where there are none, counts the classes and gives all images one size.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="sets">What was read.</param>
    /// <param name="names">The names of the classes; null: as many numbers as labels are used.</param>
    /// <param name="options">See there.</param>
    internal static Dataset Complete(string path, RawSets sets, IReadOnlyList<string>? names, DatasetOptions options)
    {
        var (train, test) = sets.Test is { } own ? (sets.Train, own)
            : DatasetSplit.Take(sets.Train, options.Test, options.SplitSeed, 0, (Wording)$"{new Term(TermKind.TestShare)}");
        var labels = new[] { train, test, sets.Validation }.OfType<ImageSet>().Max(set => set.Labels.Max());
        var classes = names?.Count ?? labels + 1;
        if (classes < 2) throw new WageException($"{path}: has {classes} class, but needs at least 2.", "give images of another class too.");
        if (classes > MostClasses) throw new WageException($"{path}: has {classes} classes, but at most {MostClasses} are read.");
        var preparation = options.PreparationOf(train.Height, train.Width, train.Channels);
        var data = new Dataset(path, Prepared(train), Prepared(test), classes)
        {
            Validation = sets.Validation is { } some ? Prepared(some) : null,
            Preparation = preparation,
        };
        return names is null ? data : data with { ClassNames = names };

        // Images of several sizes become one only where it is named.
        ImageSet Prepared(ImageSet set) =>
            options.Size is null && (set.Height, set.Width) != (train.Height, train.Width) ? set : preparation.Apply(set);
    }

    private static Func<string, DatasetOptions, (RawSets, IReadOnlyList<string>?)>? FormatOf(string path)
    {
        if (File.Exists(path))
        {
            if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase)) return static (file, _) => (NpzFile.Read(file), null);
            if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
                return static (file, options) => (new RawSets(CsvFile.Read(file, options.Size), null, null), null);
            return null;
        }

        if (!Directory.Exists(path)) return null;
        var (idx, cifar, csv) = TrainingFiles(path);
        if (idx is not null) return static (folder, _) => (Idx(folder), null);
        if (cifar is not null) return Cifar;
        return csv is not null ? static (folder, options) => (Csv(folder, options), null) : null;
    }

    /// <summary>The first training file of each format.</summary>
    private static (string? Idx, string? Cifar, string? Csv) TrainingFiles(string folder)
    {
        var names = Names(folder);
        return (
            names.FirstOrDefault(name => IsIdx(name, DataFolder.TrainNames)), names.FirstOrDefault(IsCifarOfTraining),
            names.FirstOrDefault(name => name == "train.csv"));
    }

    /// <summary>The names of a folder's files, in ordinal order.</summary>
    private static string[] Names(string folder) => DataFolder.Names(folder, Directory.GetFiles);

    /// <summary>True for images of a part: its name is the last word before "-images-idx".</summary>
    private static bool IsIdx(string name, IEnumerable<string> words) =>
        name.IndexOf(IdxImages, StringComparison.Ordinal) is var end and >= 0 && words.Contains(name[..end].Split('-', '_')[^1]);

    private static bool IsCifarOfTraining(string name) =>
        name == CifarWhole || (name.StartsWith("data_batch", StringComparison.Ordinal) && name.EndsWith(".bin", StringComparison.Ordinal));

    private static RawSets Idx(string folder)
    {
        var names = Names(folder);
        return new RawSets(Read(DataFolder.TrainNames)!, Read(["t10k", .. DataFolder.TestNames]), Read(DataFolder.ValidationNames));

        ImageSet? Read(IReadOnlyList<string> words)
        {
            // A file may lie beside the .gz that it was unpacked from.
            var found = names.Where(name => IsIdx(name, words) && !(name.EndsWith(".gz", StringComparison.Ordinal) && names.Contains(name[..^3])));
            if (DataFolder.One(folder, found) is not { } images) return null;
            var stem = images[..images.IndexOf(IdxImages, StringComparison.Ordinal)];
            var labels = names.FirstOrDefault(name => name.StartsWith(stem + "-labels-idx", StringComparison.Ordinal))
                ?? throw new WageException($"{folder}: has {images}, but no {stem}-labels-idx1-ubyte beside it.",
                    "put its labels there under that name.");
            return IdxFile.Read(Path.Combine(folder, images), Path.Combine(folder, labels), MostClasses);
        }
    }

    private static (RawSets Sets, IReadOnlyList<string>? Names) Cifar(string folder, DatasetOptions options)
    {
        var hasCoarse = File.Exists(Path.Combine(folder, "fine_label_names.txt"));
        var meta = Path.Combine(folder, hasCoarse ? "fine_label_names.txt" : "batches.meta.txt");
        string[]? names = File.Exists(meta)
            ? [.. BoundedFile.Lines(meta, "list of class names", 1 << 16).Select(OneLine.Of).Where(name => name.Length > 0)] : null;
        var (height, width) = options.Size ?? (32, 32);
        string[] train = [.. Names(folder).Where(IsCifarOfTraining)];
        if (train.Length > 1 && train.Contains(CifarWhole)) DataFolder.One(folder, [CifarWhole, train[0]]);
        var test = DataFolder.One(folder, new[] { "test.bin", "test_batch.bin" }.Where(name => File.Exists(Path.Combine(folder, name))));
        return (new RawSets(Read(train), test is null ? null : Read([test]), null), names);

        ImageSet Read(string[] files) => CifarFile.Read(
            [.. files.Select(name => Path.Combine(folder, name))], Math.Min(names?.Length ?? MostClasses, MostClasses), hasCoarse, height, width);
    }

    private static RawSets Csv(string folder, DatasetOptions options)
    {
        return new RawSets(Read("train.csv")!, Read("test.csv"), Read("validation.csv"));

        ImageSet? Read(string name) => Path.Combine(folder, name) is var file && File.Exists(file) ? CsvFile.Read(file, options.Size) : null;
    }
}
