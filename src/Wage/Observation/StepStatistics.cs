using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Observation;

/// <summary>
/// Statistics of every quantizer in an observed step, counted where the tensors are: only counts leave the device. Give it to
/// <see cref="Trainer.Step(IStepObserver)"/>, then take the results. Disposing it gives the counters' memory back.
/// </summary>
public sealed class StepStatistics : IStepObserver, IDisposable
{
    private readonly IBackend backend;
    private readonly ITrainable network;
    private readonly OwnedTensors tensors;
    private readonly Dictionary<string, int> positions;
    private readonly Dictionary<ElementType, (Tensor Device, long[] Host)> histograms = [];
    private readonly Dictionary<ElementType, Tensor> copies = [];
    private Tensor? kept;
    private readonly Tensor changes;
    private readonly long[] changed = new long[2];
    private readonly long[] ranges = new long[3];
    private List<TensorStatistics> results = [];

    /// <summary>For the steps of this network.</summary>
    public StepStatistics(ITrainable network)
    {
        (this.network, backend) = (network, network.Backend);
        positions = network.Table.Select((row, i) => (row.Name, i + 1)).Prepend(("input", 0)).ToDictionary();
        tensors = new OwnedTensors(backend);
        changes = tensors.Allocate(ElementType.Int64, new Shape(2));
    }

    /// <summary>The statistics since the last call: by layer, its bias behind it, W A E G, before and after.</summary>
    public IReadOnlyList<TensorStatistics> Take()
    {
        var taken = results;
        results = [];
        return [.. taken.OrderBy(s => s.Index).ThenBy(s => !positions.ContainsKey(s.Layer)).ThenBy(s => s.Tensor).ThenBy(s => s.IsAfter)];
    }

