using ILGPU;
using ILGPU.Runtime;
using Wage.Backends;
using Wage.Gpu.Kernels;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu.TensorCores;

/// <summary>
/// The products of int8 tensors with int32 accumulators on the tensor cores of a CUDA device
/// (compute capability 8.0 and later). Others are left to the portable kernel: int64 accumulators,
/// errors of 16 bits, error products of other strides than 1, 2 and 4, an odd number of columns, groups.
/// </summary>
internal sealed class TensorCoreProducts : IDeviceProducts
{
    private const int UsualLeastStages = 8;

    private readonly Launcher kernels;
    private readonly Preparation preparation;
    private readonly DeviceScratch sums;
    private readonly int slots;
    private readonly int leastStages;

    /// <summary>Products on this device.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="kernels">What launches them.</param>
    /// <param name="failures">How a failure is told.</param>
    /// <param name="slots">Groups that the device runs at once: two for each multiprocessor.</param>
    /// <param name="leastStages">Stages that a part of a product has at least: with fewer, starting costs more than the parallelism brings.</param>
    public TensorCoreProducts(Accelerator accelerator, Launcher kernels, Failures failures, int slots, int leastStages = UsualLeastStages)
    {
        (this.kernels, this.slots, this.leastStages) = (kernels, slots, leastStages);
        preparation = new Preparation(accelerator, kernels, failures, slots);
        sums = new DeviceScratch(accelerator, failures);
    }

    /// <inheritdoc/>
    public bool Convolve(GpuTensor x, GpuTensor w, in ConvGeometry g, GpuTensor accumulator)
    {
        if (!Takes(x, w, accumulator.Type) || !IsEven(g.Filters) || !preparation.Fits(g)) return false;
        var images = preparation.Channels(Operand.First, x.Bytes, (int)g.InputLength / g.Channels, g.Channels);
        var filters = preparation.Channels(Operand.Second, w.Bytes, (int)g.WeightLength / g.Channels, g.Channels);
        Accumulate(images, filters, accumulator.Bytes, WindowShapes.Forward(g));
        return true;
    }

    /// <inheritdoc/>
    public bool ConvolveError(GpuTensor e, GpuTensor w, in ConvGeometry g, GpuTensor delta)
    {
        if (!StoresErrors(e, w, g, delta.Type)) return false;
        var errors = preparation.Channels(Operand.First, e.Bytes, g.Positions, g.Filters);
        var turned = preparation.Turn(w.Bytes, g);
        Accumulate(errors, turned, delta.Bytes, WindowShapes.Error(g));
        return true;
    }

    /// <inheritdoc/>
    public bool ConvolveGradient(GpuTensor x, GpuTensor e, in ConvGeometry g, GpuTensor gradient)
    {
        if (!Takes(x, e, gradient.Type) || !preparation.Fits(g)) return false;
        var errors = preparation.Channels(Operand.First, e.Bytes, g.Positions, g.Filters);
        var images = preparation.Channels(Operand.Second, x.Bytes, (int)g.InputLength / g.Channels, g.Channels);
        var s = WindowShapes.Gradient(g);
        var tiles = Tiles(s.Rows, Staging.Extent, s.Columns);
        s.Splits = Splits(tiles, s.Terms);
        var whole = s.Rows == g.Filters && s.Channels == g.Channels;
        var target = whole ? gradient.Bytes : sums.Of((long)s.Rows * s.Columns * sizeof(int));
        if (s.Splits > 1) kernels.Clear(target);
        kernels.Run(
            new Kernel(typeof(GradientProduct), nameof(GradientProduct.Accumulate)), new(tiles * s.Splits, Staging.Threads),
            errors, images, target, s);
        if (!whole) preparation.Crop(target, g.Filters * g.KernelHeight * g.KernelWidth, s.Channels, g.Channels, gradient.Bytes);
        return true;
    }

