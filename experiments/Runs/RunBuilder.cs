using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Ranks;
using Wage.Experiments.Recipes;
using Wage.Losses;
using Wage.Models;
using Wage.Training;
using Wage.Workers;

namespace Wage.Experiments.Runs;

/// <summary>Turns a recipe into data, a network and a trainer.</summary>
internal static class RunBuilder
{
    /// <summary>The recipe's network, with every bound proved.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="backend">Where it computes.</param>
    /// <param name="shape">What the data are; null: a data set of the catalog.</param>
    /// <param name="slice">The images of each batch that it computes; null: all.</param>
    /// <param name="room">The memory that it shares with other ranks; null: it is alone.</param>
    /// <exception cref="WageException">The model does not fit the images or the memory, or a bound cannot be proved.</exception>
    public static ITrainable BuildNetwork(
        Recipe recipe, IBackend backend, DataShape? shape = null, BatchSlice? slice = null, HostRoom? room = null)
    {
        RunMemory.RequireFits(recipe, backend, shape, null, slice, room);
        return NewNetwork(recipe, backend, shape, slice);
    }

    /// <summary>The recipe's network with every bound proved and every byte counted, but without memory: it tells and does not run.</summary>
    /// <exception cref="WageException">The model does not fit the images, or a bound cannot be proved.</exception>
    public static ITrainable PlanNetwork(Recipe recipe, DataShape? shape = null, BatchSlice? slice = null) =>
        NewNetwork(recipe, new PlanningBackend(), shape, slice);

    /// <summary>The recipe's model for images of this shape, with what single layers have for themselves.</summary>
    public static ModelSpec ModelOf(Recipe recipe, DataShape shape) =>
        RecipeModel.Of(recipe, shape.Classes) with { Image = shape.Image, Options = [.. recipe.Layers.Options] };

    private static ITrainable NewNetwork(Recipe recipe, IBackend backend, DataShape? shape, BatchSlice? slice)
    {
        shape ??= DataShape.Of(recipe);
        var model = ModelOf(recipe, shape);
        if (model.Classes > 0 && model.Classes < shape.Classes)
            throw new WageException(
                $"{recipe.DataSet}: has {shape.Classes} classes but the model gives {model.Classes} scores.",
                $"set {RecipeModel.ScoresKey(recipe)}{(recipe.OwnLayers is null ? $" to {shape.Classes}, or to auto" : string.Empty)}.");
        try
        {
            return model.Build(recipe.SchemeSettings, NewLoss(recipe), recipe.Batch, backend, recipe.Accumulator, recipe.Input, slice);
        }
        catch (WageException error) when (recipe.OwnLayers?.PlaceOf(error.Message) is { } place)
        {
            throw new WageException($"{place}: {error.Text}", null, error);
        }
        catch (WageException error) when (shape.Image is not ((28, 28, 1) or (32, 32, 3)) && IsCuredBySize(recipe, model, shape.Image.Channels))
        {
            var (height, width, channels) = shape.Image;
            var hint = error.Hint is { } way ? way.InWords().TrimEnd('.') + "; or " : string.Empty;
            throw new WageException(
                $"{recipe.ModelKind} on images of {height}x{width}x{channels}: {error.Problem}",
                $"{hint}data.size: 32x32 brings the images to that size.", error);
        }
    }

    /// <summary>True where the same model can be built on images of 32x32: then it is the size that it does not go with.</summary>
    private static bool IsCuredBySize(Recipe recipe, ModelSpec model, int channels)
    {
        try
        {
            using var network = (model with { Image = (32, 32, channels) }).Build(
                recipe.SchemeSettings, NewLoss(recipe), recipe.Batch, new PlanningBackend(), recipe.Accumulator, recipe.Input);
            return true;
        }
        catch (WageException)
        {
            return false;
        }
    }

    /// <summary>A trainer whose network has its initial weights; the caller disposes both.</summary>
    /// <exception cref="WageException">Model, data and options do not fit together.</exception>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">Its images.</param>
    /// <param name="backend">Where it computes.</param>
    /// <param name="isNew">False where a checkpoint follows.</param>
    /// <param name="ranks">Who trains it together; null: this process alone.</param>
    public static Trainer BuildTrainer(Recipe recipe, Dataset data, IBackend backend, bool isNew = true, RankGroup? ranks = null) =>
        BuildTrainer(recipe, data, backend, isNew, ranks?.Slice(recipe.Batch), ranks?.Workers(backend), ranks?.Room);

    /// <summary>The same for a worker and its slice of the batches.</summary>
    public static Trainer BuildTrainer(
        Recipe recipe, Dataset data, IBackend backend, bool isNew, BatchSlice? slice, Collective? workers, HostRoom? room = null)
    {
        if (recipe is { NeedsEpochs: true, Patience: > 0 })
            throw new WageException(
                $"training.patience: is {recipe.Patience}, but {recipe.SchemeSettings.Kind.Name} quantizes more from epoch to epoch, " +
                "and all only in the last ones.", "leave it away.");
        var network = BuildNetwork(recipe, backend, DataShape.Of(data), slice, room);
        Trainer? trainer = null;
        try
        {
            trainer = new Trainer(network, data, new TrainingOptions(recipe.Seed, recipe.Rate, recipe.Augmentation, recipe.Shuffle)
            {
                Patience = recipe.Patience,
                StageEpochs = recipe.StageEpochs,
            }, workers);
            network.Initialize(recipe.Seed);
            if (isNew) InitialWeights.Load(recipe, network);
            return trainer;
        }
        catch
        {
            trainer?.Dispose();
            network.Dispose();
            throw;
        }
    }

    /// <summary>The recipe's loss.</summary>
    public static Loss NewLoss(Recipe recipe) => recipe.LossName == "sse" ? new SquaredError() : new SoftmaxCrossEntropy();
}
