namespace Wage.Data;

/// <summary>The data sets by name, and where their files lie below the data folder: a folder per data set, original file names.</summary>
public static class DatasetCatalog
{
    private const ulong DigitsSeed = 2018;
    private const int DigitsTrain = 20_000;
    private const int DigitsTest = 4_000;

    /// <summary>Every name that <see cref="Load"/> knows, the one that needs no files first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. DatasetFacts.All.Keys];

    /// <summary>What is known of a data set before its files are read; null for a name that is unknown.</summary>
    internal static DatasetFacts? FactsOf(string name) => DatasetFacts.All.GetValueOrDefault(name);

    /// <summary>The folder of a data set's files below the data folder.</summary>
    internal static string FolderOf(string name) => name.StartsWith("emnist-", StringComparison.Ordinal) ? "emnist" : name;

    /// <summary>Draws or reads a data set.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="folder">The folder that holds a folder per data set; not used by digits, which is synthetic.</param>
    /// <exception cref="WageException">The name is unknown, or a folder or file is missing, damaged or not what its name says.</exception>
    public static Dataset Load(string name, string? folder) => LoadFirst(name, folder, 0, 0);

    /// <summary>The same for who takes so many images from the beginning, 0: all. Of digits no more are made; what has files is read whole.</summary>
    internal static Dataset LoadFirst(string name, string? folder, int train, int test)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (FactsOf(name) is not { Names: var classNames })
        {
            var nearest = NearestName.Of(name, Names);
            throw new WageException(
                $"data set '{OneLine.Quote(name)}': is unknown; the data sets are {string.Join(", ", Names)}.",
                nearest is null ? null : $"did you mean {nearest}?");
        }

        if (name == "digits") return SyntheticDigits.Create(DigitsSeed, Made(train, DigitsTrain), Made(test, DigitsTest));
        var (trainImages, testImages) = Read(name, folder, classNames.Count);
        return new Dataset(name, trainImages, testImages, classNames.Count) { ClassNames = classNames };
    }

    private static int Made(int taken, int all) => taken > 0 ? Math.Min(taken, all) : all;

    private static (ImageSet Train, ImageSet Test) Read(string name, string? root, int classes)
    {
        switch (name)
        {
            case "mnist" or "fashion-mnist":
                var idx = Folder(name, root);
                return (Idx(name, idx, "train", "-labels-idx1-ubyte", classes), Idx(name, idx, "t10k", "-labels-idx1-ubyte", classes));
            case "qmnist":
                var own = Folder(name, root);
                return (Idx(name, own, "qmnist-train", "-labels-idx2-int", classes), Idx(name, own, "qmnist-test", "-labels-idx2-int", classes));
            case "cifar10":
                var ten = Folder(name, root, "cifar-10-batches-bin");
                string[] batches = [.. Enumerable.Range(1, 5).Select(i => File(name, ten, $"data_batch_{i}.bin"))];
                return (CifarFile.Read(batches, 10), CifarFile.Read([File(name, ten, "test_batch.bin")], 10));
            case "cifar100":
                var hundred = Folder(name, root, "cifar-100-binary");
                var (train, test) = (File(name, hundred, "train.bin"), File(name, hundred, "test.bin"));
                return (CifarFile.Read([train], 100), CifarFile.Read([test], 100));
            case "svhn":
                var house = Folder(name, root);
                return (SvhnFile.Read(File(name, house, "train_32x32.mat")), SvhnFile.Read(File(name, house, "test_32x32.mat")));
            default:
                var emnist = Folder(name, root, "gzip");
                return (Emnist(name, emnist, "train", classes), Emnist(name, emnist, "test", classes));
        }
    }

    /// <summary>The data set's folder, or the one inside it that the original archive unpacks to.</summary>
    private static string Folder(string name, string? root, string? unpacked = null)
    {
        if (string.IsNullOrWhiteSpace(root)) throw new WageException($"{name}: no data folder is given.", WaysOut(name));
        if (root.Contains('\0', StringComparison.Ordinal))
            throw new WageException($"{name}: the data folder '{OneLine.Quote(root)}' is no path.", WaysOut(name));
        var own = Path.Combine(root, FolderOf(name));
        if (!Directory.Exists(own)) throw new WageException($"{name}: there is no folder {Path.GetFullPath(own)}.", WaysOut(name));
        if (unpacked is null) return own;
        var inner = Path.Combine(own, unpacked);
        return Directory.Exists(inner) ? inner : own;
    }

    private static ImageSet Idx(string name, string folder, string split, string labels, int classes) =>
        IdxFile.Read(File(name, folder, $"{split}-images-idx3-ubyte", ".gz"), File(name, folder, split + labels, ".gz"), classes);

    /// <summary>EMNIST's images lie with rows and columns exchanged, and its letters are labelled from 1. Cohen et al. 2017.</summary>
    private static ImageSet Emnist(string name, string folder, string split, int classes) => IdxFile.Read(
        File(name, folder, $"{name}-{split}-images-idx3-ubyte", ".gz"), File(name, folder, $"{name}-{split}-labels-idx1-ubyte", ".gz"), classes,
        name == "emnist-letters" ? 1 : 0).Transposed();

    /// <summary>The file, or the same with <paramref name="packed"/> behind its name.</summary>
    private static string File(string name, string folder, string file, string? packed = null)
    {
        var path = Path.Combine(folder, file);
        if (System.IO.File.Exists(path)) return path;
        if (packed is not null && System.IO.File.Exists(path + packed)) return path + packed;
        var full = Path.GetFullPath(path);
        if (System.IO.File.Exists(path + ".xz"))
        {
            var all = Path.Combine(Path.GetFullPath(folder), "*.xz");
            throw new WageException($"{name}: there is only {full}.xz, but xz is not read.", $"unpack it: xz -dk {all}");
        }

        throw new WageException($"{name}: there is no file {full}{(packed is null ? "" : $" (nor with {packed})")}.", WaysOut(name));
    }

    private static Wording WaysOut(string name) => $"{new Term(TermKind.DataFolder)}; {WayOut(name)}";

    private static Wording WayOut(string name) =>
        name switch
        {
            "cifar100" => "unpack cifar-100-binary.tar.gz into its folder cifar100.",
            "svhn" => "put train_32x32.mat and test_32x32.mat (the cropped digits) into its folder svhn.",
            "qmnist" => "put qmnist-train-images-idx3-ubyte, qmnist-train-labels-idx2-int and the same of test into its folder qmnist.",
            _ when name.StartsWith("emnist", StringComparison.Ordinal) => "unpack gzip.zip of EMNIST into its folder emnist.",
            _ => (Wording)$"{new Term(TermKind.Download, name)} fetches it.",
        };
}
