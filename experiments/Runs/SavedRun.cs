using Wage.Backends;
using Wage.Experiments.Recipes;
using Wage.Files;
using Wage.Models;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>A checkpoint with the recipe that it carries.</summary>
internal sealed record SavedRun(string Path, Checkpoint Checkpoint, Recipe Recipe)
{
    /// <summary>Opens a checkpoint, or the best one of a run folder (the last one before an epoch is done).</summary>
    /// <exception cref="WageException">The file is missing, foreign, truncated or damaged, or the folder holds none; it is named.</exception>
    public static SavedRun Open(string path)
    {
        var file = Directory.Exists(path) ? In(new RunFolder(path)) : path;
        var checkpoint = Checkpoint.Read(file);
        return new SavedRun(file, checkpoint, Recipe.Resolve(RecipeReader.ReadText($"{file} (config)", checkpoint.Config)));
    }

    /// <summary>The folder of the checkpoint.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;

    /// <summary>What it was trained on.</summary>
    public DataShape Shape => DataShape.Of(Recipe, Checkpoint);

    /// <summary>The model alone, without what a training needs.</summary>
    /// <exception cref="WageException">It computes with floating point, or does not fit the checkpoint.</exception>
    public ModelPlan ToPlan()
    {
        if (!Recipe.SchemeSettings.Kind.IsInteger)
            throw new WageException(
                $"{Path}: scheme {Recipe.SchemeSettings.Kind.Name} trains with floating point, and only models of integers predict.",
                "`wage eval` scores it.");
        using var backend = new HostBackend(threads: 1);
        using var network = (Network)RunBuilder.BuildNetwork(Recipe.With([new GivenValue("training.batch", "1", "predict")]), backend, Shape);
        Checkpoint.LoadWeights(network);
        return network.ToPlan();
    }

    /// <summary>True for a folder, a file named as a checkpoint, or one that begins like one.</summary>
    public static bool IsNamedBy(string target)
    {
        if (RecipeCatalog.Names.Contains(target, StringComparer.Ordinal)) return false;
        if (Directory.Exists(target) || target.EndsWith(".wage", StringComparison.Ordinal)) return true;
        try
        {
            using var stream = BoundedFile.Open(target, "file", long.MaxValue);
            return stream.ReadByte() == 0x89;
        }
        catch (Exception error) when (error is WageException or IOException)
        {
            return false;
        }
    }

    private static string In(RunFolder folder)
    {
        if (File.Exists(folder.BestPath)) return folder.BestPath;
        if (File.Exists(folder.LastPath)) return folder.LastPath;
        throw new WageException($"{folder.Path}: holds no checkpoint.", "name a run folder of `wage train`, or a checkpoint in it.");
    }
}
