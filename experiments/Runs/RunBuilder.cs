using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Recipes;
using Wage.Losses;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>Turns a recipe into data, a network and a trainer.</summary>
internal static class RunBuilder
{
    /// <summary>The recipe's part of its data set.</summary>
    /// <exception cref="WageException">A file is missing or damaged, or the set has fewer images than the recipe asks for.</exception>
    public static Dataset LoadData(Recipe recipe, string? folder)
    {
        var all = DatasetCatalog.Load(recipe.DataSet, folder);
        return all with
        {
            Train = First(all.Train, recipe.TrainLimit, "data.train", recipe.DataSet),
            Test = First(all.Test, recipe.TestLimit, "data.test", recipe.DataSet),
        };
    }

    /// <summary>The recipe's network, with every bound proved.</summary>
    /// <exception cref="WageException">The model does not fit the images or the memory, or a bound cannot be proved.</exception>
    public static ITrainable BuildNetwork(Recipe recipe, IBackend backend)
    {
        RunMemory.RequireFits(recipe, backend);
        return NewNetwork(recipe, backend);
    }

    /// <summary>The recipe's network with every bound proved and every byte counted, but without memory: it tells and does not run.</summary>
    /// <exception cref="WageException">The model does not fit the images, or a bound cannot be proved.</exception>
    public static ITrainable PlanNetwork(Recipe recipe) => NewNetwork(recipe, new PlanningBackend());

    /// <summary>Height, width and channels of a data set's images.</summary>
    public static (int Height, int Width, int Channels) ImageSize(string set) =>
        set == "svhn" || set.StartsWith("cifar", StringComparison.Ordinal) ? (32, 32, 3) : (28, 28, 1);

    private static ITrainable NewNetwork(Recipe recipe, IBackend backend)
    {
        var model = RecipeModel.Of(recipe) with { Image = ImageSize(recipe.DataSet), Options = [.. recipe.Layers.Options] };
        try
        {
            return model.Build(recipe.SchemeSettings, NewLoss(recipe), recipe.Batch, backend, recipe.Accumulator, recipe.Input);
        }
        catch (WageException error) when (recipe.OwnLayers?.PlaceOf(error.Message) is { } place)
        {
            throw new WageException($"{place}: {error.Message}", null, error);
        }
    }

    /// <summary>A trainer whose network has its initial weights; the caller disposes both.</summary>
    /// <exception cref="WageException">Model, data and options do not fit together.</exception>
    public static Trainer BuildTrainer(Recipe recipe, Dataset data, IBackend backend)
    {
        var network = BuildNetwork(recipe, backend);
        try
        {
            if (network.Classes < data.Classes)
                throw new WageException(
                    $"{data.Name}: has {data.Classes} classes but the model gives {network.Classes} scores.",
                    $"set {RecipeModel.ScoresKey(recipe)}.");
            var trainer = new Trainer(network, data, new TrainingOptions(recipe.Seed, recipe.Rate, recipe.Augmentation, recipe.Shuffle));
            network.Initialize(recipe.Seed);
            return trainer;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static Loss NewLoss(Recipe recipe) => recipe.LossName == "sse" ? new SquaredError() : new SoftmaxCrossEntropy();

    private static ImageSet First(ImageSet set, int limit, string key, string name)
    {
        if (limit > set.Count) throw new WageException($"{key}: is {limit}, but {name} has {set.Count} such images.", "0 takes all.");
        return limit == 0 ? set : set.Take(limit);
    }
}
