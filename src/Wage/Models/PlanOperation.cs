using Wage.Backends;
using Wage.Layers;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>
/// What a node of a plan does, for a batch of any size: immutable, and run by many models at once. The library's layers have theirs; a layer of
/// somebody's own may bring its own.
/// </summary>
public abstract record PlanOperation
{
    /// <summary>Whether the output can lie where the first input lies.</summary>
    public virtual PlanReuse Reuse => PlanReuse.None;

    /// <summary>Memory that it needs while it runs, for one image: its first extent is 1.</summary>
    public virtual IReadOnlyList<(ElementType Type, Shape Shape)> Scratch => [];

    /// <summary>Checks what a node of it is given, for one image. By default nothing.</summary>
    /// <param name="node">The node's name, for the message.</param>
    /// <param name="inputs">What the nodes give that it reads.</param>
    /// <param name="constants">The constants that it reads: types and shapes.</param>
    /// <param name="output">What is to come out.</param>
    /// <exception cref="ArgumentException">It does not fit: the operation would read or write beyond a tensor.</exception>
    public virtual void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
    }

    /// <summary>Computes the output. It allocates nothing.</summary>
    /// <param name="backend">Where the tensors live.</param>
    /// <param name="t">The tensors.</param>
    public abstract void Run(IBackend backend, PlanTensors t);
}

/// <summary>How an output can use the memory of the first input.</summary>
public enum PlanReuse
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>It may overwrite it, where nobody else reads it any more and it has the same type and length.</summary>
    Overwrite,

    /// <summary>It is the same memory under another shape; nothing is computed.</summary>
    View,
}

/// <summary>The tensors of a node.</summary>
/// <param name="Batch">The images; the first extent of the output, the inputs and the scratch memory.</param>
/// <param name="Output">Where the result goes.</param>
/// <param name="Inputs">The outputs of the nodes that are read.</param>
/// <param name="Constants">The constants that are read.</param>
/// <param name="Scratch">See <see cref="PlanOperation.Scratch"/>.</param>
public sealed record PlanTensors(
    int Batch, Tensor Output, IReadOnlyList<Tensor> Inputs, IReadOnlyList<Tensor> Constants, IReadOnlyList<Tensor> Scratch);
