namespace Wage.Data;

/// <summary>What is known of a data set of the catalog before its files are read.</summary>
/// <param name="Train">Training images.</param>
/// <param name="Test">Test images.</param>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <param name="Channels">Bytes of a pixel.</param>
/// <param name="Names">The names of its classes.</param>
internal sealed record DatasetFacts(int Train, int Test, int Height, int Width, int Channels, IReadOnlyList<string> Names)
{
    /// <summary>The facts by name, in the order in which the data sets are listed: the one that needs no files first.</summary>
    public static IReadOnlyDictionary<string, DatasetFacts> All { get; } = new OrderedDictionary<string, DatasetFacts>(StringComparer.Ordinal)
    {
        ["digits"] = Gray(20_000, 4_000, ClassNames.Numbers(10)),
        ["mnist"] = Gray(60_000, 10_000, ClassNames.Numbers(10)),
        ["fashion-mnist"] = Gray(60_000, 10_000, ClassNames.FashionMnist),
        ["cifar10"] = new(50_000, 10_000, 32, 32, 3, ClassNames.Cifar10),
        ["cifar100"] = new(50_000, 10_000, 32, 32, 3, ClassNames.Cifar100),
        ["svhn"] = new(73_257, 26_032, 32, 32, 3, ClassNames.Numbers(10)),
        ["qmnist"] = Gray(60_000, 60_000, ClassNames.Numbers(10)),
        ["emnist-letters"] = Gray(124_800, 20_800, ClassNames.Letters),
        ["emnist-balanced"] = Gray(112_800, 18_800, ClassNames.MergedLetters),
        ["emnist-digits"] = Gray(240_000, 40_000, ClassNames.Numbers(10)),
        ["emnist-mnist"] = Gray(60_000, 10_000, ClassNames.Numbers(10)),
        ["emnist-byclass"] = Gray(697_932, 116_323, ClassNames.DigitsAndLetters),
        ["emnist-bymerge"] = Gray(697_932, 116_323, ClassNames.MergedLetters),
    };

    private static DatasetFacts Gray(int train, int test, IReadOnlyList<string> classNames) => new(train, test, 28, 28, 1, classNames);
}
