using Wage.Data;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Models;

/// <summary>What answers images with scores: value = score * 2^-FractionBits. Any number of threads may ask at once.</summary>
internal interface IScores : IDisposable
{
    /// <summary>[1,H,W,C].</summary>
    Shape Image { get; }

    /// <summary>Scores of an image.</summary>
    int Classes { get; }

    /// <summary>The unit of the scores.</summary>
    int FractionBits { get; }

    /// <summary>The scores of each image, [count,classes], of pixels [count,H,W,C].</summary>
    /// <exception cref="WageException">There are more or fewer pixels than so many images have.</exception>
    long[] Scores(ReadOnlySpan<byte> pixels, int count);
}

/// <summary>A network that answers itself, as its evaluations do; it is disposed with this where it is owned.</summary>
internal sealed class NetworkScores(ITrainable network, bool owns) : IScores
{
    /// <inheritdoc/>
    public Shape Image { get; } = network.ImageShape.OfBatch(1);

    /// <inheritdoc/>
    public int Classes => network.Classes;

    /// <inheritdoc/>
    public int FractionBits => network.ScoreFractionBits;

    /// <inheritdoc/>
    public long[] Scores(ReadOnlySpan<byte> pixels, int count)
    {
        if (count < 0 || pixels.Length != (long)count * Image.Length)
            throw new WageException($"pixels: {pixels.Length} were given, but {count} images of {Image} have {(long)count * Image.Length}.");
        var scores = new long[count * Classes];
        if (count == 0) return scores;
        var images = new ImageSet(pixels.ToArray(), new byte[count], Image[1], Image[2], Image[3]);
        lock (network.Backend.Turn)
        {
            network.Prepare();
            using var source = network.Take(images);
            for (var (first, batch) = (0, network.ImageShape[0]); first < count; first += batch)
            {
                source.Load(first, Augmentation.None, default);
                network.ReadScores(scores.AsSpan(first * Classes, Math.Min(batch, count - first) * Classes));
            }
        }

        return scores;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (owns) network.Dispose();
    }
}
