using Wage.Models;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// WAGE's block in one piece: a product, perhaps a max pool, ReLU and Q_A.
/// The same integers as its layers one by one, but the accumulators end where they are made,
/// and the way back reads a mask of a byte an element. In a step that somebody observes the same product hands out its accumulators, in memory that
/// all blocks share.
/// </summary>
internal sealed class Block : Layer
{
    private readonly ProductLayer product;
    private readonly MaxPool2d? pool;
    private readonly Relu relu;
    private readonly Quantize quantize;
    private StepProbe? probe;
    private Tensor? mask;

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
            var whole = next + 1 < layers.Count
                && layers[i] is ProductLayer && layers[next] is Relu
                && layers[next + 1] is Quantize quantize && HasStages(quantize.Scheme ?? scheme);
            fused.Add(whole ? new Block((ProductLayer)layers[i], pool, (Relu)layers[next], (Quantize)layers[next + 1]) : layers[i]);
            i = whole ? next + 2 : i + 1;
        }

        return [.. fused];
    }

    /// <summary>
    /// Of layers whose way back is built, every product whose errors go straight to a block ends in its Q_E, where that can be: between them the same
    /// elements may have another shape.
    /// </summary>
    public static void JoinErrors(IReadOnlyList<Layer> layers)
    {
        Block? before = null;
        foreach (var layer in layers)
        {
            var block = layer as Block;
            if (before is not null && (block?.product ?? layer as ProductLayer) is { } product) product.EndErrorsIn(before);
            if (layer is not Flatten) before = block is { quantize.Errors.CanBeStatic: true } ? block : null;
        }
    }

    /// <summary>True where Q_E needs nothing of the errors that are to come.</summary>
    internal bool TakesErrors(in StepContext s) => quantize.Errors!.IsStatic(s);

    /// <summary>Q_E as the end of the product that makes an error; output becomes the errors that it gives.</summary>
    internal FusedStage EndErrors(ref Signal output, in StepContext s, out StageTensors t)
    {
        var stage = quantize.Errors!.End(output, mask!, s, out t);
        output = quantize.Errors.Output(output) with { IsQuantized = true };
        return stage;
    }

    /// <inheritdoc/>
    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        probe = context.Probe;
        var sums = product.BuildInBlock(context, input);
        Name = product.Name;
        if (pool is not null) sums = pool.BuildInBlock(context, sums);
        sums = relu.Build(context, sums);
        mask = context.Allocate(MemoryKind.Activations, ElementType.UInt8, sums.Shape);
        var output = quantize.Build(context, sums);
        quantize.RequireStage();
        return output;
    }

    /// <inheritdoc/>
    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        var spec = relu.BuildBackward(context, quantize.BuildErrors(context, error, inBlock: true), true);
        if (pool is not null) spec = pool.BuildBackwardInBlock(context, spec);
        return product.BuildBackward(context, spec, needsError);
    }

    /// <inheritdoc/>
    public override Signal Forward(Signal x, in StepContext s)
    {
        var tensors = new StageTensors(quantize.Output.Values) { Mask = mask, Position = pool?.Position };
        var stage = quantize.Stage(ref tensors, s);
        var sums = product.ForwardStage(x, pool?.Extents, stage, tensors);
        if (probe!.IsObserved) quantize.Show(relu.Forward(pool is null ? sums : pool.Forward(sums, s), s));
        return quantize.Output;
    }

    /// <inheritdoc/>
    public override Signal Backward(Signal e, in StepContext s)
    {
        if (!e.IsQuantized) e = quantize.BackwardMasked(e, mask!, s);
        return product.Backward(pool is null ? e : pool.Backward(e, s), s);
    }

    /// <inheritdoc/>
    public override int Emit(PlanBuilder plan, int input)
    {
        var tensors = new StageTensors(quantize.Output.Values);
        var stage = quantize.Stage(ref tensors, default);
        return product.EmitStage(plan, input, pool?.Extents, stage, tensors, quantize.OutputSpec);
    }

    private static bool HasStages(Scheme scheme) => scheme.A.HasStage && scheme.E.HasStage;
}
