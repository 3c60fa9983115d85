using Wage.Backends;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>The nodes of a plan with their tensors, for batches of one size.</summary>
internal sealed class PlanRun
{
    private readonly IBackend backend;
    private readonly (PlanOperation Operation, PlanTensors Tensors, PackedConstant[] Packed)[] steps;

    /// <summary>Gives every node its tensors.</summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="memory">Where their outputs lie.</param>
    /// <param name="backend">Where the tensors live.</param>
    /// <param name="images">A^0, [batch,H,W,C].</param>
    /// <param name="buffer">A buffer of the plan, by number, under a shape.</param>
    /// <param name="constants">What a node reads besides other nodes.</param>
    public PlanRun(
        IReadOnlyList<PlanNode> nodes, PlanMemory memory, IBackend backend, Tensor images, Func<int, Shape, Tensor> buffer,
        Func<PlanNode, NodeConstants> constants)
    {
        (this.backend, steps) = (backend, new (PlanOperation, PlanTensors, PackedConstant[])[nodes.Count]);
        var batch = images.Shape[0];
        for (var i = 0; i < steps.Length; i++)
        {
            var node = nodes[i];
            var shape = node.Output.Shape.OfBatch(batch);
            Tensor[] inputs = [.. node.Inputs.Select(input => steps[input].Tensors.Output)];
            var output = i == 0 ? images : node.Operation.Reuse == PlanReuse.View ? inputs[0].Reshape(shape) : buffer(memory.Output[i], shape);
            var scratch = node.Operation.Scratch.Zip(memory.Scratch[i], (one, place) => buffer(place, one.Shape.OfBatch(batch)));
            var (values, packed) = constants(node);
            steps[i] = (node.Operation, new PlanTensors(batch, output, inputs, values, [.. scratch]), packed);
        }
    }

    /// <summary>The scores of the images that were loaded last, once it ran.</summary>
    public Tensor Scores => steps[^1].Tensors.Output;

    /// <summary>Computes the scores.</summary>
    /// <param name="see">Is shown each node's output, by the node's number, before another takes its place.</param>
    public void Run(Action<int, Tensor>? see = null)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            var (operation, tensors, packed) = steps[i];
            foreach (var one in packed) backend.Unpack(one.Stored, one.Bits, one.Shift, one.Values);
            operation.Run(backend, tensors);
            see?.Invoke(i, tensors.Output);
        }
    }
}
