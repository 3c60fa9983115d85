using System.Text.RegularExpressions;

namespace Wage.Experiments.Runs;

/// <summary>Which runs a list shows, and in what order.</summary>
/// <param name="Recipe">A name in which '*' stands for any letters, or null.</param>
/// <param name="State">A state's name, or null.</param>
/// <param name="Tags">Tags that a run must have, all of them.</param>
/// <param name="Sort">One of <see cref="RunIndex.Orders"/>.</param>
/// <param name="Reverse">The other way round.</param>
internal sealed record RunFilter(string? Recipe, string? State, IReadOnlyList<string> Tags, string Sort, bool Reverse)
{
    /// <summary>The states' names.</summary>
    public static IReadOnlyList<string> States { get; } = [.. Enum.GetNames<RunState>().Select(name => name.ToLowerInvariant())];

    /// <summary>The runs that pass, sorted.</summary>
    /// <exception cref="WageException">There is no such state or order.</exception>
    public IReadOnlyList<RunCard> Of(IEnumerable<RunCard> runs)
    {
        Require("--sort", Sort, RunIndex.Orders);
        if (State is not null) Require("--state", State, States);
        var recipe = Recipe is null ? null : $"^{Regex.Escape(Recipe).Replace("\\*", ".*", StringComparison.Ordinal)}$";
        var passing = runs.Where(run =>
            (recipe is null || (run.Recipe is { } name && Regex.IsMatch(name, recipe, RegexOptions.None, TimeSpan.FromSeconds(1))))
            && (State is null || run.State.ToString().Equals(State, StringComparison.OrdinalIgnoreCase))
            && Tags.All(tag => run.Notes.Tags.Contains(tag, StringComparer.Ordinal)));
        var sorted = RunIndex.Sorted(passing, Sort);
        return [.. Reverse ? sorted.Reverse() : sorted];
    }

    private static void Require(string option, string value, IReadOnlyList<string> known)
    {
        if (known.Contains(value, StringComparer.Ordinal)) return;
        var nearest = NearestName.Of(value, known);
        throw new WageException(
            $"{option}: is '{OneLine.Quote(value)}', but must be one of {string.Join(", ", known)}.", nearest is null
                ? null : $"did you mean {nearest}?");
    }
}
