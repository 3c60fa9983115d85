using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Tensors;

namespace Wage.Training;

/// <summary>Scores a network on a set of images: forward passes with the quantized weights, nothing else.</summary>
public sealed class Evaluator(Network network, ImageSet set)
{
    private readonly ImageSource source = new(network, set);

    /// <summary>The images of the set.</summary>
    public int Images => source.Count;

    /// <summary>The number of batches; the last one may be padded with ignored samples.</summary>
    public int Batches => (source.Count + network.Images.Shape[0] - 1) / network.Images.Shape[0];

    /// <summary>The loss and the correct images over the whole set. The network's metrics must be empty before, and are after.</summary>
    /// <param name="token">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Score Run(CancellationToken token = default)
    {
        network.QuantizeWeights();
        for (var batch = 0; batch < Batches; batch++)
        {
            token.ThrowIfCancellationRequested();
            Forward(batch);
            network.Error();
        }

        return network.TakeMetrics();
    }

    /// <summary>The class of each image of the set, in its order: the first of the greatest scores, as <see cref="Run"/> takes it.</summary>
    /// <param name="token">Stops between two batches.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public int[] Predict(CancellationToken token = default)
    {
        var classes = new int[source.Count];
        network.QuantizeWeights();
        for (var batch = 0; batch < Batches; batch++)
        {
            token.ThrowIfCancellationRequested();
            var scores = network.Backend.Read(Forward(batch).Values);
            var (first, stride) = (batch * network.Images.Shape[0], scores.Shape.Stride);
            for (var n = 0; n < scores.Shape[0] && first + n < classes.Length; n++) classes[first + n] = Greatest(scores, n * stride, stride);
        }

        return classes;
    }

    private Signal Forward(int batch)
    {
        source.Load(network, batch * network.Images.Shape[0], Augmentation.None, default);
        return network.Forward();
    }

    private static int Greatest(HostTensor scores, int first, int count)
    {
        var best = 0;
        for (var j = 1; j < count; j++)
        {
            if (scores[first + j] > scores[first + best]) best = j;
        }

        return best;
    }
}
