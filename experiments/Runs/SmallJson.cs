using System.Text.Json;
using System.Text.Json.Nodes;

namespace Wage.Experiments.Runs;

/// <summary>Reads the small JSON files of a run folder, which anybody may have edited, cut or replaced: what cannot be read is null.</summary>
internal static class SmallJson
{
    /// <summary>The object in this file; null when it is missing, longer than <paramref name="most"/> bytes, or not a JSON object.</summary>
    public static JsonObject? Read(string path, long most = 1 << 16)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || file.Length > most) return null;
            var root = JsonNode.Parse(File.ReadAllText(path)) as JsonObject;
            _ = root?.Count;
            return root;
        }
        catch (Exception error) when (error is JsonException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The text of this name, or null.</summary>
    public static string? Text(JsonNode? node, string name) => Value<string>(node, name);

    /// <summary>The finite number of this name, or null.</summary>
    public static double? Number(JsonNode? node, string name) => Value<double?>(node, name) is { } number && double.IsFinite(number) ? number : null;

    /// <summary>The whole number of this name, or null.</summary>
    public static int? Whole(JsonNode? node, string name) => Value<int?>(node, name);

    /// <summary>The texts of the list of this name; empty when there is none.</summary>
    public static IReadOnlyList<string> Texts(JsonNode? node, string name) => (node as JsonObject)?[name] is JsonArray list
        ? [.. list.OfType<JsonValue>().Select(item => item.TryGetValue<string>(out var text) ? text : null).OfType<string>()] : [];

    private static T? Value<T>(JsonNode? node, string name) =>
        node is JsonObject found && found[name] is JsonValue value && value.TryGetValue<T>(out var result) ? result : default;
}
