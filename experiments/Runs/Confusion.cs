using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>How often each class was taken for each other one.</summary>
/// <param name="Classes">The class names.</param>
/// <param name="Counts">[true class, class given]: test images.</param>
/// <param name="Epochs">The finished epochs of the checkpoint that was tested.</param>
internal sealed record Confusion(IReadOnlyList<string> Classes, int[,] Counts, int Epochs)
{
    /// <summary>Images of a class.</summary>
    public int Images(int truth) => Enumerable.Range(0, Classes.Count).Sum(given => Counts[truth, given]);

    /// <summary>Images of a class that were given it.</summary>
    public int Correct(int truth) => Counts[truth, truth];

    /// <summary>Images that were given a class.</summary>
    public int Given(int given) => Enumerable.Range(0, Classes.Count).Sum(truth => Counts[truth, given]);

    /// <summary>Classifies the test images with the run's best checkpoint.</summary>
    /// <exception cref="WageException">The checkpoint or the data cannot be read, or do not fit.</exception>
    public static Confusion Of(RunRecord run, string device, int threads, string? dataFolder)
    {
        var saved = SavedRun.Open(run.Folder.Path);
        using var backend = Devices.Create(Devices.ForTesting(device, saved.Recipe), threads);
        var data = DataPlace.OfRun(saved, dataFolder);
        using var network = RunBuilder.BuildNetwork(saved.Recipe, backend, DataShape.Of(data));
        saved.Checkpoint.LoadWeights(network);
        using var evaluator = new Evaluator(network, data.Test);
        return Count(data.ClassNames, data.Test.Labels, evaluator.Predict(), saved.Checkpoint.Epoch);
    }

    /// <summary>Counts pairs of true and given classes.</summary>
    /// <exception cref="WageException">The model gave a class that the data do not have.</exception>
    public static Confusion Count(IReadOnlyList<string> classes, ReadOnlySpan<byte> truths, ReadOnlySpan<int> given, int epochs)
    {
        var counts = new int[classes.Count, classes.Count];
        for (var i = 0; i < truths.Length; i++)
        {
            if (given[i] >= classes.Count)
                throw new WageException($"confusion: the model gives class {given[i]}, but the data have {classes.Count} classes.",
                    "set model.classes to that number.");
            counts[truths[i], given[i]]++;
        }

        return new Confusion(classes, counts, epochs);
    }
}
