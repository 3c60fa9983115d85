namespace Wage.Tensors;

/// <summary>What memory is for.</summary>
public enum MemoryKind
{
    /// <summary>Images, labels and their order.</summary>
    Data,

    /// <summary>Stored weights, the weights that products use, and updates.</summary>
    Weights,

    /// <summary>The sums of the weights' gradients.</summary>
    Gradients,

    /// <summary>Activations, their masks and pooling positions, and accumulators that are kept.</summary>
    Activations,

    /// <summary>Errors, quantized or not; in an observed step, the sums on the way forward too.</summary>
    Errors,

    /// <summary>What only observed steps use.</summary>
    Observation,

    /// <summary>What a backend packs its operands into.</summary>
    Scratch,

    /// <summary>What writing a checkpoint takes.</summary>
    Checkpoint,
}

/// <summary>
/// Bytes by kind. Whoever allocates for a model notes it here, so that a build on a <see cref="Backends.PlanningBackend"/> tells all.
/// </summary>
public sealed class MemoryPlan
{
    private readonly long[] bytes = new long[Enum.GetValues<MemoryKind>().Length];

    /// <summary>The bytes of a kind so far.</summary>
    public long this[MemoryKind kind] => bytes[(int)kind];

    /// <summary>All bytes.</summary>
    public long Total => bytes.Sum();

    /// <summary>Notes a tensor.</summary>
    public Tensor Add(MemoryKind kind, Tensor tensor)
    {
        Add(kind, (long)tensor.Length * tensor.Type.Size());
        return tensor;
    }

    /// <summary>Notes bytes.</summary>
    public void Add(MemoryKind kind, long count) => bytes[(int)kind] = checked(bytes[(int)kind] + count);
}
