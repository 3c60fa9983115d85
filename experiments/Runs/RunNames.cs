using Wage.Experiments.Recipes;

namespace Wage.Experiments.Runs;

/// <summary>Short names that tell several runs apart: by what differs between their configurations.</summary>
internal static class RunNames
{
    private const int MostKeys = 2;

    private static readonly HashSet<string> Told = new(StringComparer.Ordinal) { "name", "paper", "published", "expected", "duration",
        "training.checkpointSteps" };

    /// <summary>A name for each run, all different. One run has its recipe's name.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<RunRecord> runs)
    {
        if (runs.Count == 1) return [runs[0].Recipe.Name];
        var recipes = runs.Select(run => run.Recipe).ToList();
        var keys = recipes.Skip(1).SelectMany(recipes[0].Differences).Distinct().Where(key => !Told.Contains(key)).ToList();
        if (keys.Count <= MostKeys && Unequal(recipes.Select(recipe => Values(recipe, keys))) is { } byValues) return byValues;
        return Unequal(recipes.Select(recipe => recipe.Name)) ?? Unequal(runs.Select(run => run.FolderName))
            ?? [.. runs.Select(run => run.Folder.Path)];
    }

    private static string Values(Recipe recipe, List<string> keys) => string.Join(", ", keys.Select(key => $"{Leaf(key)} {recipe[key]}"));

    private static string Leaf(string key) => key[(key.LastIndexOf('.') + 1)..];

    private static List<string>? Unequal(IEnumerable<string> names)
    {
        var all = names.ToList();
        return all.Distinct(StringComparer.Ordinal).Count() == all.Count && all.All(name => name.Length > 0) ? all : null;
    }
}
