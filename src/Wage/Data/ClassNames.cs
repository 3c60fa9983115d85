using System.Globalization;

namespace Wage.Data;

/// <summary>What the classes of the known data sets are called, in the order of their labels.</summary>
public static class ClassNames
{
    /// <summary>The most characters of a name.</summary>
    internal const int Longest = 80;

    private const string Capitals = "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z";

    /// <summary>Fashion-MNIST's. Xiao, Rasul and Vollgraf 2017, table 2.</summary>
    public static IReadOnlyList<string> FashionMnist { get; } =
        ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

    /// <summary>CIFAR-10's: its batches.meta.txt.</summary>
    public static IReadOnlyList<string> Cifar10 { get; } =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>CIFAR-100's fine classes: its fine_label_names.txt.</summary>
    public static IReadOnlyList<string> Cifar100 { get; } = Words(
        """
        apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle caterpillar cattle chair
        chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
        lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear
        pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail
        snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
        willow_tree wolf woman worm
        """);

    /// <summary>EMNIST letters: both cases of a letter are one class.</summary>
    public static IReadOnlyList<string> Letters { get; } = Words(Capitals);

    /// <summary>EMNIST's 62 classes: digits, capitals, small letters.</summary>
    public static IReadOnlyList<string> DigitsAndLetters { get; } = [.. Numbers(10), .. Letters, .. Words(Capitals.ToLowerInvariant())];

    /// <summary>EMNIST's 47 classes: small letters that look like their capitals are one class with them. Cohen et al. 2017, section II.</summary>
    public static IReadOnlyList<string> MergedLetters { get; } = [.. Numbers(10), .. Letters, .. Words("a b d e f g h n q r t")];

    /// <summary>"0", "1", ...: of digits, and where classes have no names.</summary>
    public static IReadOnlyList<string> Numbers(int classes) =>
        [.. Enumerable.Range(0, classes).Select(label => label.ToString(CultureInfo.InvariantCulture))];

    /// <summary>The names if they are as many as the classes, each one line, none empty or longer than 80 characters.</summary>
    /// <exception cref="WageException">They are not; <paramref name="owner"/> is named.</exception>
    internal static IReadOnlyList<string> Require(string owner, IReadOnlyList<string> names, int classes)
    {
        if (names.Count != classes) throw new WageException($"{owner}: has {names.Count} class names for {classes} classes.");
        if (names.FirstOrDefault(name => name.Length is 0 or > Longest || !OneLine.IsOne(name)) is { } wrong)
            throw new WageException($"{owner}: a class has the name '{OneLine.Quote(wrong)}', but names are one line of 1 to {Longest} characters.");
        return names;
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
