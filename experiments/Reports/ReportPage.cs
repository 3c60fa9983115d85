using System.Globalization;
using System.Reflection;
using System.Xml.Linq;
using Wage.Experiments.Display;
using Wage.Experiments.Pictures;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Reports;

/// <summary>One HTML file about one run or several: style, script and pictures inside, nothing fetched.</summary>
internal static class ReportPage
{
    /// <summary>The file's content.</summary>
    /// <param name="runs">The runs, in the order in which they are shown.</param>
    /// <param name="confusions">The confusion matrix of each run, or nulls.</param>
    /// <param name="theme">The background.</param>
    public static string Create(IReadOnlyList<RunRecord> runs, IReadOnlyList<Confusion?> confusions, Theme theme)
    {
        var names = RunNames.Of(runs);
        var title = runs is [var only] ? $"{only.Recipe.Name}, seed {only.Recipe.Seed}" : $"{runs.Count} runs";
        var page = Html.Tag(
            "html", Html.With("lang", "en"),
            Html.Tag(
                "head", Html.Tag("meta", Html.With("charset", "utf-8")),
                Html.Tag("meta", Html.With("name", "viewport"), Html.With("content", "width=device-width, initial-scale=1")),
                Html.Tag("title", $"{title} \u00B7 Wage report"), Markup.Raw("style", Palette.Properties(theme) + Palette.Css(theme)
                    + Resource("report.css"))),
            Html.Tag(
                "body", Header(title, runs, names),
                Html.Tag("main", runs.Count == 1 ? Single(runs[0], confusions[0]) : Several(runs, names, confusions)),
                Html.Tag("footer", "Written by `wage report`. All figures come from the run folder; training used integers only."),
                Markup.Raw("script", Resource("report.js"))));
        return "<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting) + "\n";
    }

    private static XElement Header(string title, IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names)
    {
        var first = runs[0].Recipe;
        var subtitle = runs.Count == 1 ? $"{first.ModelKind} on {first.DataSet}, W-A-G-E {first.Options.Bits}, {first.LossName}, batch {first.Batch}"
            : string.Join(", ", runs.Select(run => run.Recipe.Name).Distinct());
        return Html.Tag(
            "header", Html.Tag("h1", title), Html.Tag("p", Html.Class("soft-text"), subtitle),
            runs.Count == 1 ? null : Html.Tag("nav", names.Select((name, i) => Html.Tag("a", Html.With("href", $"#run{i + 1}"), name))));
    }

    private static IEnumerable<XElement> Single(RunRecord run, Confusion? confusion)
    {
        yield return Cards(run);
        if (run.Rows.Count > 0) yield return Html.Picture(CurvePicture.Draw([run]));
        foreach (var part in RunSection.Create(run, confusion, withCurves: false)) yield return part;
    }

    private static IEnumerable<XElement> Several(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names, IReadOnlyList<Confusion?> confusions)
    {
        yield return Overview(runs, names);
        if (runs.Any(run => run.Rows.Count > 0)) yield return Html.Picture(CurvePicture.Draw(runs));
        yield return Html.Tag("h3", "What differs between the configurations");
        yield return Differences(runs, names);
        for (var i = 0; i < runs.Count; i++)
        {
            yield return Html.Tag("h2", Html.With("id", $"run{i + 1}"), names[i]);
            yield return Html.Tag("p", Html.Class("soft-text"), $"{runs[i].Recipe.Name}, seed {runs[i].Recipe.Seed}, {runs[i].Folder.Path}");
            yield return Cards(runs[i]);
            foreach (var part in RunSection.Create(runs[i], confusions[i], withCurves: true)) yield return part;
        }
    }

    private static XElement Cards(RunRecord run)
    {
        var (best, last) = (run.Best, run.Rows.Count == 0 ? null : run.Rows[^1]);
        XElement? Card(string? value, string meaning) => value is null ? null
            : Html.Tag("div", Html.Class("card"), Html.Tag("b", value), Html.Tag("span", meaning));
        return Html.Tag(
            "div", Html.Class("cards"), Card(best is null ? "-" : Format.Percent(best.TestError), best is null ? "no finished epoch"
                : $"best test error, epoch {best.Epoch}"),
            Card(last is null ? null : Format.Percent(last.TestError), $"last test error, epoch {last?.Epoch}"),
            Card(run.PublishedPercent is { } percent ? Format.Percent(percent / 100) : null, "published"),
            Card(run.Recipe.Options.Bits.ToString(), "bits of W, A, G, E"),
            Card(run.Summary["imagesPerSecond"] is { } speed ? Format.Speed(Number(speed)).Replace(" images/s", string.Empty,
                StringComparison.Ordinal) : null, "training images per second"));
    }

    private static XElement Overview(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names) => Html.Table(
        ["run", "recipe", "seed", "bits", "best test error", "epoch", "last test error", "published", "epochs", "weights SHA-256"],
        runs.Select((run, i) => new object[]
        {
            Html.Tag("a", Html.With("href", $"#run{i + 1}"), names[i]), run.Recipe.Name, run.Recipe.Seed.ToString(CultureInfo.InvariantCulture),
            run.Recipe.Options.Bits.ToString(),
            run.Best is { } best ? Format.Percent(best.TestError) : "-", run.Best?.Epoch.ToString(CultureInfo.InvariantCulture) ?? "-",
            run.Rows.Count > 0 ? Format.Percent(run.Rows[^1].TestError) : "-", run.PublishedPercent is { } percent ? Format.Percent(percent / 100)
                : "-",
            $"{run.Rows.Count} of {run.Recipe.Epochs}", Html.Tag("code", Markup.Shorten(run.Summary["weightsSha256"]?.ToString() ?? "-", 15)),
        }),
        [2, 4, 5, 6, 7, 8]);

    private static XElement Differences(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names)
    {
        var recipes = runs.Select(run => run.Recipe).ToList();
        var keys = RecipeKeys.All.Select(key => key.Name).Where(key => recipes.Any(recipe => recipe[key] != recipes[0][key])).ToList();
        if (keys.Count == 0) return Html.Tag("p", "Nothing: the configurations are equal.");
        return Html.Table(["key", .. names], keys.Select(key =>
            (IEnumerable<object>)[Html.Tag("code", key), .. recipes.Select(recipe => recipe[key])]));
    }

    private static double? Number(System.Text.Json.Nodes.JsonNode node) =>
        double.TryParse(node.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
