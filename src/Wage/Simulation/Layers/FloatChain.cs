using Wage.Quantization;

namespace Wage.Simulation.Layers;

/// <summary>Layers one after the other: a network, or a branch of one. Without layers it gives its input.</summary>
internal sealed class FloatChain(string name, IReadOnlyList<FloatLayer> layers) : FloatLayer(name)
{
    private readonly FloatLayer[] layers = [.. layers];
    private readonly int first = FirstThatLearns(layers);

    /// <summary>From the input to the output.</summary>
    public IReadOnlyList<FloatLayer> Layers => layers;

    /// <summary>All layers in the order in which they run, those inside of others too, each after what holds it.</summary>
    public IEnumerable<FloatLayer> All => layers.SelectMany(layer => ((FloatLayer[])[layer]).Concat(ChainsIn(layer).SelectMany(inner => inner.All)));

    /// <summary>The chains of which a layer consists; none of most.</summary>
    public static IEnumerable<FloatChain> ChainsIn(FloatLayer layer) => layer switch
    {
        FloatResidual residual => [residual.Branch, residual.Shortcut],
        FloatConcat concat => concat.Branches,
        _ => [],
    };

    /// <inheritdoc/>
    public override IEnumerable<FloatParameter> Parameters => layers.SelectMany(layer => layer.Parameters);

    /// <inheritdoc/>
    public override IEnumerable<FloatState> States => layers.SelectMany(layer => layer.States);

    /// <inheritdoc/>
    public override void Prepare(in StepContext s)
    {
        foreach (var layer in layers) layer.Prepare(s);
    }

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        foreach (var layer in layers) x = layer.Forward(x, s);
        return x;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        var last = needsError ? 0 : first;
        for (var i = layers.Length - 1; i >= last; i--) e = layers[i].Backward(e, needsError || i > last, s);
        return e;
    }

    private static int FirstThatLearns(IReadOnlyList<FloatLayer> layers)
    {
        for (var i = 0; i < layers.Count; i++)
        {
            if (layers[i].Learns) return i;
        }

        return layers.Count;
    }
}
