using ILGPU;
using ILGPU.Runtime;
using Wage.Backends;

namespace Wage.Gpu.TensorCores;

/// <summary>Which operand of a product; each has memory of its own.</summary>
internal enum Operand
{
    /// <summary>The rows' operand.</summary>
    First,

    /// <summary>The columns' operand.</summary>
    Second,
}

/// <summary>What must be done to an operand before a tile can read it by segments of 16 bytes: mostly nothing.</summary>
internal sealed class Preparation(Accelerator accelerator, Launcher kernels, Failures failures, int slots) : IDisposable
{
    private const int GroupSize = 256;

    private readonly DeviceScratch first = new(accelerator, failures);
    private readonly DeviceScratch second = new(accelerator, failures);

    /// <summary>Whether there is one group, and every operand keeps fewer than 2^31 elements when its channels are filled up.</summary>
    public bool Fits(in ConvGeometry g)
    {
        var (channels, filters) = ((long)WindowShapes.Padded(g.Channels), (long)WindowShapes.Padded(g.Filters));
        var most = Math.Max(Math.Max(g.InputLength / g.Channels * channels, g.Positions * filters),
            filters * g.KernelHeight * g.KernelWidth * channels);
        return g.Groups == 1 && most <= int.MaxValue;
    }

    /// <summary>A tensor [rows, channels] with zeros behind the channels up to a multiple of 16; itself where there are none to add.</summary>
    public ArrayView<byte> Channels(Operand operand, ArrayView<byte> tensor, int rows, int channels)
    {
        var padded = WindowShapes.Padded(channels);
        if (padded == channels) return tensor;
        var target = (operand == Operand.First ? first : second).Of((long)rows * padded);
        kernels.Run(
            new Kernel(typeof(PreparationKernels), nameof(PreparationKernels.Pad)), Over(rows * padded),
            tensor, target, channels, padded, rows * padded);
        return target;
    }

    /// <summary>Weights [f,ky,kx,c] as [c, KH - 1 - ky, KW - 1 - kx, f], filters filled up: the filters of the error product.</summary>
    public ArrayView<byte> Turn(ArrayView<byte> weights, in ConvGeometry g)
    {
        var padded = WindowShapes.Padded(g.Filters);
        var length = padded * g.FanIn;
        var target = second.Of(length);
        kernels.Run(
            new Kernel(typeof(PreparationKernels), nameof(PreparationKernels.Turn)), Over(length),
            weights, target, g.Filters, padded, g.KernelHeight * g.KernelWidth, g.Channels, length);
        return target;
    }

    /// <summary>target [rows, channels] = the first channels of the sums [rows, padded].</summary>
    public void Crop(ArrayView<byte> sums, int rows, int padded, int channels, ArrayView<byte> target) => kernels.Run(
        new Kernel(typeof(PreparationKernels), nameof(PreparationKernels.Crop)), Over(rows * channels),
        sums, target, padded, channels, rows * channels);

    /// <summary>A launch with a thread for one or more of these elements.</summary>
    public KernelConfig Over(int elements) => new(Math.Max(1, Math.Min(slots * 4, (elements / GroupSize) + 1)), GroupSize);

    /// <summary>Gives its memory back.</summary>
    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }
}
