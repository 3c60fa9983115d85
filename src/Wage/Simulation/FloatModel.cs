using Wage.Backends;
using Wage.Layers;
using Wage.Observation;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation;

/// <summary>The layers of a float32 network, made from a description by integer layers, and everything that they need memory for.</summary>
internal sealed class FloatModel
{
    private readonly IBackend backend;
    private readonly FloatEngine engine;
    private readonly FloatOptimizer optimizer;
    private readonly List<FloatLayer> layers = [];
    private readonly List<FloatParameter> parameters = [];
    private readonly List<LayerRow> table = [];

    /// <summary>See <see cref="FloatNetwork"/>.</summary>
    public FloatModel(IReadOnlyList<Layer> description, Shape images, IBackend backend, FloatOptimizer optimizer)
    {
        (this.backend, this.optimizer) = (backend, optimizer);
        engine = backend switch
        {
            HostBackend host => new FloatEngine(host.Pool, FloatEngine.Widest),
            ReferenceBackend or PlanningBackend => new FloatEngine(null, lanes: 1),
            _ => throw new WageException(
                $"scheme float32: computes on the cpu engine or the reference themselves, not through a {backend.GetType().Name} on {backend.Name}.",
                "take the device cpu, and no profile."),
        };
        Images = Allocate(MemoryKind.Activations, images);
        Memory.Add(MemoryKind.Activations, (long)sizeof(int) * images[0]);
        Scores = images;
        foreach (var layer in description) Add(layer);
        (Layers, Parameters, Dense) = ([.. layers], [.. parameters], [.. layers.OfType<FloatDense>()]);
        if (Dense.Length == 0) throw new WageException("model: no layer has weights, so there is nothing to train.");
        First = layers.IndexOf(Dense[0]);
        Layers[^1].Output = Quantity.Scores;
        var observed = Dense.SelectMany(dense => new[] { dense.Weights.Value.Shape, dense.Y.Shape }).Append(images).Distinct();
        Memory.Add(MemoryKind.Observation, observed.Sum(shape => (long)shape.Length * sizeof(int)));
    }

    /// <summary>What computes.</summary>
    public FloatEngine Engine => engine;

    /// <summary>[N,H,W,C].</summary>
    public FloatTensor Images { get; }

    /// <summary>The shape of what the last layer gives.</summary>
    public Shape Scores { get; private set; }

    public FloatLayer[] Layers { get; }

    /// <summary>Those of the layers with weights.</summary>
    public FloatDense[] Dense { get; }

    /// <summary>The position of the first layer that learns.</summary>
    public int First { get; private set; }

    public FloatParameter[] Parameters { get; }

    public IReadOnlyList<LayerRow> Table => table;

    public MemoryPlan Memory { get; } = new();

    /// <summary>A tensor, noted under its kind; without memory where the backend has none.</summary>
    public FloatTensor Allocate(MemoryKind kind, Shape shape)
    {
        Memory.Add(kind, (long)shape.Length * sizeof(float));
        return backend is PlanningBackend ? FloatTensor.Planned(shape) : new FloatTensor(shape);
    }

    /// <summary>Keeps these layers as they start.</summary>
    /// <exception cref="WageException">There is no layer of a name, or none is left to learn.</exception>
    public void Freeze(IReadOnlySet<string> frozen)
    {
        foreach (var name in frozen)
        {
            var dense = Array.Find(Dense, layer => layer.Name == name) ?? throw new WageException($"layers: the model has no layer '{name}'.");
            dense.IsFrozen = true;
        }

        var first = Array.Find(Dense, dense => !dense.IsFrozen)
            ?? throw new WageException("model: every layer is frozen, so there is nothing to train.");
        First = Array.IndexOf(Layers, first);
    }

    private void Add(Layer layer)
    {
        switch (layer)
        {
            case Flatten or Quantize: break;
            case Dense dense: AddDense(dense.Outputs); break;
            case Relu: layers.Add(new FloatRelu(layers.Count == 0 ? "input" : layers[^1].Name)); break;
            default:
                throw new WageException(
                    $"scheme float32: has no {layer.GetType().Name} layer, only Dense and Relu.",
                    $"take {new Term(TermKind.Mlp)}, or a scheme of integers.");
        }
    }

    private void AddDense(int outputs)
    {
        var name = $"dense{table.Count + 1}";
        if (outputs < 1) throw new WageException($"{name}: outputs is {outputs}, but must be at least 1.");
        if (layers.Count > 0) layers[^1].Output = Quantity.ActivationInputs;
        var (batch, n) = (Scores[0], Scores.Stride);
        var (weights, bias) = (Parameter(name, new Shape(outputs, n), n), Parameter($"{name}.bias", new Shape(outputs), 0));
        var delta = table.Count == 0 ? null : Allocate(MemoryKind.Errors, Scores);
        var y = Allocate(MemoryKind.Activations, new Shape(batch, outputs));
        layers.Add(new FloatDense(engine, name, weights, bias, Allocate(MemoryKind.Scratch, new Shape(n, outputs)), y, delta));
        table.Add(new LayerRow(name, "dense", y.Shape) { Scheme = "float32", Parameters = (n + 1L) * outputs, Macs = (long)n * outputs });
        Scores = y.Shape;
    }

    private FloatParameter Parameter(string name, Shape shape, int fanIn)
    {
        var parameter = new FloatParameter(name, parameters.Count, shape, fanIn, optimizer, Allocate);
        parameters.Add(parameter);
        return parameter;
    }
}
