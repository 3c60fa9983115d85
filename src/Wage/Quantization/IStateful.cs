using Wage.Backends;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>Something that remembers from step to step: a range, a momentum. A checkpoint keeps it, so that a run resumes to the same bits.</summary>
public interface IStateful
{
    /// <summary>What it remembers, the same names and shapes every time; each tensor lives as long as the network.</summary>
    IEnumerable<NamedState> States { get; }
}

/// <summary>A tensor that outlives a step.</summary>
/// <param name="Name">"momentum": different from the others of its owner.</param>
/// <param name="Tensor">The values.</param>
/// <param name="Loaded">Called when a checkpoint has put other values there; null: nobody needs to know.</param>
public readonly record struct NamedState(string Name, Tensor Tensor, Action? Loaded = null)
{
    /// <summary>
    /// Of which codes it is the scale, where an evaluation reads it, None where it is of another kind: it belongs to the layer as weights do, and
    /// goes with them to another run. null: steps alone read it.
    /// </summary>
    public LayerParts? Evaluated { get; init; }

    /// <summary>What a network has there that saw no step, of Int64; null: zeros.</summary>
    public IReadOnlyList<long>? First { get; init; }

    /// <summary>Forgets what steps have left.</summary>
    internal void Restart(IBackend backend)
    {
        if (First is null) backend.Clear(Tensor);
        else backend.Upload<long>([.. First], Tensor);
        Loaded?.Invoke();
    }
}
