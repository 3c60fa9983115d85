using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Wage.Backends;
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

/// <summary>A tensor in the plan's own memory.</summary>
/// <param name="name">"conv1".</param>
/// <param name="type">The type of the elements.</param>
/// <param name="shape">The extents.</param>
/// <param name="bytes">The elements, little-endian, row-major; nobody may change them afterwards.</param>
public sealed class PlanTensor(string name, ElementType type, Shape shape, byte[] bytes)
{
    /// <summary>"conv1".</summary>
    public string Name => name;

    /// <summary>The type of the elements.</summary>
    public ElementType Type => type;

    /// <summary>The extents.</summary>
    public Shape Shape => shape;

    /// <summary>The elements, little-endian, row-major.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>The elements of an Int8 tensor: weights.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public ReadOnlySpan<sbyte> Int8 => type == ElementType.Int8
        ? MemoryMarshal.Cast<byte, sbyte>(bytes) : throw new InvalidOperationException($"{name} holds {type}");

    /// <summary>The elements of an Int32 tensor: what differs between a stage's columns.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public ReadOnlySpan<int> Int32 => type == ElementType.Int32
        ? MemoryMarshal.Cast<byte, int>(bytes) : throw new InvalidOperationException($"{name} holds {type}");

    /// <summary>A copy of a backend's tensor.</summary>
    internal static PlanTensor Copy(string name, IBackend backend, Tensor tensor)
    {
        byte[] copy = [];
        backend.Lend(tensor, bytes => copy = bytes.ToArray());
        return new PlanTensor(name, tensor.Type, tensor.Shape, copy);
    }
}
