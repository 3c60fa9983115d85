using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Schemes;
using Wage.Simulation.Quantization;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Simulation.Calibration;

/// <summary>
/// Post-training quantization: from a trained float32 network to one of the scheme affine with the same weights, whose activations get their ranges
/// from images. Nothing learns, and no average of a batch norm moves. In this order: <see cref="Equalize"/> and <see cref="CorrectBias"/>, both
/// optional, and <see cref="Calibrate"/>; then <see cref="Network"/> answers, converts, or goes on to train.
/// </summary>
public sealed class PostTraining : IDisposable
{
    private readonly ModelSpec model;
    private readonly SchemeSettings scheme;
    private readonly Loss loss;
    private readonly IBackend backend;
    private readonly InputRange input;
    private readonly Checkpoint trained;
    private readonly ObservingScheme observer = new();
    private readonly Dictionary<string, float[]> shifts = new(StringComparer.Ordinal);

    /// <summary>Builds both networks and loads the weights into them by their names.</summary>
    /// <param name="model">The layers, with the size of an image; their options are those of the scheme affine.</param>
    /// <param name="scheme">The values of the scheme affine.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="batch">The images of a batch.</param>
    /// <param name="backend">A backend of the host, on which both compute.</param>
    /// <param name="input">What a pixel means.</param>
    /// <param name="trained">The weights and the averages of batch norm.</param>
    /// <exception cref="WageException">The scheme is another, or the model has a tensor that the checkpoint has not; it is named.</exception>
    public PostTraining(
        ModelSpec model, SchemeSettings scheme, Loss loss, int batch, IBackend backend, InputRange input, Checkpoint trained)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(scheme);
        ArgumentNullException.ThrowIfNull(trained);
        if (scheme.Kind != AffineKind.Kind)
            throw new WageException($"scheme {scheme.Kind.Name}: is none that a trained network gets codes of.", "take the scheme affine.");
        (this.model, this.scheme, this.loss, this.backend, this.input, this.trained) = (model, scheme, loss, backend, input, trained);
        Exact = New(model, loss, batch, backend, input, observer);
        Load(Exact, isExact: true);
        Network = Affine(model);
        foreach (var name in Targets(Network).Keys.Except(observer.Sites.Select(site => site.Name)))
            throw new InvalidOperationException($"{name} is observed nowhere");
    }

    /// <summary>The float32 network.</summary>
    public FloatNetwork Exact { get; }

    /// <summary>The same network with fake quantization.</summary>
    public FloatNetwork Network { get; }

    /// <summary>The layers whose option quantize is false.</summary>
    public IReadOnlyList<string> Kept => ((AffineScheme)Network.Build.Scheme).Kept;

    internal ObservingScheme Observer => observer;

    /// <summary>Cross-layer equalization: both networks' weights change, and no score of the float32 network does.</summary>
    /// <returns>The pairs of layers that share their ranges.</returns>
    public IReadOnlyList<(string First, string Second)> Equalize()
    {
        lock (backend.Turn)
        {
            var pairs = Equalization.Run(Exact.Layers);
            Fill(Network, []);
            return pairs;
        }
    }

    /// <summary>Bias correction: takes off what the codes of weights add to the mean output of each filter.</summary>
    /// <param name="images">Images to measure it on.</param>
    public void CorrectBias(ImageSet images)
    {
        lock (backend.Turn)
        {
            shifts.Clear();
            Fill(Network, []);
            foreach (var (name, means) in BiasCorrection.Measure(Exact, Network, images)) shifts.Add(name, means);
            Fill(Network, []);
        }
    }

    /// <summary>Gives activations their ranges.</summary>
    /// <param name="images">The images, in this order.</param>
    /// <param name="options">The method.</param>
    /// <exception cref="WageException">There is no image, or a tensor has values that are not finite; it is named.</exception>
    public void Calibrate(ImageSet images, CalibrationOptions options)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(options);
        if (images.Count == 0) throw new WageException("calibration: has no images.", "give at least one.");
        lock (backend.Turn) new Calibrator(Exact, observer).Run(Targets(Network), images, options);
    }

    /// <summary>What the float32 network takes, beside the other one.</summary>
    /// <exception cref="WageException">The model says no size of an image, or does not fit it.</exception>
    internal static MemoryPlan PlanExact(ModelSpec model, Loss loss, int batch, InputRange input)
    {
        using var network = New(model, loss, batch, new PlanningBackend(), input, new ObservingScheme());
        return network.PlanMemory(threads: 1);
    }

    /// <summary>The places of a network with codes.</summary>
    internal static Dictionary<string, FakeActivations> Targets(FloatNetwork network) =>
        network.Layers.All.OfType<FakeActivations>().ToDictionary(fake => fake.Name, StringComparer.Ordinal);

    /// <summary>The quantized network, but with these layers in float32 too.</summary>
    internal FloatNetwork Without(IReadOnlyCollection<string> layers)
    {
        var network = Affine(model with { Options = [.. model.Options, .. layers.Select(name => new LayerOption(name, "quantize", "false"))] });
        Fill(network, layers);
        return network;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Exact.Dispose();
        Network.Dispose();
    }

    private static FloatNetwork New(ModelSpec model, Loss loss, int batch, IBackend backend, InputRange input, ObservingScheme observer)
    {
        var (height, width, channels) = model.Image ?? throw new WageException("model: says no size of an image.", "set ModelSpec.Image.");
        var images = new Shape(batch, height, width, channels);
        return new FloatNetwork(model.Layers, loss, images, backend, input, FloatOptimizer.Sgd(), null, null, observer);
    }

    private FloatNetwork Affine(ModelSpec spec)
    {
        var network = (FloatNetwork)spec.Build(scheme, loss, Exact.ImageShape[0], backend, input: input);
        network.Initialize(0);
        Load(network, isExact: false);
        return network;
    }

    /// <summary>What the checkpoint has: all of the weights and averages; of the optimizer's states and of ranges what is there.</summary>
    private void Load(FloatNetwork network, bool isExact)
    {
        var averages = network.LayerStates.Where(state => isExact || !state.Name.EndsWith(".range", StringComparison.Ordinal))
            .Select(state => state.Name).ToHashSet();
        foreach (var (tensors, saved) in new[] { (network.StoredWeights, trained.Weights), (network.StoredStates, trained.States) })
        {
            var there = saved.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
            foreach (var tensor in tensors)
            {
                var found = there.GetValueOrDefault(tensor.Name);
                if ((found?.Type, found?.Shape) == (tensor.Type, tensor.Shape)) tensor.Load(found!.Bytes);
                else if (saved == trained.Weights || averages.Contains(tensor.Name)) throw Missing(tensor, found);
            }
        }
    }

    private static WageException Missing(IStoredTensor tensor, SavedTensor? found) => new(
        $"checkpoint: {(found is null ? $"has no {tensor.Name}" : $"{tensor.Name} is {found.Type} {found.Shape}")}, but the model has it as "
        + $"{tensor.Type} {tensor.Shape}.", "give the float32 network's layers and its checkpoint.");

    /// <summary>The float32 network's weights, with the corrections of the layers that have codes, and the ranges that were found.</summary>
    private void Fill(FloatNetwork network, IReadOnlyCollection<string> kept)
    {
        foreach (var (to, from) in network.Parameters.Zip(Exact.Parameters)) from.Value.Span.CopyTo(to.Value.Span);
        var known = Targets(Network);
        foreach (var (name, fake) in Targets(network).Where(target => network != Network && known[target.Key].Range.IsKnown))
            fake.Range.Set(known[name].Range.Ends.Least, known[name].Range.Ends.Greatest);
        foreach (var product in CodedProduct.In(network).Where(product => !kept.Contains(product.Name)))
        {
            if (!shifts.TryGetValue(product.Name, out var means)) continue;
            for (var c = 0; c < means.Length; c++) product.Start.Value.Span[c] -= means[c];
        }
    }
}
