using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Wage.Experiments.Pictures;
using Wage.Experiments.Runs;
using Wage.Files;

namespace Wage.Experiments.Reports;

/// <summary>Where a run's figures come from: hashes of its files, weights and images, and the processes that worked on it.</summary>
internal static partial class Provenance
{
    private const int LongestFact = 1000;
    private const long MostBytes = 1L << 30;

    /// <summary>Fields of summary.json that the page shows elsewhere.</summary>
    private static readonly HashSet<string> Shown = new(StringComparer.Ordinal)
    {
        "recipe", "seed", "epochs", "epochsDone", "bestTestError", "bestEpoch", "lastTestError", "imagesPerSecond", "weightsSha256",
    };

    /// <summary>Names and values, a line each.</summary>
    public static XElement Of(RunRecord run)
    {
        var environment = RunEnvironment.Read(run.Folder.EnvironmentPath);
        var processes = environment.Processes.OfType<JsonObject>().ToList();
        return Html.Facts(
        [
            ("weights", Code(run.Summary["weightsSha256"]?.ToString())),
            ("training images", Code(environment.Data?.Train)), ("test images", Code(environment.Data?.Test)), .. Files(run),
            .. run.Summary.Where(field => !Shown.Contains(field.Key)).Select(field => (field.Key, (object?)Text(field.Value))),
            .. processes.Select((process, i) => (processes.Count == 1 ? "process" : $"process {i + 1}", (object?)Process(process))),
            ("packages", processes.LastOrDefault()?["packages"] is JsonObject packages ? Commits().Replace(Text(packages), "+$1") : null),
        ]);
    }

    private static IEnumerable<(string Name, object? Value)> Files(RunRecord run)
    {
        foreach (var path in new[] { run.Folder.LastPath, run.Folder.BestPath, run.Folder.ConfigPath })
        {
            if (!File.Exists(path)) continue;
            using var file = BoundedFile.Open(path, "file", MostBytes);
            yield return (Path.GetFileName(path), Code(Convert.ToHexStringLower(SHA256.HashData(file))));
        }
    }

    /// <summary>"started 2026-01-31T12:00:00Z, processor ..., cores 2": what the process said of itself, but its packages.</summary>
    private static string Process(JsonObject process) => string.Join(", ", process.Where(field => field.Key != "packages" && field.Value is not null)
        .Select(field => $"{field.Key} {Text(field.Value)}"));

    private static string Text(JsonNode? node) => Markup.Shorten(
        node switch
        {
            null => string.Empty,
            JsonObject fields => string.Join(", ", fields.Select(field => $"{field.Key} {field.Value}")),
            JsonArray list => string.Join(", ", list.Select(item => item?.ToString())),
            _ => node.ToString(),
        },
        LongestFact);

    /// <summary>The commit in a version, of which seven digits are enough here.</summary>
    [GeneratedRegex(@"\+([0-9a-f]{7})[0-9a-f]{33}")]
    private static partial Regex Commits();

    private static XElement? Code(string? hash) => hash is null ? null : Html.Tag("code", Markup.Shorten(hash, LongestFact));
}
