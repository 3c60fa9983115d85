using System.Collections.Frozen;
using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Simulation.Layers;
using Wage.Tensors;
using Wage.Training;
using Wage.Workers;

namespace Wage.Simulation;

/// <summary>
/// A network in float32, which learns from the mean loss of a batch; what a scheme does beside is fake quantization. Every sum has a fixed
/// order and every function is made of operations that all machines round alike, so a run gives the same bits on every processor, with any number of
/// threads and after every resume. On a <see cref="ReferenceBackend"/> it runs value by value on one thread, which is the definition.
/// </summary>
public sealed class FloatNetwork : ITrainable, IHybridNetwork
{
    private const float GreatestScore = 1 << 22;

    private readonly FloatModel model;
    private readonly FloatLoss loss;
    private readonly FloatOptimizer optimizer;
    private readonly InputRange input;
    private readonly int[] labels;
    private readonly FloatParameter[] learning;
    private readonly float biasRate;
    private readonly StoredFloats[] weights;
    private readonly StoredFloats[] states;
    private float[][]? averages;
    private FloatSum[]? sums;
    private FloatMetrics metrics;
    private bool disposed;

    /// <summary>Builds the layers for images [batch,H,W,C].</summary>
    /// <param name="layers">
    /// From the image to the scores. A layer with weights has a bias, unless a batch norm follows it at once; a <see cref="QuantizeSpec"/> only ends
    /// a block.
    /// </param>
    /// <param name="loss"><see cref="SquaredError"/> or <see cref="SoftmaxCrossEntropy"/>.</param>
    /// <param name="images">[batch,H,W,C].</param>
    /// <param name="backend">A <see cref="HostBackend"/>, whose threads it uses, or a <see cref="ReferenceBackend"/>.</param>
    /// <param name="input">What a pixel means.</param>
    /// <param name="optimizer">How the weights learn; null: stochastic gradient descent without momentum.</param>
    /// <param name="frozen">Layers, by their names, that stay as they start; a batch norm then computes as in an evaluation.</param>
    /// <param name="labelSmoothing">s of the targets (1 - s) onehot + s / classes of the cross entropy; null: 0.</param>
    /// <exception cref="WageException">There is no such layer or loss here, or the backend is another.</exception>
    public FloatNetwork(
        SpecList<LayerSpec> layers, Loss loss, Shape images, IBackend backend, InputRange input = InputRange.Symmetric,
        FloatOptimizer? optimizer = null, IReadOnlySet<string>? frozen = null, Ratio? labelSmoothing = null)
        : this(layers, loss, images, backend, input, optimizer ?? FloatOptimizer.Sgd(), frozen, labelSmoothing, new PlainFloats())
    {
    }

    /// <summary>The same with what a scheme makes of it.</summary>
    internal FloatNetwork(
        SpecList<LayerSpec> layers, Loss loss, Shape images, IBackend backend, InputRange input, FloatOptimizer optimizer,
        IReadOnlySet<string>? frozen, Ratio? labelSmoothing, FloatScheme scheme, FirstWeights first = default,
        BatchSlice? slice = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(backend);
        (this.optimizer, biasRate) = (optimizer, FloatMath.ToFloat(optimizer.BiasRate));
        Slice = slice ?? BatchSlice.Whole(images[0]);
        (Backend, ImageShape, this.input, this.loss) = (backend, images, input, FloatLoss.Of(loss.Name, Slice.Batch, labelSmoothing));
        if (Slice.Ranks > 1) scheme.RequireShared();
        var build = new FloatBuilder(scheme, backend, optimizer, frozen ?? FrozenSet<string>.Empty, first) { Slice = Slice };
        model = new FloatModel(layers, images, build);
        learning = [.. model.Parameters.Where(p => !p.IsFrozen)];
        (labels, weights) = (new int[images[0]], [.. model.Parameters.Select(p => new StoredFloats(p.Name, p.Value))]);
        states = [.. model.Parameters.SelectMany(p => p.States.Select(state => new StoredFloats($"{p.Name}.{state.Name}", state.Values))),
            .. model.States.Select(state => new StoredFloats(state.Name, state.Values, state.Require))];
        Identity = new ModelIdentity(
        [
            new("input", input.ToString()), .. scheme.Traits, .. optimizer.Traits,
            new($"{ModelIdentity.SchemePrefix}labelSmoothing", labelSmoothing?.ToString() ?? "0", "0"),
            .. Table.Select(ModelIdentity.Of), .. model.Build.Traits,
        ])
        {
            Layers = layers,
        };
    }

