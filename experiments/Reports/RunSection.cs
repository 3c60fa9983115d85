using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Wage.Experiments.Display;
using Wage.Experiments.Pictures;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.Reports;

/// <summary>Everything about one run.</summary>
internal static class RunSection
{
    private const long MostFactsBytes = 1 << 20;
    private const int LongestFact = 500;

    /// <summary>
    /// The parts, without a heading. Curves are drawn only when <paramref name="withCurves"/>: one run's are at the top of the page.
    /// </summary>
    public static IEnumerable<XElement> Create(RunRecord run, Confusion? confusion, bool withCurves)
    {
        var recipe = run.Recipe;
        var statistics = RunStatistics.TryRead(run.Folder);
        yield return Notes.Of(run, statistics);
        yield return Html.Tag("h3", "Published and measured");
        yield return Published(run);
        if (withCurves && run.Rows.Count > 0) yield return Html.Picture(CurvePicture.Draw([run]));
        using var backend = Devices.Create("cpu", 1);
        var network = RunBuilder.BuildNetwork(recipe, backend);
        yield return Html.Tag("h3", "Layers");
        yield return Html.Table(LayerTable.Titles, LayerTable.Rows(network), [.. LayerTable.Numbers]);
        yield return Html.Tag("p", Html.Class("soft-text"),
            "Bounds are the greatest sums of products that can occur with this batch; the type beside each holds it.");
        if (statistics is not null)
        {
            yield return Html.Tag("h3", "The quantizers over the run");
            yield return Html.Picture(RatePicture.Draw(recipe, statistics));
            yield return StepSection.Create(recipe, statistics);
        }

        if (FilterPicture.CanDraw(network))
        {
            yield return Html.Tag("h3", "First-layer filters");
            yield return Html.Picture(FilterPicture.Draw(run));
        }

        if (confusion is not null)
        {
            yield return Html.Tag("h3", "Confusion matrix");
            yield return Html.Picture(ConfusionPicture.Draw($"{recipe.Name}, seed {recipe.Seed}", confusion));
        }

        if (run.Rows.Count > 0) yield return Html.Tag("details", Html.Tag("summary", $"Epochs ({run.Rows.Count})"), Epochs(run));
        yield return Html.Tag("details", Html.Tag("summary", "Configuration, every key"), Configuration(recipe));
        yield return Html.Tag("h3", "Hashes and machine");
        yield return Html.Facts([.. Files(run), .. Facts(run.Summary, string.Empty), .. Facts(Environment(run), string.Empty)]);
    }

    private static XElement Published(RunRecord run)
    {
        var (recipe, best) = (run.Recipe, run.Best);
        var difference = best is not null && run.PublishedPercent is { } published
            ? string.Create(CultureInfo.InvariantCulture, $"{(100 * best.TestError) - published:+0.00;\u22120.00;0.00} points") : null;
        return Html.Facts(
        [
            ("paper", recipe["paper"]), ("published", recipe["published"]), ("expected here", recipe["expected"]),
            ("measured, best", best is null ? "no finished epoch" : $"{Format.Percent(best.TestError)} test error after epoch {best.Epoch}"),
            ("measured, last", run.Rows.Count == 0 ? null
                : $"{Format.Percent(run.Rows[^1].TestError)} after epoch {run.Rows[^1].Epoch} of {recipe.Epochs}"),
            ("difference", difference is null ? null : $"{difference} (best minus published)"),
        ]);
    }

    private static XElement Epochs(RunRecord run) => Html.Table(
        ["epoch", "eta", "loss", "train error", "test loss", "test error", "images/s", "time"],
        run.Rows.Select(row => new object[]
        {
            row.Epoch.ToString(CultureInfo.InvariantCulture), row.Eta.ToString(), Format.Loss(row.Loss), Format.Percent(row.TrainError),
            Format.Loss(row.TestLoss),
            Format.Percent(row.TestError), row.ImagesPerSecond is { } speed ? Format.Count((long)speed) : "-", Format.Time(row.Seconds),
        }),
        [0, 1, 2, 3, 4, 5, 6, 7]);

    private static XElement Configuration(Recipe recipe)
    {
        var table = Html.Table(["key", "value", "meaning"], RecipeKeys.All.Select(key => new object[]
        {
            Html.Tag("code", key.Name), Html.Tag("code", Html.Class(recipe[key.Name] == key.Default ? "same" : "changed"), recipe[key.Name]),
            key.Description,
        }));
        foreach (var cell in table.Descendants("code").Where(code => code.Attribute("class")?.Value == "changed"))
            cell.Parent!.Parent!.SetAttributeValue("class", "changed");
        return Html.Tag("div", Html.Tag("p", Html.Class("soft-text"), "Bold: other than the default."), table);
    }

    private static IEnumerable<(string Name, object? Value)> Files(RunRecord run)
    {
        foreach (var path in new[] { run.Folder.LastPath, run.Folder.BestPath, run.Folder.ConfigPath })
        {
            if (!File.Exists(path)) continue;
            using var file = File.OpenRead(path);
            yield return ($"SHA-256 of {Path.GetFileName(path)}", Html.Tag("code", Convert.ToHexStringLower(SHA256.HashData(file))));
        }
    }

    /// <summary>What JSON says, as names with dots and texts; lists of single values in one line.</summary>
    private static IEnumerable<(string Name, object? Value)> Facts(JsonNode? node, string name)
    {
        switch (node)
        {
            case null: yield break;
            case JsonObject fields:
                foreach (var (key, value) in fields)
                {
                    foreach (var fact in Facts(value, name.Length == 0 ? key : $"{name}.{key}")) yield return fact;
                }

                break;
            case JsonArray list when list.All(item => item is JsonValue):
                yield return (name, string.Join(", ", list.Select(item => item!.ToString())));
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    foreach (var fact in Facts(list[i], $"{name} {i + 1}")) yield return fact;
                }

                break;
            default:
                var text = Markup.Shorten(node.ToString(), LongestFact);
                yield return (name, name.EndsWith("Sha256", StringComparison.Ordinal) ? Html.Tag("code", text) : text);
                break;
        }
    }

    private static JsonNode? Environment(RunRecord run)
    {
        try
        {
            var file = new FileInfo(Path.Combine(run.Folder.Path, "environment.json"));
            return file.Exists && file.Length <= MostFactsBytes ? JsonNode.Parse(File.ReadAllText(file.FullName)) : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
