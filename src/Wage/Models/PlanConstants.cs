using Wage.Backends;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>
/// The constants of a plan on a backend, as the plan stores them. Packed weights are unpacked when their node runs, into memory that all nodes share:
/// so a model takes 1 or 2 bits for a weight, and one layer's weights in bytes.
/// </summary>
internal sealed class PlanConstants
{
    private readonly Dictionary<string, (PlanTensor Constant, Tensor Stored)> stored;
    private readonly List<Tensor> shared = [];
    private readonly OwnedTensors memory;

    /// <summary>Brings the constants to the backend.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="backend">The backend.</param>
    /// <param name="memory">Where its tensors are kept.</param>
    public PlanConstants(ModelPlan plan, IBackend backend, OwnedTensors memory)
    {
        this.memory = memory;
        stored = plan.Constants.ToDictionary(constant => constant.Name, constant =>
        {
            var tensor = constant.IsPacked
                ? memory.Allocate(ElementType.UInt8, new Shape(constant.Stored.Length)) : memory.Allocate(constant.Type, constant.Shape);
            backend.UploadBytes(constant.Stored, tensor);
            return (constant, tensor);
        });
        var lengths = new List<int>();
        foreach (var node in plan.Nodes)
        {
            foreach (var (i, constant) in Packed(node).Index())
            {
                if (i == lengths.Count) lengths.Add(0);
                lengths[i] = Math.Max(lengths[i], constant.Shape.Length);
            }
        }

        foreach (var length in lengths) shared.Add(memory.Allocate(ElementType.Int8, new Shape(length)));
    }

    /// <summary>The constants that a node reads.</summary>
    public NodeConstants Of(PlanNode node)
    {
        List<PackedConstant> packed = [];
        Tensor[] values = [.. node.Constants.Select(name =>
        {
            var (constant, tensor) = stored[name];
            if (!constant.IsPacked) return tensor;
            packed.Add(new PackedConstant(tensor, constant.Bits, constant.PackedShift, View(shared[packed.Count], constant.Shape)));
            return packed[^1].Values;
        })];
        return new NodeConstants(values, [.. packed]);
    }

    private Tensor View(Tensor whole, Shape shape) => whole.First(shape) ?? memory.Allocate(whole.Type, shape);

    private IEnumerable<PlanTensor> Packed(PlanNode node) => node.Constants.Select(name => stored[name].Constant).Where(one => one.IsPacked);
}

/// <summary>The constants of a node.</summary>
/// <param name="Values">What the node reads.</param>
/// <param name="Packed">What must be unpacked before it runs.</param>
internal readonly record struct NodeConstants(Tensor[] Values, PackedConstant[] Packed);

/// <summary>Packed weights.</summary>
/// <param name="Stored">UInt8.</param>
/// <param name="Bits">Of a weight.</param>
/// <param name="Shift">Weights are multiplied by 2^Shift.</param>
/// <param name="Values">Int8: where they go.</param>
internal readonly record struct PackedConstant(Tensor Stored, int Bits, int Shift, Tensor Values);
