using System.Xml.Linq;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Reports;

/// <summary>What a reader must know before he believes the figures: what people say of the run, how it stands, and what it was warned of.</summary>
internal static class Notes
{
    /// <summary>More warnings of several runs are counted.</summary>
    private const int MostWarnings = 5;

    /// <summary>The tags and the note of `wage runs`; nothing where there are none.</summary>
    public static IEnumerable<XElement> Labels(RunRecord run)
    {
        var notes = RunNotes.Read(run.Folder.NotesPath);
        if (notes.Tags.Count > 0)
            yield return Html.Tag("ul", Html.Class("tags"), Html.With("aria-label", "tags"), notes.Tags.Select(tag => Html.Tag("li", tag)));
        if (notes.Shown.Length > 0) yield return Html.Tag("p", Html.Class("note"), notes.Shown);
    }

    /// <summary>A list, perhaps empty.</summary>
    public static XElement Of(RunRecord run, RunStatistics? statistics)
    {
        List<XElement> notes = [.. Warnings(run.Folder).Select(text => Html.Tag("li", Html.Prose(text)))];
        if (run.HasStoppedEarly)
            notes.Add(Quiet(
                $"Stopped early after epoch {run.Rows[^1].Epoch} of {run.Recipe.Epochs}: " +
                $"{Format.Counted(run.Recipe.Patience, "epoch")} without a better one."));
        else if (run.Rows.Count < run.Recipe.Epochs)
        {
            var shown = run.Rows.Count > 0 ? ", and shown here" : string.Empty;
            notes.Add(Html.Tag("li", Html.Prose($"{State(run)} {run.Rows.Count} of {run.Recipe.Epochs} epochs are done{shown}.")));
        }

        if (run.Recipe.TrainLimit > 0) notes.Add(Quiet($"Trained on a part of the data: the first {run.Recipe.TrainLimit} training images."));
        if (run.Recipe.TestLimit > 0) notes.Add(Quiet($"Tested on a part of the data: the first {run.Recipe.TestLimit} test images."));
        if (statistics is null)
            notes.Add(Quiet("No statistics of the quantizers were recorded: train with `--stats every=N` to see distributions, ranges and rates."));
        return Html.Tag("ul", Html.Class("notes"), notes);
    }

    /// <summary>The first warnings of several runs, each with its run; null where there are none.</summary>
    public static XElement? Of(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names)
    {
        var all = runs.Select((run, i) => (Run: i, Texts: Warnings(run.Folder).ToList())).Where(one => one.Texts.Count > 0).ToList();
        var count = all.Sum(one => one.Texts.Count);
        if (count == 0) return null;

        // Each run's first, then each run's second: a run that warns all the time leaves room for the others.
        var first = all.SelectMany(one => one.Texts.Select((text, place) => (one.Run, Text: text, Place: place))).OrderBy(one => one.Place)
            .Take(MostWarnings).Select(one => Html.Tag(
                "li", Html.Tag("a", Html.With("href", $"#run{one.Run + 1}"), names[one.Run]), ": ", Html.Prose(one.Text)));
        return Html.Tag("ul", Html.Class("notes"), first, count <= MostWarnings ? null : Quiet(
            $"{count - MostWarnings} more: there are {count} warnings of {all.Count} runs; each run's part has its own."));
    }

    private static string State(RunRecord run) => RunCard.Of(run.Folder).State switch
    {
        RunState.Running => "The run is still training.",
        RunState.Failed => "The run was stopped by an error; `wage train --resume --out FOLDER` shows it again.",
        RunState.Unreadable => "summary.json is unreadable, so it is not known how the run ended.",
        RunState.Interrupted => "The run was interrupted; `wage train --resume --out FOLDER` goes on with it.",
        _ => "The run is not at its end.",
    };

    private static XElement Quiet(string text) => Html.Tag("li", Html.Class("quiet"), Html.Prose(text));

    /// <summary>The warnings of the training, each with its remedy.</summary>
    private static IEnumerable<string> Warnings(RunFolder folder) =>
        SavedWarnings.Of(folder).Select(one => one.Step is { } step ? $"Warning at step {step}: {one.Message} {one.Remedy}" : one.Message);
}
