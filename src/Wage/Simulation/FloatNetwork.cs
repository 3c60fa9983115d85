using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Simulation;

/// <summary>
/// A multilayer perceptron in float32: dense layers with bias, ReLU, stochastic gradient descent on the mean loss of a batch. Every sum has a fixed
/// order and every function is made of operations that all machines round alike, so a run gives the same bits on every processor, with any number of
/// threads and after every resume. On a <see cref="ReferenceBackend"/> it runs value by value on one thread, which is the definition.
/// </summary>
public sealed class FloatNetwork : ITrainable
{
    private readonly FloatView view = new();
    private readonly FloatModel model;
    private readonly FloatLoss loss;
    private readonly FloatOptimizer optimizer;
    private readonly InputRange input;
    private readonly FloatTensor images;
    private readonly FloatTensor delta;
    private readonly int[] labels;
    private readonly FloatParameter[] learning;
    private readonly StoredFloats[] weights;
    private readonly StoredFloats[] states;
    private FloatMetrics metrics;
    private bool disposed;

    /// <summary>Builds the layers for images [batch,H,W,C].</summary>
    /// <param name="layers">From the image to the scores, as an integer network takes them: <see cref="Dense"/>, <see cref="Relu"/> and
    /// <see cref="Flatten"/>; a <see cref="Quantize"/> does nothing here.</param>
    /// <param name="loss"><see cref="SquaredError"/> or <see cref="SoftmaxCrossEntropy"/>.</param>
    /// <param name="images">[batch,H,W,C].</param>
    /// <param name="backend">A <see cref="HostBackend"/>, whose threads it uses, or a <see cref="ReferenceBackend"/>.</param>
    /// <param name="input">What a pixel means.</param>
    /// <param name="optimizer">How the weights learn; null: stochastic gradient descent without momentum.</param>
    /// <param name="frozen">Layers, by their names, whose weights and bias stay as they start.</param>
    /// <param name="labelSmoothing">s of the targets (1 - s) onehot + s / classes of the cross entropy; null: 0.</param>
    /// <exception cref="WageException">There is no such layer or loss here, or the backend is another.</exception>
    public FloatNetwork(
        IReadOnlyList<Layer> layers, Loss loss, Shape images, IBackend backend, InputRange input = InputRange.Symmetric,
        FloatOptimizer? optimizer = null, IReadOnlySet<string>? frozen = null, Ratio? labelSmoothing = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(backend);
        this.optimizer = optimizer ?? FloatOptimizer.Sgd();
        (Backend, ImageShape, this.input, this.loss) = (backend, images, input, FloatLoss.Of(loss.Name, labelSmoothing));
        model = new FloatModel(layers, images, backend, this.optimizer);
        this.images = model.Images;
        model.Freeze(frozen ?? System.Collections.Frozen.FrozenSet<string>.Empty);
        learning = [.. model.Parameters.Where(p => !p.IsFrozen)];
        delta = model.Allocate(MemoryKind.Errors, model.Scores);
        labels = new int[images[0]];
        weights = [.. model.Parameters.Select(p => new StoredFloats(p.Name, p.Value))];
        states = [.. model.Parameters.SelectMany(p => p.States.Select(state => new StoredFloats($"{p.Name}.{state.Name}", state.Values)))];
        Identity = new ModelIdentity(
        [
            new("input", input.ToString()), new("scheme", SchemeName), .. this.optimizer.Traits,
            new($"{ModelIdentity.SchemePrefix}labelSmoothing", labelSmoothing?.ToString() ?? "0", "0"),
            .. Table.Select(ModelIdentity.Of),
            .. model.Dense.Where(dense => dense.IsFrozen).Select(dense => new ModelTrait($"{dense.Name}.train", "false", "true")),
        ]);
    }

    /// <inheritdoc/>
    public IBackend Backend { get; }

    /// <inheritdoc/>
    public string SchemeName => "float32";

    /// <inheritdoc/>
    public string LossName => loss.Name;

