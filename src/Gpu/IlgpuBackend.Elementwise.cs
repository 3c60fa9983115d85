using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>One element at a time.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public void Relu(Tensor x, Tensor y)
    {
        Require(y, x.Length);
        kernels.Run(KernelOf(typeof(Elementwise), nameof(Elementwise.Relu), x), shape.Over(x.Length), View(x), View(y), x.Length);
    }

    /// <inheritdoc/>
    public void ReluError(Tensor y, Tensor e)
    {
        Require(e, y.Length);
        kernels.Run(KernelOf(typeof(Elementwise), nameof(Elementwise.ReluError), y, e), shape.Over(e.Length), View(y), View(e), e.Length);
    }

    /// <inheritdoc/>
    public void ClipError(Tensor x, long limit, bool inclusive, Tensor delta)
    {
        Require(delta, x.Length);
        var most = inclusive ? limit : limit - 1;
        kernels.Run(
            KernelOf(typeof(Elementwise), nameof(Elementwise.ClipError), x, delta), shape.Over(x.Length),
            View(x), most, View(delta), x.Length);
    }

    /// <inheritdoc/>
    public void QuantizeWeights(Tensor stored, int dropped, int limit, Rounding rounding, Tensor value) =>
        Requantize(stored, dropped, limit, rounding, value);

    /// <inheritdoc/>
    public void QuantizeActivations(Tensor x, int dropped, int limit, Rounding rounding, Tensor a) =>
        Requantize(x, dropped, limit, rounding, a);

    /// <inheritdoc/>
    public void Update(Tensor update, in UpdateRule rule, Tensor stored)
    {
        Require(update, stored.Length);
        kernels.Run(
            KernelOf(typeof(Elementwise), nameof(Elementwise.Update), stored), shape.Over(stored.Length),
            View(update), rule.Clip, rule.ClipFirst ? 1 : 0, rule.Storage, View(stored), stored.Length);
    }

    /// <inheritdoc/>
    public void AddAligned(Tensor x, int shiftX, Tensor y, int shiftY, Tensor z)
    {
        Require(x, z.Length);
        Require(y, z.Length);
        kernels.Run(
            KernelOf(typeof(Elementwise), nameof(Elementwise.AddAligned), x, y, z), shape.Over(z.Length),
            View(x), shiftX, View(y), shiftY, View(z), z.Length);
    }

    /// <summary>results = f(x, y), Int64, element by element: a check of the device's arithmetic.</summary>
    internal void Evaluate<TFunction>(Tensor x, Tensor y, Tensor results)
        where TFunction : struct, IEdgeFunction
    {
        Require(x, results.Length);
        Require(y, results.Length);
        kernels.Run(
            new Kernel(typeof(EdgeArithmetic), nameof(EdgeArithmetic.Map), typeof(TFunction)), shape.Over(results.Length),
            View(x), View(y), View(results), results.Length);
    }

    private void Requantize(Tensor x, int dropped, int limit, Rounding rounding, Tensor y)
    {
        Require(y, x.Length);
        kernels.Run(
            KernelOf(typeof(Elementwise), nameof(Elementwise.Requantize), x, y), shape.Over(x.Length),
            View(x), dropped, limit, rounding, View(y), x.Length);
    }
}
