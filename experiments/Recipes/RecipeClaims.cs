using System.Security.Cryptography;
using System.Text;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Recipes;

/// <summary>
/// What a recipe promises (published, expected, duration) holds for the recipe as it is written. Values on top, of the command line or of a recipe
/// that extends it, take the promise away where they change what is computed, and give the run's folder a name of its own.
/// </summary>
internal static class RecipeClaims
{
    private const int MostNamed = 2;
    private const int LongestValue = 16;
    private static readonly string[] Claims = ["published", "expected", "duration"];

    /// <summary>What a recipe gives, with other values on top, without the claims that do not hold any more.</summary>
    public static IReadOnlyList<GivenValue> Over(IReadOnlyList<GivenValue> recipe, IReadOnlyList<GivenValue> over)
    {
        var all = Recipe.Over(recipe, over).ToList();
        var hasClaims = recipe.Any(one => Claims.Contains(one.Key, StringComparer.Ordinal));
        if (!hasClaims || over.Count == 0 || !Changes(recipe, all).Any()) return all;
        return [.. Recipe.Over([.. recipe.Where(one => !Claims.Contains(one.Key, StringComparer.Ordinal))], over)];
    }

    /// <summary>
    /// The name of the run's folder: the recipe's, with the keys that were set on top and their values, or eight digits of them all where they are
    /// many. The seed has a place of its own there, and the epochs may change later.
    /// </summary>
    public static string RunName(IReadOnlyList<GivenValue> recipe, Recipe resolved, IReadOnlyList<GivenValue> over)
    {
        if (over.Any(one => one.Key == "name")) return resolved.Name;
        var keys = Changes(recipe, Recipe.Over(recipe, over)).Where(key => key != "training.epochs").ToList();
        if (keys.Count == 0) return resolved.Name;
        var isShort = keys.Count <= MostNamed && keys.TrueForAll(key => IsPlain(resolved[key]));
        var named = keys.Select(key => $"{RunNames.Word(key)}-{resolved[key]}");
        return $"{resolved.Name}-{(isShort ? string.Join("-", named) : Digest(keys, resolved))}";
    }

    /// <summary>The keys that change what is computed, but for the seed: a claim is one of any seed.</summary>
    private static IEnumerable<string> Changes(IReadOnlyList<GivenValue> recipe, IEnumerable<GivenValue> all)
    {
        Recipe written, changed;
        try
        {
            (written, changed) = (Recipe.Resolve(recipe), Recipe.Resolve(all));
        }
        catch (WageException)
        {
            return ["all"];
        }

        return written.Differences(changed).Where(key => key != "training.seed" && !RunNames.IsDescription(key));
    }

    private static bool IsPlain(string value) => value.Length is > 0 and <= LongestValue && value.All(c => char.IsAsciiLetterOrDigit(c) || c == '.');

    private static string Digest(IEnumerable<string> keys, Recipe recipe) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', keys.Select(key => $"{key}={recipe[key]}")))))[..8];
}
