namespace Wage.Training;

/// <content>Its state in checkpoints.</content>
public sealed partial class Trainer
{
    /// <summary>True where several workers know that the first one could not write.</summary>
    internal bool WasNotWritten { get; private set; }

    /// <summary>Everything that the rest of the run depends on.</summary>
    /// <param name="config">The run's configuration, kept with the state so that a checkpoint says what it is.</param>
    public Checkpoint Save(string config)
    {
        lock (network.Backend.Turn)
        {
            network.Receive();
            return State(config, withBytes: true);
        }
    }

    /// <summary>Writes what <see cref="Save"/> gives, whole or not at all, without a copy of the weights; of several workers the first.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">See <see cref="Save"/>.</param>
    /// <param name="beside">See <see cref="Checkpoint.Beside"/>; null: none.</param>
    /// <exception cref="WageException">The file cannot be written; the old one stands.</exception>
    public void Write(string path, string config, IReadOnlyDictionary<string, long>? beside = null)
    {
        lock (network.Backend.Turn)
        {
            network.Receive();
            var state = State(config, withBytes: false);
            if (beside is not null) state = state with { Beside = beside };
            try
            {
                if (workers is not { Rank: > 0 }) WriteFile(path, state);
            }
            catch when (workers is not null)
            {
                workers.Any(true);
                WasNotWritten = true;
                throw;
            }

            WasNotWritten = workers?.Any(false) == true;
            if (WasNotWritten) throw new WageException($"{path}: worker 0 could not write it.");
        }
    }

    private void WriteFile(string path, Checkpoint state) => CheckpointFile.Write(path, state, put =>
    {
        foreach (var tensor in network.StoredWeights.Concat(network.StoredStates)) tensor.Lend(put);
    });

    /// <summary>Continues where the checkpoint was made.</summary>
    /// <exception cref="WageException">The checkpoint is of another model, seed, loss or data set; nothing is changed.</exception>
    public void Load(Checkpoint checkpoint)
    {
        if (checkpoint.Seed != options.Seed)
            throw new WageException(
                $"checkpoint: was made with seed {checkpoint.Seed}, the run has seed {options.Seed}.", "take its seed, or begin a new run.");
        var steps = checkpoint.StepsPerEpoch ?? StepsPerEpoch;
        if (checkpoint.StepInEpoch > StepsPerEpoch || steps != StepsPerEpoch)
            throw new WageException(
                $"checkpoint: stands at step {checkpoint.StepInEpoch} of an epoch of {StepsPerEpoch} steps, its own of {steps}.",
                "was it made with another data set or batch?");
        RequireSteps("checkpoint: epoch", checkpoint.Epoch + (checkpoint.StepInEpoch > 0 ? 1L : 0L));
        RequireScore("running", checkpoint.Running, checkpoint.StepInEpoch * (long)Batch);
        foreach (var result in new[] { checkpoint.Last, checkpoint.Best }.OfType<EpochResult>())
        {
            RequireScore("train", result.Train, StepsPerEpoch * (long)Batch);
            if (result.Validation is not null != hasValidation)
                throw new WageException(
                    "checkpoint: its epochs were scored on " +
                    $"{(hasValidation ? "the test images, but the run has" : "validation images, but the run has no")} validation images.",
                    "was it made with another data set?");
            RequireScore(hasValidation ? "validation" : "test", result.Chooser, evaluator.Images);
        }

        lock (network.Backend.Turn)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            checkpoint.LoadWeights(network);
            network.TakeMetrics();
        }

        (Last, Best) = (checkpoint.Last, checkpoint.Best);
        (Epoch, StepInEpoch, running, orderIsCurrent) = (checkpoint.Epoch, checkpoint.StepInEpoch, checkpoint.Running, false);
    }

    private Checkpoint State(string config, bool withBytes) => new(
        config, options.Seed, Epoch, StepInEpoch, TrainScore(), Last, Best, [.. network.StoredWeights.Select(w => w.Saved(withBytes))])
    {
        StepsPerEpoch = StepsPerEpoch,
        Model = network.Identity,
        States = [.. network.StoredStates.Select(state => state.Saved(withBytes))],
        Data = description,
    };

    private void RequireScore(string name, Score score, long counted)
    {
        if (score.Counted != counted)
            throw new WageException($"checkpoint: its {name} score counts {score.Counted} images, but at its position they are {counted}.",
                "was it made with another data set or batch?");
        if (counted > 0 && score.LossFractionBits != network.LossFractionBits)
            throw new WageException(
                $"checkpoint: its {name} score has a loss of {score.LossFractionBits} fraction bits, " +
                $"but the model's has {network.LossFractionBits}.");
    }
}
