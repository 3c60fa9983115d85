using ILGPU;
using ILGPU.Runtime;
using Wage.Backends;
using Wage.Gpu.Kernels;
using Wage.Gpu.TensorCores;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu.Runs;

/// <summary>
/// The products of a device that is a processor. Operands are first arranged so that terms follow each other in memory, in as many bytes
/// as both need; then a thread makes a tile of sums alone, and no other waits for it.
/// </summary>
internal sealed class RunProducts(Accelerator accelerator, Launcher kernels, Failures failures, int processors, int mostGroups)
    : IDeviceProducts
{
    private const int ItemsPerProcessor = 4;

    private readonly DeviceScratch lefts = new(accelerator, failures);
    private readonly DeviceScratch rights = new(accelerator, failures);

    /// <inheritdoc/>
    public bool Convolve(GpuTensor x, GpuTensor w, in ConvGeometry g, GpuTensor accumulator)
    {
        var plan = RunShapes.Forward(g, null);
        if (!Fits(g, plan)) return false;
        Sum(Windows(x, w, g, plan), Arrange(rights, w, x, plan.Right), x, w, plan.Shape, accumulator);
        return true;
    }

    /// <inheritdoc/>
    public bool ConvolveError(GpuTensor e, GpuTensor w, in ConvGeometry g, GpuTensor delta)
    {
        var plan = RunShapes.Error(g);
        if (!Fits(g, plan)) return false;
        Sum(Arrange(lefts, e, w, plan.Left), Arrange(rights, w, e, plan.Right), e, w, plan.Shape, delta);
        return true;
    }

    /// <inheritdoc/>
    public bool ConvolveGradient(GpuTensor x, GpuTensor e, in ConvGeometry g, GpuTensor gradient)
    {
        var plan = RunShapes.Gradient(g, ItemsPerProcessor * processors);
        if (!Fits(g, plan)) return false;
        Sum(Arrange(lefts, e, x, plan.Left), Arrange(rights, x, e, plan.Right), e, x, plan.Shape, gradient);
        return true;
    }

    /// <inheritdoc/>
    public bool Convolve<S>(
        GpuTensor x, GpuTensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage,
        GpuTensor output, GpuTensor mask, GpuTensor? position)
        where S : unmanaged, IOutputStage
    {
        if (pool is { Window: not 4 }) return false;
        var plan = RunShapes.Forward(g, pool);
        if (!Fits(g, plan)) return false;
        Multiply(
            Windows(x, w, g, plan), Arrange(rights, w, x, plan.Right), x, w, plan.Shape, accumulator,
            pool is null ? typeof(End<S>) : typeof(PoolAndEnd<S>), stage, StageViews.Of(output.Bytes, mask.Bytes, position?.Bytes ?? mask.Bytes));
        return true;
    }

    /// <inheritdoc/>
    public bool StoresErrors(GpuTensor e, GpuTensor w, in ConvGeometry g, ElementType accumulator) => false;

    /// <inheritdoc/>
    public bool ConvolveError<S>(
        GpuTensor e, GpuTensor w, in ConvGeometry g, ElementType accumulator, Type ending, in S stage, in StageViews to)
        where S : unmanaged, IOutputStage
    {
        var plan = RunShapes.Error(g);
        if (!Fits(g, plan)) return false;
        Multiply(Arrange(lefts, e, w, plan.Left), Arrange(rights, w, e, plan.Right), e, w, plan.Shape, accumulator, ending, stage, to);
        return true;
    }

    /// <summary>Gives its memory back.</summary>
    public void Dispose()
    {
        lefts.Dispose();
        rights.Dispose();
    }

    /// <summary>One group; addresses are of 32 bits, and so are rows and columns, up to a tile behind the last.</summary>
    private static bool Fits(in ConvGeometry g, in RunPlan plan) =>
        g.Groups == 1
        && Math.Max(plan.Left.Length, plan.Right.Length) <= int.MaxValue / sizeof(short)
        && Math.Max(plan.Shape.Rows, plan.Shape.Columns) <= int.MaxValue - RunProduct.TileColumns;

    /// <summary>Int8 where both operands have it.</summary>
    private static ElementType Common(GpuTensor one, GpuTensor other) =>
        one.Type == ElementType.Int8 && other.Type == ElementType.Int8 ? ElementType.Int8 : ElementType.Int16;

    private ArrayView<byte> Windows(GpuTensor x, GpuTensor w, in ConvGeometry g, in RunPlan plan)
    {
        if (!RunShapes.Gathers(g)) return Arrange(lefts, x, w, plan.Left);
        var target = lefts.Of(plan.Left.Length * Common(x, w).Size());
        kernels.Run(
            new Kernel(typeof(ArrangementKernels), nameof(ArrangementKernels.Gather), Element.Of(x), Element.Of(Common(x, w))), Over(g.Positions),
            x.Bytes, target, ProductShape.Of(g, g.Positions, g.Filters, g.FanIn), plan.Left.Padded, g.Positions);
        return target;
    }

    private ArrayView<byte> Arrange(DeviceScratch scratch, GpuTensor source, GpuTensor other, in Arrangement arrangement)
    {
        var type = Common(source, other);
        if (source.Type == type && arrangement.IsSource) return source.Bytes;
        var target = scratch.Of(arrangement.Length * type.Size());
        var items = arrangement.Items;
        kernels.Run(
            new Kernel(typeof(ArrangementKernels), nameof(ArrangementKernels.Arrange), Element.Of(source), Element.Of(type)), Over(items),
            source.Bytes, target, arrangement, items);
        return target;
    }

    private void Sum(ArrayView<byte> left, ArrayView<byte> right, GpuTensor one, GpuTensor other, in RunShape s, GpuTensor sums)
    {
        if (s.Parts > 1) kernels.Clear(sums.Bytes);
        var element = Element.Of(sums);
        var ending =
            s.Parts == 1 ? typeof(Store<>).MakeGenericType(element) :
            s.Slices == 1 ? typeof(Continue<>).MakeGenericType(element) :
            sums.Type == ElementType.Int32 ? typeof(Add32) : typeof(Add64);
        Multiply(left, right, one, other, s, sums.Type, ending, default(RawStage), StageViews.Of(sums.Bytes, sums.Bytes, sums.Bytes));
    }

    private void Multiply<S>(
        ArrayView<byte> left, ArrayView<byte> right, GpuTensor one, GpuTensor other, in RunShape s, ElementType accumulator, Type ending,
        S stage, in StageViews to)
        where S : unmanaged, IOutputStage
    {
        var sum = accumulator == ElementType.Int32 ? typeof(Sum32) : typeof(Sum64);
        kernels.Run(
            new Kernel(typeof(RunProduct), nameof(RunProduct.Multiply), Element.Of(Common(one, other)), sum, ending, typeof(S)),
            new KernelConfig(Math.Min(mostGroups, s.Items), 1), left, right, s, stage, to);
    }

    private KernelConfig Over(int items) => new(Math.Min(ItemsPerProcessor * processors, items), 1);
}
