namespace Wage.Data;

/// <summary>A data set: training and test images of one size, and the number of classes. Every label is below it.</summary>
/// <param name="Name">Its name in <see cref="DatasetCatalog"/>.</param>
/// <param name="Train">The training images.</param>
/// <param name="Test">The test images, of the same height, width and channels.</param>
/// <param name="Classes">The number of classes, 2..256.</param>
public sealed record Dataset(string Name, ImageSet Train, ImageSet Test, int Classes)
{
    /// <summary>The training images.</summary>
    /// <exception cref="WageException">A label reaches the number of classes.</exception>
    public ImageSet Train { get; init => field = Checked(Name, "training", value, Classes); }
        = Checked(Name, "training", Train, Classes);

    /// <summary>The test images, of the same height, width and channels as the training images.</summary>
    /// <exception cref="WageException">A label reaches the number of classes, or the images have another size.</exception>
    public ImageSet Test { get; init => field = SameSize(Name, Train, Checked(Name, "test", value, Classes)); }
        = SameSize(Name, Train, Checked(Name, "test", Test, Classes));

    private static ImageSet Checked(string name, string split, ImageSet set, int classes)
    {
        if (classes is < 2 or > 256) throw new WageException($"{name}: is declared with {classes} classes, but must have from 2 to 256.");
        if (set.Count == 0) throw new WageException($"{name}: has no {split} images, but needs at least 1.");
        for (var i = 0; i < set.Count; i++)
        {
            if (set.Labels[i] >= classes)
                throw new WageException($"{name}: {split} image {i} has the label {set.Labels[i]}, but labels must be below {classes}.");
        }

        return set;
    }

    private static ImageSet SameSize(string name, ImageSet train, ImageSet test)
    {
        if ((train.Height, train.Width, train.Channels) == (test.Height, test.Width, test.Channels)) return test;
        throw new WageException(
            $"{name}: training images are [{train.Height},{train.Width},{train.Channels}] but test images are " +
            $"[{test.Height},{test.Width},{test.Channels}]; both must have one size.");
    }
}
