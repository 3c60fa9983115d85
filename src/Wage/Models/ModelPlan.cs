using System.Collections.Immutable;
using Wage.Data;
using Wage.Layers;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>
/// A model as data: the forward pass alone, as an evaluation makes it, with the quantized weights of the moment at which it was made. It is
/// immutable, holds no memory of a backend, and nothing in it is random or depends on a batch.
/// </summary>
public sealed class ModelPlan
{
    private readonly Dictionary<string, PlanTensor> constants;
    private readonly sbyte[] pixels;

    internal ModelPlan(IReadOnlyList<PlanNode> nodes, IEnumerable<PlanTensor> constants, InputRange? input, ReadOnlySpan<sbyte> pixels)
    {
        (Nodes, Constants, Input, this.pixels) = ([.. nodes], [.. constants], input, pixels.ToArray());
        this.constants = Constants.ToDictionary(constant => constant.Name, StringComparer.Ordinal);
        foreach (var node in Nodes)
        {
            if (node.Operation is ProductOperation product)
                product.RequireBound(
                    node.Name, Nodes[node.Inputs[0]].Output.Bound, [.. node.Constants.Select(name => this.constants[name])], node.Output.Type);
        }
    }

    /// <summary>The nodes: the first is the image, the last gives the scores, and each reads earlier ones.</summary>
    public ImmutableArray<PlanNode> Nodes { get; }

    /// <summary>What the nodes read besides each other: weights W_q under their layers' names, what stages read as "conv1.start".</summary>
    public ImmutableArray<PlanTensor> Constants { get; }

    /// <summary>What a pixel means; null: what <see cref="Pixels"/> says.</summary>
    public InputRange? Input { get; }

    /// <summary>A^0 of each pixel 0..255.</summary>
    public ReadOnlySpan<sbyte> Pixels => pixels;

    /// <summary>An image: [1,H,W,C].</summary>
    public Shape Image => Nodes[0].Output.Shape;

    /// <summary>The scores: [1,classes] accumulators.</summary>
    public SignalSpec Scores => Nodes[^1].Output;

    /// <summary>Scores of an image.</summary>
    public int Classes => Scores.Shape.Stride;

    /// <summary>The constant of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public PlanTensor this[string name] => constants[name];
}

/// <summary>One operation of a plan.</summary>
/// <param name="Name">That of the layer: "conv1".</param>
/// <param name="Operation">What is done.</param>
/// <param name="Output">What comes out for one image: its first extent is 1.</param>
/// <param name="Inputs">The nodes that it reads, all of them earlier.</param>
/// <param name="Constants">The constants that it reads, by name.</param>
public sealed record PlanNode(
    string Name, PlanOperation Operation, SignalSpec Output, ImmutableArray<int> Inputs, ImmutableArray<string> Constants);
