using System.Globalization;
using System.Xml.Linq;
using Wage.Experiments.Display;
using Wage.Experiments.Pictures;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Reports;

/// <summary>How much of a run a page shows.</summary>
internal enum Detail
{
    /// <summary>Everything: the page is about this run.</summary>
    Alone,

    /// <summary>Everything but the keys that all runs of the page share.</summary>
    OneOfSome,

    /// <summary>Without the pictures of single steps: they are most of a run's page.</summary>
    Brief,
}

/// <summary>Everything about one run.</summary>
internal static class RunSection
{
    /// <summary>What stands below the heading of one run of several, which is an h3.</summary>
    public static IEnumerable<XElement> Create(RunRecord run, RunStatistics? statistics, Confusion? confusion, Detail detail) =>
        Intro(run, statistics).Concat(
            Parts(run, statistics, confusion, detail).SelectMany(part => part.Content.Prepend(Html.Tag("h4", part.Title))));

    /// <summary>What stands before the first part: the figures, and what to know of them.</summary>
    public static IEnumerable<XElement> Intro(RunRecord run, RunStatistics? statistics) =>
        [.. Notes.Labels(run), Cards(run), Notes.Of(run, statistics)];

    /// <summary>The parts with their titles and the words by which a page's addresses name them.</summary>
    public static IEnumerable<(string Id, string Title, IReadOnlyList<XElement> Content)> Parts(
        RunRecord run, RunStatistics? statistics, Confusion? confusion, Detail detail)
    {
        var recipe = run.Recipe;
        if (run.Rows.Count > 0) yield return ("curves", "Learning curves", [Html.Picture(frame => CurvePicture.Draw([run], frame)), Epochs(run)]);
        yield return ("published", "Published and measured", [Published(run)]);
        using var backend = Devices.Create("cpu", 1);
        using var network = RunBuilder.BuildNetwork(recipe, backend, DataShape.Of(recipe, run.Last));
        yield return ("layers", "Layers",
        [
            Html.Table("layers", LayerTable.Titles, LayerTable.Rows(network), LayerTable.Numbers),
            Soft("Bounds are the greatest sums of products that can occur with this batch; the type beside each holds it."),
        ]);
        if (statistics is not null)
        {
            yield return ("quantizers", "The quantizers over the run", [Html.Picture(frame => RatePicture.Draw(recipe, statistics, frame))]);
            if (IntervalPicture.CanDraw(statistics))
                yield return ("ranges", "Ranges and codes over the run",
                [
                    Html.Picture(frame => IntervalPicture.Draw(recipe, statistics, frame)),
                    Html.Picture(frame => RatePicture.DrawCodes(recipe, statistics, frame)),
                ]);
            yield return ("steps", "Distributions and ranges, step by step",
            [
                detail == Detail.Brief ? Soft($"This run's own page has them: `wage report {run.Folder.Path}`.")
                    : StepSection.Create(recipe, statistics, detail == Detail.Alone),
            ]);
        }

        if (FilterPicture.CanDraw(network))
            yield return ("filters", "First-layer filters", [Html.Picture(frame => FilterPicture.Draw(run, frame))]);
        if (confusion is not null)
            yield return ("confusion", "Confusion matrix", [Html.Picture(frame => ConfusionPicture.Draw(recipe.Name, confusion, frame))]);
        yield return ("configuration", "Configuration", [.. Configuration(recipe, detail)]);
        yield return ("provenance", "Hashes and machine", [Soft("Hashes are SHA-256."), Provenance.Of(run)]);
    }

    /// <summary>A sentence of explanation.</summary>
    public static XElement Soft(string text) => Html.Tag("p", Html.Class("soft-text"), Html.Prose(text));

