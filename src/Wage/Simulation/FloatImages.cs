using Wage.Data;
using Wage.Numbers;
using Wage.Training;

namespace Wage.Simulation;

/// <summary>
/// Images in host memory for a float32 network. A pixel p is p / 127.5 - 1 or p / 255, as <see cref="InputRange"/> says, rounded once; what lies
/// outside an image is 0, as in the integer domain.
/// </summary>
internal sealed class FloatImages : IImageSource
{
    private readonly ImageSet set;
    private readonly FloatTensor images;
    private readonly int[] labels;
    private readonly float[] table = new float[256];
    private int[] order;
    private bool disposed;

    /// <summary>Batches go into images [N,H,W,C] and labels [N].</summary>
    public FloatImages(ImageSet set, int classes, InputRange range, FloatTensor images, int[] labels)
    {
        ImageSource.Require(set, classes);
        (this.set, this.images, this.labels) = (set, images, labels);
        for (var p = 0; p < table.Length; p++) table[p] = Value(range, p);
        order = EpochOrder.Create(0, 0, set.Count, shuffle: false);
    }

    /// <summary>What a pixel means.</summary>
    public static float Value(InputRange range, int pixel) => (range == InputRange.Symmetric ? (2 * pixel) - 255 : pixel) / 255f;

    /// <inheritdoc/>
    public int Count => set.Count;

    /// <inheritdoc/>
    public void SetOrder(int[] permutation) => order = permutation;

    /// <inheritdoc/>
    public void Load(int offset, in Augmentation augmentation, in RandomKey key)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var stride = images.Shape.Stride;
        for (var n = 0; n < labels.Length; n++)
        {
            var to = images.Span.Slice(n * stride, stride);
            to.Clear();
            labels[n] = -1;
            if (offset + n >= order.Length) continue;
            labels[n] = set.Labels[order[offset + n]];
            Load(set.Pixels.AsSpan(order[offset + n] * stride, stride), augmentation.Draw(key, (ulong)(offset + n)), to);
        }
    }

    /// <summary>Host memory goes when nothing refers to it.</summary>
    public void Dispose() => disposed = true;

    private void Load(ReadOnlySpan<byte> from, (int Dy, int Dx, bool Flip) at, Span<float> to)
    {
        var (height, width, channels) = (set.Height, set.Width, set.Channels);
        for (var y = Math.Max(0, -at.Dy); y < Math.Min(height, height - at.Dy); y++)
        {
            for (var x = 0; x < width; x++)
            {
                var column = (at.Flip ? width - 1 - x : x) + at.Dx;
                if (column < 0 || column >= width) continue;
                var (source, target) = ((((y + at.Dy) * width) + column) * channels, ((y * width) + x) * channels);
                for (var c = 0; c < channels; c++) to[target + c] = table[from[source + c]];
            }
        }
    }
}
