using Wage.Backends;
using Wage.Experiments.Recipes;
using Wage.Models;

namespace Wage.Experiments.Runs;

/// <summary>A trained model that a command is given: a run's checkpoint, or a file that holds the model alone.</summary>
internal abstract record SavedModel(string Path, Recipe Recipe)
{
    /// <summary>Opens a checkpoint, the best one of a run folder, or a model's file.</summary>
    /// <exception cref="WageException">The file is missing, foreign, truncated or damaged, or the folder holds none; it is named.</exception>
    public static SavedModel Open(string path)
    {
        if (path.Length > 0 && !System.IO.Path.Exists(path))
            throw new WageException(
                $"{path}: there is no such model.", "name a run's folder, a checkpoint or a model's file; `wage runs` lists runs.");
        return ModelPlanFile.Begins(path) ? SavedPlan.Open(path) : SavedRun.Open(path);
    }

    /// <summary>The folder of the file.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;

    /// <summary>What it was trained on.</summary>
    public abstract DataShape Shape { get; }

    /// <summary>Finished epochs; 0 where nobody says.</summary>
    public abstract int Epoch { get; }

    /// <summary>The model alone, without what a training needs.</summary>
    /// <exception cref="WageException">See <see cref="ToFile"/>.</exception>
    public ModelPlan ToPlan() => ToFile().Plan;

    /// <summary>The model with what it was trained on and where it comes from.</summary>
    /// <exception cref="WageException">It computes with floating point, or does not fit the checkpoint.</exception>
    public abstract ModelPlanFile ToFile();

    /// <summary>What answers images.</summary>
    /// <param name="backend">Where it runs; it is not disposed with the predictor.</param>
    /// <exception cref="WageException">The model does not fit the checkpoint.</exception>
    public virtual Predictor ToPredictor(IBackend backend) => new(ToPlan(), Shape.Description, backend);
}

/// <summary>A file that holds a model alone, with the recipe of the run that it comes from.</summary>
internal sealed record SavedPlan(string Path, ModelPlanFile File, Recipe Recipe) : SavedModel(Path, Recipe)
{
    /// <inheritdoc cref="SavedModel.Open"/>
    public static new SavedPlan Open(string path)
    {
        var file = ModelPlanFile.Read(path);
        return new SavedPlan(path, file, Recipe.Resolve(RecipeReader.ReadText($"{path} (config)", file.Config)));
    }

    /// <inheritdoc/>
    public override DataShape Shape => new(0, 0, File.Data);

    /// <inheritdoc/>
    public override int Epoch => 0;

    /// <inheritdoc/>
    public override ModelPlanFile ToFile() => File;
}
