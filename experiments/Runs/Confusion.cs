using Wage.Experiments.Commands;
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

    /// <summary>Images of a class that were missed.</summary>
    public int Missed(int truth) => Images(truth) - Counts[truth, truth];

    /// <summary>Classifies the test images with the run's best checkpoint.</summary>
    /// <exception cref="WageException">The checkpoint or the data cannot be read, or do not fit.</exception>
    public static Confusion Of(RunRecord run, string device, int threads, string? dataFolder)
    {
        var saved = SavedRun.Open(run.Folder.Path);
        var (_, earlier) = RunSummary.Choices(run.Folder.SummaryPath);
        using var backend = Devices.Create(Devices.ForTesting(device, saved.Recipe), threads);
        var data = RunBuilder.LoadData(saved.Recipe, saved.Recipe.DataSet == "digits" ? null : CommonOptions.DataFolder(dataFolder, earlier));
        using var network = RunBuilder.BuildNetwork(saved.Recipe, backend);
        saved.Checkpoint.LoadWeights(network);
        using var evaluator = new Evaluator(network, data.Test);
        return Count(ClassNames.Of(data.Name, data.Classes), data.Test.Labels, evaluator.Predict(), saved.Checkpoint.Epoch);
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

/// <summary>What the classes of the known data sets are called.</summary>
internal static class ClassNames
{
    /// <summary>The names, or the numbers where the classes have no names or are digits.</summary>
    public static IReadOnlyList<string> Of(string dataSet, int classes) => dataSet switch
    {
        "fashion-mnist" => ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"],
        "cifar10" => ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
        _ => [.. Enumerable.Range(0, classes).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture))],
    };
}
