using System.Numerics;
using Wage.Backends;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Layers;

/// <summary>What layers need while a model is built, and where they leave their parameters and their rows of the model table.</summary>
public sealed class BuildContext(IBackend backend, Scheme scheme, AccumulatorWidth accumulator, bool fuses = true)
{
    private readonly LayerNaming naming = new();
    private readonly List<Parameter> parameters = [];
    private readonly List<LayerRow> rows = [];
    private readonly List<(MemoryLife Life, ElementType Type, Shape Shape, Action<Tensor> Use)> shared = [];
    private readonly List<(string Owner, IStateful Piece)> stateful = [];
    private readonly List<Tensor> outputs = [];
    private int branches;
    private int quantized;
    private bool isOdd;

    /// <summary>The backend of every tensor.</summary>
    public IBackend Backend { get; } = backend;

    /// <summary>The scheme of layers that have none of their own.</summary>
    public Scheme Scheme { get; } = scheme;

    /// <summary>The accumulators allowed.</summary>
    public AccumulatorWidth Accumulator { get; } = accumulator;

    /// <summary>Where layers show their tensors to an observer.</summary>
    internal StepProbe Probe { get; } = new();

    /// <summary>The last layer that made sums, until a quantizer has taken its name.</summary>
    public string? Source
    {
        get => naming.Source;
        set => naming.Source = value;
    }

    /// <summary>True when blocks run in one piece; the integers are the same.</summary>
    public bool Fuses { get; } = fuses;

    /// <summary>True when tensors of which a step needs one at a time share memory; false keeps every one to look at.</summary>
    internal bool SharesErrors { get; init; }

    /// <summary>The memory so far, by kind.</summary>
    public MemoryPlan Memory { get; } = new();

    /// <summary>The parameters so far, in order.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>The table so far, in order.</summary>
    public IReadOnlyList<LayerRow> Rows => rows;

    /// <summary>Which images of a batch the network computes: bounds of sums over images hold for the whole batch.</summary>
    public BatchSlice Slice { get; init; } = BatchSlice.Whole(1);

    /// <summary>The next index of a quantized tensor that is no weight: the stream of its random bits.</summary>
    public int NextIndex() => quantized++;

    /// <summary>"conv1", "conv2", ...: the next name of this kind.</summary>
    public string NextName(string kind) => naming.Next(kind);

    /// <summary>
    /// Under which name reports show a quantizer's activations and errors: that of the layer whose sums it reads, "conv1", or the given one where
    /// another quantizer has taken that.
    /// </summary>
    public string TakeSource(string otherwise) => naming.TakeSource(otherwise);

    /// <summary>A new parameter.</summary>
    public Parameter AddParameter(Scheme scheme, string name, Shape shape, int fanIn)
    {
        var parameter = new Parameter(this, scheme, name, parameters.Count, shape, fanIn);
        parameters.Add(parameter);
        return parameter;
    }

