using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Training;

/// <summary>
/// A network's forward pass as its plan, with the network's own weights and in the memory of its own layers, which holds nothing between two steps.
/// Where a layer does not say what it does in an evaluation, the layers run one by one.
/// </summary>
internal sealed class NetworkEvaluation
{
    private readonly Network network;
    private readonly PlanBuilder? plan;
    private readonly WageException? refusal;
    private readonly PlanRun? run;
    private HostTensor? scores;

    /// <summary>Asks the layers for the plan.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layers">As they are built.</param>
    /// <param name="image">A^0.</param>
    /// <param name="outputs">Memory that nobody reads between two steps.</param>
    /// <param name="tensors">Takes what else is needed.</param>
    public NetworkEvaluation(
        Network network, IReadOnlyList<Layer> layers, SignalSpec image, IReadOnlyList<Tensor> outputs, OwnedTensors tensors)
    {
        this.network = network;
        try
        {
            plan = Emit(layers, image);
            run = InMemoryOf(outputs, tensors);
        }
        catch (WageException error) when (plan is null)
        {
            refusal = error;
        }
    }

    /// <summary>W_q = Q_W(W) in every layer, and what else an evaluation reads, from the image on.</summary>
    public static void Prepare(Parameter[] parameters, Layer[] layers, int imageFractionBits)
    {
        Array.ForEach(parameters, static w => w.Use(default));
        layers.Aggregate((long)-imageFractionBits, static (exponent, layer) => layer.Prepare(exponent));
    }

    /// <summary>The plan, with copies of the weights as they were last quantized.</summary>
    /// <exception cref="WageException">A layer does not say what it does in an evaluation.</exception>
    public ModelPlan ToPlan() => plan is null ? throw refusal! : plan.Copy(network.Backend, network.Input);

    /// <summary>The scores of the network's images.</summary>
    public Signal Scores()
    {
        if (run is null) return network.Forward();
        run.Run();
        return new Signal(run.Scores, network.ScoresSpec.FractionBits);
    }

    /// <summary>The scores of the first images.</summary>
    public void Read(Span<long> into)
    {
        var values = Read();
        for (var i = 0; i < into.Length; i++) into[i] = values[i];
    }

    /// <summary>The class of each of the first images: the first of its greatest scores.</summary>
    public void Predict(Span<int> classes)
    {
        var (values, count) = (Read(), network.Classes);
        for (var n = 0; n < classes.Length; n++) classes[n] = values.Greatest(n * count, count);
    }

    /// <summary>The scores in host memory that the next call overwrites.</summary>
    private HostTensor Read()
    {
        var values = Scores().Values;
        return network.Backend.ReadInto(values, scores ??= HostTensor.Create(values.Type, values.Shape));
    }

    private static PlanBuilder Emit(IReadOnlyList<Layer> layers, SignalSpec image)
    {
        var builder = new PlanBuilder(image);
        var node = 0;
        foreach (var layer in layers) node = layer.Emit(builder, node);
        if (node < builder.Nodes.Count - 1) builder.Add("scores", new ReshapeOperation(), builder[node], [node]);
        return builder;
    }

    /// <summary>The longest buffers first, each in the shortest tensor that has room for it.</summary>
    private PlanRun InMemoryOf(IReadOnlyList<Tensor> outputs, OwnedTensors tensors)
    {
        var batch = network.Images.Shape[0];
        var memory = new PlanMemory(plan!.Nodes);
        var left = outputs.OrderBy(tensor => tensor.Length).ToList();
        var buffers = new Tensor[memory.Buffers.Count];
        foreach (var i in Enumerable.Range(0, buffers.Length).OrderByDescending(i => memory.Buffers[i].Length))
        {
            var (type, length) = memory.Buffers[i];
            var place = left.FindIndex(tensor => tensor.Type == type && tensor.Length >= (long)batch * length);
            buffers[i] = place < 0 ? tensors.Allocate(type, new Shape(batch, length)) : left[place];
            if (place >= 0) left.RemoveAt(place);
        }

        return new PlanRun(plan.Nodes, memory, network.Backend, network.Images, Buffer, Constants);

        NodeConstants Constants(PlanNode node) => new([.. node.Constants.Select(name => plan.Constants[name])], []);
        Tensor Buffer(int i, Shape shape) => buffers[i].First(shape) ?? tensors.Allocate(buffers[i].Type, shape);
    }
}