    /// <inheritdoc/>
    public IBackend Backend { get; }

    /// <inheritdoc/>
    public string SchemeName => model.Build.Scheme.Name;

    /// <inheritdoc/>
    public string LossName => loss.Name;

    /// <inheritdoc/>
    public int LossFractionBits => FloatLoss.FractionBits;

    /// <inheritdoc/>
    public Shape ImageShape { get; }

    /// <inheritdoc/>
    public BatchSlice Slice { get; }

    /// <inheritdoc/>
    public int Classes => model.Delta.Shape.Stride;

    /// <inheritdoc/>
    public IReadOnlyList<LayerRow> Table => model.Table;

    /// <inheritdoc/>
    public ModelIdentity Identity { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IStoredTensor> StoredWeights => Alive(weights);

    /// <inheritdoc/>
    public IReadOnlyList<IStoredTensor> StoredStates => Alive(states);

    IReadOnlyList<(IStoredTensor State, LayerParts Scales)> ITrainable.LayerStates =>
        [.. Alive(states)[^LayerStates.Count..].Select(state => ((IStoredTensor)state, LayerParts.None))];

    /// <summary>None.</summary>
    public IReadOnlyList<Parameter> QuantizedWeights => [];

    /// <inheritdoc/>
    public IReadOnlyList<QuantizerRow> Quantizers => model.Build.Scheme.Quantizers;

    /// <inheritdoc/>
    public IStepObserver? Observer
    {
        get => model.Build.View.Observer;
        set => model.Build.View.Observer = value;
    }

    /// <summary>The parameters, with their gradients after a step.</summary>
    internal IReadOnlyList<FloatParameter> Parameters => model.Parameters;

    /// <summary>What a pixel means.</summary>
    internal InputRange Input => input;

    /// <summary>What it was built with.</summary>
    internal FloatBuilder Build => model.Build;

    /// <summary>What the layers remember, without what the optimizer does.</summary>
    internal IReadOnlyList<FloatState> LayerStates => model.States;

    /// <summary>The layers, from the images to the scores.</summary>
    internal FloatChain Layers => model.Layers;

    /// <summary>The integers that this network becomes, of its weights, averages and ranges as they are now.</summary>
    /// <exception cref="WageException">Its scheme has no integers, a tensor has no range, or a sum cannot be proved to fit; it is named.</exception>
    public ModelPlan ToPlan() => Convert(null).Plan;

    /// <summary>The same with what became of each tensor.</summary>
    /// <param name="rounding">How multipliers drop bits; null: as the scheme says.</param>
    internal Conversion.Conversion Convert(MultiplierRounding? rounding) =>
        Alive(model).Build.Scheme.Convert(this, rounding) ?? throw new WageException(
            $"scheme {SchemeName}: trains in float32 without ranges for every tensor, so there are no integers to convert to.",
            "train with the scheme affine, or quantize the trained network by calibration.");

    /// <inheritdoc/>
    public MemoryPlan PlanMemory(int threads) => model.Build.Plan(threads);

    /// <inheritdoc/>
    public void Initialize(ulong seed)
    {
        foreach (var p in Alive(model).Parameters) p.Initialize(seed);
        foreach (var state in model.States) state.Values.Span.Fill(state.Start);
    }

    /// <inheritdoc/>
    public void RequireRate(Ratio eta, bool isGiven = false)
    {
    }

    /// <inheritdoc/>
    public IImageSource Take(ImageSet set) => new FloatImages(set, Classes, input, Alive(model).Images, labels);

    /// <inheritdoc/>
    public void Step(in StepContext step)
    {
        Alive(model);
        model.Build.View.Share(step.Workers, Slice);
        model.Layers.Prepare(step);
        model.Build.View.Show("input", Quantity.Images, model.Images);
        loss.Error(model.Layers.Forward(model.Images, step), labels, model.Delta, ref metrics);
        model.Layers.Backward(model.Delta, needsError: false, step);
        if (step.Workers is Collective { Size: > 1 } workers) Sum(workers);
        var (eta, first) = (FloatMath.ToFloat(step.Eta), step.Position.FirstStep);
        foreach (var p in learning)
        {
            if (step.Position.Stage > 0 && step.Step == first) p.Forget();
            optimizer.Learn(p, p.Rate * (p.IsBias ? eta * biasRate : eta), step.Step - first, model.Build.Engine);
        }
    }

    /// <summary>Every gradient becomes the sum over the workers.</summary>
    private void Sum(Collective workers)
    {
        sums ??= [.. learning.Select(p => new FloatSum(workers, p.Gradient.Shape.Length))];
        for (var i = 0; i < sums.Length; i++) sums[i].Start(learning[i].Gradient);
        for (var i = 0; i < sums.Length; i++) sums[i].Finish(learning[i].Gradient);
    }

    /// <inheritdoc/>
    public void Prepare() => Alive(model).Layers.Prepare(default);

    /// <summary>The stored weights and biases, but of products those that they read in an evaluation: of binary weights alpha sign(w).</summary>
    public IReadOnlyList<SavedTensor> ReadWeights()
    {
        Prepare();
        var read = Layers.All.OfType<FloatConvolution>().ToDictionary(product => product.Weights.Parameter, product => product.Weights.Value);
        return [.. model.Parameters.Select(parameter => new SavedTensor(
            parameter.Name, ElementType.Float32, parameter.Value.Shape,
            MemoryMarshal.AsBytes(read.GetValueOrDefault(parameter, parameter.Value).Span).ToArray()))];
    }

    /// <inheritdoc/>
    public IHybridNetwork? Hybrid => model.Build.Scheme.HybridRatio is null ? null : this;

    /// <inheritdoc/>
    Ratio IHybridNetwork.Ratio => model.Build.Scheme.HybridRatio ?? new Ratio(1, 1);

    /// <inheritdoc/>
    int IHybridNetwork.AveragedBatches => model.Build.Scheme.AveragedBatches;

    /// <inheritdoc/>
    void IHybridNetwork.PrepareHybrid() => Alive(model).Layers.Prepare(new StepContext { IsHybrid = true });

    /// <inheritdoc/>
    void IHybridNetwork.Average(int number)
    {
        averages ??= [.. Averages.Select(average => average.Span.ToArray())];
        Alive(model).Layers.Forward(model.Images, new StepContext { Averaging = number });
    }

    /// <inheritdoc/>
    void IHybridNetwork.RestoreAverages()
    {
        foreach (var (average, kept) in averages is null ? [] : Averages.Zip(averages)) kept.CopyTo(average.Span);
        averages = null;
    }

    private IEnumerable<FloatTensor> Averages =>
        Layers.All.OfType<FloatBatchNorm>().SelectMany(norm => (FloatTensor[])[norm.Mean.Values, norm.Variance.Values]);

    /// <inheritdoc/>
    public void Evaluate() => loss.Error(Scores(), labels, model.Delta, ref metrics, saturates: Hybrid is not null);    // averages of other weights

    /// <inheritdoc/>
    public void Predict(Span<int> classes)
    {
        var values = Scores().Span;
        for (var n = 0; n < classes.Length; n++) classes[n] = FloatLoss.FirstGreatest(values.Slice(n * Classes, Classes));
    }

    /// <summary>40: a score from 2^-17 on is exact.</summary>
    public int ScoreFractionBits => 40;

    /// <inheritdoc/>
    public void ReadScores(Span<long> scores)
    {
        var values = Scores().Span;
        for (var i = 0; i < scores.Length; i++)
        {
            if (!(Math.Abs(values[i]) <= GreatestScore))
                throw new WageException($"scores: one is {values[i]}, not a number up to {GreatestScore}: the training diverged.");
            scores[i] = (long)Math.Round(Math.ScaleB(values[i], ScoreFractionBits));
        }
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

    /// <summary>The scores of the images in an evaluation.</summary>
    internal FloatTensor Scores() => Alive(model).Layers.Forward(model.Images, default);
}
