using Wage.Backends;
using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Observation;

/// <summary>
/// Where the layers of one network show their tensors. Without an observer nothing happens. Where workers share the batch, all of them observe the
/// same steps and show the whole batch's tensors.
/// </summary>
internal sealed class StepProbe
{
    private readonly HashSet<(ElementType Type, Shape Shape)> tensors = [];
    private BatchGather? gather;
    private bool isShared;

    /// <summary>Who looks; null: nobody.</summary>
    public IStepObserver? Observer { get; set; }

    /// <summary>True while somebody looks.</summary>
    public bool IsObserved => Observer is not null;

    /// <summary>Notes a tensor that may be shown; its shape.</summary>
    public Shape Note(MemoryKind kind, ElementType type, Shape shape)
    {
        if (kind is MemoryKind.Activations or MemoryKind.Errors or MemoryKind.Observation) tensors.Add((type, shape));
        return shape;
    }

    /// <summary>At most the bytes of <see cref="Gathered"/>: of the tensors of the batch one of each type and size.</summary>
    public long MostGathered(BatchSlice slice) => slice.Ranks == 1 ? 0 : tensors.Where(one => one.Shape[0] == slice.Count)
        .Select(one => (one.Type, one.Shape.Stride)).Distinct().Sum(one => (long)one.Stride * slice.Batch * one.Type.Size());

    /// <summary>The bytes of the whole batch's tensors that observed steps have gathered, which they keep for the next ones.</summary>
    public long Gathered => gather?.Bytes ?? 0;

    /// <summary>Says who has the rest of the batch in the step that comes.</summary>
    public void Share(ICollective? workers, BatchSlice slice, OwnedTensors owned)
    {
        isShared = IsObserved && workers is Collective { Size: > 1 };
        if (!isShared || gather?.Workers == workers) return;
        gather = new BatchGather((Collective)workers!, slice, owned);
    }

    /// <summary>Shows a signal of the batch.</summary>
    public void Show(string layer, Quantity quantity, in Signal signal, QuantizedRange? range = null, Tensor? statistic = null, long? drift = null)
    {
        if (!IsObserved) return;
        var whole = signal with { Values = OfBatch(signal.Values) };
        ShowWhole(layer, quantity, whole, range, statistic is null ? null : JoinedOf(statistic), drift: drift);
    }

    /// <summary>Shows plain integers of the batch: labels, positions.</summary>
    public void Show(string layer, Quantity quantity, Tensor values)
    {
        if (IsObserved) Observer!.See(new StepTensor(layer, quantity, OfBatch(values), 0));
    }

    /// <summary>Shows what is the same for every worker.</summary>
    public void ShowWhole(
        string layer, Quantity quantity, in Signal signal, QuantizedRange? range = null, Tensor? statistic = null, ParameterKind? kind = null,
        long? cut = null, long? drift = null) =>
        Observer?.See(new StepTensor(layer, quantity, signal.Values, signal.FractionBits, signal.Exponent, range)
        {
            Statistic = statistic,
            Parameter = kind,
            Cut = cut,
            Drift = drift,
        });

    /// <summary>The tensor of the whole batch, for who shows it to the observer.</summary>
    public Tensor OfBatch(Tensor values) => isShared ? gather!.Whole(values) : values;

    /// <summary>The statistic of the whole batch.</summary>
    public Tensor JoinedOf(Tensor statistic) => isShared ? gather!.Joined(statistic) : statistic;
}
