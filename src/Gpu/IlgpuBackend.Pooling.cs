using Wage.Backends;
using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>Pooling.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public void MaxPool(Tensor x, in PoolGeometry g, Tensor y, Tensor position)
    {
        Require(x, g.InputLength);
        Require(y, g.OutputLength);
        Require(position, g.OutputLength);
        kernels.Run(KernelOf(typeof(Pooling), nameof(Pooling.MaxPool), x), shape.Over(y.Length), View(x), g, View(y), View(position), y.Length);
    }

    /// <inheritdoc/>
    public void MaxPoolError(Tensor e, Tensor position, in PoolGeometry g, long limit, Tensor destination)
    {
        Require(e, g.OutputLength);
        Require(position, g.OutputLength);
        Require(destination, g.InputLength);
        kernels.Run(
            KernelOf(typeof(Pooling), nameof(Pooling.MaxPoolError), e), shape.Over(destination.Length),
            View(e), View(position), g, limit, View(destination), destination.Length);
    }

    /// <inheritdoc/>
    public void AveragePool(Tensor x, in PoolGeometry g, Rounding rounding, Tensor y)
    {
        Require(x, g.InputLength);
        Require(y, g.OutputLength);
        kernels.Run(KernelOf(typeof(Pooling), nameof(Pooling.AveragePool), x), shape.Over(y.Length), View(x), g, rounding, View(y), y.Length);
    }

    /// <inheritdoc/>
    public void AveragePoolError(Tensor e, in PoolGeometry g, long limit, Tensor destination)
    {
        Require(e, g.OutputLength);
        Require(destination, g.InputLength);
        kernels.Run(
            KernelOf(typeof(Pooling), nameof(Pooling.AveragePoolError), e), shape.Over(destination.Length),
            View(e), g, limit, View(destination), destination.Length);
    }
}
