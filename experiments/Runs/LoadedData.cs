using Wage.Data;
using Wage.Experiments.Recipes;

namespace Wage.Experiments.Runs;

/// <summary>The images of the last recipe, kept for the next one that takes the same.</summary>
/// <param name="option">--data.</param>
internal sealed class LoadedData(string? option)
{
    private (string Key, Dataset Data)? loaded;

    /// <summary>Where the recipe's data lie.</summary>
    public string? Place(Recipe recipe) => DataPlace.Of(recipe, option);

    /// <summary>The recipe's images.</summary>
    /// <exception cref="WageException">A file is missing or damaged, or the set has fewer images than the recipe asks for.</exception>
    public Dataset Of(Recipe recipe)
    {
        var key = string.Join('\n', recipe.Keys.Where(key => key.Section == "data").Select(key => recipe[key.Name]));
        if (loaded?.Key != key) loaded = (key, DataPlace.Load(recipe, Place(recipe)));
        return loaded.Value.Data;
    }
}
