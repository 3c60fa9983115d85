using System.Xml.Linq;
using Wage.Experiments.Pictures;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Reports;

/// <summary>One HTML file about one run or several: style, script and pictures inside, nothing fetched.</summary>
internal static class ReportPage
{
    /// <summary>How a page's title ends, by which it is known again.</summary>
    public const string Mark = "\u00B7 Wage report";

    /// <summary>More runs than these are closed until a reader opens them.</summary>
    private const int MostOpen = 3;

    /// <summary>The file's content.</summary>
    /// <param name="runs">The runs, in the order in which they are shown.</param>
    /// <param name="confusions">The confusion matrix of each run, or nulls.</param>
    /// <param name="theme">The background.</param>
    /// <param name="unreadable">Why other runs are not on the page; null: there are no others.</param>
    public static string Create(
        IReadOnlyList<RunRecord> runs, IReadOnlyList<Confusion?> confusions, Theme theme, IReadOnlyList<string>? unreadable = null)
    {
        var title = runs is [var only] ? $"{only.Recipe.Name}, seed {only.Recipe.Seed}" : $"{runs.Count} runs";
        var style = Palette.Properties(theme) + Palette.Css(theme) + EmbeddedText.Find("report.css") + Palette.Print();
        var page = Html.Tag(
            "html", Html.With("lang", "en"),
            Html.Tag(
                "head", Html.Tag("meta", Html.With("charset", "utf-8")),
                Html.Tag("meta", Html.With("name", "viewport"), Html.With("content", "width=device-width, initial-scale=1")),
                Html.Tag("title", $"{title} {Mark}"), Markup.Raw("style", style)),
            Html.Tag(
                "body", runs.Count == 1 ? Single(title, runs[0], confusions[0]) : Several(title, runs, confusions),
                (unreadable ?? []).Select(refusal => RunSection.Soft($"Left out: {refusal}")),
                Html.Tag("footer", Html.Prose("Written by `wage report`. All figures come from the run folder.")),
                Markup.Raw("script", EmbeddedText.Find("report.js")!)));
        SharedShapes.Share(page);
        return "<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting) + "\n";
    }

    private static IEnumerable<XElement> Single(string title, RunRecord run, Confusion? confusion)
    {
        var (recipe, statistics) = (run.Recipe, RunStatistics.TryRead(run.Folder));
        var parts = RunSection.Parts(run, statistics, confusion, Detail.Alone).ToList();
        yield return Header(
            title, $"{recipe.ModelKind} on {recipe.DataSet}, W-A-G-E {recipe.Bits}, {recipe.LossName}, batch {recipe.Batch}",
            parts.Select(part => (part.Id, part.Title)));
        yield return Html.Tag(
            "main", RunSection.Intro(run, statistics),
            parts.SelectMany(part => part.Content.Prepend(Html.Tag("h2", Html.With("id", part.Id), part.Title))));
    }

    private static IEnumerable<XElement> Several(string title, IReadOnlyList<RunRecord> runs, IReadOnlyList<Confusion?> confusions)
    {
        var names = RunNames.Of(runs);
        yield return Header(
            title, string.Join(", ", runs.Select(run => run.Recipe.Name).Distinct()),
            runs.Count > MostOpen ? [] : names.Select((name, i) => ($"run{i + 1}", name)));
        yield return Html.Tag(
            "main", Comparison.Create(runs, names), Html.Tag("h2", "Run by run"),
            runs.Select((run, i) => Run(run, names[i], i, confusions[i], isOpen: runs.Count <= MostOpen)));
    }

    private static IEnumerable<XElement> Run(RunRecord run, string name, int index, Confusion? confusion, bool isOpen)
    {
        var (id, parts) = (Html.With("id", $"run{index + 1}"), Section(run, confusion, isOpen ? Detail.OneOfSome : Detail.Brief));
        var place = RunSection.Soft($"{run.Recipe.Name}, seed {run.Recipe.Seed}, {run.Folder.Path}");
        return isOpen ? [Html.Tag("h3", id, Html.Class("run-title"), name), place, .. parts]
            : [Html.Tag("details", id, Html.Class("run"), Html.Tag("summary", Html.Tag("h3", name)), place, parts)];
    }

    /// <summary>One damaged run of several does not keep the others from being shown.</summary>
    private static IReadOnlyList<XElement> Section(RunRecord run, Confusion? confusion, Detail detail)
    {
        try
        {
            return [.. RunSection.Create(run, RunStatistics.TryRead(run.Folder), confusion, detail)];
        }
        catch (WageException refusal)
        {
            return [RunSection.Soft($"This run is unreadable: {refusal.InWords()}")];
        }
    }

    private static XElement Header(string title, string subtitle, IEnumerable<(string Id, string Title)> links)
    {
        var all = links.ToList();
        return Html.Tag(
            "header", Html.Tag("h1", title), RunSection.Soft(subtitle),
            all.Count == 0 ? null : Html.Tag("nav", all.Select(link => Html.Tag("a", Html.With("href", $"#{link.Id}"), link.Title))));
    }
}