    /// <summary>A new bias, one number for each column of a layer's sums.</summary>
    /// <param name="scheme">The scheme by which it is stored and learns.</param>
    /// <param name="name">"conv1.bias".</param>
    /// <param name="columns">Output features.</param>
    /// <param name="fanIn">The terms of one sum.</param>
    /// <param name="fractionBits">log2 of 1 / unit of the sums.</param>
    /// <exception cref="WageException">In the unit of the sums it would not fit 32 bits.</exception>
    public Parameter AddBias(Scheme scheme, string name, int columns, int fanIn, int fractionBits)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        var grid = new BiasGrid(name, scheme.StoredRange, fractionBits);
        return AddColumns(scheme, name, columns, fanIn, new ColumnForm(ParameterKind.Bias, grid, scheme.StoredRange));
    }

    /// <summary>A new parameter of one number for each column.</summary>
    internal Parameter AddColumns(Scheme scheme, string name, int columns, int fanIn, ColumnForm form)
    {
        var parameter = new Parameter(this, scheme, name, parameters.Count, new Shape(columns), fanIn, form);
        parameters.Add(parameter);
        return parameter;
    }

    /// <summary>The parameters that learn.</summary>
    internal Parameter[] Learning => [.. parameters.Where(parameter => !parameter.IsFrozen)];

    /// <summary>Why a network without a layer that learns is none.</summary>
    internal WageException NothingLearns() =>
        new($"model: {(parameters.Count == 0 ? "no layer has weights" : "every layer is frozen")}, so there is nothing to train.",
            parameters.Count == 0 ? "add a convolution or a dense layer." : "let at least one layer learn.");

    /// <summary>What remembers from step to step, each once, by its first owner's name.</summary>
    internal IReadOnlyList<(string Owner, IStateful Piece)> Stateful => stateful;

    /// <summary>The quantizers among it.</summary>
    internal TensorQuantizer[] Quantizers => [.. stateful.Select(one => one.Piece).OfType<TensorQuantizer>()];

    /// <summary>What layers make everybody's sum in a training step, where workers share the batch.</summary>
    internal List<Tensor> Sums { get; } = [];

    /// <summary>Notes a quantizer or an update rule: where it remembers something, checkpoints keep that.</summary>
    internal void Note(string owner, object piece)
    {
        if (piece is IStateful own && stateful.TrueForAll(one => one.Piece != own)) stateful.Add((owner, own));
    }

    /// <summary>A new row of the table, which the backward build may complete.</summary>
    public LayerRow AddRow(string name, string kind, Shape output)
    {
        var row = new LayerRow(name, kind, output);
        rows.Add(row);
        return row;
    }

    /// <summary>A layer's own scheme, or the network's.</summary>
    /// <exception cref="WageException">One finds the units of tensors at run time, the other knows them before: they do not fit together.</exception>
    internal Scheme SchemeOf(Layer? layer, string name)
    {
        if (layer?.Scheme is not { } own) return Scheme;
        if (own.Units is null == Scheme.Units is null) return own;
        throw new WageException(
            $"{name}: its scheme is '{OneLine.Quote(own.Name)}', which does not fit a network of '{OneLine.Quote(Scheme.Name)}'.",
            "give it one of the same kind.");
    }

    /// <summary>The layers as they are built: blocks in one piece where that is wanted.</summary>
    internal Layer[] Arrange(IReadOnlyList<Layer> layers) => Scheme.Arrange(layers, Fuses);

    /// <summary>
    /// A tensor for the error that a product gives. In a chain of layers only one such error is alive at a time: the layers before the product
    /// turn it into errors of few bits before the next product writes its own. So all of a type share the memory of the longest, which
    /// <see cref="ShareErrors"/> gives them. Where a branch may still need the error, the tensor has memory of its own.
    /// </summary>
    internal void AllocateError(ElementType type, Shape shape, Action<Tensor> use)
    {
        if (branches == 0) Share(MemoryLife.Sums, type, shape, use);
        else use(Allocate(MemoryKind.Errors, type, shape));
    }

    /// <summary>
    /// A tensor that shares the memory of all others of its type and life, of which no two are needed at once; it has the memory when
    /// <see cref="ShareErrors"/> is called.
    /// </summary>
    internal void Share(MemoryLife life, ElementType type, Shape shape, Action<Tensor> use)
    {
        if (SharesErrors) shared.Add((life, type, Probe.Note(KindOf(life), type, shape), use));
        else use(Allocate(KindOf(life), type, shape));
    }

    /// <summary>The memory of the network, which it gives back when it is disposed: whatever <see cref="Allocate"/> gave.</summary>
    internal OwnedTensors Tensors { get; } = new(backend);

    /// <summary>A zeroed tensor, noted under its kind; the network gives its memory back.</summary>
    public Tensor Allocate(MemoryKind kind, ElementType type, Shape shape) => Memory.Add(kind, Tensors.Allocate(type, Probe.Note(kind, type, shape)));

    /// <summary>A tensor with these values, for good.</summary>
    public Tensor Constant<T>(MemoryKind kind, ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        var tensor = Allocate(kind, ElementTypes.Of<T>(), new Shape(values.Length));
        if (Backend.HasMemory) Backend.Upload(values, tensor);
        return tensor;
    }

    /// <summary>A tensor for what a layer gives, which nobody reads between two steps: an evaluation may put something else there.</summary>
    public Tensor AllocateOutput(ElementType type, Shape shape)
    {
        var tensor = Allocate(MemoryKind.Activations, type, shape);
        outputs.Add(tensor);
        return tensor;
    }

    /// <summary>See <see cref="AllocateOutput"/>.</summary>
    internal IReadOnlyList<Tensor> Outputs => outputs;

    /// <summary>Until it is disposed, errors have memory of their own.</summary>
    internal Branches Branch()
    {
        branches++;
        return new Branches(this);
    }

    /// <summary>Gives the tensors that share memory their own. Call it once, when every layer is built.</summary>
    internal void ShareErrors()
    {
        foreach (var group in shared.GroupBy(one => (one.Life, one.Type)))
        {
            var kind = KindOf(group.Key.Life);
            var longest = Allocate(kind, group.Key.Type, group.MaxBy(one => one.Shape.Length).Shape);
            foreach (var (_, type, shape, use) in group) use(longest.First(shape) ?? Allocate(kind, type, shape));
        }
    }

    /// <summary>A scalar for the exponent of an error.</summary>
    public Tensor AllocateExponent() => Allocate(MemoryKind.Errors, ElementType.Int64, new Shape(1));

    /// <summary>
    /// Where a block's errors live. Those in which the product behind them ends are written while it reads its own, so that they take turns.
    /// </summary>
    internal MemoryLife NextBlockErrors(bool canEndProducts) => !canEndProducts ? MemoryLife.BlockErrors
        : (isOdd = !isOdd) ? MemoryLife.OddErrors : MemoryLife.EvenErrors;

    private static MemoryKind KindOf(MemoryLife life) => life == MemoryLife.Pooled ? MemoryKind.Observation : MemoryKind.Errors;

    /// <summary>See <see cref="Branch"/>.</summary>
    internal readonly struct Branches(BuildContext context) : IDisposable
    {
        public void Dispose() => context.branches--;
    }
}

/// <summary>When a step needs a tensor; see <see cref="BuildContext.Share"/>.</summary>
internal enum MemoryLife
{
    /// <summary>
    /// The sums of one product: on the way back until the layers before have turned them into errors of few bits; forward, where an observed block
    /// shows them.
    /// </summary>
    Sums,

    /// <summary>What an observed block shows of its pooling.</summary>
    Pooled,

    /// <summary>The errors of one block, until its product has used them.</summary>
    BlockErrors,

    /// <summary>The same in every other block whose errors the product behind it writes.</summary>
    OddErrors,

    /// <summary>The same in the others.</summary>
    EvenErrors,

    /// <summary>The same behind the block's pooling.</summary>
    PoolErrors,
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

    /// <summary>The number of weights, with those of the bias.</summary>
    public long Parameters { get; internal set; }

    /// <summary>True where the layer's sums have a bias.</summary>
    public bool HasBias { get; internal set; }

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
