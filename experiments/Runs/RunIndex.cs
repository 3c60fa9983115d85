namespace Wage.Experiments.Runs;

/// <summary>Finds the runs below a folder: its own folders, and those of sweeps one level further down.</summary>
internal static class RunIndex
{
    private const int Depth = 3;

    /// <summary>The orders of a list, by name.</summary>
    public static IReadOnlyList<string> Orders { get; } = ["name", "started", "best", "last", "recipe", "state"];

    /// <summary>Every run below the folder, by path. Folders that cannot be read are passed over.</summary>
    /// <exception cref="WageException">There is no such folder.</exception>
    public static IReadOnlyList<RunCard> Below(string root)
    {
        if (!Directory.Exists(root)) throw new WageException($"{root}: there is no such folder.",
            "`wage train` makes runs; --root names the folder of others.");
        return [.. Folders(root, Depth).Order(StringComparer.Ordinal).Select(path => RunCard.Of(new RunFolder(path)))];
    }

    /// <summary>The run in this folder, or the one of this name below the root.</summary>
    /// <exception cref="WageException">There is none.</exception>
    public static RunCard Open(string nameOrPath, string root)
    {
        foreach (var path in (string[])[nameOrPath, Path.Combine(root, nameOrPath)])
        {
            var folder = new RunFolder(path);
            if (Directory.Exists(path) && folder.HoldsRun) return RunCard.Of(folder);
        }

        var names = Directory.Exists(root) ? Folders(root, Depth).Select(path => Path.GetRelativePath(root, path)).ToList() : [];
        var nearest = NearestName.Of(nameOrPath, names);
        throw new WageException(
            $"{OneLine.Of(nameOrPath)}: is no run folder.", nearest is null
                ? "`wage runs` lists the runs." : $"did you mean {Path.Combine(root, nearest)}?");
    }

    /// <summary>In the order of this name: errors and times ascending, runs without a value last.</summary>
    public static IEnumerable<RunCard> Sorted(IEnumerable<RunCard> runs, string order) => order switch
    {
        "started" => runs.OrderBy(run => run.Started is null).ThenBy(run => run.Started, StringComparer.Ordinal),
        "best" => runs.OrderBy(run => run.BestTestError ?? double.MaxValue),
        "last" => runs.OrderBy(run => run.LastTestError ?? double.MaxValue),
        "recipe" => runs.OrderBy(run => run.Recipe, StringComparer.Ordinal).ThenBy(run => run.Seed?.Length)
            .ThenBy(run => run.Seed, StringComparer.Ordinal),
        "state" => runs.OrderBy(run => run.State),
        _ => runs,
    };

    private static IEnumerable<string> Folders(string folder, int depth)
    {
        IEnumerable<string> children;
        try
        {
            children = [.. Directory.EnumerateDirectories(folder)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        foreach (var child in children)
        {
            if (new RunFolder(child).HoldsRun) yield return child;
            else if (depth > 1 && new DirectoryInfo(child).LinkTarget is null)
                foreach (var inner in Folders(child, depth - 1)) yield return inner;
        }
    }
}
