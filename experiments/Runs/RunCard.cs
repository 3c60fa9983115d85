using System.Text.Json.Nodes;
using Wage.Experiments.Recipes;

namespace Wage.Experiments.Runs;

/// <summary>
/// A run folder as lists show it. Every value that the folder does not tell is null; errors are fractions. Those of epochs are of the test images,
/// or of the
/// validation images where the run has such.
/// </summary>
internal sealed record RunCard(
    RunFolder Folder, RunState State, string? Recipe, string? Seed, int? Epochs, int? EpochsDone, double? BestTestError, int? BestEpoch,
    double? LastTestError, double? ImagesPerSecond, string? WeightsSha256, string? Started, string? Commit, bool? Dirty, RunNotes Notes)
{
    /// <summary>True where the errors of epochs are of validation images.</summary>
    public bool OnValidation { get; init; }

    /// <summary>The fraction of the test images that the best epoch's weights miss; only where validation chose it.</summary>
    public double? TestError { get; init; }

    private const int LongestText = 200;
    private const double MostSpeed = 1e12;

    /// <summary>The card of a folder that holds a run.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isHeld">Whether this very command holds it, and nobody trains in it.</param>
    public static RunCard Of(RunFolder folder, bool isHeld = false)
    {
        var summary = SmallJson.Read(folder.SummaryPath);
        var first = RunEnvironment.Read(folder.EnvironmentPath).Processes.FirstOrDefault();
        var onValidation = summary?["bestValidationError"] is not null;
        var error = onValidation ? "ValidationError" : "TestError";
        var card = new RunCard(
            folder, StateOf(SmallJson.Text(summary, "state"), !isHeld && folder.IsHeld), Line(summary, "recipe"), SeedOf(summary),
                SmallJson.Whole(summary, "epochs"),
            SmallJson.Whole(summary, "epochsDone"), SmallJson.Number(summary, $"best{error}", 0, 1), SmallJson.Whole(summary, "bestEpoch"),
            SmallJson.Number(summary, $"last{error}", 0, 1), SmallJson.Number(summary, "imagesPerSecond", 0, MostSpeed),
            Line(summary, "weightsSha256"),
            Line(first, "started"), Line(first, "commit"), Flag(first, "dirty"), RunNotes.Read(folder.NotesPath))
        {
            OnValidation = onValidation,
            TestError = SmallJson.Number(summary, "testError", 0, 1),
        };
        var isUnreadable = summary is null && card.State == RunState.Interrupted && Path.Exists(folder.SummaryPath);
        return isUnreadable ? card with { State = RunState.Unreadable } : card;
    }

    /// <summary>The run's configuration, or null where it cannot be read.</summary>
    public Recipe? Configuration()
    {
        try
        {
            return Folder.ReadConfig();
        }
        catch (WageException)
        {
            return null;
        }
    }

    /// <summary>One object of `wage runs --json`.</summary>
    public JsonObject ToJson() => new()
    {
        ["folder"] = Folder.Path,
        ["state"] = State.ToString().ToLowerInvariant(),
        ["recipe"] = Recipe,
        ["seed"] = Seed,
        ["epochs"] = Epochs,
        ["epochsDone"] = EpochsDone,
        [OnValidation ? "bestValidationError" : "bestTestError"] = BestTestError,
        ["bestEpoch"] = BestEpoch,
        [OnValidation ? "lastValidationError" : "lastTestError"] = LastTestError,
        ["testError"] = TestError,
        ["imagesPerSecond"] = ImagesPerSecond,
        ["weightsSha256"] = WeightsSha256,
        ["started"] = Started,
        ["commit"] = Commit,
        ["dirty"] = Dirty,
        ["tags"] = new JsonArray([.. Notes.Tags.Select(tag => JsonValue.Create(tag))]),
        ["note"] = Notes.Shown,
    };

    /// <summary>What the file says, except that a run that nobody works on does not run: its process was killed.</summary>
    private static RunState StateOf(string? state, bool isRunning)
    {
        if (isRunning) return RunState.Running;
        return Enum.TryParse<RunState>(state, ignoreCase: true, out var known) && known is RunState.Finished or RunState.Failed
            ? known : RunState.Interrupted;
    }

    /// <summary>A text of strangers, fit for a cell of a table.</summary>
    private static string? Line(JsonNode? node, string name) => SmallJson.Text(node, name) is { } text ? OneLine.Cut(text, LongestText) : null;

    private static string? SeedOf(JsonObject? summary) =>
        summary?["seed"] is JsonValue value && value.TryGetValue<ulong>(out var seed)
            ? seed.ToString(System.Globalization.CultureInfo.InvariantCulture) : null;

    private static bool? Flag(JsonNode? node, string name) =>
        node is JsonObject found && found[name] is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;
}
