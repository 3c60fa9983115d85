using Wage.Data;
using Wage.Experiments.Recipes;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>What a network and a plan of memory need to know of the data, and no image.</summary>
/// <param name="Train">Training and validation images; 0 where nobody knows.</param>
/// <param name="Test">Test images.</param>
/// <param name="Description">The size of an image, and the classes.</param>
internal sealed record DataShape(int Train, int Test, DatasetDescription Description)
{
    /// <summary>Height, width and channels.</summary>
    public (int Height, int Width, int Channels) Image =>
        (Description.Preparation.Height, Description.Preparation.Width, Description.Preparation.Channels);

    /// <summary>Classes.</summary>
    public int Classes => Description.ClassNames.Count;

    /// <summary>Of images that are there.</summary>
    public static DataShape Of(Dataset data) =>
        new(data.Train.Count + (data.Validation?.Count ?? 0), data.Test.Count, data.Description);

    /// <summary>Of a recipe's data set in the catalog, whose files need not be there.</summary>
    /// <exception cref="WageException">The data set is one's own: its files say it, or a checkpoint.</exception>
    public static DataShape Of(Recipe recipe)
    {
        if (DatasetCatalog.FactsOf(recipe.DataSet) is not { } facts)
            throw new WageException($"data.set: {recipe.DataSet} is not in the catalog, so its files must be read first.");
        var preparation = recipe.DataOptions.PreparationOf(facts.Height, facts.Width, facts.Channels);
        return new DataShape(
            Limited(facts.Train, recipe.TrainLimit), Limited(facts.Test, recipe.TestLimit), new DatasetDescription(preparation, facts.Names));
    }

    /// <summary>Of what a checkpoint was trained on.</summary>
    /// <exception cref="WageException">The checkpoint does not say it and the data set is not in the catalog.</exception>
    public static DataShape Of(Recipe recipe, Checkpoint checkpoint)
    {
        if (checkpoint.Data is not { } description) return Of(recipe);
        return recipe.HasOwnData ? new DataShape(0, 0, description) : Of(recipe) with { Description = description };
    }

    private static int Limited(int all, int limit) => limit == 0 ? all : limit;
}
