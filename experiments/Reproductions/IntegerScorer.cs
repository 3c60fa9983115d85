using System.Text;
using Wage.Experiments.Calibration;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;
using Wage.Files;
using Wage.Simulation;
using Wage.Simulation.Calibration;
using Wage.Simulation.Conversion;
using Wage.Training;

namespace Wage.Experiments.Reproductions;

/// <summary>
/// Converts what a reproduction trained with fake quantization, and beside it the float32 network that it started from, which gets the same codes by
/// calibration alone. The scores stay in the run's folder, so that a repeated command goes on.
/// </summary>
/// <param name="settings">Where the data lie, and the threads.</param>
internal sealed class IntegerScorer(SweepSettings settings)
{
    /// <summary>The training images that give the ranges of calibration.</summary>
    public const int CalibrationImages = 512;

    private const int Batch = 100;
    private const string FileName = "integers.csv";
    private const long MostBytes = 1 << 20;
    private readonly LoadedData images = new(settings.Data);

    /// <summary>The scores in a run's folder that belong to these weights; none where it has no such.</summary>
    /// <exception cref="WageException">The file is damaged.</exception>
    public static IReadOnlyList<IntegerScore> Known(RunFolder folder, string? weightsSha256)
    {
        var file = FileOf(folder);
        if (!File.Exists(file)) return [];
        var rows = IntegerScore.Parse(file, BoundedFile.ReadText(file, "table of scores", MostBytes));
        return rows.All(row => row.WeightsSha256 == weightsSha256) ? rows : [];
    }

    /// <summary>Scores a finished run that started from another.</summary>
    /// <exception cref="WageException">A file is missing or damaged, or the network has no integers.</exception>
    public IReadOnlyList<IntegerScore> Score(SweepOutcome outcome)
    {
        var folder = new RunFolder(outcome.Folder);
        if (Known(folder, outcome.WeightsSha256) is { Count: > 0 } known) return known;
        var recipe = outcome.Run.Recipe!;
        var (start, data) = (SavedRun.Open(recipe["model.initial"]), images.Of(recipe));
        using var backend = Devices.Create("cpu", settings.Threads);
        using var work = new PostTraining(
            RunBuilder.ModelOf(recipe, start.Shape), recipe.SchemeSettings, RunBuilder.NewLoss(recipe), Batch, backend, recipe.Input,
            start.Checkpoint);
        using var exact = new Evaluator(work.Exact, data.Test);
        var correct = exact.Run().Correct;
        work.Calibrate(QuantizedRun.Chosen(data.Train, CalibrationImages, recipe.Seed), new CalibrationOptions(CalibrationMethod.SquaredError));
        using var trained = (FloatNetwork)SavedRun.Open(folder.LastPath).Network(backend, Batch);
        IntegerScore[] rows = [Row(IntegerScore.Trained, trained), Row(IntegerScore.Calibrated, work.Network)];
        AtomicFile.Write(FileOf(folder), Encoding.UTF8.GetBytes(IntegerScore.ToCsv(rows)));
        return rows;

        IntegerScore Row(string way, FloatNetwork network)
        {
            var check = new ConversionCheck(network, network.Convert(null), backend);
            check.Run(data.Test);
            return new IntegerScore(
                outcome.Run.Cells[0], outcome.Run.Seed, way, outcome.WeightsSha256!, check.Images, correct, check.NetworkCorrect, check.PlanCorrect,
                check.SameClass, check.OfNodes.Sum(tensor => tensor.Count), check.OfNodes.Sum(tensor => tensor.Equal),
                check.OfNodes.Sum(tensor => tensor.WithinOne));
        }
    }

    private static string FileOf(RunFolder folder) => Path.Combine(folder.Path, FileName);
}
