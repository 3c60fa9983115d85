using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// WAGE's block in one piece: a product, perhaps a max pool, ReLU and Q_A. The same integers as its layers one by one, but the accumulators end where they are made,
/// and the way back reads a mask of a byte an element.
/// </summary>
internal sealed class Block : Layer
{
    private readonly ProductLayer product;
    private readonly MaxPool2d? pool;
    private readonly Relu relu;
    private readonly Quantize quantize;
    private IBackend? backend;
    private ActivationStage stage;
    private (int Bits, Rounding Rounding) errorStage;
    private QuantizedRange activations;
    private Tensor? a;
    private Tensor? mask;
    private Tensor? maximum;
    private Tensor? errors;
    private Tensor? exponent;

    private Block(ProductLayer product, MaxPool2d? pool, Relu relu, Quantize quantize) =>
        (this.product, this.pool, this.relu, this.quantize) = (product, pool, relu, quantize);

    /// <summary>The layers with every run of product, [max pool,] ReLU, Quantize made one block, where the quantizers have output stages.</summary>
    public static Layer[] Fuse(IReadOnlyList<Layer> layers, Scheme scheme)
    {
        List<Layer> fused = [];
        for (var i = 0; i < layers.Count;)
        {
            var pool = i + 1 < layers.Count ? layers[i + 1] as MaxPool2d : null;
            var next = i + (pool is null ? 1 : 2);
            var whole = next + 1 < layers.Count && layers[i] is ProductLayer && layers[next] is Relu && layers[next + 1] is Quantize quantize && HasStages(quantize.Scheme ?? scheme);
            fused.Add(whole ? new Block((ProductLayer)layers[i], pool, (Relu)layers[next], (Quantize)layers[next + 1]) : layers[i]);
            i = whole ? next + 2 : i + 1;
        }

        return [.. fused];
    }

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        backend = context.Backend;
        var sums = product.Prove(context, input);
        Name = product.Name;
        if (pool is not null) sums = pool.Measure(context, sums);
        relu.SetName(context);
        quantize.SetName(context);
        quantize.RequireShift(context, sums.FractionBits);
        var quantizer = (quantize.Scheme ?? context.Scheme).A;
        (stage, activations) = (quantizer.Stage(sums.FractionBits)!.Value, quantizer.Range);
        a = backend.Allocate(activations.Type, sums.Shape);
        mask = backend.Allocate(ElementType.UInt8, sums.Shape);
        return new SignalSpec(sums.Shape, activations.Type, activations.FractionBits, activations.Limit);
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        var quantizer = (quantize.Scheme ?? context.Scheme).E;
        errorStage = quantizer.Stage!.Value;
        maximum = context.Backend.Allocate(ElementType.Int64, new Shape(1));
        errors = context.Backend.Allocate(quantizer.Range.Type, error.Shape);
        exponent = context.AllocateExponent();
        var spec = new SignalSpec(error.Shape, quantizer.Range.Type, error.FractionBits, quantizer.Range.Limit);
        if (pool is not null) spec = pool.BuildBackward(context, spec, true);
        return product.BuildBackward(context, spec, needsError);
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x)
    {
        product.ForwardStage(x.Values, pool?.Extents, stage, a!, mask!, pool?.Position);
        return new Signal(a!, activations.FractionBits);
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e)
    {
        backend!.StageMaxAbs(e.Values, mask!, maximum!);
        backend.StageErrors(e.Values, mask!, maximum!, errorStage.Bits, errorStage.Rounding, errors!, e.Exponent, exponent);
        var quantized = new Signal(errors!, e.FractionBits, exponent);
        return product.Backward(pool is null ? quantized : pool.Backward(quantized));
    }

    private static bool HasStages(Scheme scheme) => scheme.A.Stage(scheme.A.Range.FractionBits) is not null && scheme.E.Stage is not null;
}
