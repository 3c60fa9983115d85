using Wage.Data;
using Wage.Experiments.Commands;
using Wage.Experiments.Recipes;
using Wage.Images;

namespace Wage.Experiments.Runs;

/// <summary>Where a recipe's data set lies, and reading it there.</summary>
internal static class DataPlace
{
    /// <summary>
    /// Of a data set of the catalog the folder that holds a folder per data set. Of one's own: what --data names, else the recipe's place, else the
    /// one of an earlier part of the run. Null for digits, which are synthetic.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="option">--data.</param>
    /// <param name="earlier">Where the run found its data before; null: nowhere.</param>
    public static string? Of(Recipe recipe, string? option, string? earlier = null)
    {
        if (recipe.DataSet == "digits") return null;
        if (!recipe.HasOwnData) return CommonOptions.DataFolder(option, earlier);
        if (!string.IsNullOrWhiteSpace(option)) return option;
        if (recipe.DataSet != Recipe.OwnSet && (earlier is null || Path.Exists(recipe.DataSet))) return recipe.DataSet;
        return earlier ?? throw new WageException($"data.set: is {Recipe.OwnSet}, but no place is given.", "--data PLACE names it.");
    }

    /// <summary>A run's own images; standard error is told when they are not those that it began with.</summary>
    /// <param name="run">The run.</param>
    /// <param name="option">--data: of own data it names others on purpose.</param>
    /// <exception cref="WageException">See <see cref="Load"/>.</exception>
    public static Dataset OfRun(SavedModel run, string? option)
    {
        var (recipe, folder) = (run.Recipe, new RunFolder(run.Folder));
        var data = Load(recipe, Of(recipe, option, RunSummary.Choices(folder.SummaryPath).Data));
        if ((!recipe.HasOwnData || option is null) && RunEnvironment.Change(folder.EnvironmentPath, data) is { } change)
            Console.Error.WriteLine($"wage: {OneLine.Of(run.Path)}: {change}");
        return data;
    }

    /// <summary>The recipe's part of its data set, in its size, with its validation images.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="place">See <see cref="Of"/>.</param>
    /// <exception cref="WageException">A file is missing or damaged, or the set has fewer images than the recipe asks for.</exception>
    public static Dataset Load(Recipe recipe, string? place)
    {
        var all = recipe.HasOwnData ? LoadOwn(place ?? recipe.DataSet, recipe.DataOptions)
            : Prepared(DatasetCatalog.LoadFirst(recipe.DataSet, place, recipe.TrainLimit, recipe.TestLimit), recipe);
        var data = all with
        {
            Train = Some(all.Train, recipe.TrainLimit, "data.train", 2),
            Test = Some(all.Test, recipe.TestLimit, "data.test", 3),
        };
        if (recipe.Validation == Portion.None) return data;
        if (data.Validation is not null)
            throw new WageException($"data.validation: is {recipe.Validation}, but {data.Name} has validation images of its own.", "leave it away.");
        var (train, validation) = DatasetSplit.Take(data.Train, recipe.Validation, recipe.DataOptions.SplitSeed, 1, "data.validation");
        return data with { Train = train, Validation = validation };

        // Data sets of the catalog are shuffled; folders of pictures and many files have one class after the other.
        ImageSet Some(ImageSet set, int limit, string key, int split)
        {
            if (limit > set.Count)
                throw new WageException($"{key}: is {limit}, but {all.Name} has {set.Count} such images.", "0 takes all.");
            if (limit == 0 || limit == set.Count) return set;
            return recipe.HasOwnData
                ? DatasetSplit.Take(set, new Portion(limit), recipe.DataOptions.SplitSeed, split, key).Taken : set.Take(limit);
        }
    }

    /// <summary>A data set of one's own: a file, a folder of files, or a folder of pictures.</summary>
    /// <exception cref="WageException">It is none, or a file is damaged.</exception>
    public static Dataset LoadOwn(string place, DatasetOptions options) =>
        OwnDataset.Reads(place) ? OwnDataset.Load(place, options)
        : ImageFolder.Reads(place) ? ImageFolder.Load(place, options)
        : Path.Exists(place) ? throw new WageException(
            $"{OneLine.Of(place)}: is no data set: neither a folder of pictures (in it a folder for each class), {OwnDataset.Formats}.",
            "`wage data list` has the formats.")
        : throw new WageException($"{OneLine.Of(place)}: there is no such file or folder.", "data.set or --data names a data set of one's own.");

    private static Dataset Prepared(Dataset data, Recipe recipe) =>
        data.Prepared(recipe.DataOptions.PreparationOf(data.Train.Height, data.Train.Width, data.Train.Channels));
}