    /// <inheritdoc/>
    public int LossFractionBits => FloatLoss.FractionBits;

    /// <inheritdoc/>
    public Shape ImageShape { get; }

    /// <inheritdoc/>
    public int Classes => model.Scores.Stride;

    /// <inheritdoc/>
    public IReadOnlyList<LayerRow> Table => model.Table;

    /// <inheritdoc/>
    public ModelIdentity Identity { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IStoredTensor> StoredWeights => Alive(weights);

    /// <inheritdoc/>
    public IReadOnlyList<IStoredTensor> StoredStates => Alive(states);

    /// <summary>None.</summary>
    public IReadOnlyList<Parameter> QuantizedWeights => [];

    /// <inheritdoc/>
    public IStepObserver? Observer
    {
        get => view.Observer;
        set => view.Observer = value;
    }

    /// <summary>The parameters, with their gradients after a step.</summary>
    internal IReadOnlyList<FloatParameter> Parameters => model.Parameters;

    /// <inheritdoc/>
    public MemoryPlan PlanMemory(int threads) => model.Memory;

    /// <inheritdoc/>
    public void Initialize(ulong seed)
    {
        foreach (var p in Alive(model).Parameters) p.Initialize(seed);
    }

    /// <inheritdoc/>
    public void RequireRate(Ratio eta)
    {
    }

    /// <inheritdoc/>
    public IImageSource Take(ImageSet set) => new FloatImages(set, Classes, input, Alive(images), labels);

    /// <inheritdoc/>
    public void Step(in StepContext step)
    {
        Prepare();
        foreach (var dense in model.Dense) view.Show(dense.Name, Quantity.StoredWeights, dense.Weights.Value);
        view.Show("input", Quantity.Images, images);
        loss.Error(Forward(), labels, delta, ref metrics);
        Backward();
        var eta = (float)((double)step.Eta.Numerator / step.Eta.Denominator);
        foreach (var p in learning) optimizer.Learn(p, eta, step.Step, model.Engine);
    }

    /// <inheritdoc/>
    public void Prepare()
    {
        foreach (var layer in Alive(model).Layers) layer.Prepare();
    }

    /// <inheritdoc/>
    public void Evaluate() => loss.Error(Forward(), labels, delta, ref metrics);

    /// <inheritdoc/>
    public void Predict(Span<int> classes)
    {
        var scores = Forward();
        for (var n = 0; n < classes.Length; n++) classes[n] = FloatLoss.FirstGreatest(scores.Span.Slice(n * Classes, Classes));
    }

    /// <inheritdoc/>
    public Score TakeMetrics()
    {
        var taken = metrics;
        metrics = default;
        return new Score(taken.LossSum, LossFractionBits, taken.Correct, taken.Counted);
    }

    /// <inheritdoc/>
    public string WeightsSha256() => StoredTensors.Sha256(StoredWeights);

    /// <summary>Ends it; its memory, the host's, goes when nothing refers to it.</summary>
    public void Dispose() => disposed = true;

    private T Alive<T>(T part)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return part;
    }

    /// <summary>The scores of the images.</summary>
    private FloatTensor Forward()
    {
        var a = Alive(images);
        foreach (var layer in model.Layers)
        {
            a = layer.Forward(a);
            if (layer.Output is { } shown) view.Show(layer.Name, shown, a);
        }

        return a;
    }

    /// <summary>Carries the error of the scores through every layer, down to the gradients of the first one with weights.</summary>
    private void Backward()
    {
        var e = delta;
        for (var i = model.Layers.Length - 1; i >= model.First; i--)
        {
            var layer = model.Layers[i];
            if (layer is FloatDense) view.Show(layer.Name, Quantity.ErrorInputs, e);
            e = layer.Backward(e, needsError: i > model.First);
            if (layer is FloatDense { IsFrozen: false } dense) view.Show(dense.Name, Quantity.Gradients, dense.Weights.Gradient);
        }
    }
}
