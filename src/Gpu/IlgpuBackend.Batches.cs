using ILGPU;
using Wage.Data;
using Wage.Gpu.Kernels;
using Wage.Losses;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>Batches and losses.</content>
public sealed partial class IlgpuBackend
{
    private readonly long residentImages;
    private BatchUploads? uploads;

    /// <inheritdoc/>
    public Tensor TakeImages(byte[] pixels, Shape shape)
    {
        if (shape.Length > Math.Min(residentImages, AvailableMemory)) return new HostImages(pixels, shape);
        var images = Allocate(ElementType.UInt8, shape);
        Upload<byte>(pixels, images);
        return images;
    }

    /// <inheritdoc/>
    public void LoadImages(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images)
    {
        var augmentationKey = key;
        Require(pixels, (long)pixels.Shape[0] * images.Shape.Stride);
        Require(table, 256);
        var batch = new ImageBatch
        {
            OrderLength = order.Length,
            First = offset,
            Position = offset,
            Pad = augmentation.Pad,
            Flip = augmentation.Flip ? 1 : 0,
            Height = images.Shape[1],
            Width = images.Shape[2],
            Channels = images.Shape[3],
        };
        if (pixels is not HostImages host)
        {
            Gather(View(pixels), View(order), batch);
            return;
        }

        var indices = Own(order).Uploaded
            ?? throw new ArgumentException("the order of images that stay with the host must have been uploaded", nameof(order));
        uploads ??= new BatchUploads(accelerator, stream);
        (batch.OrderLength, batch.First) = (images.Shape[0], 0);
        var (places, taken) = (default(ArrayView<byte>), default(ArrayView<byte>));
        Guard("a batch's upload", () => (places, taken) = uploads.Take(host, indices, offset, images.Shape[0]));
        Gather(taken, places, batch);
        Guard("a batch's upload", uploads.Launched);

        void Gather(ArrayView<byte> from, ArrayView<byte> indicesOnDevice, ImageBatch b) => kernels.Run(
            KernelOf(typeof(Loading), nameof(Loading.Images)), shape.Over(images.Length),
            from, indicesOnDevice, View(table), b, augmentationKey, View(images), images.Length);
    }

    /// <inheritdoc/>
    public void LoadLabels(Tensor labels, Tensor order, int offset, Tensor destination) => kernels.Run(
        KernelOf(typeof(Loading), nameof(Loading.Labels)), shape.Over(destination.Length),
        View(labels), View(order), order.Length, offset, View(destination), destination.Length);

    /// <inheritdoc/>
    public void LossErrors<L>(Tensor scores, Tensor labels, in L loss, Tensor delta, Tensor metrics)
        where L : unmanaged, ILossRow
    {
        Require(delta, scores.Length);
        Require(scores, (long)labels.Length * scores.Shape.Stride);
        kernels.Run(
            new Kernel(typeof(LossErrors), nameof(Kernels.LossErrors.Rows), Element.Of(scores), Element.Of(delta), typeof(L)),
            shape.Over(labels.Length), View(scores), scores.Shape.Stride, View(labels), loss, View(delta), View(metrics), labels.Length);
    }
}