    /// <inheritdoc/>
    public void See(in StepTensor tensor)
    {
        ObjectDisposedException.ThrowIf(tensors.IsDisposed, this);
        switch (tensor.Quantity)
        {
            case Quantity.StoredWeights: Add(tensor, QuantizedTensor.W, after: false); break;
            case Quantity.Weights: Add(tensor, QuantizedTensor.W, after: true); break;
            case Quantity.Images: Add(tensor, QuantizedTensor.A, after: true); break;
            case Quantity.ActivationInputs or Quantity.Scores: Add(tensor, QuantizedTensor.A, after: false); break;
            case Quantity.Activations or Quantity.Means: Add(tensor, QuantizedTensor.A, after: true); break;
            case Quantity.ErrorInputs: Add(tensor, QuantizedTensor.E, after: false); break;
            case Quantity.Errors: Add(tensor, QuantizedTensor.E, after: true); break;
            case Quantity.Gradients: Keep(tensor.Layer); Add(tensor, QuantizedTensor.G, after: false); break;
            case Quantity.Updates: Add(tensor, QuantizedTensor.G, after: true); break;
            case Quantity.UpdatedWeights: Compare(tensor); break;
            case Quantity.Accumulators or Quantity.ProductErrors when tensor.Drift is not null: Follow(tensor); break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (backend.Turn) tensors.Dispose();
    }

    /// <summary>A bias stands with its layer.</summary>
    private int PositionOf(string layer)
    {
        if (positions.TryGetValue(layer, out var position)) return position;
        var dot = layer.LastIndexOf('.');
        return dot < 0 ? positions.Count : positions.GetValueOrDefault(layer[..dot], positions.Count);
    }

    private void Add(in StepTensor tensor, QuantizedTensor which, bool after)
    {
        var (layer, bins) = (tensor.Layer, LogarithmicBins.For(tensor.Values.Type));
        var counts = Count(tensor.Values, tensor.Range?.Limit, bins);
        var statistics = new TensorStatistics
        {
            Layer = layer,
            Index = PositionOf(layer),
            Tensor = which,
            IsAfter = after,
            Type = tensor.Values.Type,
            Bits = tensor.Bits ?? tensor.Codes?.Bits ?? (tensor.Range is { } grid ? 1 + BitLength(grid.Limit) : 8 * tensor.Values.Type.Size()),
            FractionBits = tensor.FractionBits,
            Exponent = backend.ReadScalar(tensor.Exponent),
            Count = tensor.Values.Length,
            Least = counts[0],
            Greatest = counts[1],
            Limit = tensor.Range?.Limit,
            Saturated = tensor.Codes?.Saturated ?? (tensor.Range is null ? null : counts[2]),
            Codes = tensor.Codes,
            Parameter = tensor.Parameter,
            Cut = tensor.Cut,
            Drift = tensor.Drift,
            Channels = tensor.Channels,
            Bins = bins,
            Counts = counts[3..],
        };
        var before = after ? results.FindLast(s => s.Layer == layer && s.Tensor == which && !s.IsAfter) : null;
        if (tensor.Statistic is { } measured)
        {
            backend.Download<long>(measured, ranges);
            statistics = statistics with { Beyond = ranges[1], Underflowed = ranges[2] };
        }

        var hasShift = before is not null && tensor.Range is not null && (which != QuantizedTensor.G || tensor.Statistic is null);
        results.Add(hasShift ? statistics with { Shift = Shift(before!, statistics) } : statistics);
    }

    /// <summary>Both ends' units differ by the bits dropped; a gradient's scale follows from its maximum.</summary>
    private static long Shift(TensorStatistics before, TensorStatistics after) => after.Tensor == QuantizedTensor.G
        ? before.GreatestMagnitude == 0 ? 0 : FixedPoint.RoundedLog2(before.GreatestMagnitude)
        : (after.Exponent - after.FractionBits) - (before.Exponent - before.FractionBits);

    private long[] Count(Tensor values, long? limit, LogarithmicBins bins)
    {
        if (!histograms.TryGetValue(values.Type, out var scratch))
        {
            var length = 3 + bins.Count;
            histograms[values.Type] = scratch = (tensors.Allocate(ElementType.Int64, new Shape(length)), new long[length]);
        }

        backend.Histogram(values, limit ?? long.MaxValue, bins.Precision, scratch.Device);
        backend.Download<long>(scratch.Device, scratch.Host);
        return scratch.Host;
    }

    /// <summary>The units of a product's sums and of their errors stand with its weights.</summary>
    private void Follow(in StepTensor tensor)
    {
        var layer = tensor.Layer;
        var i = results.FindLastIndex(s => s.Layer == layer && s is { Tensor: QuantizedTensor.W, IsAfter: true });
        results[i] = tensor.Quantity == Quantity.Accumulators ? results[i] with { Drift = tensor.Drift }
            : results[i] with { ErrorDrift = tensor.Drift };
    }

    /// <summary>Remembers a layer's weights as they are just before the update, where they have a quantizer.</summary>
    private void Keep(string layer)
    {
        if (network.QuantizedWeights.FirstOrDefault(w => w.Name == layer) is not { Stored: var stored }) return;
        kept = CopyLike(stored);
        backend.Copy(stored, kept);
    }

    /// <summary>Memory for weights of this type and shape: layers learn one after the other, so one copy as long as the longest serves all.</summary>
    private Tensor CopyLike(Tensor weights)
    {
        if (!copies.TryGetValue(weights.Type, out var copy) || copy.Length < weights.Length)
            copies[weights.Type] = copy = tensors.Allocate(weights.Type, Longest(weights));
        return copy.First(weights.Shape) ?? (copies[weights.Type] = tensors.Allocate(weights.Type, weights.Shape));
    }

    private Shape Longest(Tensor weights) =>
        network.QuantizedWeights.SelectMany(w => new[] { w.Stored, w.Value }).Where(w => w.Type == weights.Type).MaxBy(w => w.Length)!.Shape;

    /// <summary>Counts what the update changed, in the stored weights and in those in use.</summary>
    private void Compare(in StepTensor updated)
    {
        var (layer, parameter) = (updated.Layer, Parameter(updated.Layer));
        SetChanges(layer, kept!, updated.Values, kept!, after: false);
        var value = CopyLike(parameter.Value);
        parameter.Quantize(updated.Values, value);
        SetChanges(layer, parameter.Value, value, value, after: true);
        if (updated.Cut is not { } cut) return;
        var i = results.FindLastIndex(s => s.Layer == layer && s is { Tensor: QuantizedTensor.G, IsAfter: false });
        results[i] = results[i] with { Cut = (results[i].Cut ?? 0) + cut };
    }

    private void SetChanges(string layer, Tensor before, Tensor now, Tensor codes, bool after)
    {
        backend.Combine(before, now, default(WeightChange), codes);
        backend.Reduce(codes, null, 0, default(ChangeCounts), changes);
        backend.Download<long>(changes, changed);
        var i = results.FindLastIndex(s => s.Layer == layer && s.Tensor == QuantizedTensor.W && s.IsAfter == after);
        results[i] = results[i] with { Moved = changed[0], SignFlips = changed[1] };
    }

    private Parameter Parameter(string layer) => network.QuantizedWeights.First(w => w.Name == layer);

    private static int BitLength(int limit) => 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)limit);
}
