using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Numbers;
using Wage.Observation;

namespace Wage.Experiments.Statistics;

/// <summary>
/// A line of quiet.jsonl: what a check leaves for the next one. The layers whose weights did not move, each with the number of such checks in a row,
/// and the ranges that move from step to step, each end as significand and exponent.
/// </summary>
internal static class QuietLine
{
    /// <summary>The line of a step.</summary>
    public static string ToJson(long step, TrainingChecks checks) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"step\":{step},{Content(checks)}}}");

    /// <summary>Its objects, in the order of their names.</summary>
    public static string Content(TrainingChecks checks)
    {
        var quiet = JsonSerializer.Serialize(new SortedDictionary<string, int>(checks.Quiet.ToDictionary(), StringComparer.Ordinal));
        if (checks.Ranges.Count == 0) return $"\"quiet\":{quiet}";
        var ranges = new JsonObject(checks.Ranges.OrderBy(range => range.Key, StringComparer.Ordinal).Select(range =>
            KeyValuePair.Create<string, JsonNode?>(range.Key, new JsonArray([.. Parts(range.Value).Select(part => JsonValue.Create(part))]))));
        return $"\"quiet\":{quiet},\"ranges\":{ranges.ToJsonString()}";
    }

    /// <summary>What a line says; nothing where it is not one of these.</summary>
    public static (Dictionary<string, int> Quiet, Dictionary<string, RangeEnds> Ranges) Read(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var quiet = json.RootElement.GetProperty("quiet").EnumerateObject().ToDictionary(layer => layer.Name, layer => layer.Value.GetInt32());
            if (!json.RootElement.TryGetProperty("ranges", out var ranges)) return (quiet, []);
            return (quiet, ranges.EnumerateObject().ToDictionary(range => range.Name, range => new RangeEnds(
                Number(range.Value, 0), Number(range.Value, 2))));
        }
        catch (Exception error) when (
            error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException
                or IndexOutOfRangeException)
        {
            return ([], []);
        }
    }

    /// <summary>A file is not trusted: numbers of other exponents than those of doubles would take memory.</summary>
    private static BinaryNumber Number(JsonElement parts, int first)
    {
        var exponent = parts[first + 1].GetInt32();
        if (exponent is < -1100 or > 1100) throw new FormatException($"{exponent} is no exponent of a double");
        return new BinaryNumber(parts[first].GetInt64(), exponent);
    }

    private static IEnumerable<long> Parts(RangeEnds ends) =>
        [ends.Least.Significand, ends.Least.Exponent, ends.Greatest.Significand, ends.Greatest.Exponent];
}
