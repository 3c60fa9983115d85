using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>Where the layers of a built network leave what they do in an evaluation; see <see cref="Layer.Emit"/>.</summary>
public sealed class PlanBuilder
{
    private readonly List<PlanNode> nodes = [];
    private readonly Dictionary<string, Tensor> constants = new(StringComparer.Ordinal);

    internal PlanBuilder(SignalSpec image) => Add("input", new ImageOperation(), image, []);

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
    /// <exception cref="ArgumentException">A node that it reads is none, or a name is taken by another tensor.</exception>
    public int Add(
        string name, PlanOperation operation, in SignalSpec output, ReadOnlySpan<int> inputs,
        params ReadOnlySpan<(string Name, Tensor Values)> constants)
    {
        ArgumentNullException.ThrowIfNull(operation);
        foreach (var input in inputs)
            if (input < 0 || input >= nodes.Count) throw new ArgumentException($"{name}: there is no node {input} before it", nameof(inputs));
        var names = new string[constants.Length];
        for (var i = 0; i < names.Length; i++)
        {
            (names[i], var values) = constants[i];
            if (!this.constants.TryAdd(names[i], values) && this.constants[names[i]] != values)
                throw new ArgumentException($"{name}: the name {names[i]} is taken by another tensor", nameof(constants));
        }

        nodes.Add(new PlanNode(name, operation, output with { Shape = output.Shape.OfBatch(1), Shared = false }, [.. inputs], [.. names]));
        return nodes.Count - 1;
    }

    /// <summary>What a stage reads besides its input, for <see cref="Add"/>: its range, where it has one.</summary>
    /// <exception cref="WageException">It reads columns, which a node of a plan does not have.</exception>
    internal static (string Name, Tensor Values)[] ConstantsOf(string name, in StageTensors t) =>
        t.Columns > 0 ? throw new WageException($"{name}: its stage differs between columns, so the network has no plan.")
        : t.Range is null ? [] : [($"{name}.range", t.Range)];

    /// <summary>The plan, with copies of what the tensors hold now.</summary>
    internal ModelPlan Copy(IBackend backend, InputRange input) =>
        new(nodes, constants.Select(constant => PlanTensor.Copy(constant.Key, backend, constant.Value)), input);
}
