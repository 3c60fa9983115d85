using System.Runtime.InteropServices;
using Wage.Data;
using Wage.Workers;

namespace Wage.Training;

/// <summary>
/// Scores a network on a set of images: forward passes with the weights as they are used, nothing else. Any number of threads may ask at once, for
/// the same network too: they take turns, and with the steps of a trainer. Disposing it gives the images' memory back; the network stays.
/// Several workers take a part of the images each; all call the same members and get the same answers.
/// </summary>
public sealed class Evaluator : IDisposable
{
    private readonly ITrainable network;
    private readonly Collective? workers;
    private readonly IImageSource? source;
    private bool disposed;

    /// <summary>For the images of a set.</summary>
    /// <param name="network">The network.</param>
    /// <param name="set">The images, all of them for every worker.</param>
    /// <param name="workers">Who has the same network; null: nobody.</param>
    /// <exception cref="WageException">See <see cref="ITrainable.Take"/>.</exception>
    public Evaluator(ITrainable network, ImageSet set, Collective? workers = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        (this.network, this.workers, Images) = (network, workers, set.Count);
        ImageSource.Require(set, network.Classes);
        var mine = new BatchSlice(set.Count, workers?.Rank ?? 0, workers?.Size ?? 1);
        source = mine.Count == 0 ? null : network.Take(mine.Count == set.Count ? set : set.Part(mine.First, mine.Count));
    }

    /// <summary>The images of the set.</summary>
    public int Images { get; }

    /// <summary>The number of this worker's batches; the last one may be padded with ignored samples.</summary>
    public int Batches => ((source?.Count ?? 0) + BatchSize - 1) / BatchSize;

    private int BatchSize => network.ImageShape[0];

    /// <summary>
    /// The loss and the correct images over the whole set. The network's metrics must be empty before (no step of an epoch that is not
    /// finished), and are after, cancelled or not.
    /// </summary>
    /// <param name="token">Stops between two batches; any worker's stops all.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public Score Run(CancellationToken token = default) => Run(network.Prepare, token);

    /// <summary>The same with the weights of a step, which are quantized in part.</summary>
    /// <param name="token">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The network's steps have no such weights.</exception>
    public Score RunHybrid(CancellationToken token = default) => Run(Hybrid.PrepareHybrid, token);

    /// <summary>The same as <see cref="Run(CancellationToken)"/> with averages of batch norm estimated anew; the network's own come back.</summary>
    /// <param name="training">Training images; as many batches as the network says, in an order of the seed, without crops and flips.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="token">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The network's steps have no such weights.</exception>
    public Score RunAveraged(IImageSource training, ulong seed, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        var hybrid = Hybrid;
        lock (network.Backend.Turn)
        {
            training.SetOrder(EpochOrder.Create(seed, 0, training.Count, shuffle: true));
            network.Prepare();
            try
            {
                for (var batch = 0; batch < Math.Min(hybrid.AveragedBatches, training.Count / BatchSize); batch++)
                {
                    token.ThrowIfCancellationRequested();
                    training.Load(batch * BatchSize, Augmentation.None, default);
                    hybrid.Average(batch + 1);
                }

                return Run(token);
            }
            finally
            {
                hybrid.RestoreAverages();
            }
        }
    }

    /// <summary>The further scores of a network whose steps quantize in part, and null of others.</summary>
    /// <param name="score">What <see cref="Run(CancellationToken)"/> gave: where the last step quantized all, the hybrid is the same.</param>
    /// <param name="stage">Of the last step, counted from 1.</param>
    /// <param name="training">See <see cref="RunAveraged"/>; null: no such score.</param>
    /// <param name="seed">See <see cref="RunAveraged"/>.</param>
    /// <param name="token">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public HybridResult? HybridResult(Score score, int stage, IImageSource? training, ulong seed, CancellationToken token = default)
    {
        if (network.Hybrid is not { } hybrid) return null;
        var isWhole = hybrid.Ratio.Numerator == hybrid.Ratio.Denominator;
        return new HybridResult(stage, hybrid.Ratio, isWhole ? score : RunHybrid(token))
        {
            Averaged = training is null || hybrid.AveragedBatches == 0 ? null : RunAveraged(training, seed, token),
        };
    }

    private IHybridNetwork Hybrid => network.Hybrid ?? throw new InvalidOperationException("the network's steps quantize as its evaluations do");

    private Score Run(Action prepare, CancellationToken token)
    {
        lock (network.Backend.Turn)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            prepare();
            for (var batch = 0; batch < Batches && !token.IsCancellationRequested; batch++)
            {
                source!.Load(batch * BatchSize, Augmentation.None, default);
                network.Evaluate();
            }

            var score = network.TakeMetrics();
            if (workers?.Any(token.IsCancellationRequested) ?? token.IsCancellationRequested) throw new OperationCanceledException(token);
            return score.Of(workers);
        }
    }

    /// <summary>
    /// The class of each image of the set, in its order: the first of the greatest scores, as <see cref="Run(CancellationToken)"/> takes it.
    /// </summary>
    /// <param name="token">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public int[] Predict(CancellationToken token = default)
    {
        var classes = new int[source?.Count ?? 0];
        lock (network.Backend.Turn)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            network.Prepare();
            for (var first = 0; first < classes.Length; first += BatchSize)
            {
                if (token.IsCancellationRequested) break;
                source!.Load(first, Augmentation.None, default);
                network.Predict(classes.AsSpan(first, Math.Min(BatchSize, classes.Length - first)));
            }

            if (workers?.Any(token.IsCancellationRequested) ?? token.IsCancellationRequested) throw new OperationCanceledException(token);
            return workers is null ? classes
                : [.. workers.Gather(MemoryMarshal.AsBytes<int>(classes)).SelectMany(part => MemoryMarshal.Cast<byte, int>(part).ToArray())];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (network.Backend.Turn)
        {
            disposed = true;
            source?.Dispose();
        }
    }
}
