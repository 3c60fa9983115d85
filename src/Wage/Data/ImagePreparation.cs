namespace Wage.Data;

/// <summary>How an image of another shape becomes one of the network's.</summary>
public enum ImageFit
{
    /// <summary>The greatest rectangle of the network's proportions in the middle of the image.</summary>
    Crop,

    /// <summary>The whole image in the middle of black.</summary>
    Pad,

    /// <summary>The whole image, with other proportions.</summary>
    Stretch,
}

/// <summary>
/// From any image to the pixels that a network takes, in integers alone: the same bytes on every machine. A data set is prepared by it, and so is
/// every
/// file that its network is asked about.
/// </summary>
/// <param name="Height">Rows, at least 1.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Channels">1: gray, 3: red, green, blue; any other number is kept as it is.</param>
/// <param name="Fit">What becomes of other proportions.</param>
public sealed record ImagePreparation(int Height, int Width, int Channels, ImageFit Fit = ImageFit.Crop)
{
    /// <summary>The most rows, columns or channels.</summary>
    internal const int MostSide = 1 << 14;

    /// <summary>True when such images are what they should be.</summary>
    public bool Keeps(int height, int width, int channels) => (height, width, channels) == (Height, Width, Channels);

    /// <summary>
    /// The image in this size. First the channels: gray = (77 R + 150 G + 29 B + 128) >> 8, and color repeats gray. Then a rectangle of it, which
    /// <see cref="Fit"/> chooses, is averaged over areas: with S source and D destination columns in units of 1/(S D) of its width, column i covers
    /// [i S, (i + 1) S) and source column j covers [j D, (j + 1) D); w_ij is what they share, in units that add up to S, and v_ij that of rows. A
    /// byte
    /// is floor((sum v w p + S_y S_x / 2) / (S_y S_x)), one division and no step between.
    /// </summary>
    /// <param name="pixels">height * width * channels bytes, rows of interleaved pixels.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="channels">1 or 3, or as many as here.</param>
    /// <param name="destination">Height * Width * Channels bytes.</param>
    /// <exception cref="WageException">Its channels cannot become these.</exception>
    public void Apply(ReadOnlySpan<byte> pixels, int height, int width, int channels, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, (long)height * width * channels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, (long)Height * Width * Channels);
        var source = WithChannels(pixels, channels);
        if (Keeps(height, width, Channels))
        {
            source.CopyTo(destination);
            return;
        }

        var (y, x, rows, columns) = Fit == ImageFit.Crop ? Middle(height, width, Height, Width) : (0, 0, height, width);
        var (top, left, high, wide) = Fit == ImageFit.Pad ? Middle(Height, Width, height, width) : (0, 0, Height, Width);
        if (Fit == ImageFit.Pad) destination.Clear();
        var (across, down) = (new AreaWeights(columns, wide), new AreaWeights(rows, high));
        for (var i = 0; i < high; i++)
        {
            for (var j = 0; j < wide; j++)
            {
                for (var c = 0; c < Channels; c++)
                {
                    var sum = 0L;
                    for (var r = down.First(i); r <= down.Last(i); r++)
                    {
                        var row = 0L;
                        for (var s = across.First(j); s <= across.Last(j); s++)
                            row += across.Shared(j, s) * (long)source[((((y + r) * width) + x + s) * Channels) + c];
                        sum += row * down.Shared(i, r);
                    }

                    var area = (long)rows * columns;
                    destination[((((top + i) * Width) + left + j) * Channels) + c] = (byte)((sum + (area / 2)) / area);
                }
            }
        }
    }

    /// <summary>All images of a set in this size; this very set when it has it.</summary>
    /// <exception cref="WageException">Its channels cannot become these, or the pixels exceed 1 GiB.</exception>
    public ImageSet Apply(ImageSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (Keeps(set.Height, set.Width, set.Channels)) return set;
        var (from, to) = (set.Height * set.Width * set.Channels, Height * Width * Channels);
        DataFile.RequireSize("data", set.Count, Height, Width, Channels);
        _ = WithChannels(default, set.Channels);
        var pixels = new byte[set.Count * to];
        Parallel.For(0, set.Count, i =>
            Apply(set.Pixels.AsSpan(i * from, from), set.Height, set.Width, set.Channels, pixels.AsSpan(i * to, to)));
        return new ImageSet(pixels, set.Labels, Height, Width, Channels);
    }

    /// <summary>The greatest rectangle of the proportions height : width in the middle of another.</summary>
    private static (int Y, int X, int Rows, int Columns) Middle(int ofHeight, int ofWidth, int height, int width)
    {
        var columns = (int)Math.Clamp((long)ofHeight * width / height, 1, ofWidth);
        var rows = (int)Math.Clamp((long)ofWidth * height / width, 1, ofHeight);
        return ((ofHeight - rows) / 2, (ofWidth - columns) / 2, rows, columns);
    }

    private ReadOnlySpan<byte> WithChannels(ReadOnlySpan<byte> pixels, int channels)
    {
        if (channels == Channels) return pixels;
        if ((channels, Channels) is not ((1, 3) or (3, 1)))
            throw new WageException($"image: has {channels} bytes a pixel, which cannot become {Channels}; gray has 1 and color 3.");
        var changed = new byte[pixels.Length / channels * Channels];
        for (var p = 0; p < pixels.Length / channels; p++)
        {
            if (channels == 1) changed.AsSpan(3 * p, 3).Fill(pixels[p]);
            else changed[p] = (byte)(((77 * pixels[3 * p]) + (150 * pixels[(3 * p) + 1]) + (29 * pixels[(3 * p) + 2]) + 128) >> 8);
        }

        return changed;
    }

    /// <summary>How much of a destination's place each source place covers, along one axis.</summary>
    private readonly record struct AreaWeights(int Source, int Destination)
    {
        public int First(int i) => (int)((long)i * Source / Destination);

        public int Last(int i) => (int)((((long)(i + 1) * Source) - 1) / Destination);

        public long Shared(int i, int j) =>
            Math.Min((long)(i + 1) * Source, (long)(j + 1) * Destination) - Math.Max((long)i * Source, (long)j * Destination);
    }
}
