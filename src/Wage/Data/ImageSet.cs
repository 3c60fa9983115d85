namespace Wage.Data;

/// <summary>Labelled images in host memory: pixels [Count, Height, Width, Channels] as unsigned bytes and one label per image.</summary>
public sealed class ImageSet
{
    /// <summary>Takes the arrays as they are, without a copy; nobody may change them afterwards.</summary>
    /// <param name="pixels">Count * height * width * channels bytes: images, rows, columns, channels (NHWC).</param>
    /// <param name="labels">One class per image; its length is the number of images.</param>
    /// <param name="height">Rows of an image, at least 1.</param>
    /// <param name="width">Columns of an image, at least 1.</param>
    /// <param name="channels">Bytes of a pixel, at least 1.</param>
    /// <exception cref="ArgumentException">An extent is less than 1, or there are more or fewer pixels than these extents have.</exception>
    public ImageSet(byte[] pixels, byte[] labels, int height, int width, int channels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        var expected = (Int128)labels.Length * height * width * channels;
        if (pixels.Length != expected)
        {
            throw new ArgumentException(
                $"image set: {pixels.Length} pixel bytes, but {labels.Length} images of [{height},{width},{channels}] have {expected}",
                nameof(pixels));
        }

        (Pixels, Labels, Height, Width, Channels) = (pixels, labels, height, width, channels);
    }

    /// <summary>The same from memory of any kind, which is copied.</summary>
    /// <exception cref="ArgumentException">An extent is less than 1, or there are more or fewer pixels than these extents have.</exception>
    public static ImageSet Copy(ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> labels, int height, int width, int channels) =>
        new(pixels.ToArray(), labels.ToArray(), height, width, channels);

    /// <summary>Count * Height * Width * Channels bytes, NHWC.</summary>
    public byte[] Pixels { get; }

    /// <summary>The class of each image.</summary>
    public byte[] Labels { get; }

    /// <summary>The number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>Rows of an image.</summary>
    public int Height { get; }

    /// <summary>Columns of an image.</summary>
    public int Width { get; }

    /// <summary>Bytes of a pixel: 1 for gray, 3 for red, green, blue.</summary>
    public int Channels { get; }

    /// <summary>The first <paramref name="count"/> images; this very set when that is all of them.</summary>
    /// <exception cref="WageException">The set has fewer images, or the count is less than 1.</exception>
    public ImageSet Take(int count)
    {
        if (count < 1 || count > Count)
            throw new WageException($"images: {count} asked for, but the set has {Count}; the number must be from 1 to {Count}.");
        return count == Count ? this : Part(0, count);
    }

    /// <summary>The images from <paramref name="first"/> on, a copy.</summary>
    internal ImageSet Part(int first, int count)
    {
        var size = Height * Width * Channels;
        return new ImageSet(Pixels[(first * size)..((first + count) * size)], Labels[first..(first + count)], Height, Width, Channels);
    }

    /// <summary>The images whose index is chosen, in their order.</summary>
    public ImageSet Select(Func<int, bool> isChosen)
    {
        ArgumentNullException.ThrowIfNull(isChosen);
        int[] chosen = [.. Enumerable.Range(0, Count).Where(isChosen)];
        var size = Height * Width * Channels;
        var (pixels, labels) = (new byte[chosen.Length * size], new byte[chosen.Length]);
        for (var i = 0; i < chosen.Length; i++)
        {
            Pixels.AsSpan(chosen[i] * size, size).CopyTo(pixels.AsSpan(i * size));
            labels[i] = Labels[chosen[i]];
        }

        return new ImageSet(pixels, labels, Height, Width, Channels);
    }

    /// <summary>Rows as columns.</summary>
    public ImageSet Transposed()
    {
        var pixels = new byte[Pixels.Length];
        var at = 0;
        for (var image = 0; image < Count; image++)
        {
            for (var x = 0; x < Width; x++)
            {
                for (var y = 0; y < Height; y++)
                {
                    Pixels.AsSpan(((((image * Height) + y) * Width) + x) * Channels, Channels).CopyTo(pixels.AsSpan(at));
                    at += Channels;
                }
            }
        }

        return new ImageSet(pixels, Labels, Width, Height, Channels);
    }
}
