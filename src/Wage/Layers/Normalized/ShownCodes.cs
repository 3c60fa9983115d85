using Wage.Backends;
using Wage.Observation;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>What an observer sees of codes without a sign: themselves, whatever they are stored less.</summary>
internal sealed class ShownCodes
{
    private readonly IBackend backend;
    private readonly StepProbe probe;
    private readonly CodeStage stage;
    private readonly int bits;
    private readonly Tensor? offsets;
    private Tensor? shown;

    /// <summary>For codes of this shape, with room for them.</summary>
    public ShownCodes(BuildContext context, in CodeStage stage, int bits, Shape shape)
    {
        (backend, probe, this.stage, this.bits) = (context.Backend, context.Probe, stage, bits);
        context.Share(MemoryLife.Pooled, ElementType.Int16, shape, tensor => shown = tensor);
        if (stage.Offset != 0)
            offsets = context.Constant<int>(MemoryKind.Activations, [.. Enumerable.Repeat(stage.Offset, shape[shape.Rank - 1])]);
    }

    /// <summary>Shows them, where somebody looks.</summary>
    /// <param name="layer">Whose.</param>
    /// <param name="codes">As they are stored.</param>
    /// <param name="site">Where their unit is kept.</param>
    /// <param name="cut">What saturated on the way; null: nothing can.</param>
    /// <param name="isMean">True of means; else which channels are 0 is shown too.</param>
    public void Show(string layer, Tensor codes, DelayedExponent site, long? cut = null, bool isMean = false)
    {
        if (probe.Observer is not { } observer) return;
        backend.Map(codes, new UnitStage(short.MaxValue, 0), new StageTensors(shown!) { Start = offsets });
        var (whole, exponent) = (probe.OfBatch(shown!), (int)backend.ReadScalar(site.Exponent));
        var values = isMean ? null : (HostTensor<short>)backend.Read(whole);
        var range = new QuantizedRange(ElementType.Int16, 0, stage.Limit);
        observer.See(new StepTensor(layer, isMean ? Quantity.Means : Quantity.Activations, whole, 0, site.Exponent, range)
        {
            Statistic = probe.JoinedOf(site.Statistic),
            Cut = cut,
            Drift = site.Drift,
            Bits = bits,
            Channels = values is null ? null : CodeChannels.Of(values.Span, codes.Shape[codes.Shape.Rank - 1], exponent),
        });
    }
}
