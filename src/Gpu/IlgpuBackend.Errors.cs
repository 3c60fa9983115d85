using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>Errors and gradients: each kernel reads the maximum that the one before left on the device.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public void QuantizeGradient(Tensor gradient, Tensor range, in GradientRule rule, in RandomKey key, Tensor update, Tensor? statistic = null)
    {
        Require(update, gradient.Length);
        if (statistic is not null) Clear(statistic);
        kernels.Run(
            KernelOf(typeof(Errors), nameof(Errors.QuantizeGradient), gradient), shape.Over(update.Length),
            View(gradient), View(range), rule, key, View(update),
            statistic is null ? 0 : 1, ViewOrUnread(statistic), update.Length);
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