    /// <inheritdoc/>
    public bool Convolve<S>(
        GpuTensor x, GpuTensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage,
        GpuTensor output, GpuTensor mask, GpuTensor? position)
        where S : unmanaged, IOutputStage
    {
        if (!stage.FitsInt32(0) || !Takes(x, w, accumulator) || g.Filters % TensorCore.Segment != 0 || !preparation.Fits(g)) return false;
        if (pool is { } p && (p.WindowHeight, p.WindowWidth, p.Stride) != (2, 2, 2)) return false;
        var images = preparation.Channels(Operand.First, x.Bytes, (int)g.InputLength / g.Channels, g.Channels);
        var filters = preparation.Channels(Operand.Second, w.Bytes, (int)g.WeightLength / g.Channels, g.Channels);
        var s = WindowShapes.Forward(g);
        if (pool is { } windows)
        {
            s = WindowShapes.Pooled(s, windows);
            var groups = Tiles(s.Rows, TileStage.PooledRows, s.Columns);
            kernels.Run(
                new Kernel(typeof(WindowProduct), nameof(WindowProduct.PoolStage), typeof(S)), new(groups, Staging.Threads),
                images, filters, output.Bytes, mask.Bytes, position!.Bytes, s, stage);
            return true;
        }

        var tiles = Tiles(s.Rows, Staging.Extent, s.Columns);
        if (Splits(tiles, s.Terms) > 1)
        {
            var total = sums.Of(g.OutputLength * sizeof(int));
            Accumulate(images, filters, total, s);
            kernels.Run(
                new Kernel(typeof(SumStage), nameof(SumStage.Run), typeof(S)), preparation.Over(output.Length),
                total, output.Bytes, mask.Bytes, stage, output.Length);
            return true;
        }

        kernels.Run(
            new Kernel(typeof(WindowProduct), nameof(WindowProduct.Stage), typeof(S)), new(tiles, Staging.Threads),
            images, filters, output.Bytes, mask.Bytes, s, stage);
        return true;
    }

    /// <inheritdoc/>
    public bool StoresErrors(GpuTensor e, GpuTensor w, in ConvGeometry g, ElementType accumulator) =>
        Takes(e, w, accumulator) && IsEven(g.Channels) && g.Stride is 1 or 2 or 4 && preparation.Fits(g);

    /// <inheritdoc/>
    public bool ConvolveError<S>(
        GpuTensor e, GpuTensor w, in ConvGeometry g, ElementType accumulator, Type ending, in S stage, in StageViews to)
        where S : unmanaged, IOutputStage => false;

    /// <summary>Gives its memory back.</summary>
    public void Dispose()
    {
        preparation.Dispose();
        sums.Dispose();
    }

    private static bool Takes(GpuTensor left, GpuTensor right, ElementType accumulator) =>
        left.Type == ElementType.Int8 && right.Type == ElementType.Int8 && accumulator == ElementType.Int32;

    private static bool IsEven(int columns) => columns % 2 == 0;

    private static int Tiles(int rows, int rowsPerTile, int columns) =>
        ((rows + rowsPerTile - 1) / rowsPerTile) * ((columns + Staging.Extent - 1) / Staging.Extent);

    private void Accumulate(ArrayView<byte> source, ArrayView<byte> weights, ArrayView<byte> accumulator, WindowShape s)
    {
        var tiles = Tiles(s.Rows, Staging.Extent, s.Columns);
        s.Splits = Splits(tiles, s.Terms);
        if (s.Splits > 1) kernels.Clear(accumulator);
        kernels.Run(
            new Kernel(typeof(WindowProduct), nameof(WindowProduct.Accumulate)), new(tiles * s.Splits, Staging.Threads),
            source, weights, accumulator, s);
    }

    /// <summary>Parts of the terms, so that the device is full where there are few tiles.</summary>
    private int Splits(int tiles, int terms) => Math.Max(1, Math.Min(slots / tiles, terms / (leastStages * Staging.Depth)));
}
