using Wage.Simulation.Compression;

namespace Wage.Experiments.Runs;

/// <summary>What is to be scored before and after a compression: a run's checkpoint and its test images, or why there is nothing.</summary>
internal sealed class CompressionScore
{
    private const string Test = "test";
    private readonly SavedRun? run;
    private readonly EvaluatedData? data;
    private readonly string reason;

    private CompressionScore(SavedRun? run, EvaluatedData? data, string reason) => (this.run, this.data, this.reason) = (run, data, reason);

    /// <summary>Reads the images, before anything is written.</summary>
    /// <param name="path">The file with the weights.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="dataFolder">--data; when given, its images must be there.</param>
    /// <exception cref="WageException">The images were asked for and cannot be had.</exception>
    public static CompressionScore Prepare(string path, WeightSet weights, string? dataFolder)
    {
        if (weights.Checkpoint is null)
        {
            if (dataFolder is null) return new CompressionScore(null, null, "the file says no model");
            throw new WageException(
                $"--data: {path} says no model, so no images can be scored.", "leave --data away; a run's checkpoint has a model.");
        }

        var run = SavedRun.Open(path);
        try
        {
            return new CompressionScore(run, EvaluatedData.Load(run, dataFolder, [], Test), string.Empty);
        }
        catch (WageException error) when (dataFolder is null)
        {
            return new CompressionScore(run, null, error.InWords());
        }
    }

    /// <summary>Scores the checkpoint, and that of the compressed file.</summary>
    public CompressionScores Score(string compressed, int threads)
    {
        if (run is null || data is null) return new CompressionScores(null, null, null, reason);
        return new CompressionScores(data.Name, Scores(run), Scores(SavedRun.Open(compressed)), reason);

        ClassScores Scores(SavedRun scored) => Evaluation.Of(scored, data, Test, "cpu", threads).Scores;
    }
}

/// <summary>Scores before and after, or why there are none.</summary>
internal sealed record CompressionScores(string? Data, ClassScores? Before, ClassScores? After, string Reason);
