using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Runs;

/// <summary>Runs of one configuration that differ in nothing but the seed.</summary>
/// <param name="Name">What tells the group from the others.</param>
/// <param name="Runs">One or more, in the order given.</param>
internal sealed record RunGroup(string Name, IReadOnlyList<RunRecord> Runs)
{
    private const string Seed = "training.seed";

    /// <summary>The groups, in the order of their first runs. The same seed twice is no repetition: such runs stay apart.</summary>
    public static IReadOnlyList<RunGroup> Of(IReadOnlyList<RunRecord> runs)
    {
        List<List<RunRecord>> groups = [];
        foreach (var run in runs)
        {
            if (groups.Find(group => Repeats(group, run)) is { } known) known.Add(run);
            else groups.Add([run]);
        }

        if (groups.Count == runs.Count) return [.. RunNames.Of(runs).Zip(runs, (name, run) => new RunGroup(name, [run]))];
        if (groups.Count == 1) return [new RunGroup($"{runs.Count} seeds", runs)];
        var names = Names(groups);
        return [.. groups.Zip(names, (group, name) => new RunGroup(name, group))];
    }

    /// <summary>The mean over the runs and its spread at each epoch that all of them reached, errors in percent; empty when one has none.</summary>
    public IReadOnlyList<(int Epoch, SampleStatistics Percent)> ChooserErrors()
    {
        var epochs = Runs.Min(run => run.Rows.Count);
        return [.. Enumerable.Range(0, epochs).Select(i =>
            (Runs[0].Rows[i].Epoch, SampleStatistics.Of([.. Runs.Select(run => 100 * run.Rows[i].ChooserError)])))];
    }

    /// <summary>The smallest test errors in percent: each run's best of the epochs that all of them reached, as the paper measures.</summary>
    public SampleStatistics? Best()
    {
        var epochs = Runs.Min(run => run.Rows.Count);
        return epochs == 0 ? null : SampleStatistics.Of([.. Runs.Select(run => 100 * run.Rows.Take(epochs).Min(row => row.ChooserError))]);
    }

    private static bool Repeats(List<RunRecord> group, RunRecord run) =>
        group.TrueForAll(other => other.Recipe[Seed] != run.Recipe[Seed])
            && RunNames.DifferingKeys([group[0].Recipe, run.Recipe]).All(key => key == Seed);

    /// <summary>
    /// By what differs but the seed, as <see cref="RunNames.Of"/>; a folder of seeds gives its name rather than that of its first run.
    /// </summary>
    private static IReadOnlyList<string> Names(IReadOnlyList<List<RunRecord>> groups)
    {
        var firsts = groups.Select(group => group[0]).ToList();
        var seed = new Recipes.GivenValue(Seed, firsts[0].Recipe[Seed], "group");
        var names = RunNames.Of([.. firsts.Select(run => run with { Recipe = run.Recipe.With([seed]) })]);
        if (!names.SequenceEqual(firsts.Select(run => run.FolderName))) return names;
        var folders = groups.Select(group => group.Count == 1 ? group[0].FolderName : Path.GetFileName(Parent(group[0]))).ToList();
        return folders.TrueForAll(name => name.Length > 0) && folders.Distinct().Count() == folders.Count ? folders : names;
    }

    private static string Parent(RunRecord run) =>
        Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run.Folder.Path))) ?? string.Empty;
}
