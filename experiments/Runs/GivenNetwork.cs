using Wage.Experiments.Recipes;

namespace Wage.Experiments.Runs;

/// <summary>A network that a command is given to look into: of a recipe, or of a run.</summary>
/// <param name="Recipe">The recipe, that of the run where one is given.</param>
/// <param name="Saved">The run; null: a recipe is given.</param>
internal sealed record GivenNetwork(Recipe Recipe, SavedRun? Saved)
{
    /// <summary>Opens what the target names.</summary>
    /// <param name="target">A recipe, a YAML file, a checkpoint or a run folder.</param>
    /// <param name="settings">Keys of a recipe, "key=value".</param>
    /// <exception cref="WageException">There is no such recipe or run, or keys are given for a run.</exception>
    public static GivenNetwork Open(string target, IReadOnlyCollection<string> settings)
    {
        var saved = SavedRun.IsNamedBy(target) ? SavedRun.Open(target) : null;
        if (saved is not null && settings.Count > 0) throw new WageException("--set: is for recipes; a checkpoint is what it is.");
        return new GivenNetwork(saved?.Recipe ?? RecipeCatalog.Load(target, settings.Select(GivenValue.FromSetting)), saved);
    }

    /// <summary>What the data are: as the run says, or the recipe; own data of a recipe are loaded for it.</summary>
    /// <exception cref="WageException">Own data cannot be read.</exception>
    public DataShape ShapeOfData() => Saved is { } run ? run.Shape
        : Recipe.HasOwnData ? DataShape.Of(DataPlace.Load(Recipe, DataPlace.Of(Recipe, null))) : DataShape.Of(Recipe);
}
