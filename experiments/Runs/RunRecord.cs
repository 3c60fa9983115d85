using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Wage.Experiments.Recipes;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>What a run folder holds, read to be shown: nothing is changed there.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Recipe">The configuration.</param>
/// <param name="Last">The checkpoint `last`.</param>
/// <param name="Rows">The finished epochs.</param>
/// <param name="Summary">summary.json; empty when there is none or it is damaged.</param>
internal sealed partial record RunRecord(RunFolder Folder, Recipe Recipe, Checkpoint Last, IReadOnlyList<EpochRow> Rows, JsonObject Summary)
{
    private const long MostSummaryBytes = 1 << 20;

    /// <summary>The folder's own name, without the path to it.</summary>
    public string FolderName => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder.Path)));

    /// <summary>The epoch of the smallest error on the images that choose it, the first of equal ones; null before the first.</summary>
    public EpochRow? Best => Rows.MinBy(row => row.ChooserError);

    /// <summary>True when all epochs are done, or so many that the recipe's patience is over.</summary>
    public bool IsAtItsEnd => Best is { } best && (Rows.Count >= Recipe.Epochs || HasStopped(best));

    /// <summary>True when the recipe's patience ended the run before its last epoch.</summary>
    public bool HasStoppedEarly => Best is { } best && Rows.Count < Recipe.Epochs && HasStopped(best);

    /// <summary>The published test error in percent, when the recipe's `published` opens with one.</summary>
    public double? PublishedPercent =>
        Percentage().Match(Recipe["published"]) is { Success: true } match ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : null;

    /// <summary>Training steps of an epoch; null in an older checkpoint before one is done.</summary>
    public long? StepsPerEpoch => StepsOf(Last, Recipe);

    /// <summary>The same of a checkpoint. Older ones only counted the images that have a label.</summary>
    public static long? StepsOf(Checkpoint checkpoint, Recipe recipe) => checkpoint.StepsPerEpoch ?? checkpoint.Last?.Train.Counted / recipe.Batch;

    /// <summary>Reads a run folder.</summary>
    /// <exception cref="WageException">It holds no run, or a file of it is missing or damaged.</exception>
    public static RunRecord Open(string path)
    {
        var folder = new RunFolder(path);
        if (!folder.HoldsRun) throw new WageException($"{OneLine.Of(path)}: holds no run.", "give the folder that `wage train` names at its end.");
        var last = Checkpoint.Read(folder.LastPath);
        var recipe = File.Exists(folder.ConfigPath) ? folder.ReadConfig()
            : Recipe.Resolve(RecipeReader.ReadText($"{folder.LastPath} (config)", last.Config));
        var rows = new EpochLog(folder.MetricsPath, recipe).Read(last.Epoch, last.Last, last.Best);
        return new RunRecord(folder, recipe, last, rows, SmallJson.Read(folder.SummaryPath, MostSummaryBytes) ?? []);
    }

    private bool HasStopped(EpochRow best) => Recipe.Patience > 0 && Rows[^1].Epoch - best.Epoch >= Recipe.Patience;

    [GeneratedRegex(@"^([0-9]+(\.[0-9]+)?) ?%")]
    private static partial Regex Percentage();
}
