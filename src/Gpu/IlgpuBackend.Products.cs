using Wage.Backends;
using Wage.Gpu.Kernels;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>Products and blocks: the device's own units where it has them, else the portable kernel.</content>
public sealed partial class IlgpuBackend
{
    private const int LeastSlice = 256;

    /// <inheritdoc/>
    public long StoredSums { get; private set; }

    /// <inheritdoc/>
    public void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator)
    {
        Require(x, g.InputLength);
        Require(w, g.WeightLength);
        Require(accumulator, g.OutputLength);
        if (g.Padding.Value == 0 && products?.Convolve(Own(x), Own(w), g, Own(accumulator)) == true) return;
        Sum<ForwardOperands>(x, w, ProductShape.Of(g, g.Positions, g.Filters, g.FanIn), accumulator.Type, Own(accumulator));
    }

    /// <inheritdoc/>
    public void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta)
    {
        Require(e, g.OutputLength);
        Require(w, g.WeightLength);
        Require(delta, g.InputLength);
        if (products?.ConvolveError(Own(e), Own(w), g, Own(delta)) == true) return;
        Sum<ErrorOperands>(e, w, ErrorShape(g), delta.Type, Own(delta));
    }

    private static ProductShape ErrorShape(in ConvGeometry g) => ProductShape.Of(g, g.Batch * g.Height * g.Width, g.Channels, g.FanOut);

    /// <inheritdoc/>
    public void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        Require(x, g.InputLength);
        Require(e, g.OutputLength);
        Require(gradient, g.WeightLength);
        if (g.Padding.Value == 0 && products?.ConvolveGradient(Own(x), Own(e), g, Own(gradient)) == true) return;
        Sum<GradientOperands>(e, x, ProductShape.Of(g, g.Filters, g.FanIn, g.Positions), gradient.Type, Own(gradient));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Bytes of a stage that needs no range, no random bits and nothing of its columns end in the product's registers; others, and kept accumulators,
    /// in a pass of their own.
    /// </remarks>
    public void Convolve<S>(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        var length = pool?.OutputLength ?? g.OutputLength;
        Require(x, g.InputLength);
        Require(w, g.WeightLength);
        Require(t.Output, length);
        if (t.Mask is not null) Require(t.Mask, length);
        if (pool is not null) Require(t.Position!, length);
        var isPlain = t is { Kept: null, Gate: null, Range: null, Exponent: null, Statistic: null, ColumnSums: null, Columns: 0 };
        var ends = isPlain && t.Output.Type == ElementType.Int8
            && stage.RandomBits(0) == 0;
        StoredSums = 0;
        if (ends && End(x, w, g, accumulator, pool, stage, t)) return;
        var sums = t.Kept ?? Scratch(ScratchUse.Sums, accumulator, g.OutputShape);
        if (t.Kept is null) StoredSums = sums.ByteLength;
        Convolve(x, w, g, sums);
        if (pool is { } windows)
        {
            if (ends)
            {
                kernels.Run(
                    new Kernel(typeof(Pooling), nameof(Pooling.PooledStage), Element.Of(accumulator), typeof(S)), shape.Over(t.Output.Length),
                    View(sums), windows, stage, View(t.Output), Mask(t).Bytes, View(t.Position!), t.Output.Length);
                return;
            }

            var pooled = Scratch(ScratchUse.Pooled, accumulator, windows.OutputShape);
            if (t.Kept is null) StoredSums += pooled.ByteLength;
            MaxPool(sums, windows, pooled, t.Position!);
            sums = pooled;
        }

        Map(sums, stage, t);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The sums end in the stage, which keeps the statistic, in registers. Only those of the device's own units that cannot, and of a stage with
    /// columns, are stored, for one pass more. Nothing waits for the host.
    /// </remarks>
    public void ConvolveError<S>(Tensor e, Tensor w, in ConvGeometry g, ElementType accumulator, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        Require(e, g.OutputLength);
        Require(w, g.WeightLength);
        StoredSums = 0;
        if (t.Columns > 0 || t.ColumnSums is not null || products?.StoresErrors(Own(e), Own(w), g, accumulator) == true)
        {
            var sums = Scratch(ScratchUse.Sums, accumulator, g.InputShape);
            StoredSums = sums.ByteLength;
            ConvolveError(e, w, g, sums);
            Map(sums, stage, t);
            return;
        }

        var (views, ending) = (Views(t, g.InputLength), typeof(EndWhole<,>).MakeGenericType(Element.Of(t.Output), typeof(S)));
        if (products?.ConvolveError(Own(e), Own(w), g, accumulator, ending, stage, views) == true) return;
        Multiply<ErrorOperands, S>(e, w, ErrorShape(g), accumulator, ending, stage, views);
    }

    /// <summary>Where a product's kernel writes the mask, asked for or not.</summary>
    private GpuTensor Mask(in StageTensors t) => t.Mask is null ? Scratch(ScratchUse.Mask, ElementType.UInt8, t.Output.Shape) : Own(t.Mask);

    /// <summary>The stage in the product's registers; false where the windows are none of four.</summary>
    private bool End<S>(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        var position = t.Position is null ? null : Own(t.Position);
        var device = g.Padding.Value == 0 ? products : null;
        if (device?.Convolve(Own(x), Own(w), g, accumulator, pool, stage, Own(t.Output), Mask(t), position) == true) return true;
        var s = ProductShape.Of(g, g.Positions, g.Filters, g.FanIn);
        if (pool is not { } windows)
        {
            Multiply<ForwardOperands, S>(x, w, s, accumulator, typeof(End<S>), stage, StageViews.Of(View(t.Output), Mask(t).Bytes, View(unread)));
            return true;
        }

        if (windows.Window != 4) return false;
        (s.Rows, s.PoolWindow, s.PoolWindowWidth) = (g.Batch * windows.OutputHeight * windows.OutputWidth * 4, 4, windows.WindowWidth);
        (s.PoolStride, s.PooledHeight, s.PooledWidth) = (windows.Stride, windows.OutputHeight, windows.OutputWidth);
        Multiply<ForwardOperands, S>(
            x, w, s, accumulator, typeof(PoolAndEnd<S>), stage, StageViews.Of(View(t.Output), Mask(t).Bytes, View(t.Position!)));
        return true;
    }

    /// <summary>A product whose sums are stored. Where there are fewer tiles than the device takes at once, the terms are cut into slices.</summary>
    private void Sum<TOperands>(Tensor left, Tensor right, ProductShape s, ElementType accumulator, GpuTensor sums)
        where TOperands : struct, IOperands
    {
        var edge = 4 * shape.ProductSide;
        var (tiles, atOnce) = s.IsGrouped
            ? (((s.Rows + 3L) / 4) * s.Columns, (long)shape.Groups * shape.GroupSize)
            : (((s.Rows + edge - 1) / edge) * ((s.Columns + edge - 1) / edge), shape.Groups);
        s.Slices = (int)Math.Max(1, Math.Min((atOnce + tiles - 1) / tiles, s.Terms / LeastSlice));
        s.SliceTerms = (s.Terms + s.Slices - 1) / s.Slices;
        if (s.Slices > 1) Clear(sums);
        var ending = s.Slices > 1
            ? accumulator == ElementType.Int32 ? typeof(Add32) : typeof(Add64)
            : typeof(Store<>).MakeGenericType(Element.Of(accumulator));
        Multiply<TOperands, RawStage>(left, right, s, accumulator, ending, default, StageViews.Of(sums.Bytes, View(unread), View(unread)));
    }

    private void Multiply<TOperands, S>(
        Tensor left, Tensor right, ProductShape s, ElementType accumulator, Type ending, S stage, in StageViews to)
        where TOperands : struct, IOperands
        where S : unmanaged, IOutputStage
    {
        s.Side = shape.ProductSide;
        var sum = accumulator == ElementType.Int32 ? typeof(Sum32) : typeof(Sum64);
        if (s.IsGrouped)
        {
            var blocks = ((s.Rows + 3L) / 4) * s.Columns * s.Slices;
            kernels.Run(
                new Kernel(
                    typeof(GroupedProducts), nameof(GroupedProducts.Multiply), typeof(TOperands), Element.Of(left), Element.Of(right), sum, ending,
                    typeof(S)),
                shape.Over((int)Math.Min(blocks, int.MaxValue)), View(left), View(right), s, stage, to, blocks);
            return;
        }

        var edge = 4 * s.Side;
        var items = ((s.Rows + edge - 1) / edge) * ((s.Columns + edge - 1) / edge) * s.Slices;
        kernels.Run(
            new Kernel(typeof(Products), nameof(Products.Multiply), typeof(TOperands), Element.Of(left), Element.Of(right), sum, ending, typeof(S)),
            shape.Products(items), View(left), View(right), s, stage, to);
    }
}
