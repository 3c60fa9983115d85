using System.Globalization;
using System.Text.Json;

namespace Wage.Experiments.Statistics;

/// <summary>A line of quiet.jsonl: the layers whose weights did not move in a check, each with the number of such checks in a row.</summary>
internal static class QuietLine
{
    /// <summary>The line of a step.</summary>
    public static string ToJson(long step, IEnumerable<KeyValuePair<string, int>> quiet) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"step\":{step},\"quiet\":{Layers(quiet)}}}");

    /// <summary>Its object of layers, in the order of their names.</summary>
    public static string Layers(IEnumerable<KeyValuePair<string, int>> quiet) =>
        JsonSerializer.Serialize(new SortedDictionary<string, int>(quiet.ToDictionary(), StringComparer.Ordinal));

    /// <summary>The layers of a line; none where the line is not one of these.</summary>
    public static Dictionary<string, int> Read(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("quiet").EnumerateObject().ToDictionary(layer => layer.Name, layer => layer.Value.GetInt32());
        }
        catch (Exception error) when (
            error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            return [];
        }
    }
}
