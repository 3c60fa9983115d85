using System.Text.Json.Nodes;
using Wage.Data;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Training;

namespace Wage.Tests.Experiments;

/// <summary>A run of seconds: a small MLP on 200 digits.</summary>
internal static class TinyRun
{
    public const string Yaml = """
        name: tiny
        data: { set: digits, train: 200, test: 100 }
        model: { kind: mlp, sizes: [16, 10] }
        training: { epochs: 4, batch: 20, eta: { 0: 4, 2: 1/3 }, checkpointSteps: 3 }
        """;

    /// <summary>What makes the run one of this scheme.</summary>
    public static string[] Of(string scheme) => scheme == "float32"
        ? ["scheme=float32", "scheme.momentum=9/10", "loss=crossEntropy", "training.eta=1/16", "data.augment.pad=2"] : [];

    private static readonly Lazy<Dataset> Images = new(() => DataPlace.Load(Recipe(), null));

    public static Recipe Recipe(params string[] settings) =>
        Wage.Experiments.Recipes.Recipe.Resolve([.. RecipeReader.ReadText("tiny.yaml", Yaml), .. settings.Select(GivenValue.FromSetting)]);

    /// <summary>The same with other values on top, as sweeps ask for it.</summary>
    public static Recipe Load(IReadOnlyList<GivenValue> over) =>
        Wage.Experiments.Recipes.Recipe.Resolve([.. RecipeReader.ReadText("tiny.yaml", Yaml), .. over]);

    /// <summary>A run in this folder, new or resumed.</summary>
    public static Run Prepare(RunFolder folder, int threads = 1, params string[] settings)
    {
        Directory.CreateDirectory(folder.Path);
        var recipe = folder.HoldsRun ? folder.ReadConfig() : Recipe(settings);
        return Run.Prepare(recipe, folder, "cpu", threads, null, Images.Value);
    }

    /// <summary>Trains to the end without interruption.</summary>
    public static RunSummary Finish(RunFolder folder, int threads = 1, params string[] settings)
    {
        using var run = Prepare(folder, threads, settings);
        return new RunLoop(run, new StopAfter(int.MaxValue, () => { })).Execute(CancellationToken.None);
    }

    /// <summary>What must be equal between two runs of one recipe: every metric but the times, and the weights of both
    /// checkpoints.</summary>
    public static string[] Results(RunFolder folder)
    {
        var lines = File.ReadAllLines(folder.MetricsPath).Select(line =>
        {
            var json = JsonNode.Parse(line)!.AsObject();
            Assert.That(json.Remove("imagesPerSecond") && json.Remove("seconds"), "a line has its times");
            return json.ToJsonString();
        });
        return [.. lines, Weights(folder.LastPath), Weights(folder.BestPath)];
    }

    private static string Weights(string path)
    {
        var checkpoint = Checkpoint.Read(path);
        return $"{checkpoint.Epoch} {checkpoint.StepInEpoch} {string.Concat(checkpoint.Weights.Select(w => Convert.ToHexString(w.Bytes)))}";
    }
}

/// <summary>Does something once after so many steps.</summary>
internal sealed class StopAfter(int steps, Action stop) : IRunObserver
{
    private int left = steps;

    public void Started(Run run, IReadOnlyList<EpochRow> rows)
    {
    }

    public void Stepped(Trainer trainer)
    {
        if (--left == 0) stop();
    }

    public void Testing(Trainer trainer)
    {
        if (left == 1) stop();
    }

    public void EpochDone(EpochRow row, bool isBest)
    {
    }
}

/// <summary>A folder of its own for a test, removed afterwards.</summary>
/// <param name="isInMemory">For runs that write files thousands of times: in memory, where Linux has room, so that none waits for a disk.</param>
internal sealed class ScratchFolder(bool isInMemory = false) : IDisposable
{
    private const string Memory = "/dev/shm";
    private const long Room = 1L << 28;

    public string Path { get; } = isInMemory && HasRoom() ? Directory.CreateDirectory($"{Memory}/wage-console-{Guid.NewGuid():N}").FullName
        : Directory.CreateTempSubdirectory("wage-console-").FullName;

    public RunFolder Run(string name) => new(In(name));

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static bool HasRoom()
    {
        try
        {
            return Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace >= Room;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
