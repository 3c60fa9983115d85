using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>
/// Where the layers of a built network leave what they do in an evaluation (<see cref="Layer.Emit"/>), or where a plan is made by hand: of a model
/// that was not trained here, with constants in host memory.
/// </summary>
public sealed class PlanBuilder
{
    private readonly List<PlanNode> nodes = [];
    private readonly Dictionary<string, Tensor> constants = new(StringComparer.Ordinal);

    /// <summary>A plan that begins with an image.</summary>
    /// <param name="image">Int8 [1,H,W,C]; its bound is the greatest magnitude of a pixel's value.</param>
    /// <exception cref="ArgumentException">It is none.</exception>
    public PlanBuilder(in SignalSpec image)
    {
        if (image.Type != ElementType.Int8 || image.Shape.Rank != 4)
            throw new ArgumentException($"an image is Int8 [1,H,W,C], not {image.Type} {image.Shape}", nameof(image));
        Add("input", new ImageOperation(), image, []);
    }

    /// <summary>What comes out of a node, for one image.</summary>
    public SignalSpec this[int node] => nodes[node].Output;

    /// <summary>The nodes so far, in order.</summary>
    internal IReadOnlyList<PlanNode> Nodes => nodes;

    /// <summary>The tensors of the network that the nodes read, by name; a plan copies them.</summary>
    internal IReadOnlyDictionary<string, Tensor> Constants => constants;

    /// <summary>A new node.</summary>
    /// <param name="name">The layer's name.</param>
    /// <param name="operation">What it does.</param>
    /// <param name="output">What comes out; its batch does not matter.</param>
    /// <param name="inputs">The nodes that it reads.</param>
    /// <param name="constants">The tensors of the network that it reads, each under a name of its own: "conv1".</param>
    /// <returns>Its number.</returns>
    /// <exception cref="ArgumentException">
    /// A node that it reads is none, a name is taken by another tensor, or a tensor does not fit the operation.
    /// </exception>
    public int Add(
        string name, PlanOperation operation, in SignalSpec output, ReadOnlySpan<int> inputs,
        params ReadOnlySpan<(string Name, Tensor Values)> constants)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (operation is ImageOperation && nodes.Count > 0)
            throw new ArgumentException($"{name}: a plan has one image, its first node", nameof(operation));
        foreach (var input in inputs)
            if (input < 0 || input >= nodes.Count) throw new ArgumentException($"{name}: there is no node {input} before it", nameof(inputs));
        if (output.Shape.Rank < 1 || output.Type is ElementType.UInt8 or ElementType.Float32)
            throw new ArgumentException($"{name}: its output is {output.Type} {output.Shape}, but must be signed integers [N,...]", nameof(output));
        var (names, tensors) = (new string[constants.Length], new Tensor[constants.Length]);
        for (var i = 0; i < names.Length; i++)
        {
            (names[i], tensors[i]) = constants[i];
            ArgumentNullException.ThrowIfNull(tensors[i], nameof(constants));
            if (this.constants.TryGetValue(names[i], out var known) && known != tensors[i])
                throw new ArgumentException($"{name}: the name {names[i]} is taken by another tensor", nameof(constants));
        }

        var one = output with { Shape = output.Shape.OfBatch(1), Shared = false, ZeroPoint = 0 };
        var read = inputs.ToArray().Select(input => nodes[input].Output);
        operation.Require(name, [.. read], tensors, one);
        for (var i = 0; i < names.Length; i++) this.constants[names[i]] = tensors[i];
        nodes.Add(new PlanNode(name, operation, one, [.. inputs], [.. names]));
        return nodes.Count - 1;
    }

    /// <summary>The plan of nodes whose constants lie in host memory, with copies of them.</summary>
    /// <param name="pixels">The value of each pixel 0 to 255 in the image: of affine codes, the code less 128.</param>
    /// <exception cref="ArgumentException">A constant lies elsewhere, or there are not 256 values, each within the image's bound.</exception>
    /// <exception cref="WageException">The sums of a product can leave its accumulators.</exception>
    public ModelPlan ToPlan(ReadOnlySpan<sbyte> pixels) => ToPlan(pixels, null);

    /// <summary>The same of pixels that have this meaning.</summary>
    internal ModelPlan ToPlan(ReadOnlySpan<sbyte> pixels, InputRange? input)
    {
        var bound = nodes[0].Output.Bound;
        var (least, most) = ((sbyte)Math.Max(-bound, sbyte.MinValue), (sbyte)Math.Min(bound, sbyte.MaxValue));
        if (pixels.Length != PixelTable.Entries || pixels.ContainsAnyExceptInRange(least, most))
            throw new ArgumentException(
                $"there are {pixels.Length} pixel values, but must be {PixelTable.Entries} from -{bound} to {bound}", nameof(pixels));
        return new(nodes, constants.Select(Copy), input, pixels);

        static PlanTensor Copy(KeyValuePair<string, Tensor> constant) => constant.Value is HostTensor { Bytes: var bytes }
            ? new(constant.Key, constant.Value.Type, constant.Value.Shape, bytes)
            : throw new ArgumentException($"{constant.Key}: lies in a device's memory", nameof(constant));
    }

    /// <summary>The plan, with copies of what the tensors hold now.</summary>
    internal ModelPlan Copy(IBackend backend, InputRange input) => new(
        nodes, constants.Select(constant => PlanTensor.Copy(constant.Key, backend, constant.Value)), input,
        PixelTable.Create(nodes[0].Output.FractionBits + 1, input));
}
