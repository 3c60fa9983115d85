using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Training;

/// <summary>A split of a data set in the backend's memory, from which batches are gathered.</summary>
public sealed class ImageSource : IImageSource
{
    private readonly Network network;
    private readonly IBackend backend;
    private readonly OwnedTensors tensors;
    private readonly Tensor pixels;
    private readonly Tensor labels;
    private readonly Tensor table;
    private readonly Tensor order;

    /// <summary>Brings the images, the labels and the table of A^0 where this network reads them.</summary>
    /// <exception cref="WageException">There are more images than the loss's metrics are proved to add up, or a label has no score.</exception>
    public ImageSource(Network network, ImageSet set)
    {
        Require(set, network.Classes);
        (this.network, backend, Count) = (network, network.Backend, set.Count);
        tensors = new OwnedTensors(backend);
        try
        {
            pixels = tensors.Add(backend.TakeImages(set.Pixels, new Shape(set.Count, set.Height, set.Width, set.Channels)));
            labels = tensors.Allocate(ElementType.UInt8, new Shape(set.Count));
            table = tensors.Allocate(ElementType.Int8, new Shape(256));
            order = tensors.Allocate(ElementType.Int32, new Shape(set.Count));
            backend.Upload<byte>(set.Labels, labels);
            backend.Upload<sbyte>(PixelTable.Create(network.Scheme.A.Range.FractionBits + 1, network.Input), table);
            SetOrder(EpochOrder.Create(0, 0, set.Count, shuffle: false));
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public void SetOrder(int[] permutation)
    {
        ObjectDisposedException.ThrowIf(tensors.IsDisposed, this);
        backend.Upload<int>(permutation, order);
    }

    /// <inheritdoc/>
    public void Load(int offset, in Augmentation augmentation, in RandomKey key)
    {
        ObjectDisposedException.ThrowIf(tensors.IsDisposed, this);
        backend.LoadImages(pixels, order, offset, table, augmentation, key, network.Alive(network.Images));
        backend.LoadLabels(labels, order, offset, network.Labels);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (backend.Turn) tensors.Dispose();
    }

    /// <summary>Refuses more images than a loss adds up, and a label without a score: on a device it would be read from beyond its row.</summary>
    /// <exception cref="WageException">There is one, or there are more.</exception>
    internal static void Require(ImageSet set, int classes)
    {
        if (set.Count > Loss.MostSamples)
            throw new WageException(
                $"images: there are {set.Count}; the loss is summed over at most {Loss.MostSamples} without leaving 64 bits.", "take fewer.");
        var wrong = Array.FindIndex(set.Labels, label => label >= classes);
        if (wrong >= 0)
            throw new WageException(
                $"images: number {wrong} has the label {set.Labels[wrong]}, but the network gives {classes} scores, for labels from 0 to " +
                $"{classes - 1}.",
                "take a network with a score for every class.");
    }
}
