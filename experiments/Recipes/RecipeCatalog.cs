using System.Reflection;

namespace Wage.Experiments.Recipes;

/// <summary>The recipes that come with the console, and those in files.</summary>
internal static class RecipeCatalog
{
    private const string Extension = ".yaml";

    /// <summary>The quick start.</summary>
    public const string Default = "digits";

    /// <summary>The built-in names, the quick start first, then in ordinal order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.EndsWith(Extension, StringComparison.Ordinal)).Select(name => name[..^Extension.Length])
            .OrderBy(name => name == Default ? 0 : 1).ThenBy(name => name, StringComparer.Ordinal),
    ];

    /// <summary>A built-in recipe, or the one in this file, with other values on top.</summary>
    /// <exception cref="WageException">There is neither a recipe nor a file of this name, or it cannot be resolved.</exception>
    public static Recipe Load(string nameOrPath, IEnumerable<GivenValue> over) =>
        Recipe.Resolve(Recipe.Over([.. Read(nameOrPath)], [.. over]));

    private static IEnumerable<GivenValue> Read(string nameOrPath)
    {
        if (Names.Contains(nameOrPath, StringComparer.Ordinal))
            return [new GivenValue("name", nameOrPath, nameOrPath), .. RecipeReader.ReadText(nameOrPath + Extension, Text(nameOrPath))];
        if (Directory.Exists(nameOrPath)) throw new WageException($"{nameOrPath}: is a folder, but a recipe is a file.");
        if (File.Exists(nameOrPath))
        {
            var stem = Path.GetFileNameWithoutExtension(nameOrPath);
            var name = ValueKind.Name.Canonical(stem) is { } usable
                ? [new GivenValue("name", usable, nameOrPath)] : Array.Empty<GivenValue>();
            return [.. name, .. RecipeReader.ReadFile(nameOrPath)];
        }

        var nearest = NearestName.Of(nameOrPath, Names);
        throw new WageException(
            $"recipe '{OneLine.Quote(nameOrPath)}': there is neither a built-in recipe nor a file of this name.",
            nearest is null ? "`wage list` shows the recipes." : $"did you mean {nearest}?");
    }

    private static string Text(string name) => EmbeddedText.Find(name + Extension)!;
}
