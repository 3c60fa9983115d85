using System.Runtime.CompilerServices;
using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Schemes;
using Wage.Simulation.Products;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Simulation;

/// <summary>What the layers of a float32 network need while it is built: where it computes, memory, which is counted, names and parameters.</summary>
internal sealed class FloatBuilder
{
    private readonly bool hasMemory;
    private readonly IReadOnlySet<string> frozen;
    private readonly FloatOptimizer optimizer;
    private readonly FirstWeights first;
    private readonly LayerNaming naming = new();
    private readonly List<FloatParameter> parameters = [];
    private readonly List<LayerRow> table = [];
    private readonly List<ConvGeometry> products = [];
    private readonly HashSet<Shape> observed = [];
    private readonly List<ModelTrait> traits = [];
    private int dropouts;

    /// <summary>For a network on this backend.</summary>
    /// <param name="scheme">What it makes of the network.</param>
    /// <param name="backend">Where it computes; a <see cref="PlanningBackend"/>: nowhere, without memory.</param>
    /// <param name="optimizer">How the parameters learn.</param>
    /// <param name="frozen">Layers that keep what they start with, by their names.</param>
    /// <param name="first">How weights begin.</param>
    /// <exception cref="WageException">The backend is another.</exception>
    public FloatBuilder(FloatScheme scheme, IBackend backend, FloatOptimizer optimizer, IReadOnlySet<string> frozen, FirstWeights first = default)
    {
        (Scheme, this.optimizer, this.frozen, this.first, hasMemory) = (scheme, optimizer, frozen, first, backend is not PlanningBackend);
        Engine = backend switch
        {
            HostBackend host => new FloatEngine(host.Pool, FloatEngine.Widest),
            ReferenceBackend => new FloatEngine(null, lanes: 1),
            PlanningBackend => new FloatEngine(null, FloatEngine.Widest),
            _ => throw new WageException(
                $"scheme {scheme.Name}: computes on the cpu engine or the reference themselves, not through a {backend.GetType().Name} on " +
                $"{backend.Name}.",
                "take the device cpu, and no profile."),
        };
    }

    /// <summary>The scheme.</summary>
    public FloatScheme Scheme { get; }

    /// <summary>Which images of a batch the network computes.</summary>
    public BatchSlice Slice { get; init; } = BatchSlice.Whole(1);

    /// <summary>What computes.</summary>
    public FloatEngine Engine { get; }

    /// <summary>Of a network with Fixup: the residuals whose branches have it; null: it has none.</summary>
    public int? Fixups { get; set; }

    /// <summary>Where layers show their tensors.</summary>
    public FloatView View { get; } = new();

    /// <summary>The bytes so far, by kind.</summary>
    public MemoryPlan Memory { get; } = new();

    /// <summary>Where the errors of the layers go that are built next.</summary>
    public ErrorMemory Errors { get; set; } = new();

    /// <summary>The parameters so far, in order.</summary>
    public IReadOnlyList<FloatParameter> Parameters => parameters;

    /// <summary>The table so far, in order.</summary>
    public IReadOnlyList<LayerRow> Table => table;

    /// <summary>"conv1", "conv2", ...: the next name of this kind.</summary>
    public string NextName(string kind) => naming.Next(kind);

    /// <summary>The next position among the dropouts.</summary>
    public int NextDropout() => dropouts++;

    /// <summary>A tensor of zeros, noted under its kind; without memory where the backend has none.</summary>
    public FloatTensor Allocate(MemoryKind kind, Shape shape)
    {
        Memory.Add(kind, (long)shape.Length * sizeof(float));
        return hasMemory ? new FloatTensor(shape) : FloatTensor.Planned(shape);
    }

    /// <summary>Gives the errors of all layers their memory, and notes it.</summary>
    public void PlaceErrors()
    {
        foreach (var piece in Errors.Pieces)
        {
            Memory.Add(MemoryKind.Errors, (long)piece.Length * sizeof(float));
            if (hasMemory) piece.Place();
        }
    }

    /// <summary>Doubles, noted as scratch memory.</summary>
    public double[] Doubles(Shape shape) => Room<double>(shape.Length);

