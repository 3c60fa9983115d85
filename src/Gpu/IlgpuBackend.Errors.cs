using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>Errors and gradients: each kernel reads the maximum that the one before left on the device.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public void QuantizeGradient(Tensor gradient, Tensor maximum, in GradientRule rule, in RandomKey key, Tensor update)
    {
        Require(update, gradient.Length);
        kernels.Run(
            KernelOf(typeof(Errors), nameof(Errors.QuantizeGradient), gradient), shape.Over(update.Length),
            View(gradient), View(maximum), rule, key, View(update), update.Length);
    }

    /// <inheritdoc/>
    public void AddErrors(Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z, Tensor exponentZ)
    {
        Require(x, z.Length);
        Require(y, z.Length);
        kernels.Run(
            KernelOf(typeof(Errors), nameof(Errors.AddErrors), x, y), shape.Over(z.Length),
            View(x), ViewOrZero(exponentX), offsetX, View(y), ViewOrZero(exponentY), offsetY, guard, View(z), View(exponentZ), z.Length);
    }
}
