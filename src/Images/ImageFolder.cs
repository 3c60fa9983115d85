using Wage.Data;

namespace Wage.Images;

/// <summary>
/// A data set of pictures in folders: a folder for each class, its name the class's; or such folders below `train`, `test` and, if there is one,
/// `validation`. Classes are numbered in the ordinal order of their names, pictures follow each other in that of their classes and names, whatever
/// the system lists first.
/// </summary>
public static class ImageFolder
{
    private static readonly string[] SystemFiles = ["Thumbs.db", "desktop.ini"];

    /// <summary>True for a folder with folders in it.</summary>
    public static bool Reads(string path) => Directory.Exists(path) && Folders(path).Length > 0;

    /// <summary>Reads a data set.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">
    /// The size, which pictures of several sizes need; channels (none named: gray if every picture is); the share of the test where there is no
    /// folder `test`, with the seed by which it is taken.
    /// </param>
    /// <exception cref="WageException">A file is damaged or no picture, sizes differ, a class has none, or all pixels exceed 1 GiB; it is
    /// named.</exception>
    public static Dataset Load(string path, DatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        if (!Reads(path)) throw new WageException($"{path}: holds no folder; a data set of pictures is a folder for each class.");
        string[] parts = [.. DataFolder.TrainNames, .. DataFolder.TestNames, .. DataFolder.ValidationNames];
        var isSplit = Folders(path).All(parts.Contains) && Folders(path).Any(DataFolder.TrainNames.Contains);
        var root = isSplit ? Part(path, DataFolder.TrainNames)! : path;
        var classes = Folders(root);
        if (classes.Length is < 2 or > 256)
            throw new WageException(
                $"{root}: has {classes.Length} folders of classes, but there must be from 2 to 256.",
                "make a folder for each class, with its pictures in it.");
        var (train, test, validation) = (Files(root, classes, true), Other(DataFolder.TestNames), Other(DataFolder.ValidationNames));
        var pictures = new PictureReader([.. train, .. test ?? [], .. validation ?? []], options);
        var whole = pictures.Read();
        var sets = new RawSets(
            whole.Select(i => i < train.Count), Set(test, train.Count), Set(validation, train.Count + (test?.Count ?? 0)));
        return OwnDataset.Complete(path, sets, classes, options);

        IReadOnlyList<(string Path, byte Label)>? Other(IReadOnlyList<string> names) =>
            isSplit && Part(path, names) is { } folder ? Files(folder, classes, false) : null;

        ImageSet? Set(IReadOnlyList<(string, byte)>? files, int first) =>
            files is null ? null : whole.Select(i => i >= first && i < first + files.Count);
    }

    private static string? Part(string path, IReadOnlyList<string> names) =>
        DataFolder.One(path, Folders(path).Where(names.Contains)) is { } name ? Path.Combine(path, name) : null;

    /// <summary>The folders' names in ordinal order, without hidden ones.</summary>
    private static string[] Folders(string path) =>
        [.. DataFolder.Names(path, Directory.GetDirectories).Where(name => name[0] != '.')];

    /// <summary>Every picture below a folder of classes.</summary>
    private static List<(string Path, byte Label)> Files(string root, string[] classes, bool mustHaveAll)
    {
        if (Folders(root).FirstOrDefault(name => !classes.Contains(name, StringComparer.Ordinal)) is { } stranger)
            throw new WageException(
                $"{Path.Combine(root, stranger)}: is a class that the training images do not have.",
                "give it training pictures, or move it elsewhere.");
        var files = new List<(string, byte)>();
        for (var label = 0; label < classes.Length; label++)
        {
            var folder = Path.Combine(root, classes[label]);
            if (!mustHaveAll && !Directory.Exists(folder)) continue;
            var before = files.Count;
            foreach (var name in DataFolder.Names(folder, Directory.GetFileSystemEntries))
            {
                if (name[0] == '.' || SystemFiles.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
                var file = Path.Combine(folder, name);
                if (!ImageFile.Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase) || Directory.Exists(file))
                    throw new WageException(
                        $"{file}: is no picture by its name; a class's folder holds {string.Join(", ", ImageFile.Extensions)} files only.",
                        "move it elsewhere or convert it.");
                files.Add((file, (byte)label));
            }

            if (mustHaveAll && files.Count == before)
                throw new WageException($"{folder}: holds no picture, but is the folder of a class.", "put its pictures there, or remove it.");
        }

        return files.Count > 0 ? files
            : throw new WageException($"{root}: holds no picture.", "put some into the folders of its classes, or remove it.");
    }
}
