namespace Wage.Data;

/// <summary>The data sets by name, and where their files lie below the data folder: a folder per data set, original file names.</summary>
public static class DatasetCatalog
{
    private const ulong DigitsSeed = 2018;
    private const int DigitsTrain = 20_000;
    private const int DigitsTest = 4_000;

    /// <summary>Every name that <see cref="Load"/> knows, the one that needs no files first.</summary>
    public static IReadOnlyList<string> Names { get; } = ["digits", "mnist", "fashion-mnist", "cifar10", "cifar100", "svhn"];

    /// <summary>Draws or reads a data set.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="folder">The folder that holds a folder per data set; not used by digits, which is drawn.</param>
    /// <exception cref="WageException">The name is unknown, or a folder or file is missing, damaged or not what its name says.</exception>
    public static Dataset Load(string name, string? folder)
    {
        ArgumentNullException.ThrowIfNull(name);
        switch (name)
        {
            case "digits":
                return SyntheticDigits.Create(DigitsSeed, DigitsTrain, DigitsTest);
            case "mnist" or "fashion-mnist":
                var idx = Folder(name, folder);
                return new Dataset(name, Idx(name, idx, "train"), Idx(name, idx, "t10k"), 10);
            case "cifar10":
                var ten = Folder(name, folder, "cifar-10-batches-bin");
                string[] batches = [.. Enumerable.Range(1, 5).Select(i => File(name, ten, $"data_batch_{i}.bin"))];
                return new Dataset(name, CifarFile.Read(batches, 10), CifarFile.Read([File(name, ten, "test_batch.bin")], 10), 10);
            case "cifar100":
                var hundred = Folder(name, folder, "cifar-100-binary");
                var (train, test) = (File(name, hundred, "train.bin"), File(name, hundred, "test.bin"));
                return new Dataset(name, CifarFile.Read([train], 100), CifarFile.Read([test], 100), 100);
            case "svhn":
                var house = Folder(name, folder);
                return new Dataset(name, SvhnFile.Read(File(name, house, "train_32x32.mat")), SvhnFile.Read(File(name, house, "test_32x32.mat")), 10);
            default:
                var nearest = NearestName.Of(name, Names);
                throw new WageException(
                    $"data set '{OneLine.Quote(name)}': is unknown; the data sets are {string.Join(", ", Names)}.",
                    nearest is null ? null : $"did you mean {nearest}?");
        }
    }

    /// <summary>The data set's folder, or the one inside it that the original archive unpacks to.</summary>
    private static string Folder(string name, string? root, string? unpacked = null)
    {
        if (string.IsNullOrWhiteSpace(root)) throw new WageException($"{name}: no data folder is given.", WaysOut(name));
        if (root.Contains('\0', StringComparison.Ordinal))
            throw new WageException($"{name}: the data folder '{OneLine.Quote(root)}' is no path.", WaysOut(name));
        var own = Path.Combine(root, name);
        if (!Directory.Exists(own)) throw new WageException($"{name}: there is no folder {Path.GetFullPath(own)}.", WaysOut(name));
        if (unpacked is null) return own;
        var inner = Path.Combine(own, unpacked);
        return Directory.Exists(inner) ? inner : own;
    }

    private static ImageSet Idx(string name, string folder, string split) =>
        IdxFile.Read(File(name, folder, $"{split}-images-idx3-ubyte", ".gz"), File(name, folder, $"{split}-labels-idx1-ubyte", ".gz"), 10);

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

    private static string WaysOut(string name) =>
        "--data DIR or WAGE_DATA sets the folder that holds a folder per data set; " +
        name switch
        {
            "cifar100" => "unpack cifar-100-binary.tar.gz into its folder cifar100.",
            "svhn" => "put train_32x32.mat and test_32x32.mat (the cropped digits) into its folder svhn.",
            _ => $"`wage data get {name}` fetches it.",
        };
}
