using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Display;
using Wage.Experiments.Ranks;
using Wage.Experiments.Recipes;
using Wage.Files;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>A run that is ready to start or to go on.</summary>
/// <param name="Recipe">What it trains.</param>
/// <param name="Data">The images.</param>
/// <param name="Trainer">The trainer, its weights initialised or loaded.</param>
/// <param name="Folder">Where it writes.</param>
/// <param name="Device">The device's name, with its number where it has one.</param>
/// <param name="Threads">The threads in use.</param>
/// <param name="DataFolder">Where the data set was read, or null.</param>
/// <param name="Environment">What the run depends on besides, this process included.</param>
/// <param name="Counted">The bytes of growing files as the checkpoint counted them; null where there is no checkpoint, empty for an old one.</param>
internal sealed record Run(
    Recipe Recipe, Dataset Data, Trainer Trainer, RunFolder Folder, string Device, int Threads, string? DataFolder, RunEnvironment Environment,
    IReadOnlyDictionary<string, long>? Counted) : IDisposable
{
    /// <summary>Loads the data, builds the model and, when the folder has a checkpoint `last`, continues there.</summary>
    /// <exception cref="WageException">Something does not fit; the folder is as it was.</exception>
    public static Run Prepare(Recipe recipe, RunFolder folder, string device, int threads, string? dataFolder) =>
        Prepare(recipe, folder, device, threads, dataFolder, null);

    /// <summary>The same with images that are loaded already, or with a backend that goes through <paramref name="wrap"/>.</summary>
    internal static Run Prepare(
        Recipe recipe, RunFolder folder, string device, int threads, string? dataFolder, Dataset? loaded, Func<IBackend, IBackend>? wrap = null,
        RankGroup? ranks = null)
    {
        var checkpoint = File.Exists(folder.LastPath) ? Checkpoint.Read(folder.LastPath) : null;
        if (checkpoint is not null) RequireSame(recipe, checkpoint, folder);
        else RequireFresh(folder);
        var data = loaded ?? DataPlace.Load(recipe, dataFolder);
        var environment = RunEnvironment.Continue(folder.EnvironmentPath, DataHashes.Of(data));
        (device, var trainer) = Build(recipe, data, device, threads, checkpoint, wrap, ranks);
        if (checkpoint is null && InitialWeights.Sha256(recipe) is { } sha) environment.Processes[^1]!["initialWeights"] = sha;
        return new Run(recipe, data, trainer, folder, device, Devices.Threads(device, threads), dataFolder, environment, checkpoint?.Beside)
        {
            Ranks = ranks ?? RankGroup.Alone,
            Orders = new Orders(ranks?.Transport),
        };
    }

    /// <summary>The device that trains, by its name with a number, and the trainer, at its beginning or where a checkpoint stands.</summary>
    /// <exception cref="WageException">Something does not fit.</exception>
    internal static (string Device, Trainer Trainer) Build(
        Recipe recipe, Dataset data, string device, int threads, Checkpoint? checkpoint, Func<IBackend, IBackend>? wrap, RankGroup? ranks)
    {
        device = Devices.ForTraining(device, threads, recipe, data);
        var backend = Devices.Create(device, threads);
        if (wrap is not null) backend = wrap(backend);
        try
        {
            var trainer = RunBuilder.BuildTrainer(recipe, data, backend, isNew: checkpoint is null, ranks);
            trainer.RequireSteps("training.epochs", recipe.Epochs);
            if (checkpoint is not null) trainer.Load(checkpoint);
            return (device, trainer);
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <summary>Who trains it; this process alone, or the first of several.</summary>
    public RankGroup Ranks { get; init; } = RankGroup.Alone;

    /// <summary>What the other ranks are told to do.</summary>
    public Orders Orders { get; init; } = new(null);

    /// <summary>See <see cref="Trainer.TrainScore"/>: all ranks make it together.</summary>
    public Score Score()
    {
        Orders.Give(Order.Score);
        return Trainer.TrainScore();
    }

    /// <summary>Gives the memory and the device back.</summary>
    public void Dispose()
    {
        Trainer.Dispose();
        Trainer.Network.Dispose();
        Trainer.Network.Backend.Dispose();
    }

    /// <summary>`last` is there before an epoch is done. Where it is gone, a run that began again would write over what it reached.</summary>
    private static void RequireFresh(RunFolder folder)
    {
        var left = new[] { folder.BestPath, folder.MetricsPath }.FirstOrDefault(path => BoundedFile.Length(path) > 0);
        if (left is null) return;
        throw new WageException(
            $"{folder.LastPath}: is not there, but the run has done epochs ({Path.GetFileName(left)}), and would begin again and write over them.",
            $"bring it back; a copy of {Path.GetFileName(folder.BestPath)} under this name goes on after the best epoch; or start another run.");
    }

    /// <summary>A configuration edited behind a checkpoint's back would train another run under this name. Only the end may move.</summary>
    private static void RequireSame(Recipe recipe, Checkpoint checkpoint, RunFolder folder)
    {
        var trained = Recipe.Resolve(RecipeReader.ReadText($"{folder.LastPath} (config)", checkpoint.Config));
        var differing = recipe.Differences(trained).FirstOrDefault(key =>
            !ChangeableOnResume.Contains(key) || (key == "training.epochs" && trained.NeedsEpochs));
        if (differing is null)
        {
            if (checkpoint.Epoch + Math.Min(checkpoint.StepInEpoch, 1) <= recipe.Epochs) return;
            throw new WageException(
                $"training.epochs: is {recipe.Epochs}, but {folder.LastPath} is after {Format.Position(checkpoint.Epoch, checkpoint.StepInEpoch)}.",
                "give as many or more, or start another run with --out.");
        }

        throw new WageException(
            $"{folder.ConfigPath}: {differing} is {recipe[differing]}, but {folder.LastPath} was trained with {trained[differing]}.",
            "set it back, or start another run with --out.");
    }

    /// <summary>The keys that do not change which weights a run passes through.</summary>
    public static IReadOnlySet<string> ChangeableOnResume { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "paper", "published", "expected", "duration", Recipe.CommandLine, "training.epochs", "training.patience",
        "training.checkpointSteps",
    };
}
