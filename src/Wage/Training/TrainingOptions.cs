using Wage.Data;

namespace Wage.Training;

/// <summary>What a run is, besides the model and the data.</summary>
/// <param name="Seed">The seed of every random bit.</param>
/// <param name="Rate">eta by epoch.</param>
/// <param name="Augmentation">Crops and flips of training images.</param>
/// <param name="Shuffle">A new order in every epoch; false keeps the file's.</param>
public sealed record TrainingOptions(ulong Seed, LearningRate Rate, Augmentation Augmentation = default, bool Shuffle = true)
{
    /// <summary>
    /// Epochs of a stage: after so many the run goes on with the next stage, whose optimizer remembers nothing; 0: the run is one stage. The schedule
    /// of <see cref="Rate"/> is the whole run's: <see cref="LearningRate.Repeated"/>.
    /// </summary>
    public int StageEpochs
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "at least 0");
    }

    /// <summary>Training stops after so many epochs that were not better than an earlier one; 0: never.</summary>
    public int Patience
    {
        get;
        init => field = value >= 0 ? value : throw new WageException($"{new Term(TermKind.Patience)}: is {value}, but must be at least 0 epochs.");
    }
}
