using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Display;

namespace Wage.Experiments.Runs;

/// <summary>What differs between two runs: configuration, environment and results.</summary>
internal static class RunComparison
{
    /// <summary>A line of the comparison; values as text, "-" for what a run does not tell.</summary>
    public sealed record Difference(string Section, string Name, string A, string B);

    /// <summary>Every difference, configuration first.</summary>
    public static IReadOnlyList<Difference> Of(RunCard a, RunCard b) => [.. Configuration(a, b), .. Environments(a, b), .. Results(a, b)];

    private static IEnumerable<Difference> Configuration(RunCard a, RunCard b)
    {
        var (first, second) = (a.Folder.ReadConfig(), b.Folder.ReadConfig());
        return first.Differences(second).Select(key => new Difference("configuration", key, Shown(first[key]), Shown(second[key])));
    }

    private static IEnumerable<Difference> Environments(RunCard a, RunCard b)
    {
        var (first, second) = (RunEnvironment.Read(a.Folder.EnvironmentPath), RunEnvironment.Read(b.Folder.EnvironmentPath));
        var rows = new List<(string, string?, string?)>
        {
            ("training images", first.Data?.Train, second.Data?.Train), ("test images", first.Data?.Test, second.Data?.Test),
        };
        var (left, right) = (Last(first.Processes), Last(second.Processes));
        var names = new[] { left, right }.OfType<JsonObject>().SelectMany(process => process.Select(pair => pair.Key))
            .Where(name => name != "started").Distinct();
        rows.AddRange(names.Select(name => (name, Text(left?[name]), Text(right?[name]))));
        return Differing("environment", rows);
    }

    private static IEnumerable<Difference> Results(RunCard a, RunCard b) => Differing("results",
    [
        ("state", Text(a.State), Text(b.State)),
        ("epochs done", Text(a.EpochsDone), Text(b.EpochsDone)),
        ($"best {Chosen.Word(a.OnValidation)} error", Percent(a.BestTestError), Percent(b.BestTestError)),
        ("best epoch's test error", Percent(a.TestError), Percent(b.TestError)),
        ("best epoch", Text(a.BestEpoch), Text(b.BestEpoch)),
        ($"last {Chosen.Word(a.OnValidation)} error", Percent(a.LastTestError), Percent(b.LastTestError)),
        ("images/s", Text(a.ImagesPerSecond), Text(b.ImagesPerSecond)),
        ("weightsSha256", a.WeightsSha256, b.WeightsSha256),
    ]);

    private static IEnumerable<Difference> Differing(string section, IEnumerable<(string Name, string? A, string? B)> rows) =>
        rows.Where(row => row.A != row.B).Select(row => new Difference(section, row.Name, Shown(row.A), Shown(row.B)));

    private static JsonObject? Last(JsonArray processes) => processes.OfType<JsonObject>().LastOrDefault();

    private static string? Text(JsonNode? node) => node switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => node.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }),
    };

    private static string? Text(object? value) => value is RunState state
        ? state.ToString().ToLowerInvariant() : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) is { Length: > 0 } text
            ? text : null;

    private static string? Percent(double? fraction) => fraction is { } known ? Format.Percent(known) : null;

    private static string Shown(string? value) => string.IsNullOrEmpty(value) ? "-" : OneLine.Of(value);
}
