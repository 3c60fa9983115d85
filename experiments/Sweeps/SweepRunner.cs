using System.Globalization;
using Wage.Experiments.Display;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.TensorBoard;
using Wage.Experiments.Trust;

namespace Wage.Experiments.Sweeps;

/// <summary>
/// Trains the runs of a plan one after the other, each in its folder below the sweep's. What is finished is not trained again; what was
/// interrupted goes on.
/// </summary>
/// <param name="parent">The sweep's folder.</param>
/// <param name="settings">Where to train and what to write on the runs.</param>
/// <param name="output">For the display.</param>
internal sealed class SweepRunner(string parent, SweepSettings settings, TextWriter output)
{
    private readonly List<SweepOutcome> outcomes = [];
    private readonly LoadedData images = new(settings.Data);

    /// <summary>The results so far, in the plan's order.</summary>
    public IReadOnlyList<SweepOutcome> Outcomes => outcomes;

    /// <summary>Trains until all runs are done (true) or the token is cancelled (false).</summary>
    /// <param name="plan">The runs.</param>
    /// <param name="afterEach">Called after each run.</param>
    /// <param name="token">Stops after the current step, which is saved.</param>
    /// <param name="first">The first run's place in the plan.</param>
    /// <param name="every">How far the next one is from there: ranks that share a plan take the runs in turns.</param>
    /// <exception cref="WageException">Data are missing, or a folder holds another run; what was done before stands.</exception>
    public bool Execute(SweepPlan plan, Action afterEach, CancellationToken token, int first = 0, int every = 1)
    {
        for (var i = first; i < plan.Runs.Count; i += every)
        {
            if (token.IsCancellationRequested) return false;
            var run = plan.Runs[i];
            using var display = new SweepDisplay(output, string.Create(CultureInfo.InvariantCulture, $"[{i + 1}/{plan.Runs.Count}] {Name(run)}"));
            if (Train(run, display, token) is not { } outcome) return false;
            outcomes.Add(outcome);
            display.Done(outcome);
            afterEach();
        }

        return true;
    }

    private static string Name(SweepRun run) =>
        string.Create(CultureInfo.InvariantCulture, $"{(run.Point == "all" ? string.Empty : $"{run.Point}, ")}seed {run.Seed}");

    private SweepOutcome? Train(SweepRun planned, SweepDisplay display, CancellationToken token)
    {
        var folder = new RunFolder(RunNames.Existing(Path.Combine(parent, planned.FolderName)));
        var run = planned with { FolderName = Path.GetFileName(folder.Path) };
        if (run.Recipe is not { } recipe) return SweepOutcome.Refused(run, folder.Path, run.Refusal!);
        using var held = folder.Hold();
        if (folder.HoldsRun && Finished(folder, recipe) is { } known) return SweepOutcome.Of(run, known, SweepState.Known);
        var data = images.Of(recipe);
        Run prepared;
        try
        {
            prepared = Run.Prepare(recipe, folder, settings.Device, settings.Threads, images.Place(recipe), data);
        }
        catch (WageException error) when (!folder.HoldsRun && error.InnerException is not DeviceFailure)
        {
            return SweepOutcome.Refused(run, folder.Path, OneLine.Of(error.InWords()));
        }

        using (prepared)
        {
            settings.Label(folder);
            IRunObserver observer = settings.TensorBoard ? new EventObserver(display) : display;
            if (new RunLoop(prepared, observer, settings.StatsEvery).Execute(token).State == RunState.Interrupted) return null;
        }

        return SweepOutcome.Of(run, RunCard.Of(folder, isHeld: true), SweepState.Trained);
    }

    /// <summary>The card of a finished run of this very recipe; null when it still has to train.</summary>
    private RunCard? Finished(RunFolder folder, Recipe recipe)
    {
        var config = folder.ReadConfig();
        if (config.Differences(recipe).FirstOrDefault(key => !Run.ChangeableOnResume.Contains(key)) is { } key)
        {
            throw new WageException(
                $"{folder.Path}: holds a run with {key} {config[key]}, but this sweep has {recipe[key]}.", "choose another folder with --out.");
        }

        var card = RunCard.Of(folder, isHeld: true);
        if (card.EpochsDone > recipe.Epochs)
        {
            throw new WageException(
                $"{folder.Path}: holds a run of {Format.Counted(card.EpochsDone.Value, "epoch")}, but this sweep has {recipe.Epochs}.",
                "choose another folder with --out.");
        }

        var stoppedEarly = recipe.Patience > 0 && card.EpochsDone - card.BestEpoch >= recipe.Patience;
        if (card.State != RunState.Finished || (card.EpochsDone != recipe.Epochs && !stoppedEarly)) return null;
        if (settings.StatsEvery is not null && !File.Exists(folder.StatsPath))
        {
            throw new WageException(
                $"{folder.Path}: holds a finished run without statistics, but this sweep records them.", "choose another folder with --out.");
        }

        return card;
    }
}

/// <summary>What all runs of a sweep share besides the recipe.</summary>
/// <param name="Device">--device.</param>
/// <param name="Threads">--threads.</param>
/// <param name="Data">--data.</param>
/// <param name="Tags">Words for every run.</param>
/// <param name="Note">A note for every run, or null.</param>
/// <param name="StatsEvery">Steps between two lines of statistics; null: none.</param>
/// <param name="TensorBoard">True: each run writes its event file.</param>
internal sealed record SweepSettings(
    string Device, int Threads, string? Data, IReadOnlyList<string> Tags, string? Note, int? StatsEvery = null, bool TensorBoard = false)
{
    /// <summary>Refuses a tag or a note that no run can have, before anything is made.</summary>
    /// <exception cref="WageException">It breaks the rules of <see cref="RunNotes"/>.</exception>
    public void RequireLabels() => Labelled(RunNotes.None);

    /// <summary>Writes the tags and the note on a run.</summary>
    public void Label(RunFolder folder)
    {
        if (Tags.Count > 0 || Note is not null) folder.ChangeNotes(Labelled);
    }

    private RunNotes Labelled(RunNotes notes)
    {
        var tagged = notes.Tagged(Tags, []);
        return Note is null ? tagged : tagged.Noted(Note);
    }
}
