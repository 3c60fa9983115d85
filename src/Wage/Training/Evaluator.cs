using Wage.Data;

namespace Wage.Training;

/// <summary>
/// Scores a network on a set of images: forward passes with the weights as they are used, nothing else. Any number of threads may ask at once, for
/// the same network too: they take turns, and with the steps of a trainer. Disposing it gives the images' memory back; the network stays.
/// </summary>
public sealed class Evaluator(ITrainable network, ImageSet set) : IDisposable
{
    private readonly IImageSource source = network.Take(set);
    private bool disposed;

    /// <summary>The images of the set.</summary>
    public int Images => source.Count;

    /// <summary>The number of batches; the last one may be padded with ignored samples.</summary>
    public int Batches => (source.Count + BatchSize - 1) / BatchSize;

    private int BatchSize => network.ImageShape[0];

    /// <summary>
    /// The loss and the correct images over the whole set. The network's metrics must be empty before (no step of an epoch that is not
    /// finished), and are after, cancelled or not.
    /// </summary>
    /// <param name="token">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public Score Run(CancellationToken token = default)
    {
        lock (network.Backend.Turn)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            network.Prepare();
            for (var batch = 0; batch < Batches && !token.IsCancellationRequested; batch++)
            {
                source.Load(batch * BatchSize, Augmentation.None, default);
                network.Evaluate();
            }

            var score = network.TakeMetrics();
            token.ThrowIfCancellationRequested();
            return score;
        }
    }

    /// <summary>The class of each image of the set, in its order: the first of the greatest scores, as <see cref="Run"/> takes it.</summary>
    /// <param name="token">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public int[] Predict(CancellationToken token = default)
    {
        var classes = new int[source.Count];
        lock (network.Backend.Turn)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            network.Prepare();
            for (var first = 0; first < classes.Length; first += BatchSize)
            {
                token.ThrowIfCancellationRequested();
                source.Load(first, Augmentation.None, default);
                network.Predict(classes.AsSpan(first, Math.Min(BatchSize, classes.Length - first)));
            }

            return classes;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (network.Backend.Turn)
        {
            disposed = true;
            source.Dispose();
        }
    }
}
