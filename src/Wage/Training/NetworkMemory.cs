using Wage.Backends;
using Wage.Layers;
using Wage.Observation;
using Wage.Tensors;

namespace Wage.Training;

/// <summary>What a network takes to train, known before it does.</summary>
internal static class NetworkMemory
{
    /// <summary>Bytes by kind: its own, a step's scratch memory with so many threads, and copies for an observed step.</summary>
    public static MemoryPlan Plan(Network network, StepProbe probe, int threads)
    {
        var plan = new MemoryPlan();
        foreach (var kind in Enum.GetValues<MemoryKind>()) plan.Add(kind, network.Memory[kind]);
        foreach (var weights in network.Parameters.SelectMany(w => new[] { w.Stored, w.Value }).GroupBy(w => w.Type))
            plan.Add(MemoryKind.Observation, weights.MaxBy(w => w.Length)!);
        var rows = network.Table.Where(row => row.Product is not null).ToList();
        var products = rows.Select(row => (row.Product!.Value, Widest(row)))
            .Concat(rows.Where(row => row.HasBias).Select(row => (row.Product!.Value.BiasGradient, Widest(row))));
        plan.Add(MemoryKind.Scratch, HostBackend.ScratchBytes(products, threads));
        Share(network, probe, plan);
        return plan;
    }

    /// <summary>
    /// What workers that share the batch take more: messages of gradients and weights, as many again for the sums of observed steps, which are whole;
    /// and of what these show the whole batch, once where it is seen and once as a message.
    /// </summary>
    private static void Share(Network network, StepProbe probe, MemoryPlan plan)
    {
        if (network.Slice.Ranks == 1) return;
        var gathered = probe.MostGathered(network.Slice);
        plan.Add(MemoryKind.Observation, gathered);
        plan.Add(MemoryKind.Scratch, gathered);
        foreach (var w in network.Parameters.Where(w => !w.IsFrozen))
            plan.Add(MemoryKind.Scratch, (long)w.Stored.Length * ((5 * w.Gradient.Type.Size()) + w.Stored.Type.Size()));
    }

    /// <summary>The type of a layer's widest sums.</summary>
    private static ElementType Widest(LayerRow row)
    {
        var (forward, error, gradient) = row.Accumulators;
        return forward == ElementType.Int64 || error == ElementType.Int64 || gradient == ElementType.Int64 ? ElementType.Int64 : ElementType.Int32;
    }
}
