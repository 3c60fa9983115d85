namespace Wage.Data;

/// <summary>Folders of data sets: what they hold, and what its parts are called.</summary>
internal static class DataFolder
{
    /// <summary>The names of training images.</summary>
    public static IReadOnlyList<string> TrainNames { get; } = ["train", "training"];

    /// <summary>The names of test images.</summary>
    public static IReadOnlyList<string> TestNames { get; } = ["test", "testing"];

    /// <summary>The names of validation images.</summary>
    public static IReadOnlyList<string> ValidationNames { get; } = ["validation", "valid", "val"];

    /// <summary>The names of what a folder holds, in ordinal order.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="list">Lists the paths: files, folders or both.</param>
    /// <exception cref="WageException">It cannot be listed.</exception>
    public static string[] Names(string path, Func<string, string[]> list)
    {
        try
        {
            return [.. list(path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WageException(
                $"{path}: cannot be listed ({error.Message.TrimEnd('.')}).",
                path.Contains('\uFFFD') ? "its name has bytes that are not UTF-8, and no program in .NET can open it: rename it." : null, error);
        }
    }

    /// <summary>The one name of a part of a data set; null: there is none.</summary>
    /// <exception cref="WageException">There are two.</exception>
    public static string? One(string path, IEnumerable<string> names)
    {
        string[] two = [.. names.Take(2)];
        return two.Length < 2 ? two.FirstOrDefault() : throw new WageException(
            $"{path}: has {two[0]} and {two[1]}, which both name the same part of a data set.", "keep one of them there.");
    }
}
