using System.CommandLine;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Training;

namespace Wage.Experiments.Commands;

/// <summary>wage eval: scores a checkpoint on the test images.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("CHECKPOINT") { Description = "A checkpoint, or a run folder: its best one." };
        var (threads, device, data) = (CommonOptions.Threads(), CommonOptions.Device(), CommonOptions.Data());
        var command = new Command("eval", "Test a checkpoint: error, loss and hash.") { checkpoint, threads, device, data };
        command.SetAction(parsed => Execute(
            parsed.GetValue(checkpoint)!, parsed.GetValue(device) ?? "auto", parsed.GetValue(threads),
            parsed.GetValue(data), Console.Out));
        return command;
    }

    /// <summary>Tests; the exit code.</summary>
    /// <exception cref="WageException">The checkpoint or the data cannot be read, or do not fit.</exception>
    public static int Execute(string path, string device, int threads, string? dataFolder, TextWriter output)
    {
        var saved = SavedRun.Open(path);
        var recipe = saved.Recipe;
        using var backend = Devices.Create(Devices.ForTesting(device, recipe), threads);
        var earlier = Directory.Exists(path) ? RunSummary.Choices(new RunFolder(path).SummaryPath).Data : null;
        var data = RunBuilder.LoadData(recipe, DataPlace.Of(recipe, dataFolder, earlier));
        using var network = RunBuilder.BuildNetwork(recipe, backend, DataShape.Of(data));
        saved.Checkpoint.LoadWeights(network);
        using var evaluator = new Evaluator(network, data.Test);
        var score = evaluator.Run();
        output.WriteLine($"checkpoint     {saved.Path}");
        var position = $"{saved.Checkpoint.Epoch} epochs and {saved.Checkpoint.StepInEpoch} steps";
        output.WriteLine($"recipe         {recipe.Name}, seed {recipe["training.seed"]}, after {position}");
        output.WriteLine($"data           {data.Name}: {Format.Count(score.Counted)} test images");
        output.WriteLine($"test error     {Format.Percent(EpochRow.ErrorOf(score))} ({Format.Count(score.Wrong)} missed)");
        output.WriteLine($"test loss      {Format.Loss(EpochRow.LossOf(score, recipe.LossName, recipe.Batch))} ({recipe.LossName})");
        output.WriteLine($"weightsSha256  {network.WeightsSha256()}");
        return 0;
    }
}
