using System.Globalization;
using System.Xml.Linq;
using Wage.Experiments.Display;
using Wage.Experiments.Pictures;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;

namespace Wage.Experiments.Reports;

/// <summary>Several runs beside each other: results, means over seeds, curves, the axis of a sweep, configurations.</summary>
internal static class Comparison
{
    /// <summary>A longer table of what the runs' names tell already is closed.</summary>
    private const int MostShown = 12;

    /// <summary>The top of the page.</summary>
    /// <param name="runs">Two or more; the sections below have the addresses #run1, #run2, ...</param>
    /// <param name="names">A short name of each.</param>
    public static IEnumerable<XElement> Create(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names)
    {
        var groups = RunGroup.Of(runs);
        if (Notes.Of(runs, names) is { } warnings) yield return warnings;
        if (groups.Any(group => group.Runs.Count > 1))
        {
            yield return Html.Tag("h2", "Results over seeds");
            yield return Groups(groups);
            yield return RunSection.Soft(
                "Best and last: means over the seeds, \u00B1 their standard deviation, of the epochs that all of them reached; best: of each run's "
                + $"best epoch, {Chosen.Note([.. runs.Select(run => run.Best is { OnValidation: true })])}. "
                + "In brackets: 95 % interval of the mean (Student's t).");
        }

        if (SweepData.TryOf(runs) is { } sweep)
        {
            yield return Html.Tag("h2", $"Sweep of {sweep.Key}");
            yield return Html.Picture(frame => SweepPicture.Draw(string.Empty, sweep, frame));
        }

        if (runs.Any(run => run.Rows.Count > 0))
        {
            yield return Html.Tag("h2", "Learning curves");
            yield return Html.Picture(frame => CurvePicture.Draw(runs, frame));
        }

        yield return Html.Tag("h2", "Runs");
        yield return Overview(runs, names);
        yield return Html.Tag("h2", "What differs between the configurations");
        var differences = Differences(runs, names);
        yield return runs.Count <= MostShown ? differences : Html.Tag("details", Html.Tag("summary", $"{runs.Count} runs"), differences);
        var different = Recipes.Recipe.Differences([.. runs.Select(run => run.Recipe)]).ToHashSet(StringComparer.Ordinal);
        var equal = runs[0].Recipe.Keys.Where(key => !different.Contains(key.Name)).ToList();
        yield return Html.Tag(
            "details", Html.Tag("summary", $"{equal.Count} keys are equal"), RunSection.Soft("Bold: other than the default."),
            RunSection.Keys("equal keys", runs[0].Recipe, equal, isMarked: true));
    }

    private static XElement Groups(IReadOnlyList<RunGroup> groups) => Html.Table(
        "results over seeds", ["configuration", "seeds", "best test error", "last test error", "epochs"],
        groups.Select(group =>
        {
            var errors = group.ChooserErrors();
            return new object[]
            {
                group.Name, group.Runs.Count.ToString(CultureInfo.InvariantCulture), Text(group.Best()),
                Text(errors.Count == 0 ? null : errors[^1].Percent), errors.Count.ToString(CultureInfo.InvariantCulture),
            };
        }),
        [1, 2, 3, 4]);

    private static string Text(SampleStatistics? sample)
    {
        if (sample is not { } s) return "-";
        if (s.Deviation is not { } deviation || s.Interval is not { } ends) return $"{ErrorAxis.Text(s.Mean)} %";
        var interval = $"[{ErrorAxis.Text(Math.Max(0, ends.Low))}, {ErrorAxis.Text(ends.High)}]";
        return $"{ErrorAxis.Text(s.Mean)} \u00B1 {ErrorAxis.Text(deviation)} % {interval}";
    }

    private static XElement Overview(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names)
    {
        var notes = runs.Select(run => RunNotes.Read(run.Folder.NotesPath)).ToList();
        var (hasTags, hasNotes) = (notes.Exists(note => note.Tags.Count > 0), notes.Exists(note => note.Shown.Length > 0));
        IEnumerable<string> more = [.. hasTags ? ["tags"] : Array.Empty<string>(), .. hasNotes ? ["note"] : Array.Empty<string>()];
        return Html.Table(
            "runs",
            [
                "run", "recipe", "seed", "bits", "best test error", "epoch", "last test error", "published", "epochs", "state", "weights SHA-256",
                .. more,
            ],
            runs.Select((run, i) => new List<object>(
            [
                Html.Tag("a", Html.With("href", $"#run{i + 1}"), names[i]), run.Recipe.Name, run.Recipe.Seed.ToString(CultureInfo.InvariantCulture),
                run.Recipe.Bits.ToString(), run.Best is { } best ? Format.Percent(best.ChooserError) : "-",
                run.Best?.Epoch.ToString(CultureInfo.InvariantCulture) ?? "-", run.Rows.Count > 0 ? Format.Percent(run.Rows[^1].ChooserError) : "-",
                run.PublishedPercent is { } percent ? Format.Percent(percent / 100) : "-", $"{run.Rows.Count} of {run.Recipe.Epochs}",
                RunCard.Of(run.Folder).State.ToString().ToLowerInvariant(),
                Html.Tag("code", Markup.Shorten(run.Summary["weightsSha256"]?.ToString() ?? "-", 15)),
                .. hasTags ? [string.Join(", ", notes[i].Tags)] : Array.Empty<object>(), .. hasNotes ? [notes[i].Shown] : Array.Empty<object>(),
            ])),
            [2, 4, 5, 6, 7, 8]);
    }

    /// <summary>A line for each run and a column for each key: keys are few, runs may be many.</summary>
    private static XElement Differences(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names)
    {
        var recipes = runs.Select(run => run.Recipe).ToList();
        var keys = Recipes.Recipe.Differences(recipes).ToList();
        if (keys.Count == 0) return Html.Tag("p", "Nothing: the configurations are equal.");
        return Html.Table(
            "differences", keys.Select(key => (object)Html.Tag("code", key)).Prepend("run"),
            runs.Select((run, i) => keys.Select(key => (object)run.Recipe[key]).Prepend(names[i])));
    }
}
