namespace Wage.Data;

/// <summary>A data set: training and test images of one size, and the number of classes. Every label is below it.</summary>
/// <param name="Name">Its name in <see cref="DatasetCatalog"/>, or where it was read.</param>
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
    public ImageSet Test { get; init => field = SameSize(Name, Train, "test", Checked(Name, "test", value, Classes)); }
        = SameSize(Name, Train, "test", Checked(Name, "test", Test, Classes));

    /// <summary>
    /// What an epoch's weights are chosen by, where there are such images: then the test images are only read at the end. Null: the test images.
    /// </summary>
    /// <exception cref="WageException">A label reaches the number of classes, or the images have another size.</exception>
    public ImageSet? Validation
    {
        get;
        init => field = value is null ? null : SameSize(Name, Train, "validation", Checked(Name, "validation", value, Classes));
    }

    /// <summary>What the classes are called, in the order of the labels; without names: "0", "1", ...</summary>
    /// <exception cref="WageException">They are not as many as the classes, or one is no name.</exception>
    public IReadOnlyList<string> ClassNames
    {
        get => field ?? Data.ClassNames.Numbers(Classes);
        init => field = Data.ClassNames.Require(Name, value, Classes);
    }

    /// <summary>How other images become such as these.</summary>
    public ImagePreparation Preparation { get => field ?? new(Train.Height, Train.Width, Train.Channels); init; }

    /// <summary>What remains of the data in a checkpoint.</summary>
    public DatasetDescription Description => new(Preparation, ClassNames);

    /// <summary>The same with every image in another size or with other channels; this very set when all have them.</summary>
    /// <exception cref="WageException">The channels cannot become these, or the pixels exceed 1 GiB.</exception>
    public Dataset Prepared(ImagePreparation preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        if (preparation.Keeps(Train.Height, Train.Width, Train.Channels) && preparation == Preparation) return this;
        return new Dataset(Name, preparation.Apply(Train), preparation.Apply(Test), Classes)
        {
            Validation = Validation is null ? null : preparation.Apply(Validation),
            ClassNames = ClassNames,
            Preparation = preparation,
        };
    }

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

    private static ImageSet SameSize(string name, ImageSet train, string split, ImageSet set)
    {
        if ((train.Height, train.Width, train.Channels) == (set.Height, set.Width, set.Channels)) return set;
        throw new WageException(
            $"{name}: training images are [{train.Height},{train.Width},{train.Channels}] but {split} images are " +
            $"[{set.Height},{set.Width},{set.Channels}]; both must have one size.");
    }
}

/// <summary>What a predictor needs of the data that its network was trained on: how a file becomes an image of the network, and what its classes are
/// called.</summary>
/// <param name="Preparation">From any image to the network's pixels.</param>
/// <param name="ClassNames">In the order of the labels, 2 to 256.</param>
public sealed record DatasetDescription(ImagePreparation Preparation, IReadOnlyList<string> ClassNames)
{
    /// <inheritdoc/>
    public bool Equals(DatasetDescription? other) =>
        other is not null && Preparation == other.Preparation && ClassNames.SequenceEqual(other.ClassNames);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Preparation, ClassNames.Count);
}
