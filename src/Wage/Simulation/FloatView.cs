using System.Runtime.InteropServices;
using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Conversion;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Simulation;

/// <summary>
/// Shows float32 tensors to observers, who know integers: each as int32 with one exponent of its own, value = integer * 2^(exponent - 30), where
/// every finite |x| is below 2^exponent. So the greatest value keeps 30 bits and smaller ones are rounded to the same step, 2^-30 of it: what
/// statistics and pictures count, not what the step computes with. What is not finite is shown as <see cref="Beyond"/> with its sign, more than
/// anything finite: an observed step goes on as any other, and whoever computes with such a value says so.
/// </summary>
internal sealed class FloatView
{
    /// <summary>The fraction bits of what is shown.</summary>
    public const int FractionBits = 30;

    /// <summary>What an infinity, or no number, is shown as: twice what a finite value can be.</summary>
    public const int Beyond = int.MaxValue;

    private readonly Dictionary<Shape, HostTensor> shown = [];
    private HostTensor? longest;
    private int most;
    private readonly HostTensor exponent = HostTensor.Create(ElementType.Int64, new Shape(1));
    private Collective? workers;
    private BatchSlice slice;

    /// <summary>Who looks; null: nobody.</summary>
    public IStepObserver? Observer { get; set; }

    /// <summary>Says how many elements the longest tensor has that will be shown, whose memory all share; the bytes that it takes.</summary>
    public long Room(int elements)
    {
        most = elements;
        return (long)elements * sizeof(int);
    }

    /// <summary>Says who has the rest of the batch in the step that comes.</summary>
    public void Share(ICollective? workers, BatchSlice slice) => (this.workers, this.slice) = (FloatMeeting.Of(workers), slice);

    /// <summary>What one worker would see: of the batch's tensors all images, of gradients the sum, of weights the same.</summary>
    private FloatTensor Whole(Quantity quantity, FloatTensor tensor)
    {
        if (workers is not { Size: > 1 } || quantity is Quantity.StoredWeights or Quantity.Weights) return tensor;
        if (quantity == Quantity.Gradients)
        {
            var sum = new FloatTensor(tensor.Shape);
            tensor.Span.CopyTo(sum.Span);
            var meeting = new FloatSum(workers, sum.Shape.Length);
            meeting.Start(sum);
            meeting.Finish(sum);
            return sum;
        }

        var (whole, stride) = (new FloatTensor(tensor.Shape.OfBatch(slice.Batch)), tensor.Shape.Stride);
        var counts = new Parts(whole.Shape.Length, workers.Size, stride).Bytes(sizeof(float));
        var gather = new Exchange(null, new Pieces(counts));
        MemoryMarshal.AsBytes(tensor.Span).CopyTo(gather.Receive[workers.Rank]);
        workers.Start(gather);
        workers.Wait(gather);
        gather.Receive.All.CopyTo(MemoryMarshal.AsBytes(whole.Span));
        return whole;
    }

    /// <summary>Shows a tensor.</summary>
    /// <param name="layer">"conv1".</param>
    /// <param name="quantity">What it is.</param>
    /// <param name="tensor">The values.</param>
    /// <param name="channels">Where its channels lie; their summary is shown too.</param>
    /// <param name="clip">The bound of the ReLU6 that made it; null: none did.</param>
    public void Show(string layer, Quantity quantity, FloatTensor tensor, FloatChannelsOf channels = FloatChannelsOf.None, float? clip = null)
    {
        if (Observer is null) return;
        tensor = Whole(quantity, tensor);
        Show(layer, quantity, tensor, null, FloatSummaries.Channels(tensor, tensor, channels, clip));
    }

    /// <summary>
    /// Shows what a quantizer with grids made of a tensor, and counts what it did. Any scheme's quantizer reports so what became of its tensor.
    /// </summary>
    /// <param name="layer">"conv1".</param>
    /// <param name="quantity"><see cref="Quantity.Weights"/>, <see cref="Quantity.Activations"/> or <see cref="Quantity.Errors"/>.</param>
    /// <param name="x">What entered.</param>
    /// <param name="y">What left: values of the grids' codes, however they were rounded; as it entered where nothing was quantized.</param>
    /// <param name="bits">k.</param>
    /// <param name="grids">One for all, or one for each filter of [filters, terms]; none where nothing was quantized yet.</param>
    /// <param name="isState">See <see cref="CodeSummary.IsState"/>.</param>
    /// <param name="folded">See <see cref="CodeSummary.Folded"/>: |gamma| / sigma of each channel; none where no batch norm is folded in.</param>
    public void ShowCodes(
        string layer, Quantity quantity, FloatTensor x, FloatTensor y, int bits, ReadOnlySpan<AffineGrid> grids, bool isState = false,
        ReadOnlySpan<double> folded = default)
    {
        if (Observer is null) return;
        var isNew = x != y;
        x = Whole(quantity, x);
        y = isNew ? Whole(quantity, y) : x;
        var codes = grids.IsEmpty ? null : FloatSummaries.Codes(x.Span, y.Span, bits, grids) with
        {
            IsState = isState,
            Folded = folded.IsEmpty ? null : FloatSummaries.Ends(folded),
        };
        var channels = quantity switch
        {
            Quantity.Weights => FloatChannelsOf.Rows,
            Quantity.Activations => FloatChannelsOf.Columns,
            _ => FloatChannelsOf.None,
        };
        Show(layer, quantity, y, codes, FloatSummaries.Channels(x, y, channels, null));
    }

    private void Show(string layer, Quantity quantity, FloatTensor tensor, CodeSummary? codes, ChannelSummary? channels)
    {
        if (!shown.TryGetValue(tensor.Shape, out var integers)) shown[tensor.Shape] = integers = Integers(tensor.Shape);
        var e = Exponent(tensor.Span);
        var scale = Math.ScaleB(1, FractionBits - e);
        for (var i = 0; i < tensor.Span.Length; i++)
        {
            var x = tensor.Span[i];
            integers[i] = float.IsFinite(x) ? (long)Math.Round(x * scale) : x < 0 ? -Beyond : Beyond;
        }

        exponent[0] = e;
        Observer!.See(new StepTensor(layer, quantity, integers, FractionBits, exponent) { Codes = codes, Channels = channels });
    }

    private HostTensor Integers(Shape shape)
    {
        if (longest is null || longest.Length < shape.Length) longest = HostTensor.Create(ElementType.Int32, new Shape(Math.Max(most, shape.Length)));
        return (HostTensor)longest.First(shape)!;
    }

    /// <summary>The least e with every finite |x| below 2^e; 0 for zeros.</summary>
    private static int Exponent(ReadOnlySpan<float> values)
    {
        var most = 0f;
        foreach (var value in values)
        {
            if (float.IsFinite(value)) most = Math.Max(most, Math.Abs(value));
        }

        return most == 0 ? 0 : Math.ILogB(most) + 1;
    }
}
