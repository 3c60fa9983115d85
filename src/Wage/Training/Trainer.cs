using Wage.Data;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;

namespace Wage.Training;

/// <summary>
/// Trains a network. A run is a function of (model, data, options): the same weights, bit for bit, on every backend, with any number of threads and
/// after any interruption. An epoch is floor(images / batch) steps; the images left over differ from epoch to epoch with the order.
/// Disposing it gives the memory of the data back; the network stays.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly ITrainable network;
    private readonly TrainingOptions options;
    private readonly IImageSource train;
    private readonly IImageSource? averaged;
    private readonly Evaluator evaluator;
    private readonly DatasetDescription description;
    private readonly bool hasValidation;
    private Score running;
    private bool orderIsCurrent;
    private bool disposed;

    /// <summary>Uploads the data. Initialise the network, or load a checkpoint, before the first step.</summary>
    /// <exception cref="WageException">The images do not fit the network, are fewer than a batch, or eta cannot be proved safe.</exception>
    public Trainer(ITrainable network, Dataset data, TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        (this.network, this.options) = (network, options);
        var (shape, set) = (network.ImageShape, data.Train);
        if ((set.Height, set.Width, set.Channels) != (shape[1], shape[2], shape[3]))
            throw new WageException(
                $"{data.Name}: images are {set.Height}x{set.Width}x{set.Channels} but the model takes {shape[1]}x{shape[2]}x{shape[3]}.",
                $"build the network for these images, or bring them to its size by {Term.ImageSize}.");
        if (network.Classes < data.Classes)
            throw new WageException(
                $"{data.Name}: has {data.Classes} classes but the model gives {network.Classes} scores.",
                $"set {new Term(TermKind.Classes)}.");
        if (set.Count < Batch)
            throw new WageException($"{Term.Batch}: is {Batch} but {data.Name} has only {set.Count} training images.", $"take at most {set.Count}.");
        StepsPerEpoch = set.Count / Batch;
        options.Rate.Require(network, StepsPerEpoch);
        train = network.Take(set);
        (description, hasValidation) = (data.Description, data.Validation is not null);
        try
        {
            averaged = network.Hybrid is { AveragedBatches: > 0 } ? network.Take(set) : null;
            evaluator = new Evaluator(network, data.Validation ?? data.Test);
        }
        catch
        {
            averaged?.Dispose();
            train.Dispose();
            throw;
        }
    }

    /// <summary>The network.</summary>
    public ITrainable Network => network;

    /// <summary>The options.</summary>
    public TrainingOptions Options => options;

    /// <summary>Finished epochs.</summary>
    public int Epoch { get; private set; }

    /// <summary>Finished steps of the current epoch.</summary>
    public int StepInEpoch { get; private set; }

    /// <summary>Finished steps of the whole run: the number of the next step, counted from 0.</summary>
    public long StepsDone => (Epoch * (long)StepsPerEpoch) + StepInEpoch;

    /// <summary>eta in the next step.</summary>
    public Ratio Rate => options.Rate.At(Epoch, StepInEpoch, StepsPerEpoch);

    /// <summary>Steps of an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>The result of the last finished epoch; null before the first.</summary>
    public EpochResult? Last { get; private set; }

    /// <summary>
    /// The finished epoch of the smallest error on the validation images, or, without such, on the test images; the first of equal ones; null before
    /// the first.
    /// </summary>
    public EpochResult? Best { get; private set; }

    /// <summary>True when as many epochs as <see cref="TrainingOptions.Patience"/> says were not better than the best.</summary>
    public bool HasStopped => options.Patience > 0 && Best is { } best && Epoch - best.Epoch >= options.Patience;

    private int Batch => network.ImageShape[0];

    /// <summary>One step of the network on the next batch of the epoch's order.</summary>
    /// <exception cref="InvalidOperationException">The epoch is complete: call <see cref="FinishEpoch"/>.</exception>
    public void Step()
    {
        if (StepInEpoch >= StepsPerEpoch) throw new InvalidOperationException("the epoch is complete; call FinishEpoch");
        lock (network.Backend.Turn)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            SetOrder();
            var crops = new RandomKey(options.Seed, RandomStream.Augmentation, (uint)Epoch);
            train.Load(StepInEpoch * Batch, options.Augmentation, crops);
            network.Step(new StepContext(Phase.Training, options.Seed, checked((uint)StepsDone), Rate) { Position = Position });
            StepInEpoch++;
        }
    }

    /// <summary>Trains until so many epochs are done, or <see cref="HasStopped"/>, from wherever the trainer stands.</summary>
    /// <param name="epochs">The epochs in all, as <see cref="Epoch"/> counts them.</param>
    /// <param name="epochDone">Called with the result of each epoch that ends; throw to stop there.</param>
    /// <param name="token">Stops between two steps, from where this method goes on when it is called again.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Run(int epochs, Action<EpochResult>? epochDone = null, CancellationToken token = default)
    {
        while (Epoch < epochs && !HasStopped)
        {
            while (StepInEpoch < StepsPerEpoch)
            {
                token.ThrowIfCancellationRequested();
                Step();
            }

            var result = FinishEpoch(token);
            epochDone?.Invoke(result);
        }
    }

    /// <summary>The same step, shown to an observer: the same weights come out.</summary>
    /// <exception cref="InvalidOperationException">The epoch is complete: call <see cref="FinishEpoch"/>.</exception>
    public void Step(IStepObserver observer)
    {
        lock (network.Backend.Turn)
        {
            network.Observer = observer;
            try
            {
                Step();
            }
            finally
            {
                network.Observer = null;
            }
        }
    }

    /// <summary>Loss and correct images of the current epoch's steps so far, each batch before its update. Reads from the backend.</summary>
    public Score TrainScore()
    {
        lock (network.Backend.Turn)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            running += network.TakeMetrics();
            return running;
        }
    }

    /// <summary>Scores the validation images, or the test images where there are none, and closes the epoch. Cancelled, it changes nothing.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public EpochResult FinishEpoch(CancellationToken token = default)
    {
        if (StepInEpoch < StepsPerEpoch) throw new InvalidOperationException($"the epoch has {StepsPerEpoch - StepInEpoch} steps left");
        var trainScore = TrainScore();
        var score = evaluator.Run(token);
        var result = new EpochResult(Epoch + 1, options.Rate.At(Epoch), trainScore, hasValidation ? default : score)
        {
            Validation = hasValidation ? score : null,
            Hybrid = evaluator.HybridResult(score, Position.Stage + 1, averaged, options.Seed, token),
        };
        Last = result;
        if (Best is not { } best || result.Chooser.Wrong < best.Chooser.Wrong) Best = result;
        (Epoch, StepInEpoch, running, orderIsCurrent) = (Epoch + 1, 0, default, false);
        return result;
    }

    /// <summary>Everything that the rest of the run depends on.</summary>
    /// <param name="config">The run's configuration, kept with the state so that a checkpoint says what it is.</param>
    public Checkpoint Save(string config)
    {
        lock (network.Backend.Turn) return State(config, withBytes: true);
    }

    /// <summary>Writes what <see cref="Save"/> gives, whole or not at all, without a copy of the weights.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">See <see cref="Save"/>.</param>
    /// <param name="beside">See <see cref="Checkpoint.Beside"/>; null: none.</param>
    /// <exception cref="WageException">The file cannot be written; the old one stands.</exception>
    public void Write(string path, string config, IReadOnlyDictionary<string, long>? beside = null)
    {
        lock (network.Backend.Turn)
        {
            var state = State(config, withBytes: false);
            if (beside is not null) state = state with { Beside = beside };
            CheckpointFile.Write(path, state, put =>
            {
                foreach (var tensor in network.StoredWeights.Concat(network.StoredStates)) tensor.Lend(put);
            });
        }
    }

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

    /// <summary>The random bits of an update are drawn by the step's number, a UInt32.</summary>
    /// <param name="name">What asks for so many epochs, for the message.</param>
    /// <param name="epochs">The epochs.</param>
    /// <exception cref="WageException">They have more than 2^32 steps.</exception>
    public void RequireSteps(string name, long epochs)
    {
        if (epochs * StepsPerEpoch > 1L << 32)
            throw new WageException(
                $"{name}: is {epochs}, but a run of {StepsPerEpoch} steps an epoch has at most {(1L << 32) / StepsPerEpoch} epochs.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (network.Backend.Turn)
        {
            disposed = true;
            train.Dispose();
            averaged?.Dispose();
            evaluator.Dispose();
        }
    }

    private RunPosition Position
    {
        get
        {
            var stage = options.StageEpochs == 0 ? 0 : Epoch / options.StageEpochs;
            var first = stage * options.StageEpochs;
            return new RunPosition(stage, Epoch - first, options.StageEpochs, checked((uint)(first * (long)StepsPerEpoch)));
        }
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

    private void SetOrder()
    {
        if (orderIsCurrent) return;
        train.SetOrder(EpochOrder.Create(options.Seed, Epoch, train.Count, options.Shuffle));
        orderIsCurrent = true;
    }
}
