using System.Globalization;
using Wage.Backends;
using Wage.Experiments.Recipes;
using Wage.Files;
using Wage.Models;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>A checkpoint with the recipe that it carries.</summary>
internal sealed record SavedRun(string Path, Checkpoint Checkpoint, Recipe Recipe) : SavedModel(Path, Recipe)
{
    /// <summary>A batch norm takes 2 values or more.</summary>
    private const int NormalizedBatch = 2;

    /// <summary>Opens a checkpoint, compressed or not, or the best one of a run folder (the last one before an epoch is done).</summary>
    /// <exception cref="WageException">The file is missing, foreign, truncated or damaged, or the folder holds none; it is named.</exception>
    public static new SavedRun Open(string path)
    {
        var file = Directory.Exists(path) ? In(new RunFolder(path)) : path;
        var checkpoint = SchemeRegistry.ReadCheckpoint(file);
        return new SavedRun(file, checkpoint, Recipe.Resolve(RecipeReader.ReadText($"{file} (config)", checkpoint.Config)));
    }

    /// <inheritdoc/>
    public override int Epoch => Checkpoint.Epoch;

    /// <inheritdoc/>
    public override DataShape Shape => DataShape.Of(Recipe, Checkpoint);

    /// <inheritdoc/>
    public override ModelPlanFile ToFile()
    {
        using var one = new HostBackend(threads: 1);
        using var network = Network(one, batch: NormalizedBatch);
        return FileOf(network, network switch
        {
            Network integers => integers.ToPlan(),
            FloatNetwork simulated => simulated.ToPlan(),
            _ => throw new WageException($"{Path}: scheme {network.SchemeName} has no plan.", "`wage predict` and `wage eval` take the run itself."),
        });
    }

    /// <summary>A plan that was made of the run's network, as a file has it.</summary>
    public ModelPlanFile FileOf(ITrainable network, ModelPlan plan) => new(plan, Shape.Description)
    {
        Config = Recipe.ToYaml(),
        Origin = new ModelOrigin(network.WeightsSha256(), Commit, Epoch),
    };

    /// <summary>The commit that the run's first process was built in, where its folder says one.</summary>
    private string Commit =>
        SmallJson.Text(RunEnvironment.Read(new RunFolder(Folder).EnvironmentPath).Processes.FirstOrDefault(), "commit") is { Length: <= 64 } commit
            && commit.All(char.IsAsciiHexDigitLower) ? commit : string.Empty;

    /// <inheritdoc/>
    public override Predictor ToPredictor(IBackend backend) => Recipe.SchemeSettings.Kind.IsInteger
        ? base.ToPredictor(backend) : new Predictor(Network(backend, Recipe.Batch), Shape.Description);

    /// <summary>The network with the checkpoint's weights and states.</summary>
    /// <param name="backend">Where it runs.</param>
    /// <param name="batch">The images at once.</param>
    public ITrainable Network(IBackend backend, int batch)
    {
        var value = new GivenValue("training.batch", batch.ToString(CultureInfo.InvariantCulture), "predict");
        var network = RunBuilder.BuildNetwork(Recipe.With([value]), backend, Shape);
        Checkpoint.LoadWeights(network);
        return network;
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
