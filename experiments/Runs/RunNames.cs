using Wage.Experiments.Recipes;

namespace Wage.Experiments.Runs;

/// <summary>Short names that tell several runs apart: by what differs between their configurations.</summary>
internal static class RunNames
{
    private const int MostKeys = 2;

    /// <summary>Keys that describe a run and do not change what it computes.</summary>
    private static readonly HashSet<string> Told =
        new(StringComparer.Ordinal) { "name", "paper", "published", "expected", "duration", Recipe.CommandLine, "training.checkpointSteps" };

    /// <summary>A name for each run, all different. One run has its recipe's name.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<RunRecord> runs)
    {
        if (runs.Count == 1) return [runs[0].Recipe.Name];
        return ByValues([.. runs.Select(run => run.Recipe)]) ?? Unequal(runs.Select(run => run.Recipe.Name))
            ?? Unequal(runs.Select(run => run.FolderName)) ?? [.. runs.Select(run => run.Folder.Path)];
    }

    /// <summary>The keys whose values differ between these and change what is computed, in the order of the table of keys.</summary>
    public static IReadOnlyList<string> DifferingKeys(IReadOnlyList<Recipe> recipes) =>
        [.. Recipe.Differences(recipes).Where(key => !Told.Contains(key))];

    /// <summary>True for keys that describe a run and do not change what it computes.</summary>
    public static bool IsDescription(string key) => Told.Contains(key);

    /// <summary>"kE 4, seed 2": these keys' last parts and their values.</summary>
    public static string Values(Recipe recipe, IEnumerable<string> keys) => string.Join(", ", keys.Select(key => $"{Word(key)} {recipe[key]}"));

    /// <summary>What a reader calls a key: its last part, the learning rate "lr".</summary>
    public static string Word(string key) => key == "training.eta" ? "lr" : Leaf(key);

    /// <summary>
    /// A folder's path, or that of the folder that it would have been when names still called the learning rate by its key, where only that is there.
    /// </summary>
    public static string Existing(string path)
    {
        var earlier = Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, Earlier(Path.GetFileName(path)));
        return !Directory.Exists(path) && Directory.Exists(earlier) ? earlier : path;
    }

    /// <summary>"kG=2-lr=1-seed7" as it was: "kG=2-eta=1-seed7".</summary>
    public static string Earlier(string name) =>
        name.Replace("lr=", "eta=", StringComparison.Ordinal).Replace("-lr-", "-eta-", StringComparison.Ordinal);

    /// <summary>
    /// The part of a key after its last dot, "epochs"; of a scheme's option its name, "kW", "ranges.E"; of a layer's, with the layer: "conv1.kW".
    /// </summary>
    public static string Leaf(string key) => LayerOptions.IsNamedBy(key) ? key[LayerOptions.Prefix.Length..]
        : RecipeKeys.OptionOf(key) ?? key[(key.LastIndexOf('.') + 1)..];

    private static List<string>? ByValues(IReadOnlyList<Recipe> recipes)
    {
        var keys = DifferingKeys(recipes);
        return keys.Count <= MostKeys ? Unequal(recipes.Select(recipe => Values(recipe, keys))) : null;
    }

    private static List<string>? Unequal(IEnumerable<string> names)
    {
        var all = names.ToList();
        return all.Distinct(StringComparer.Ordinal).Count() == all.Count && all.All(name => name.Length > 0) ? all : null;
    }
}
