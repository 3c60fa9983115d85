using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>Errors and gradients: each kernel reads the maximum that the one before left on the device.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public void MaxAbs(Tensor x, Tensor? gate, int gateBits, Tensor maximum)
    {
        Clear(maximum);
        if (gate is null)
        {
            kernels.Run(KernelOf(typeof(Maxima), nameof(Maxima.MaxAbs), x), shape.Over(x.Length), View(x), View(maximum), x.Length);
            return;
        }

        Require(gate, x.Length);
        kernels.Run(
            KernelOf(typeof(Maxima), nameof(Maxima.GatedMaxAbs), x), shape.Over(x.Length), View(x), View(gate), gateBits, View(maximum), x.Length);
    }

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