    private static XElement Cards(RunRecord run)
    {
        var (best, last) = (run.Best, run.Rows.Count == 0 ? null : run.Rows[^1]);
        var word = Chosen.Word(run.Rows);
        XElement Card(string value, string meaning) => Html.Tag("div", Html.Class("card"), Html.Tag("b", value), Html.Tag("span", meaning));
        return Html.Tag(
            "div", Html.Class("cards"),
            best is null ? Card("-", "no finished epoch")
                : Card(Format.Percent(best.ChooserError), $"best {word} error, epoch {best.Epoch}, {Chosen.Note(best.OnValidation)}"),
            last is null ? null : Card(Format.Percent(last.ChooserError), $"last {word} error, epoch {last.Epoch}"),
            TestError(run) is { } test ? Card(Format.Percent(test), $"test error of epoch {best?.Epoch}, read once") : null,
            run.PublishedPercent is { } percent ? Card(Format.Percent(percent / 100), "published test error") : null,
            Card(run.Recipe.Bits.ToString(), "bits of W, A, G, E"),
            Speed(run) is { } speed ? Card(Format.Count((long)speed), "training images per second") : null);
    }

    private static double? TestError(RunRecord run) => SmallJson.Number(run.Summary, "testError", 0, 1);

    private static double? Speed(RunRecord run) =>
        double.TryParse(run.Summary["imagesPerSecond"]?.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var speed)
            && speed is >= 0 and < 1e12 ? speed : null;

    private static XElement Published(RunRecord run)
    {
        var (recipe, best) = (run.Recipe, run.Best);
        var difference = best is not null && run.PublishedPercent is { } published
            ? string.Create(CultureInfo.InvariantCulture, $"{(100 * best.ChooserError) - published:+0.00;\u22120.00;0.00} points") : null;
        return Html.Facts(
        [
            ("paper", recipe["paper"]), ("published", recipe["published"]), ("expected here", recipe["expected"]),
            ("measured, best", best is null ? "no finished epoch"
                : $"{Format.Percent(best.ChooserError)} {Chosen.Word(run.Rows)} error after epoch {best.Epoch}, " + Chosen.Note(best.OnValidation)),
            ("measured, last", run.Rows.Count == 0 ? null
                : $"{Format.Percent(run.Rows[^1].ChooserError)} after epoch {run.Rows[^1].Epoch} of {recipe.Epochs}"),
            ("difference", difference is null ? null : $"{difference} (best minus published)"),
        ]);
    }

    private static XElement Epochs(RunRecord run) => Html.Tag(
        "details", Html.Tag("summary", $"Epochs ({run.Rows.Count})"),
        Html.Table(
            "epochs", ["epoch", "lr", "loss", "train error", $"{Chosen.Word(run.Rows)} loss", $"{Chosen.Word(run.Rows)} error", "images/s", "time"],
            run.Rows.Select(row => new object[]
            {
                row.Epoch.ToString(CultureInfo.InvariantCulture), Format.Rate(row.Eta), Format.Loss(row.Loss), Format.Percent(row.TrainError),
                Format.Loss(row.ChooserLoss), Format.Percent(row.ChooserError), row.ImagesPerSecond is { } speed ? Format.Count((long)speed) : "-",
                Format.Time(row.Seconds),
            }),
            [0, 1, 2, 3, 4, 5, 6, 7]));

    /// <summary>What differs from the defaults, and below it, to be opened, every key.</summary>
    private static IEnumerable<XElement> Configuration(Recipe recipe, Detail detail)
    {
        var other = recipe.Keys.Where(key => recipe[key.Name] != key.Default && !RunNames.IsDescription(key.Name)).ToList();
        if (other.Count > 0) yield return Keys("other than the default", recipe, other, isMarked: false);
        if (detail != Detail.Alone) yield break;
        yield return Html.Tag(
            "details", Html.Tag("summary", "Every key"), Soft("Bold: other than the default."),
            Keys("every key", recipe, recipe.Keys, isMarked: true));
    }

    /// <summary>Keys with their values and meanings.</summary>
    public static XElement Keys(string name, Recipe recipe, IReadOnlyList<RecipeKey> keys, bool isMarked)
    {
        var table = Html.Table(name, ["key", "value", "meaning"], keys.Select(key => new object[]
        {
            Html.Tag("code", key.Name), Html.Tag("code", recipe[key.Name]), Html.Prose(key.Description),
        }));
        foreach (var (key, row) in keys.Zip(table.Descendants("tbody").Single().Elements()))
        {
            row.Elements().ElementAt(1).SetAttributeValue("class", "text");
            if (isMarked && recipe[key.Name] != key.Default) row.SetAttributeValue("class", "changed");
        }

        return table;
    }
}
