namespace Wage.Data;

/// <summary>What the images of a data set of one's own become, and how many of them are taken for the test.</summary>
public sealed record DatasetOptions
{
    /// <summary>Rows and columns of an image; null: as they are.</summary>
    public (int Height, int Width)? Size { get; init; }

    /// <summary>What becomes of images with other proportions.</summary>
    public ImageFit Fit { get; init; } = ImageFit.Crop;

    /// <summary>1: gray, 3: color; null: as they are, color where an image is.</summary>
    public int? Channels { get; init; }

    /// <summary>The test images that are taken from a set that has none.</summary>
    public Portion Test { get; init; } = new(20, IsPercent: true);

    /// <summary>The seed by which images are taken; it is not that of a run, so that runs of several seeds see the same images.</summary>
    public ulong SplitSeed { get; init; } = 1;

    /// <summary>The shape that such images get.</summary>
    internal ImagePreparation PreparationOf(int height, int width, int channels) =>
        new(Size?.Height ?? height, Size?.Width ?? width, Channels ?? channels, Fit);
}
