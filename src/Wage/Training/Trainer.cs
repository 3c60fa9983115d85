using Wage.Data;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Workers;

namespace Wage.Training;

/// <summary>
/// Trains a network. A run is a function of (model, data, options): the same weights, bit for bit, on every backend, with any number of threads and
/// after any interruption. Where workers share the batches, each of them calls the same members in the same order, and all end with the same bits
/// too: with those of one. An epoch is floor(images / batch) steps; the images left over differ from epoch to epoch with the order.
/// Disposing it gives the memory of the data back; the network stays.
/// </summary>
public sealed partial class Trainer : IDisposable
{
    private readonly ITrainable network;
    private readonly TrainingOptions options;
    private readonly IImageSource train;
    private readonly IImageSource? averaged;
    private readonly Evaluator evaluator;
    private readonly DatasetDescription description;
    private readonly bool hasValidation;
    private readonly Collective? workers;
    private Score running;
    private bool orderIsCurrent;
    private bool disposed;

    /// <summary>Uploads the data. Initialise the network, or load a checkpoint, before the first step.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">The data, all of it for every worker.</param>
    /// <param name="options">The options.</param>
    /// <param name="workers">Who shares the batches; null: nobody. The network has this worker's slice of them.</param>
    /// <exception cref="WageException">The images do not fit the network, are fewer than a batch, or eta cannot be proved safe.</exception>
    public Trainer(ITrainable network, Dataset data, TrainingOptions options, Collective? workers = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        if ((network.Slice.Rank, network.Slice.Ranks) != (workers?.Rank ?? 0, workers?.Size ?? 1))
            throw new ArgumentException($"the network is worker {network.Slice.Rank} of {network.Slice.Ranks}, which these are not", nameof(workers));
        if (workers is not null && workers.Backend != network.Backend)
            throw new ArgumentException("the workers' tensors live on another backend than the network's", nameof(workers));
        (this.network, this.options, this.workers) = (network, options, workers);
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
            evaluator = new Evaluator(network, data.Validation ?? data.Test, workers);
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

    private int Batch => network.Slice.Batch;

    /// <summary>One step of the network on the next batch of the epoch's order.</summary>
    /// <exception cref="InvalidOperationException">The epoch is complete: call <see cref="FinishEpoch"/>. Or one of several workers has an observer
    /// of its own.</exception>
    public void Step()
    {
        if (workers is { Size: > 1 } && network.Observer is not null)
            throw new InvalidOperationException("the network has an observer, of which the other workers do not know: call Step(observer) on all");
        MakeStep();
    }

    private void MakeStep()
    {
        if (StepInEpoch >= StepsPerEpoch) throw new InvalidOperationException("the epoch is complete; call FinishEpoch");
        lock (network.Backend.Turn)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            SetOrder();
            var crops = new RandomKey(options.Seed, RandomStream.Augmentation, (uint)Epoch);
            var first = network.Slice.First;
            train.Load((StepInEpoch * Batch) + first, options.Augmentation, crops);
            network.Step(new StepContext(Phase.Training, options.Seed, checked((uint)StepsDone), Rate, workers, first) { Position = Position });
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
                if (workers?.Any(token.IsCancellationRequested) ?? token.IsCancellationRequested) throw new OperationCanceledException(token);
                Step();
            }

            var result = FinishEpoch(token);
            epochDone?.Invoke(result);
        }
    }

    /// <summary>The same step, shown to an observer: the same weights come out. Of several workers all call it, and the first one's sees.</summary>
    /// <exception cref="InvalidOperationException">The epoch is complete: call <see cref="FinishEpoch"/>.</exception>
    public void Step(IStepObserver observer)
    {
        if (workers?.Any(observer is null) ?? observer is null) throw new ArgumentNullException(nameof(observer), "a worker has none");
        lock (network.Backend.Turn)
        {
            network.Observer = workers is { Rank: > 0 } ? new Unseen() : observer;
            try
            {
                MakeStep();
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
            running += network.TakeMetrics().Of(workers);
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

    private void SetOrder()
    {
        if (orderIsCurrent) return;
        train.SetOrder(EpochOrder.Create(options.Seed, Epoch, train.Count, options.Shuffle));
        orderIsCurrent = true;
    }

    /// <summary>Looks for a worker whose observer is not the one that sees the step.</summary>
    private sealed class Unseen : IStepObserver
    {
        public void See(in StepTensor tensor)
        {
        }
    }
}
