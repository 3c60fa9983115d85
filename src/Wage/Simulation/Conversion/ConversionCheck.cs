using Wage.Backends;
using Wage.Data;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Simulation.Conversion;

/// <summary>
/// A converted plan beside the network that it was made of, on the same images: each node given the network's own codes, and the plan from the pixels
/// to the scores. Their codes may differ by a step, because float32 sums round and multipliers have 31 bits.
/// </summary>
internal sealed class ConversionCheck
{
    private readonly FloatNetwork network;
    private readonly Conversion conversion;
    private readonly IBackend backend;
    private readonly Tensor[] given;
    private readonly Tensor[] alone;
    private readonly Tensor[] whole;
    private readonly Tensor[][] scratch;
    private readonly Dictionary<string, Tensor> constants;
    private readonly CodeDifferences[] ofNodes;
    private readonly CodeDifferences[] fromPixels;

    /// <summary>Brings the plan to a backend of the host, with memory for a batch of the network's.</summary>
    public ConversionCheck(FloatNetwork network, Conversion conversion, IBackend backend)
    {
        (this.network, this.conversion, this.backend) = (network, conversion, backend);
        var (plan, batch) = (conversion.Plan, network.ImageShape[0]);
        Tensor[] Outputs() => [.. plan.Nodes.Select(node => backend.Allocate(node.Output.Type, node.Output.Shape.OfBatch(batch)))];
        (given, alone, whole) = (Outputs(), Outputs(), Outputs());
        scratch = [.. plan.Nodes.Select(
            node => node.Operation.Scratch.Select(one => backend.Allocate(one.Type, one.Shape.OfBatch(batch))).ToArray())];
        constants = plan.Constants.ToDictionary(constant => constant.Name, constant =>
        {
            var tensor = backend.Allocate(constant.Type, constant.Shape);
            backend.UploadBytes(constant.Unpack(), tensor);
            return tensor;
        });
        (ofNodes, fromPixels) = (New(), New());

        CodeDifferences[] New() => [.. conversion.Tensors.Select(tensor => new CodeDifferences(tensor.Name))];
    }

    /// <summary>The images that counted.</summary>
    public long Images { get; private set; }

    /// <summary>Images to which the network and the plan give the same class.</summary>
    public long SameClass { get; private set; }

    /// <summary>Images whose label the network gives.</summary>
    public long NetworkCorrect { get; private set; }

    /// <summary>Images whose label the plan gives.</summary>
    public long PlanCorrect { get; private set; }

    /// <summary>The differences of each tensor where its node was given the network's codes.</summary>
    public IReadOnlyList<CodeDifferences> OfNodes => ofNodes;

    /// <summary>The differences of each tensor where the plan ran from the pixels on.</summary>
    public IReadOnlyList<CodeDifferences> FromPixels => fromPixels;

    /// <summary>Compares all images of a set.</summary>
    /// <param name="set">The images.</param>
    /// <param name="progress">Told how many images are done; null: nobody.</param>
    public void Run(ImageSet set, Action<int>? progress = null)
    {
        using var source = network.Take(set);
        network.Prepare();
        var batch = network.ImageShape[0];
        for (var first = 0; first < set.Count; first += batch)
        {
            source.Load(first, Augmentation.None, default);
            Compare(network.Scores(), set, first, Math.Min(batch, set.Count - first));
            progress?.Invoke(Math.Min(set.Count, first + batch));
        }
    }

    private void Compare(FloatTensor scores, ImageSet set, int first, int count)
    {
        var plan = conversion.Plan;
        foreach (var tensor in conversion.Tensors) Encode(tensor, given[tensor.Node]);
        backend.Copy(given[0], whole[0]);
        var known = conversion.Tensors.Select(tensor => tensor.Node).ToHashSet();
        for (var node = 1; node < plan.Nodes.Length; node++)
        {
            Run(node, given, alone[node]);
            Run(node, whole, whole[node]);
            if (!known.Contains(node)) backend.Copy(alone[node], given[node]);
        }

        for (var t = 0; t < conversion.Tensors.Count; t++)
        {
            var node = conversion.Tensors[t].Node;
            var expected = backend.Read(given[node]);
            if (node > 0) ofNodes[t].Add(expected, backend.Read(alone[node]), count);
            fromPixels[t].Add(expected, backend.Read(whole[node]), count);
        }

        var (integers, classes) = (backend.Read(whole[^1]), network.Classes);
        for (var n = 0; n < count; n++)
        {
            var (simulated, integer) = (FloatLoss.FirstGreatest(scores.Span.Slice(n * classes, classes)), integers.Greatest(n * classes, classes));
            Images++;
            SameClass += simulated == integer ? 1 : 0;
            NetworkCorrect += simulated == set.Labels[first + n] ? 1 : 0;
            PlanCorrect += integer == set.Labels[first + n] ? 1 : 0;
        }
    }

    private void Run(int node, Tensor[] inputs, Tensor output)
    {
        var it = conversion.Plan.Nodes[node];
        if (it.Operation is ReshapeOperation)
        {
            backend.Copy(inputs[it.Inputs[0]], output);
            return;
        }

        it.Operation.Run(backend, new PlanTensors(
            network.ImageShape[0], output, [.. it.Inputs.Select(read => inputs[read])],
            [.. it.Constants.Select(name => constants[name])], scratch[node]));
    }

    private void Encode(ConvertedTensor tensor, Tensor codes)
    {
        var values = tensor.Simulated().Span;
        var all = new sbyte[values.Length];
        tensor.Grid.Quantize(values, all);
        backend.Upload<sbyte>(all, codes);
    }
}

/// <summary>How far two tensors of codes are apart.</summary>
/// <param name="name">The tensor's name.</param>
internal sealed class CodeDifferences(string name)
{
    private readonly long[] counts = new long[511];

    /// <summary>The tensor's name.</summary>
    public string Name => name;

    /// <summary>The codes compared.</summary>
    public long Count { get; private set; }

    /// <summary>The codes that are equal.</summary>
    public long Equal => counts[255];

    /// <summary>The codes at most a step apart.</summary>
    public long WithinOne => counts[254] + counts[255] + counts[256];

    /// <summary>The greatest distance.</summary>
    public int Greatest => Enumerable.Range(0, 256).LastOrDefault(d => counts[255 + d] + counts[255 - d] > 0);

    /// <summary>The codes whose difference is this, integer less simulated, from -255 to 255.</summary>
    public long this[int difference] => counts[255 + difference];

    /// <summary>The first images of a batch count.</summary>
    internal void Add(HostTensor simulated, HostTensor integer, int images)
    {
        for (var i = 0; i < images * simulated.Shape.Stride; i++) counts[255 + integer[i] - simulated[i]]++;
        Count += (long)images * simulated.Shape.Stride;
    }
}
