using Wage.Data;
using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>Batches and losses.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public void LoadImages(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images)
    {
        var extents = new ImageExtents(images.Shape[1], images.Shape[2], images.Shape[3]);
        Require(pixels, (long)pixels.Shape[0] * images.Shape.Stride);
        Require(table, 256);
        kernels.Run(
            KernelOf(typeof(Loading), nameof(Loading.Images)), shape.Over(images.Length),
            View(pixels), View(order), order.Length, offset, View(table), augmentation.Pad, augmentation.Flip ? 1 : 0, key, extents, View(images), images.Length);
    }

    /// <inheritdoc/>
    public void LoadLabels(Tensor labels, Tensor order, int offset, Tensor destination) => kernels.Run(
        KernelOf(typeof(Loading), nameof(Loading.Labels)), shape.Over(destination.Length), View(labels), View(order), order.Length, offset, View(destination), destination.Length);

    /// <inheritdoc/>
    public void SquaredError(Tensor scores, Tensor labels, long one, int dropped, Tensor delta, Tensor metrics)
    {
        Require(delta, scores.Length);
        Require(scores, (long)labels.Length * scores.Shape.Stride);
        kernels.Run(
            KernelOf(typeof(LossErrors), nameof(LossErrors.SquaredError), scores, delta), shape.Over(labels.Length),
            View(scores), scores.Shape.Stride, View(labels), one, dropped, View(delta), View(metrics), labels.Length);
    }

    /// <inheritdoc/>
    public void CrossEntropy(Tensor scores, Tensor labels, int fractionBits, Tensor delta, Tensor metrics)
    {
        Require(delta, scores.Length);
        Require(scores, (long)labels.Length * scores.Shape.Stride);
        kernels.Run(
            KernelOf(typeof(LossErrors), nameof(LossErrors.CrossEntropy), scores, delta), shape.Over(labels.Length),
            View(scores), scores.Shape.Stride, View(labels), fractionBits, View(delta), View(metrics), labels.Length);
    }
}
