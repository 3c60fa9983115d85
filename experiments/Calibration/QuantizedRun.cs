using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Simulation;
using Wage.Simulation.Calibration;
using Wage.Training;

namespace Wage.Experiments.Calibration;

/// <summary>A float32 run, quantized by calibration and kept as a run of the scheme affine that has done no step.</summary>
/// <param name="Run">The float32 run.</param>
/// <param name="Recipe">The new run's recipe.</param>
/// <param name="Folder">The new run's folder.</param>
/// <param name="Work">Both networks.</param>
/// <param name="Images">The images that gave ranges.</param>
/// <param name="Test">The test images.</param>
/// <param name="Equalized">The pairs that share their ranges; null: it was not asked for.</param>
internal sealed record QuantizedRun(
    SavedRun Run, Recipe Recipe, RunFolder Folder, PostTraining Work, ImageSet Images, ImageSet Test,
    IReadOnlyList<(string First, string Second)>? Equalized) : IDisposable
{
    /// <summary>Quantizes and writes the folder.</summary>
    /// <exception cref="WageException">Something does not fit; nothing was written.</exception>
    public static QuantizedRun Of(QuantizeRequest request)
    {
        var run = SavedRun.Open(request.Run);
        var recipe = request.RecipeOf(run);
        var data = DataPlace.Load(recipe, DataPlace.Of(recipe, request.Data, RunSummary.Choices(new RunFolder(run.Folder).SummaryPath).Data));
        var images = Chosen(data.Train, request.Calibrate, recipe.Seed);
        recipe.RunName = $"{recipe.Name}-quantized";
        using var held = request.Out is { } path ? new RunFolder(path).Hold() : RunFolder.HoldNextFree("runs", recipe.RunName, recipe.Seed);
        if (held.Folder.HoldsRun)
            throw new WageException($"{held.Folder.Path}: holds a run already.", "choose another folder with --out.");
        var backend = Devices.Create("cpu", request.Threads);
        PostTraining? work = null;
        try
        {
            RequireFits(run, recipe, backend);
            var trained = run.Recipe.SchemeSettings.Kind.CalibratedAs.Count == 0 ? run.Checkpoint : WithReadWeights(run, backend);
            work = new PostTraining(
                RunBuilder.ModelOf(recipe, run.Shape), recipe.SchemeSettings, RunBuilder.NewLoss(recipe), recipe.Batch, backend, recipe.Input,
                trained);
            var equalized = request.Equalize ? work.Equalize() : null;
            if (request.CorrectBias) work.CorrectBias(images);
            work.Calibrate(images, request.Options);
            Write(held.Folder, recipe, data, work, request);
            return new QuantizedRun(run, recipe, held.Folder, work, images, data.Test, equalized);
        }
        catch
        {
            work?.Dispose();
            backend.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Work.Dispose();
        Work.Network.Backend.Dispose();
    }

    /// <summary>Refuses what has no room: the quantized network and the float32 one live side by side.</summary>
    /// <exception cref="WageException">They do not fit; the bytes are stated.</exception>
    internal static void RequireFits(SavedRun run, Recipe recipe, IBackend backend) => RunMemory.RequireFits(
        recipe, backend, run.Shape,
        PostTraining.PlanExact(RunBuilder.ModelOf(recipe, run.Shape), RunBuilder.NewLoss(recipe), recipe.Batch, recipe.Input));

    /// <summary>The first images of the seed's first epoch: some of every part of the file, in the file's order.</summary>
    public static ImageSet Chosen(ImageSet train, int count, ulong seed)
    {
        if (count < 1 || count > train.Count)
            throw new WageException($"--calibrate: is {count}, but must be from 1 to {train.Count}, the training images.");
        var chosen = EpochOrder.Create(seed, 0, train.Count, shuffle: true).Take(count).ToHashSet();
        return train.Select(chosen.Contains);
    }

    /// <summary>The checkpoint with the weights that products read, which calibration leaves as they are.</summary>
    private static Checkpoint WithReadWeights(SavedRun run, IBackend backend)
    {
        using var network = (FloatNetwork)RunBuilder.BuildNetwork(run.Recipe, backend, run.Shape);
        run.Checkpoint.LoadWeights(network);
        return run.Checkpoint with { Weights = network.ReadWeights() };
    }

    private static void Write(RunFolder folder, Recipe recipe, Dataset data, PostTraining work, QuantizeRequest request)
    {
        using var trainer = new Trainer(
            work.Network, data, new TrainingOptions(recipe.Seed, recipe.Rate, recipe.Augmentation, recipe.Shuffle) { Patience = recipe.Patience });
        var environment = RunEnvironment.Continue(folder.EnvironmentPath, DataHashes.Of(data));
        environment.Processes[^1]!["quantized"] = Path.GetFullPath(request.Run);
        folder.WriteConfig(recipe);
        folder.WriteEnvironment(environment);
        trainer.Write(folder.LastPath, recipe.ToYaml());
        var place = request.Data is { } given && recipe.HasOwnData ? Path.GetFullPath(given) : request.Data;
        folder.WriteSummary(new RunSummary(
            recipe.Name, recipe.Seed, "cpu", Devices.Threads("cpu", request.Threads), place, recipe.Epochs, 0, null, null, null,
            work.Network.WeightsSha256(), RunState.Interrupted));
    }
}
