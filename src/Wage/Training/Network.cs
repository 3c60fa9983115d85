using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Training;

/// <summary>
/// A built model: every bound proved, every tensor allocated. Forward: A^l = Q_A(W_q A^(l-1)). Backward: E^(l-1) = Q_E(W_q^T E^l), with the gradients
/// left in the parameters. Disposing it gives the memory of its tensors back; the backend stays.
/// </summary>
public sealed partial class Network : ITrainable
{
    private readonly Layer[] layers;
    private readonly Layer[] backwardLayers;
    private readonly Parameter[] parameters;
    private readonly Parameter[] learning;
    private readonly TensorQuantizer[] quantizers;
    private readonly DelayedExponent[] sites;
    private readonly int inputFractionBits;
    private readonly StepProbe probe;
    private readonly string lastSums;
    private readonly IReadOnlyList<(string Owner, IStateful Piece)> stateful;
    private readonly Lazy<NetworkEvaluation> evaluation;
    private readonly OwnedTensors tensors;
    private readonly StepMeetings meetings;
    private readonly IReadOnlyList<Tensor> sums;
    private Signal scores;

    /// <summary>Builds the layers for images [batch,H,W,C] of k_A bits.</summary>
    /// <param name="layers">From the image to the scores; each layer object belongs to one network.</param>
    /// <param name="scheme">The scheme of layers that have none of their own.</param>
    /// <param name="loss">The loss on the last layer's accumulators.</param>
    /// <param name="images">[batch,H,W,C].</param>
    /// <param name="backend">Where the tensors live.</param>
    /// <param name="accumulator">The accumulators allowed.</param>
    /// <param name="input">What a pixel means.</param>
    /// <param name="fuse">Blocks (product, max pool, ReLU, Quantize) run in one piece, with the same integers; false: one by one, to look at.</param>
    /// <param name="layerSchemes">
    /// Schemes of single layers by the names in the table: "conv1" is the product, and the Quantize and errors shown under its name.
    /// </param>
    /// <param name="slice">Which of a batch's images they are; null: all. Gradients are proved for the whole batch.</param>
    /// <param name="frozen">Layers, by their names, whose weights stay as they start: no error goes back before the first layer that learns.</param>
    /// <exception cref="WageException">A shape does not fit, a bound cannot be proved, or there is no layer of a name.</exception>
    public Network(
        IReadOnlyList<Layer> layers, Scheme scheme, Loss loss, Shape images, IBackend backend, AccumulatorWidth accumulator = AccumulatorWidth.Auto,
        InputRange input = InputRange.Symmetric, bool fuse = true, IReadOnlyDictionary<string, Scheme>? layerSchemes = null,
        BatchSlice? slice = null, IReadOnlySet<string>? frozen = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(scheme);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(backend);
        if (layers.Count == 0) throw new WageException("model: has no layers.", "give it one with weights at least.");
        foreach (var layer in layers) layer.Claim();
        Layers = [.. layers];
        (Loss, Backend, Scheme, Input, Slice) = (loss, backend, scheme, input, slice ?? BatchSlice.Whole(images[0]));
        if (Slice.Count != images[0]) throw new ArgumentException($"images: are {images[0]}, but the slice has {Slice.Count}", nameof(images));
        var named = LayerSchemes.Applied(layers, layerSchemes, frozen);
        var context = new BuildContext(backend, scheme, accumulator, fuse) { SharesErrors = fuse, Slice = Slice };
        tensors = context.Tensors;
        try
        {
            layers = this.layers = context.Arrange(layers);
            inputFractionBits = scheme.A.Range.FractionBits;
            Images = context.Allocate(MemoryKind.Activations, ElementType.Int8, images);
            Labels = context.Allocate(MemoryKind.Activations, ElementType.Int32, new Shape(images[0]));
            Metrics = context.Allocate(MemoryKind.Activations, ElementType.Int64, new Shape(3));
            var spec = new SignalSpec(images, ElementType.Int8, inputFractionBits, scheme.A.Range.Limit, Shared: true);
            var (first, built) = (-1, new int[layers.Count + 1]);
            for (var i = 0; i < layers.Count; i++)
            {
                spec = layers[i].Build(context, spec);
                built[i + 1] = context.Parameters.Count;
                if (first < 0 && context.Learning.Length > 0) first = i;
            }

            if (first < 0) throw context.NothingLearns();
            ScoresSpec = spec;
            (probe, lastSums) = (context.Probe, context.TakeSource("loss"));
            var lossScheme = layerSchemes?.GetValueOrDefault(lastSums) ?? scheme;
            OutputErrors = new ErrorOutput(context, lastSums, lossScheme.E, loss.Build(context, spec));
            spec = OutputErrors.Spec;
            for (var i = layers.Count - 1; i >= first; i--) spec = layers[i].BuildBackward(context, spec, i > first);
            Block.JoinErrors(this.layers);
            context.ShareErrors();
            backwardLayers = [.. layers.Skip(first).Reverse()];
            (parameters, learning) = ([.. context.Parameters], context.Learning);
            (Table, Memory, stateful, quantizers) = (context.Rows, context.Memory, context.Stateful, context.Quantizers);
            sums = context.Sums;
            sites = [.. stateful.Select(one => one.Piece).OfType<DelayedExponent>()];
            meetings = new StepMeetings(learning, quantizers, sites, [.. Enumerable.Range(0, layers.Count).Skip(first).Reverse().Select(
                i => parameters[built[i]..built[i + 1]].Intersect(learning).ToArray())]);
            named?.RequireBuilt();
            var image = new SignalSpec(images, ElementType.Int8, inputFractionBits, scheme.A.Range.Limit);
            evaluation = new(() => new NetworkEvaluation(this, this.layers, image, context.Outputs, tensors));
            Identity = ModelIdentity.Of(this, lossScheme);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Where the tensors live.</summary>
    public IBackend Backend { get; }

    /// <summary>The layers as they were given, from the image to the scores.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The layer under whose name an observer sees the scores and the errors of the loss: the last one that makes sums.</summary>
    public string ScoresShownAs => lastSums;

    /// <summary>The network's scheme.</summary>
    public Scheme Scheme { get; }

    /// <summary>What a pixel means.</summary>
    public InputRange Input { get; }

    /// <summary>Who looks into the steps; null: nobody. Looking changes no integer.</summary>
    public IStepObserver? Observer
    {
        get => probe.Observer;
        set => probe.Observer = value;
    }

    /// <summary>The loss.</summary>
    public Loss Loss { get; }

    /// <summary>The input A^0: Int8 [N,H,W,C]. Fill it, then call <see cref="Forward"/>.</summary>
    public Tensor Images { get; }

    /// <summary>Int32 [N]; -1 is ignored.</summary>
    public Tensor Labels { get; }

    /// <summary>Int64 [3]: loss sum, correct, counted, since <see cref="TakeMetrics"/>.</summary>
    public Tensor Metrics { get; }

    /// <summary>The weights, in order.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>The model table.</summary>
    public IReadOnlyList<LayerRow> Table { get; }

    /// <summary>What it makes of its weights: a checkpoint of another model is refused by it.</summary>
    public ModelIdentity Identity { get; }

    /// <summary>What quantizers and update rules remember from step to step, named "conv1.W.range"; WAGE's remember nothing.</summary>
    public IEnumerable<NamedState> States =>
        stateful.SelectMany(one => one.Piece.States.Select(state => state with { Name = $"{one.Owner}.{state.Name}" }));

    /// <summary>The index in <see cref="RandomStream.Rounding"/> of each quantizer that may round with random bits, named "conv1.A".</summary>
    public IEnumerable<(string Quantizer, int Index)> RoundingIndices =>
        from one in stateful let index = (one.Piece as IRounded)?.RoundingIndex where index is not null select (one.Owner, index.Value);

    /// <summary>What was allocated for it, by kind.</summary>
    public MemoryPlan Memory { get; }

    /// <summary>What the scores are: [N,classes] accumulators.</summary>
    public SignalSpec ScoresSpec { get; }

    /// <inheritdoc/>
    public string SchemeName => Scheme.Name;

    /// <inheritdoc/>
    public string LossName => Loss.Name;

    /// <inheritdoc/>
    public int LossFractionBits => Loss.LossFractionBits;

    /// <inheritdoc/>
    public Shape ImageShape => Images.Shape;

    /// <inheritdoc/>
    public int Classes => ScoresSpec.Shape.Stride;

    /// <inheritdoc/>
    public IReadOnlyList<IStoredTensor> StoredWeights => Alive(parameters);

    /// <inheritdoc/>
    public IReadOnlyList<IStoredTensor> StoredStates => [.. Alive(States).Select(state => new StoredState(Backend, state))];

    /// <inheritdoc/>
    public IReadOnlyList<(IStoredTensor State, LayerParts Scales)> LayerStates => [.. Alive(States).Where(state => state.Evaluated is not null)
        .Select(state => ((IStoredTensor)new StoredState(Backend, state), state.Evaluated!.Value))];

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> QuantizedWeights => parameters;

    IHybridNetwork? ITrainable.Hybrid => HybridScoring.Of(this, quantizers);

    /// <summary>Draws the initial weights; whatever steps have left of ranges and momentum is forgotten.</summary>
    public void Initialize(ulong seed)
    {
        foreach (var state in Alive(States)) state.Restart(Backend);
        Array.ForEach(parameters, w => w.Initialize(seed));
    }

    /// <summary>W_q = Q_W(W) in every layer, and what else an evaluation reads.</summary>
    public void QuantizeWeights() => NetworkEvaluation.Prepare(Alive(parameters), layers, inputFractionBits);

    /// <summary>The weights have no values before they are drawn or loaded: training from zeros gives a network that never learns.</summary>
    private void RequireWeights()
    {
        if (Array.Exists(Alive(parameters), w => !w.HasValues))
            throw new InvalidOperationException(
                "the network has no weights yet: call Initialize(seed), or load a checkpoint, before a step or an evaluation");
    }

    /// <summary>One training step on the images and labels that were loaded last; no float exists between the pixels and the new weights.</summary>
    public void Step(in StepContext s)
    {
        RequireWeights();
        probe.Share(s.Workers, Slice, tensors);
        foreach (var w in parameters) w.Use(s);                 // W_q = Q_W(W), k_G -> k_W bits
        Forward(s);                                             // A^l = Q_A(W_q A^(l-1)), A^0 of k_A bits
        Backward(Error(), s);                                   // E^(l-1) = Q_E(W_q^T E^l)
        if (probe.IsObserved) meetings.ReceiveStates();         // who looks sees whole parameters learn
        foreach (var w in learning) w.Measure(s);               // max |g| of g = E^l A^(l-1)T, summed over the workers
        meetings.MeetMeasured(s);
        foreach (var w in learning) w.Learn(s);                 // dW = Q_G(eta g), W <- clip(W - dW)
        meetings.MeetLeft(s);
        foreach (var q in quantizers) q.Advance(s);             // a range in hindsight takes this step's maximum
        foreach (var site in sites) site.Advance();
        foreach (var w in learning) w.Advance(s);
    }

    /// <summary>The scores of <see cref="Images"/>, raw accumulators, with the weights as last quantized; by default of an evaluation.</summary>
    public Signal Forward(in StepContext s = default)
    {
        var a = new Signal(Alive(Images), inputFractionBits);
        probe.Show("input", Quantity.Images, a, Scheme.A.Range);
        probe.Show("input", Quantity.Labels, Labels);
        foreach (var layer in layers) a = layer.Forward(a, s);
        probe.Show(lastSums, Quantity.Scores, a);
        return scores = a;
    }

    /// <summary>The error of the last scores for <see cref="Labels"/>; the metrics grow.</summary>
    public Signal Error() => Loss.Error(scores, Alive(Labels), Metrics);

    /// <summary>Carries the error through every layer with weights.</summary>
    public void Backward(Signal delta, in StepContext s = default)
    {
        var e = Alive(OutputErrors).Quantize(delta, s);
        for (var i = 0; i < backwardLayers.Length; i++)
        {
            e = backwardLayers[i].Backward(e, s);
            meetings.Complete(i, s);                            // sums over the workers begin while the layers before compute
        }
    }

    /// <inheritdoc/>
    public IImageSource Take(ImageSet set) => new ImageSource(Alive(this), set);

    /// <summary>Reads the metrics from the backend and sets them to 0.</summary>
    public Score TakeMetrics()
    {
        Span<long> values = stackalloc long[3];
        Backend.Download(Alive(Metrics), values);
        Backend.Clear(Metrics);
        return new Score(values[0], Loss.LossFractionBits, values[1], values[2]);
    }

    /// <inheritdoc/>
    public string WeightsSha256() => StoredTensors.Sha256(StoredWeights);

    /// <inheritdoc/>
    public MemoryPlan PlanMemory(int threads) => NetworkMemory.Plan(this, probe, threads);

    /// <inheritdoc/>
    public void RequireRate(Ratio eta, bool isGiven = false) => Array.ForEach(learning, w => w.RequireRate(eta, isGiven));

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (Backend.Turn)
        {
            foreach (var w in learning) w.EndSharing();
            tensors.Dispose();
        }
    }

    internal ErrorOutput OutputErrors { get; }

    /// <summary>A part of a network that was not disposed.</summary>
    internal T Alive<T>(T part)
    {
        ObjectDisposedException.ThrowIf(tensors.IsDisposed, this);
        return part;
    }
}
