using Wage.Backends;
using Wage.Observation;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>What layers need while a model is built, and where they leave their parameters and their rows of the model table.</summary>
public sealed class BuildContext(IBackend backend, Scheme scheme, AccumulatorWidth accumulator, bool fuses = true)
{
    private readonly Dictionary<string, int> names = [];
    private readonly List<Parameter> parameters = [];
    private readonly List<LayerRow> rows = [];
    private readonly List<(ElementType Type, Shape Shape, Action<Tensor> Use)> shared = [];
    private int branches;

    /// <summary>The backend of every tensor.</summary>
    public IBackend Backend { get; } = backend;

    /// <summary>The scheme of layers that have none of their own.</summary>
    public Scheme Scheme { get; } = scheme;

    /// <summary>The accumulators allowed.</summary>
    public AccumulatorWidth Accumulator { get; } = accumulator;

    /// <summary>Where layers show their tensors to an observer.</summary>
    public StepProbe Probe { get; } = new();

    /// <summary>The last layer that made sums, until a quantizer has taken its name.</summary>
    public string? Source { get; set; }

    /// <summary>True when blocks run in one piece; the integers are the same.</summary>
    public bool Fuses { get; } = fuses;

    /// <summary>True when the errors of products share memory, as a step needs them; false keeps every one to look at.</summary>
    internal bool SharesErrors { get; init; }

    /// <summary>The parameters so far, in order.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>The table so far, in order.</summary>
    public IReadOnlyList<LayerRow> Rows => rows;

    /// <summary>"conv1", "conv2", ...: the next name of this kind.</summary>
    public string NextName(string kind)
    {
        names[kind] = names.GetValueOrDefault(kind) + 1;
        return $"{kind}{names[kind]}";
    }

    /// <summary>
    /// Under which name reports show a quantizer's activations and errors: that of the layer whose sums it reads, "conv1", or the given one where
    /// another quantizer has taken that.
    /// </summary>
    public string TakeSource(string otherwise)
    {
        var name = Source ?? otherwise;
        Source = null;
        return name;
    }

    /// <summary>A new parameter.</summary>
    public Parameter AddParameter(Scheme scheme, string name, Shape shape, int fanIn)
    {
        var parameter = new Parameter(Backend, Probe, scheme, name, parameters.Count, shape, fanIn);
        parameters.Add(parameter);
        return parameter;
    }

    /// <summary>A new row of the table, which the backward build may complete.</summary>
    public LayerRow AddRow(string name, string kind, Shape output)
    {
        var row = new LayerRow(name, kind, output);
        rows.Add(row);
        return row;
    }

    /// <summary>The layers as they are built: blocks in one piece where that is wanted.</summary>
    internal Layer[] Arrange(IReadOnlyList<Layer> layers) => Fuses ? Block.Fuse(layers, Scheme) : [.. layers];

    /// <summary>
    /// A tensor for the error that a product gives. In a chain of layers only one such error is alive at a time: the layers before the product
    /// turn it into errors of few bits before the next product writes its own. So all of a type share the memory of the longest, which
    /// <see cref="ShareErrors"/> gives them. Where a branch may still need the error, the tensor has memory of its own.
    /// </summary>
    internal void AllocateError(ElementType type, Shape shape, Action<Tensor> use)
    {
        if (SharesErrors && branches == 0) shared.Add((type, shape, use));
        else use(Backend.Allocate(type, shape));
    }

    /// <summary>Until it is disposed, errors have memory of their own.</summary>
    internal Branches Branch()
    {
        branches++;
        return new Branches(this);
    }

    /// <summary>Gives the errors that share memory their tensors. Call it once, when every layer is built.</summary>
    internal void ShareErrors()
    {
        foreach (var group in shared.GroupBy(error => error.Type))
        {
            var longest = Backend.Allocate(group.Key, group.MaxBy(error => error.Shape.Length).Shape);
            foreach (var (type, shape, use) in group) use(longest.First(shape) ?? Backend.Allocate(type, shape));
        }
    }

    /// <summary>A scalar for the exponent of an error.</summary>
    public Tensor AllocateExponent() => Backend.Allocate(ElementType.Int64, new Shape(1));

    /// <summary>See <see cref="Branch"/>.</summary>
    internal readonly struct Branches(BuildContext context) : IDisposable
    {
        public void Dispose() => context.branches--;
    }
}

/// <summary>A row of the model table.</summary>
public sealed class LayerRow(string name, string kind, Shape output)
{
    /// <summary>The layer's name.</summary>
    public string Name { get; } = name;

    /// <summary>The layer in words: "5x5 conv, same".</summary>
    public string Kind { get; } = kind;

    /// <summary>The output, with the batch.</summary>
    public Shape Output { get; } = output;

    /// <summary>The scheme's name, for layers with weights.</summary>
    public string? Scheme { get; internal set; }

    /// <summary>log2 alpha, for layers with weights.</summary>
    public int? Log2Alpha { get; internal set; }

    /// <summary>The number of weights.</summary>
    public long Parameters { get; internal set; }

    /// <summary>Multiply-accumulates of the forward product for one image.</summary>
    public long Macs { get; internal set; }

    /// <summary>The extents of the layer's product; null without weights.</summary>
    public ConvGeometry? Product { get; internal set; }

    /// <summary>The extents of a pooling; null elsewhere.</summary>
    public PoolGeometry? Pool { get; internal set; }

    /// <summary>The bound of the forward product's accumulators.</summary>
    public AccumulatorBound? Forward { get; internal set; }

    /// <summary>The bound of the error product's accumulators; null in the first layer, which needs none.</summary>
    public AccumulatorBound? Error { get; internal set; }

    /// <summary>The bound of the gradient product's accumulators.</summary>
    public AccumulatorBound? Gradient { get; internal set; }

    /// <summary>The types chosen for the three products.</summary>
    public (ElementType? Forward, ElementType? Error, ElementType? Gradient) Accumulators { get; internal set; }
}
