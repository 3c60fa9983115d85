using System.Reflection;

namespace Wage.Experiments.Recipes;

/// <summary>The recipes that come with the console, and those in files, each perhaps the difference from another.</summary>
internal static class RecipeCatalog
{
    /// <summary>The key that names the recipe from which a file differs. It is resolved away: no configuration has it.</summary>
    public const string Extends = "extends";

    private const string Extension = ".yaml";
    private const int MostExtended = 16;

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
    public static Recipe Load(string nameOrPath, IEnumerable<GivenValue> over)
    {
        var (written, top) = (Read(nameOrPath, nameOrPath, []), over.ToList());
        var recipe = Recipe.Resolve(RecipeClaims.Over(written, top));
        recipe.RunName = RecipeClaims.RunName(written, recipe, top);
        return recipe;
    }

    private static bool IsBuiltIn(string name) => Names.Contains(name, StringComparer.Ordinal);

    /// <param name="nameOrPath">The recipe.</param>
    /// <param name="shown">As it was written.</param>
    /// <param name="chain">The recipes that extend it, each with its identity.</param>
    private static IReadOnlyList<GivenValue> Read(string nameOrPath, string shown, IReadOnlyList<(string Identity, string Shown)> chain)
    {
        if (!IsBuiltIn(nameOrPath) && !Path.Exists(nameOrPath)) throw Missing(shown, "recipe");
        var identity = IsBuiltIn(nameOrPath) ? nameOrPath : Path.GetFullPath(nameOrPath);
        IReadOnlyList<(string Identity, string Shown)> all = [.. chain, (identity, shown)];
        if (chain.Any(one => one.Identity == identity))
            throw new WageException(
                $"{chain[0].Shown}: extends itself: {string.Join(" extends ", all.Select(one => one.Shown))}.", "leave one away.");
        if (chain.Count > MostExtended) throw new WageException($"{chain[0].Shown}: extends more than {MostExtended} recipes, one after the other.");
        var given = Given(nameOrPath);
        if (given.FirstOrDefault(one => one.Key == Extends) is not { Key: not null } extended) return given;
        var name = extended.Value.Trim();
        var path = IsBuiltIn(name) || IsBuiltIn(nameOrPath) ? name : Path.Combine(Path.GetDirectoryName(nameOrPath) ?? string.Empty, name);
        return RecipeClaims.Over([.. Basis().Where(one => one.Key != "name")], [.. given.Where(one => one.Key != Extends)]);

        IReadOnlyList<GivenValue> Basis()
        {
            if (!IsBuiltIn(path) && !File.Exists(path)) throw Missing(name, $"{extended.Origin}: {Extends}");
            return Read(path, name, all);
        }
    }

    private static IReadOnlyList<GivenValue> Given(string nameOrPath)
    {
        if (IsBuiltIn(nameOrPath))
            return [new GivenValue("name", nameOrPath, nameOrPath), .. RecipeReader.ReadText(nameOrPath + Extension, Text(nameOrPath))];
        if (Directory.Exists(nameOrPath)) throw new WageException($"{nameOrPath}: is a folder, but a recipe is a file.");
        var name = ValueKind.Name.Canonical(Path.GetFileNameWithoutExtension(nameOrPath)) is { } usable
            ? [new GivenValue("name", usable, nameOrPath)] : Array.Empty<GivenValue>();
        return [.. name, .. RecipeReader.ReadFile(nameOrPath).Select(one => WithPath(one, nameOrPath))];
    }

    /// <summary>A file that a recipe names lies beside it; a configuration, which moves, has the whole path.</summary>
    private static GivenValue WithPath(GivenValue given, string recipe) => given is { Key: "model.initial", Value: { Length: > 0 } path }
        ? given with { Value = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(recipe) ?? string.Empty, path)) } : given;

    private static WageException Missing(string name, string what) => new(
        $"{what} '{OneLine.Quote(name)}': there is neither a built-in recipe nor a file of this name.",
        NearestName.Of(name, Names) is { } nearest ? $"did you mean {nearest}?" : "`wage list` shows the recipes.");

    private static string Text(string name) => EmbeddedText.Find(name + Extension)!;
}
