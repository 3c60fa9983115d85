using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Files;

namespace Wage.Experiments.Runs;

/// <summary>
/// Reads the small JSON files of a run folder, which anybody may have edited, cut or replaced: what cannot be read is null. Every text is decoded
/// here and now, so that nothing in a file fails later, where it is shown.
/// </summary>
internal static class SmallJson
{
    /// <summary>The object in this file; null when it is missing, longer than <paramref name="most"/> bytes, or not a JSON object.</summary>
    public static JsonObject? Read(string path, long most = 1 << 16)
    {
        try
        {
            return Parse(BoundedFile.ReadText(path, "file", most));
        }
        catch (WageException)
        {
            return null;
        }
    }

    /// <summary>The object that this text is; null when it is none: not JSON, another kind, a name twice, half a surrogate pair.</summary>
    public static JsonObject? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Decoded(document.RootElement) as JsonObject;
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>True when there is a file of this name that <see cref="Read"/> cannot read.</summary>
    public static bool IsDamaged(string path) => Path.Exists(path) && Read(path) is null;

    /// <summary>The text of this name, or null.</summary>
    public static string? Text(JsonNode? node, string name) => Value<string>(node, name);

    /// <summary>The finite number of this name, or null.</summary>
    public static double? Number(JsonNode? node, string name, double least = double.MinValue, double most = double.MaxValue) =>
        Value<double?>(node, name) is { } number && number >= least && number <= most ? number : null;

    /// <summary>The whole number of this name, or null.</summary>
    public static int? Whole(JsonNode? node, string name) => Value<int?>(node, name);

    /// <summary>The same in 64 bits.</summary>
    public static long? Step(JsonNode? node, string name) => Value<long?>(node, name);

    /// <summary>The texts of the list of this name; empty when there is none.</summary>
    public static IReadOnlyList<string> Texts(JsonNode? node, string name) => (node as JsonObject)?[name] is JsonArray list
        ? [.. list.OfType<JsonValue>().Select(item => item.TryGetValue<string>(out var text) ? text : null).OfType<string>()] : [];

    private static T? Value<T>(JsonNode? node, string name) =>
        node is JsonObject found && found[name] is JsonValue value && value.TryGetValue<T>(out var result) ? result : default;

    private static JsonNode? Decoded(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(element.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, Decoded(field.Value)))),
        JsonValueKind.Array => new JsonArray([.. element.EnumerateArray().Select(Decoded)]),
        JsonValueKind.String => JsonValue.Create(element.GetString()),
        JsonValueKind.Number => JsonValue.Create(element.Clone()),
        JsonValueKind.True => JsonValue.Create(true),
        JsonValueKind.False => JsonValue.Create(false),
        _ => null,
    };
}