    /// <summary>Numbers, counts or flags, noted as scratch memory.</summary>
    public T[] Room<T>(int length)
        where T : unmanaged
    {
        Memory.Add(MemoryKind.Scratch, (long)length * Unsafe.SizeOf<T>());
        return hasMemory ? new T[length] : [];
    }

    /// <summary>A new parameter of the layer whose name its own begins with.</summary>
    /// <param name="name">"conv1", "conv1.bias".</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="fanIn">The terms of one output, of weights, which are drawn; 0: all begin with <paramref name="start"/>.</param>
    /// <param name="start">The value with which they begin.</param>
    /// <param name="givesScores">See <see cref="FloatParameter.GivesScores"/>.</param>
    /// <param name="fixup">See <see cref="FloatParameter.Fixup"/>.</param>
    public FloatParameter AddParameter(
        string name, Shape shape, int fanIn = 0, float start = 0, bool givesScores = false, FixupStart? fixup = null)
    {
        var parameter = new FloatParameter(name, parameters.Count, shape, fanIn, optimizer, Allocate)
        {
            Start = start,
            First = first,
            GivesScores = givesScores,
            Fixup = fixup,
            IsFrozen = frozen.Contains(name.Split('.')[0]),
        };
        parameters.Add(parameter);
        return parameter;
    }

    /// <summary>A new row of the table.</summary>
    public LayerRow AddRow(string name, string kind, Shape output)
    {
        var row = new LayerRow(name, kind, output);
        table.Add(row);
        return row;
    }

    /// <summary>What the table does not tell of the network, see <see cref="ModelIdentity"/>; the frozen layers come last.</summary>
    public IEnumerable<ModelTrait> Traits => [.. traits, .. parameters.Where(parameter => parameter.IsFrozen)
        .Select(parameter => parameter.Name.Split('.')[0]).Distinct().Select(name => new ModelTrait($"{name}.train", "false", "true"))];

    /// <summary>Notes what the table does not tell.</summary>
    public void AddTrait(string name, string value, string? otherwise = null) => traits.Add(new ModelTrait(name, value, otherwise));

    /// <summary>Notes that the engine multiplies these extents.</summary>
    public void AddProduct(in ConvGeometry geometry) => products.Add(geometry);

    /// <summary>All bytes, with what the engine keeps for the products on so many threads.</summary>
    public MemoryPlan Plan(int threads)
    {
        var plan = new MemoryPlan();
        foreach (var kind in Enum.GetValues<MemoryKind>()) plan.Add(kind, Memory[kind]);
        plan.Add(MemoryKind.Scratch, FloatEngine.ScratchBytes(products, threads));
        return plan;
    }

    /// <summary>Notes that observers see a tensor of this shape.</summary>
    public void Observe(Shape shape) => observed.Add(shape);

    /// <summary>
    /// Counts the memory in which observers see tensors: that of the longest. Where workers share the batch they see all of it, before and after a
    /// quantizer, each once as a message.
    /// </summary>
    public void CountObserved()
    {
        Memory.Add(MemoryKind.Observation, View.Room(observed.Max(shape => shape.Length)));
        if (Slice.Ranks == 1) return;
        var most = observed.Where(shape => shape[0] == Slice.Count).Max(shape => (long?)shape.Stride * Slice.Batch) ?? 0;
        Memory.Add(MemoryKind.Observation, 5 * sizeof(float) * most);
    }

    /// <summary>The names of frozen layers are those of layers with parameters, and something learns.</summary>
    /// <exception cref="WageException">One is none, or all are frozen.</exception>
    public void RequireLearning()
    {
        if (parameters.Count == 0)
            throw new WageException("model: no layer has weights, so there is nothing to train.", "add a convolution or a dense layer.");
        foreach (var name in frozen.Where(name => !parameters.Exists(parameter => parameter.Name.Split('.')[0] == name)))
        {
            throw new WageException(table.Exists(row => row.Name == name)
                ? $"layers: {name} has no weights, so there is nothing to keep from training." : $"layers: the model has no layer '{name}'.");
        }

        if (parameters.TrueForAll(parameter => parameter.IsFrozen))
            throw new WageException("model: every layer is frozen, so there is nothing to train.", "let at least one layer learn.");
    }
}
