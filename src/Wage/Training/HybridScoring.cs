using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Training;

/// <summary>Scores a network of integers with weights that are quantized in part, as its steps are.</summary>
internal sealed class HybridScoring : IHybridNetwork
{
    private readonly Network network;
    private readonly IPartialWeights weights;

    private HybridScoring(Network network, IPartialWeights weights) => (this.network, this.weights) = (network, weights);

    /// <inheritdoc/>
    public Ratio Ratio => weights.Ratio;

    /// <summary>None: there is no batch norm of integers.</summary>
    public int AveragedBatches => 0;

    /// <summary>Of a network with these quantizers; null: its steps use the weights of an evaluation.</summary>
    public static HybridScoring? Of(Network network, IEnumerable<TensorQuantizer> quantizers) =>
        quantizers.OfType<IPartialWeights>().FirstOrDefault(weights => weights.IsPartial) is { } first ? new HybridScoring(network, first) : null;

    /// <inheritdoc/>
    public void PrepareHybrid()
    {
        foreach (var w in network.Parameters) w.Use(new StepContext { IsHybrid = true });
    }

    /// <inheritdoc/>
    public void Average(int number)
    {
    }

    /// <inheritdoc/>
    public void RestoreAverages()
    {
    }
}
