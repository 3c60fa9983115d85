using Wage.Data;

namespace Wage.Training;

/// <summary>Scores a network on a set of images: forward passes with the quantized weights, nothing else.</summary>
public sealed class Evaluator(Network network, ImageSet set)
{
    private readonly ImageSource source = new(network, set);

    /// <summary>The number of batches; the last one may be padded with ignored samples.</summary>
    public int Batches => (source.Count + network.Images.Shape[0] - 1) / network.Images.Shape[0];

    /// <summary>The loss and the hits over the whole set. The network's metrics must be empty before, and are after.</summary>
    /// <param name="token">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Score Run(CancellationToken token = default)
    {
        network.QuantizeWeights();
        for (var batch = 0; batch < Batches; batch++)
        {
            token.ThrowIfCancellationRequested();
            source.Load(network, batch * network.Images.Shape[0], Augmentation.None, default);
            network.Forward();
            network.Error();
        }

        return network.TakeMetrics();
    }
}
